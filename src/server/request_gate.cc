#include "server/request_gate.h"

#include <utility>

#include "aws/admin_routes.h"

namespace millrace::server {
namespace {

// Beginning takes milliseconds: more than this many is no client that waits for its answer.
constexpr size_t kHeldMax = 1000;

aws::HttpResponse come_again() {
  aws::HttpResponse response = aws::json_response(
      R"({"__type":"ServiceUnavailable","message":"The server is starting."})", 503);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace

// Counts in one of the gate's numbers for as long as it lives.
class RequestGate::Visit {
 public:
  Visit(RequestGate& gate, int RequestGate::*number) : gate_(&gate), number_(number) {
    std::lock_guard lock(gate_->mutex_);
    ++(gate_->*number_);
  }
  Visit(Visit&& other) noexcept
      : gate_(std::exchange(other.gate_, nullptr)), number_(other.number_) {}
  ~Visit() {
    if (gate_ == nullptr) return;
    std::lock_guard lock(gate_->mutex_);
    --(gate_->*number_);
    gate_->left_.notify_all();
  }

 private:
  RequestGate* gate_;
  int RequestGate::*number_;
};

// Answers in any case: a client must not wait for what has ended without a word.
class RequestGate::Answer {
 public:
  Answer(aws::HttpRespond respond, Visit visit)
      : visit_(std::move(visit)), respond_(std::move(respond)) {}
  Answer(Answer&&) noexcept = default;
  ~Answer() {
    if (respond_) respond_(come_again());
  }
  void operator()(aws::HttpResponse response) {
    auto respond = std::move(respond_);
    respond(std::move(response));
  }

 private:
  Visit visit_;  // ends after the answer
  aws::HttpRespond respond_;
};

void RequestGate::handle(aws::HttpRequest request, aws::HttpRespond respond) {
  {
    std::lock_guard lock(mutex_);
    if (state_ == State::kOpen) {
      ++running_;
    } else if (state_ == State::kHolding && held_.size() < kHeldMax) {
      held_.push_back({std::move(request), std::move(respond)});
      return;
    } else {
      return respond(come_again());
    }
  }
  pass(std::move(request), std::move(respond));
}

// REQUIRES: the request is counted in running_.
void RequestGate::pass(aws::HttpRequest request, aws::HttpRespond respond) {
  handler_(std::move(request), Answer(std::move(respond), Visit(*this, &RequestGate::unanswered_)));
  std::lock_guard lock(mutex_);
  --running_;
  left_.notify_all();
}

void RequestGate::change(State state) {
  std::lock_guard lock(mutex_);
  state_ = state;
}

void RequestGate::refuse() {
  change(State::kRefusing);
}

void RequestGate::hold() {
  change(State::kHolding);
}

void RequestGate::open() {
  std::vector<Held> held;
  {
    std::lock_guard lock(mutex_);
    state_ = State::kOpen;
    held.swap(held_);
    running_ += static_cast<int>(held.size());
  }
  for (Held& waiting : held) pass(std::move(waiting.request), std::move(waiting.respond));
}

bool RequestGate::drain(std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  bool answered = left_.wait_for(lock, longest, [this] { return unanswered_ <= exempt_; });
  // Handlers do not block, so this is a matter of microseconds.
  left_.wait(lock, [this] { return running_ == 0; });
  return answered;
}

std::shared_ptr<void> RequestGate::exempt() {
  return std::make_shared<Visit>(*this, &RequestGate::exempt_);
}

}  // namespace millrace::server
