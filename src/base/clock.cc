#include "base/clock.h"

#include <cstdio>
#include <ctime>

namespace millrace {

std::string to_iso8601(Timestamp time, int fraction_digits) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  std::time_t as_time = seconds.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&as_time, &parts);
  char text[64];
  size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::string result(text, length);
  if (fraction_digits > 0) {
    char fraction[16];
    std::snprintf(fraction, sizeof fraction, "%06d", static_cast<int>((time - seconds).count()));
    result += '.';
    result.append(fraction, static_cast<size_t>(fraction_digits > 6 ? 6 : fraction_digits));
  }
  return result + 'Z';
}

Clock::ListenerId Clock::subscribe(std::function<void()> listener) {
  std::lock_guard lock(listeners_mutex_);
  listeners_.emplace(next_listener_, std::move(listener));
  return next_listener_++;
}

void Clock::unsubscribe(ListenerId id) {
  std::lock_guard lock(listeners_mutex_);
  listeners_.erase(id);
}

void Clock::notify_jump() {
  // The lock is held while listeners run, which is what lets unsubscribe() promise silence.
  std::lock_guard lock(listeners_mutex_);
  for (auto& [id, listener] : listeners_) listener();
}

Timestamp ServerClock::system_now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

Timestamp ServerClock::now() const {
  std::lock_guard lock(mutex_);
  return frozen_ ? frozen_at_ : system_now() + offset_;
}

void ServerClock::advance(Duration by) {
  {
    std::lock_guard lock(mutex_);
    offset_ += by;
    frozen_at_ += by;
  }
  notify_jump();
}

void ServerClock::set(Timestamp to) {
  {
    std::lock_guard lock(mutex_);
    offset_ = to - system_now();
    frozen_at_ = to;
  }
  notify_jump();
}

void ServerClock::freeze(bool frozen) {
  {
    std::lock_guard lock(mutex_);
    if (frozen == frozen_) return;
    if (frozen) {
      frozen_at_ = system_now() + offset_;
    } else {
      offset_ = frozen_at_ - system_now();
    }
    frozen_ = frozen;
  }
  notify_jump();
}

Timestamp ManualClock::now() const {
  std::lock_guard lock(mutex_);
  return now_;
}

void ManualClock::advance(Duration by) {
  {
    std::lock_guard lock(mutex_);
    now_ += by;
  }
  notify_jump();
}

void ManualClock::set(Timestamp to) {
  {
    std::lock_guard lock(mutex_);
    now_ = to;
  }
  notify_jump();
}

}  // namespace millrace
