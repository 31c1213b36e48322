#include "base/clock.h"

#include <gtest/gtest.h>

#include "base/executor.h"

namespace millrace {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(ClockTest, FormatsAsIso8601) {
  EXPECT_EQ(to_iso8601(from_unix_millis(1573690429717)), "2019-11-14T00:13:49.717Z");
  EXPECT_EQ(to_iso8601(from_unix_millis(1573690429717), 0), "2019-11-14T00:13:49Z");
}

TEST(ClockTest, ParsesIso8601) {
  EXPECT_EQ(parse_iso8601("2019-11-14T00:13:49.717Z"), from_unix_millis(1573690429717));
  EXPECT_EQ(parse_iso8601("2019-11-14T00:13:49Z"), from_unix_millis(1573690429000));
  EXPECT_EQ(parse_iso8601("2019-11-14T01:13:49.717999999+01:00"),
            from_unix_millis(1573690429717) + Duration(999));
  EXPECT_EQ(parse_iso8601("2024-02-29T00:00:00-00:30"), from_unix_millis(1709166600000));
  for (const char* wrong :
       {"", "2019-11-14", "2019-11-14T00:13:49", "2019-02-29T00:00:00Z", "2019-11-14T24:00:00Z",
        "2019-11-14T00:13:49.Z", "2019-11-14T00:13:49Zx", "2019-11-14T00:13:49+1:00"}) {
    EXPECT_EQ(parse_iso8601(wrong), std::nullopt) << wrong;
  }
}

TEST(ClockTest, ServerClockFollowsAdvanceSetAndFreeze) {
  ServerClock clock;
  Timestamp before = clock.now();
  clock.advance(hours(25));
  EXPECT_GE(clock.now() - before, Duration(hours(25)));
  clock.freeze(true);
  Timestamp frozen = clock.now();
  clock.advance(seconds(1));
  EXPECT_EQ(clock.now(), frozen + seconds(1));
  clock.set(from_unix_millis(5000));
  EXPECT_EQ(clock.now(), from_unix_millis(5000));
  clock.freeze(false);
  EXPECT_LT(clock.now() - from_unix_millis(5000), Duration(hours(1)));
}

TEST(TimersTest, ManualTimersRunInOrderOfTheirDueTimes) {
  ManualClock clock;
  ManualTimers timers(clock);
  std::string ran;
  Timestamp start = clock.now();
  timers.after(seconds(2), [&] { ran += 'b'; });
  timers.after(seconds(1), [&] {
    ran += 'a';
    EXPECT_EQ(clock.now(), start + seconds(1));
    timers.after(seconds(2), [&] { ran += 'c'; });
  });
  TimerId cancelled = timers.after(seconds(1), [&] { ran += 'x'; });
  EXPECT_TRUE(timers.cancel(cancelled));
  EXPECT_FALSE(timers.cancel(cancelled));
  timers.advance(seconds(10));
  EXPECT_EQ(ran, "abc");
  EXPECT_EQ(clock.now(), start + seconds(10));
}

TEST(TimersTest, ThreadTimersFollowAJumpOfTheClock) {
  ServerClock clock;
  ThreadTimers timers(clock);
  std::mutex mutex;
  std::condition_variable done;
  bool ran = false;
  timers.after(hours(24), [&] {
    std::lock_guard lock(mutex);
    ran = true;
    done.notify_all();
  });
  clock.advance(hours(24));
  std::unique_lock lock(mutex);
  done.wait(lock, [&] { return ran; });
}

}  // namespace
}  // namespace millrace
