// Where requests come in, for a server that can begin anew while it keeps its port and connections:
// counts those inside, and keeps others out while what would answer them is made.
//
// Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "aws/http_message.h"

namespace millrace::server {

class RequestGate {
 public:
  // Called on the caller's thread, or on open()'s for requests that were held. Must not block. An
  // answer that is given up is one of 503.
  using Handler = std::function<void(aws::HttpRequest, aws::HttpRespond)>;

  // Holds until it is opened.
  explicit RequestGate(Handler handler) : handler_(std::move(handler)) {}

  void handle(aws::HttpRequest request, aws::HttpRespond respond);

  // Whoever comes is told to come again. Functions that are about to be ended must not leave writes
  // behind for what comes after them, so their requests do not wait.
  void refuse();
  // Whoever comes waits, within bounds.
  void hold();
  void open();

  // Waits until everybody inside has been answered and has left the handler. False if some are
  // still waiting for their answers after `longest`.
  bool drain(std::chrono::milliseconds longest);
  // One of the requests inside is not waited for while the token lives: the one that asks for this.
  std::shared_ptr<void> exempt();

 private:
  enum class State { kOpen, kRefusing, kHolding };
  struct Held {
    aws::HttpRequest request;
    aws::HttpRespond respond;
  };
  class Visit;
  class Answer;
  void change(State state);
  void pass(aws::HttpRequest request, aws::HttpRespond respond);

  const Handler handler_;
  std::mutex mutex_;
  std::condition_variable left_;
  State state_ = State::kHolding;
  int running_ = 0;     // in the handler
  int unanswered_ = 0;  // in the handler or later
  int exempt_ = 0;
  std::vector<Held> held_;
};

}  // namespace millrace::server
