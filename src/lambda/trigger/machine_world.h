// A world for ShardMachine in tests: a log, a function, a queue and a checkpoint that do whatever a
// schedule of choices says, with crashes at any moment, and an account of what became of each
// record.
//
// The shard may rotate: the records from some position on are in its child, which is begun once the
// parent is finished, durably. A consumer may also lose its place to another one: what it had begun
// goes on, and its last commit arrives at some later moment.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "lambda/trigger/shard_machine.h"

namespace millrace::lambda {

// Answers the questions of one schedule: what happens next?
class Chooser {
 public:
  virtual ~Chooser() = default;
  // In [0, options).
  virtual size_t choose(size_t options) = 0;
};

// Walks through all schedules, one a run, in depth-first order.
class ExhaustiveChooser final : public Chooser {
 public:
  size_t choose(size_t options) override {
    if (next_ == taken_.size()) taken_.push_back({0, options});
    return taken_[next_++].first;
  }
  // Turns to the next schedule; false after the last one.
  bool advance() {
    next_ = 0;
    while (!taken_.empty() && taken_.back().first + 1 == taken_.back().second) taken_.pop_back();
    if (taken_.empty()) return false;
    taken_.back().first++;
    return true;
  }

 private:
  std::vector<std::pair<size_t, size_t>> taken_;
  size_t next_ = 0;
};

class RandomChooser final : public Chooser {
 public:
  explicit RandomChooser(uint64_t seed) : random_(seed) {}
  size_t choose(size_t options) override { return random_.below(options); }

 private:
  SeededRandom random_;
};

struct WorldOptions {
  ConsumerSettings settings;
  size_t records = 3;        // there from the start
  size_t later_records = 0;  // written at some moment
  size_t keys = 1;
  std::set<engine::Position> filtered;
  int faults_max = 3;            // unpleasant choices in one schedule
  bool trims = false;            // records may expire from the stream
  bool ages = false;             // time may jump beyond the record age
  bool turns_back = false;       // the clock may be set back
  bool early_timers = false;     // timers may be due while something is under way
  bool loses_lease = false;      // the commit of a consumer that crashed may come later
  bool stops = false;            // the mapping may be changed, to and fro
  size_t other_lanes = 1;        // after the first change
  engine::Position rotates = 0;  // the last record of the parent shard; 0: there is one shard
  Duration spacing{0};           // between records
};

class MachineWorld {
 public:
  MachineWorld(const WorldOptions& options, Chooser& chooser);
  // Runs one schedule to its end, checking as it goes. The description of what happened is added to
  // failures.
  void run();
  uint64_t steps() const { return steps_; }

 private:
  struct LogRecord {
    Timestamp time;
    uint64_t key;
  };
  enum class Fate { kOpen, kFiltered, kSucceeded, kSent, kDropped, kExpired };
  class Page;
  struct Pending {
    ConsumerAction action;
  };

  void restart();
  void begin();
  void act();
  void step();
  void fire_timer();
  void take_late_commit();
  void ended(ConsumerAction::Kind how);
  void perform(const ConsumerAction& action);
  void read(const ConsumerAction& action);
  void complete(const ConsumerAction& action);
  void complete_invoke(const ConsumerAction& action);
  void complete_commit(const ConsumerAction& action);
  void complete_send(const ConsumerAction& action);
  void crash();
  void check_window(const ConsumerAction& action, const std::vector<engine::Position>& positions);
  bool fault();  // spends one of the schedule's faults, if the schedule wants to
  void write_record();
  void settle(engine::Position position, Fate fate);
  void check_invoke(const ConsumerAction& action);
  void check_commit(const ConsumerAction& action);
  void check_end();
  std::vector<engine::Position> positions_of(const ConsumerAction& action) const;
  std::string story() const;

  engine::Position shard_end() const;
  bool is_rotated() const { return options_.rotates > 0 && parent_finished_; }

  WorldOptions options_;
  Chooser& chooser_;
  FilterSet filters_;
  std::unique_ptr<ShardMachine> machine_;
  Timestamp now_ = from_unix_millis(1'700'000'000'000);
  std::vector<LogRecord> log_;  // index 0 is position 1
  std::vector<Fate> fates_;
  std::vector<int> successes_;
  engine::Position checkpoint_ = 0;
  bool parent_finished_ = false;  // durably
  std::vector<ConsumerAction> late_commits_;
  std::vector<engine::Position> window_records_;  // that were handled since the window began
  engine::Position horizon_ = 0;
  std::vector<ConsumerAction> pending_;
  std::optional<Timestamp> timer_;
  bool waiting_ = false;
  size_t to_write_ = 0;
  int faults_left_ = 0;
  bool crashed_ = false;   // records may come again
  ConsumerCounts counts_;  // of consumers that have ended
  uint64_t steps_ = 0;
  std::string story_;
};

}  // namespace millrace::lambda
