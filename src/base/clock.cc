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

namespace {

// Takes `digits` digits off the text.
std::optional<int> take_number(std::string_view& text, size_t digits) {
  int value = 0;
  if (text.size() < digits) return std::nullopt;
  for (char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

// ".123456" to microseconds; no fraction is one of zero.
std::optional<Duration> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return Duration::zero();
  int64_t micros = 0;
  size_t digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; ++digits) {
    if (digits < 6) micros = micros * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  if (digits == 0 || digits > 9) return std::nullopt;
  for (; digits < 6; ++digits) micros *= 10;
  return Duration(micros);
}

std::optional<Duration> take_offset(std::string_view& text) {
  if (take(text, 'Z')) return Duration::zero();
  bool is_negative = !text.empty() && text.front() == '-';
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  auto hours = take_number(text, 2);
  if (!hours || !take(text, ':')) return std::nullopt;
  auto minutes = take_number(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  Duration offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return is_negative ? -offset : offset;
}

}  // namespace

std::optional<Timestamp> parse_iso8601(std::string_view text) {
  namespace chrono = std::chrono;
  auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  auto day = take_number(text, 2);
  if (!day || !take(text, 'T')) return std::nullopt;
  auto hours = take_number(text, 2);
  if (!hours || !take(text, ':')) return std::nullopt;
  auto minutes = take_number(text, 2);
  if (!minutes || !take(text, ':')) return std::nullopt;
  auto seconds = take_number(text, 2);
  auto fraction = take_fraction(text);
  auto offset = take_offset(text);
  if (!seconds || !fraction || !offset || !text.empty()) return std::nullopt;
  chrono::year_month_day date(chrono::year(*year), chrono::month(static_cast<unsigned>(*month)),
                              chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok() || *hours > 23 || *minutes > 59 || *seconds > 59) return std::nullopt;
  return Timestamp(chrono::sys_days(date).time_since_epoch()) + chrono::hours(*hours) +
         chrono::minutes(*minutes) + chrono::seconds(*seconds) + *fraction - *offset;
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

bool ServerClock::is_frozen() const {
  std::lock_guard lock(mutex_);
  return frozen_;
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
