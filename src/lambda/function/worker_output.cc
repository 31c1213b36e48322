#include "lambda/function/worker_output.h"

#include <algorithm>

#include "base/limits.h"

namespace millrace::lambda {

WorkerOutput::WorkerOutput(logs::LogSink& sink, const Clock& clock, logs::LogScope scope,
                           std::string group, std::string stream)
    : sink_(sink),
      clock_(clock),
      scope_(std::move(scope)),
      group_(std::move(group)),
      stream_(std::move(stream)) {}

void WorkerOutput::feed(Channel channel, std::string_view bytes) {
  std::string& partial = partial_[channel];
  while (!bytes.empty()) {
    size_t end = bytes.find('\n');
    size_t room = limits::kLogEventBytesMax - partial.size();
    size_t count = std::min({end, bytes.size(), room});
    partial.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    bool line_ends = !bytes.empty() && bytes.front() == '\n';
    if (line_ends) bytes.remove_prefix(1);
    if (line_ends || partial.size() == limits::kLogEventBytesMax) {
      add_event(std::move(partial));
      partial.clear();
    }
  }
}

void WorkerOutput::end_lines() {
  for (std::string& partial : partial_) {
    if (!partial.empty()) add_event(std::move(partial));
    partial.clear();
  }
}

void WorkerOutput::add_line(std::string_view line) {
  if (!line.empty()) add_event(std::string(line));
}

void WorkerOutput::add_event(std::string message) {
  if (!message.empty() && message.back() == '\r') message.pop_back();
  std::replace(message.begin(), message.end(), '\r', '\n');
  if (tail_wanted_) {
    tail_ += message;
    tail_ += '\n';
    if (tail_.size() > 2 * limits::kLogTailBytes) {
      tail_.erase(0, tail_.size() - limits::kLogTailBytes);
    }
  }
  // An empty line is no event: CloudWatch Logs refuses empty messages.
  if (message.empty()) return;
  logs::LogEvent event;
  event.time = clock_.now();
  event.message = std::move(message);
  events_.push_back(std::move(event));
}

void WorkerOutput::flush() {
  if (events_.empty()) return;
  sink_.append(scope_, group_, stream_, std::move(events_));
  events_.clear();
}

void WorkerOutput::start_tail(bool wanted) {
  tail_wanted_ = wanted;
  tail_.clear();
}

std::string WorkerOutput::take_tail() {
  if (tail_.size() > limits::kLogTailBytes) tail_.erase(0, tail_.size() - limits::kLogTailBytes);
  tail_wanted_ = false;
  return std::move(tail_);
}

}  // namespace millrace::lambda
