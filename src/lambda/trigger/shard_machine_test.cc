#include "lambda/trigger/shard_machine.h"

#include <gtest/gtest.h>

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

// Larger worlds, sampled. A failure prints its seed.
TEST(ShardMachineRandom, Schedules) {
  SeededRandom shape(20'240'501);
  for (int i = 0; i < 20'000 && !HasFailure(); i++) {
    uint64_t seed = shape.next();
    SeededRandom random(seed);
    WorldOptions options = world(1 + random.below(5), static_cast<int>(random.below(4)) - 1,
                                 random.below(2) == 0, random.below(2) == 0);
    options.settings.lanes = 1 + random.below(3);
    options.settings.window = seconds(random.below(2) * 5);
    options.records = random.below(12);
    options.later_records = random.below(6);
    options.keys = 1 + random.below(5);
    options.faults_max = static_cast<int>(random.below(10));
    options.trims = random.below(3) == 0;
    for (size_t p = 1; p <= 18; p++) {
      if (random.below(4) == 0) options.filtered.insert(p);
    }
    RandomChooser chooser(seed);
    MachineWorld world(options, chooser);
    world.run();
    EXPECT_FALSE(HasFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace millrace::lambda
