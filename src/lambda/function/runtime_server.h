// The Lambda Runtime API of one worker: a listener on a loopback port of its own, so that no worker
// can take another one's invocations. (Official clients take a host and a port, nothing more.)
//
// Lives in a shared_ptr. Every method is called, and calls its handler, inside a Section of the
// monitor.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "lambda/function/event_loop.h"
#include "lambda/function/monitor.h"
#include "lambda/function/runtime_request.h"
#include "lambda/function/worker_process.h"

namespace millrace::lambda {

class RuntimeServer : public std::enable_shared_from_this<RuntimeServer> {
 public:
  enum class Verdict { kAccepted, kUnknownRequest, kWrongState, kTooLarge };
  class Handler {
   public:
    virtual ~Handler() = default;
    // The client asks for the next invocation; it will wait until deliver(). False refuses it.
    virtual bool on_next() = 0;
    virtual Verdict on_response(std::string_view request_id, RuntimeRequest& request) = 0;
    virtual Verdict on_error(std::string_view request_id, RuntimeRequest& request) = 0;
    virtual Verdict on_init_error(RuntimeRequest& request) = 0;
  };

  // Listens at once; the error is a text for the log.
  static Result<std::shared_ptr<RuntimeServer>, std::string> open(EventLoop& loop,
                                                                  Monitor& monitor);
  ~RuntimeServer();
  int port() const { return port_; }

  // Serves for `handler` until close(), which also ends all connections.
  void serve(Handler& handler);
  void close();

  // Whether the client waits for an invocation.
  bool is_waited_on() const { return waiting_ != 0; }
  // Answers the waiting client, with `headers` as complete lines. REQUIRES: is_waited_on()
  void deliver(std::string_view headers, std::string_view body);

 private:
  using ConnectionId = uint64_t;
  struct Connection {
    Descriptor socket;
    EventLoop::Watch watch = 0;
    RuntimeRequestParser parser;
    std::string output;
    bool close_after_output = false;
    bool waits_for_room = false;  // the socket took only a part of the output
    bool reading = false;  // its requests are being handled: output goes out at the end of that
  };

  RuntimeServer(EventLoop& loop, Monitor& monitor, Descriptor listener, int port);
  void accept_connections();
  void on_event(ConnectionId id, uint32_t events);
  bool receive(ConnectionId id, Connection& connection);
  void handle(ConnectionId id, Connection& connection, RuntimeRequest request);
  void answer(Connection& connection, Verdict verdict);
  void send_output(ConnectionId id, Connection& connection);
  void drop(ConnectionId id);

  EventLoop& loop_;
  Monitor& monitor_;
  Descriptor listener_;
  EventLoop::Watch listener_watch_ = 0;
  const int port_;
  Handler* handler_ = nullptr;
  std::map<ConnectionId, Connection> connections_;
  ConnectionId next_id_ = 1;
  ConnectionId waiting_ = 0;
};

}  // namespace millrace::lambda
