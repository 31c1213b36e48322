#include "lambda/trigger/shard_machine.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "lambda/trigger/machine_world.h"

namespace millrace::lambda {
namespace {

using std::chrono::seconds;

// Every schedule of the world. Returns how many there were.
uint64_t explore(const WorldOptions& options) {
  ExhaustiveChooser chooser;
  uint64_t schedules = 0;
  do {
    MachineWorld world(options, chooser);
    world.run();
    schedules++;
  } while (!::testing::Test::HasFailure() && chooser.advance());
  return schedules;
}

WorldOptions world(size_t batch_size, int retries, bool bisect, bool partial) {
  WorldOptions options;
  options.settings.batch_size = batch_size;
  options.settings.retry.retries_max = retries;
  options.settings.retry.bisect = bisect;
  options.settings.retry.partial_responses = partial;
  options.settings.sends_failures = retries >= 0;
  return options;
}

TEST(ShardMachineExhaustive, BatchesRetriesAndCrashes) {
  uint64_t schedules = 0;
  for (size_t batch_size : {1, 2, 3}) {
    for (int retries : {-1, 0, 1}) {
      for (bool bisect : {false, true}) {
        for (bool partial : {false, true}) {
          WorldOptions options = world(batch_size, retries, bisect, partial);
          options.faults_max = batch_size == 2 && partial ? 3 : 2;
          schedules += explore(options);
          if (HasFailure()) FAIL() << batch_size << retries << bisect << partial;
        }
      }
    }
  }
  EXPECT_GT(schedules, 50'000u);
}

TEST(ShardMachineExhaustive, Lanes) {
  for (int retries : {-1, 0}) {
    WorldOptions options = world(2, retries, true, true);
    options.settings.lanes = 2;
    options.keys = 3;
    options.records = 4;
    options.faults_max = 2;
    EXPECT_GT(explore(options), 1'000u);
  }
}

TEST(ShardMachineExhaustive, FiltersWindowsAndLaterRecords) {
  for (int window : {0, 5}) {
    WorldOptions options = world(2, 0, false, true);
    options.settings.window = seconds(window);
    options.filtered = {2, 4};
    options.later_records = 2;
    options.faults_max = 2;
    EXPECT_GT(explore(options), 1'000u);
  }
}

TEST(ShardMachineExhaustive, AgeAndTrimming) {
  for (bool sends : {false, true}) {
    WorldOptions options = world(2, -1, false, true);
    options.settings.retry.age_max = seconds(3600);
    options.settings.sends_failures = sends;
    options.ages = true;
    options.trims = true;
    EXPECT_GT(explore(options), 1'000u);
  }
}

// Three records, two of them in one window; the state may grow too large, final calls may fail.
TEST(ShardMachineExhaustive, TumblingWindows) {
  for (size_t batch_size : {1, 2}) {
    for (bool partial : {false, true}) {
      WorldOptions options = world(batch_size, -1, true, partial);
      options.settings.tumbling_window = seconds(10);
      options.spacing = seconds(7);
      options.faults_max = 2;
      EXPECT_GT(explore(options), 1'000u);
    }
  }
}

TEST(ShardMachineExhaustive, Rotation) {
  for (int window : {0, 10}) {
    WorldOptions options = world(2, 0, false, true);
    options.settings.tumbling_window = seconds(window);
    options.spacing = seconds(4);
    options.rotates = 2;
    options.records = 2;
    options.later_records = 1;
    options.stops = true;
    options.other_lanes = 2;
    options.faults_max = 2;
    EXPECT_GT(explore(options), 1'000u);
  }
}

// Larger worlds, sampled: failures, partial responses, crashes, lost leases, changes of the
// mapping, rotations, lanes, windows, and a clock that goes back and forth.
WorldOptions random_world(SeededRandom& random) {
  auto coin = [&](uint64_t odds) { return random.below(odds) == 0; };
  WorldOptions options =
      world(1 + random.below(5), static_cast<int>(random.below(4)) - 1, coin(2), coin(2));
  options.settings.lanes = coin(2) ? 1 : 1 + random.below(10);
  options.settings.window = seconds(random.below(2) * 5);
  if (coin(3)) options.settings.tumbling_window = seconds(1 + random.below(20));
  options.spacing = seconds(random.below(3) * 3);
  options.records = random.below(12);
  options.later_records = random.below(6);
  options.keys = 1 + random.below(5);
  options.faults_max = static_cast<int>(random.below(10));
  options.trims = coin(3);
  options.turns_back = coin(3);
  options.early_timers = coin(2);
  options.loses_lease = coin(2);
  options.stops = coin(2);
  options.other_lanes = 1 + random.below(3);
  if (coin(3)) options.rotates = 1 + random.below(10);
  for (size_t p = 1; p <= 18; p++) {
    if (coin(4)) options.filtered.insert(p);
  }
  return options;
}

// A failure prints its seed; MILLRACE_MACHINE_SEED=SEED runs that schedule alone, and
// MILLRACE_MACHINE_SCHEDULES sets how many there are.
TEST(ShardMachineRandom, Schedules) {
  const char* only = std::getenv("MILLRACE_MACHINE_SEED");
  const char* count = std::getenv("MILLRACE_MACHINE_SCHEDULES");
  uint64_t schedules = only != nullptr ? 1 : count != nullptr ? std::stoull(count) : 50'000;
  static SeededRandom seeds(20'240'501);  // goes on with --gtest_repeat
  for (uint64_t i = 0; i < schedules && !HasFailure(); i++) {
    uint64_t seed = only != nullptr ? std::stoull(only) : seeds.next();
    SeededRandom random(seed);
    WorldOptions options = random_world(random);
    RandomChooser chooser(seed);
    MachineWorld world(options, chooser);
    world.run();
    EXPECT_FALSE(HasFailure()) << "MILLRACE_MACHINE_SEED=" << seed;
  }
}

}  // namespace
}  // namespace millrace::lambda
