// Time as a parameter. Nothing outside base/clock asks the operating system what time it is, so a
// test can move a whole server by a day, and a failure can be replayed.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

using Duration = std::chrono::microseconds;
// Microseconds since the Unix epoch, UTC.
using Timestamp = std::chrono::time_point<std::chrono::system_clock, Duration>;

inline int64_t to_unix_millis(Timestamp time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}
inline int64_t to_unix_seconds(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}
// With the fraction, for people and metrics.
inline double to_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}
inline Timestamp from_unix_millis(int64_t millis) {
  return Timestamp(std::chrono::milliseconds(millis));
}
// "2019-11-14T00:13:49.717Z" (digits = 3), "2019-11-14T00:13:49Z" (digits = 0).
std::string to_iso8601(Timestamp time, int fraction_digits = 3);
// The same backwards, with up to 9 digits of a fraction (beyond microseconds they are cut off) and
// "Z" or an offset as in "+01:00"; nothing if the text is not a time.
std::optional<Timestamp> parse_iso8601(std::string_view text);

// The server's idea of "now". Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;

  // Calls `listener` after every jump of the clock (advance, set, freeze), on the jumping thread.
  // Timers use it to look at their queue again. The returned id ends the subscription; after
  // unsubscribe() returns, the listener is not running and is not called again.
  using ListenerId = uint64_t;
  ListenerId subscribe(std::function<void()> listener);
  void unsubscribe(ListenerId id);

 protected:
  void notify_jump();

 private:
  std::mutex listeners_mutex_;
  std::map<ListenerId, std::function<void()>> listeners_;
  ListenerId next_listener_ = 1;
};

// The machine's clock, which a test of a running server may shift, set or freeze.
class ServerClock final : public Clock {
 public:
  Timestamp now() const override;
  void advance(Duration by);
  void set(Timestamp to);
  void freeze(bool frozen);
  bool is_frozen() const;

 private:
  Timestamp system_now() const;
  mutable std::mutex mutex_;
  Duration offset_{0};
  bool frozen_ = false;
  Timestamp frozen_at_{};
};

// A clock that stands still until told otherwise: for unit tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start = from_unix_millis(1'700'000'000'000)) : now_(start) {}
  Timestamp now() const override;
  void advance(Duration by);
  void set(Timestamp to);

 private:
  mutable std::mutex mutex_;
  Timestamp now_;
};

// For measuring how long something took (never for deciding what time it is). Not affected by
// jumps.
inline std::chrono::steady_clock::time_point stopwatch_now() {
  return std::chrono::steady_clock::now();
}

}  // namespace millrace
