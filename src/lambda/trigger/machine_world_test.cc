#include "lambda/trigger/machine_world.h"

#include <algorithm>

namespace millrace::lambda {
namespace {

// The state that the world's function keeps: which records of the window it has handled.
std::string state_of(const std::vector<engine::Position>& positions) {
  std::string state = "{";
  for (engine::Position position : positions) state += std::to_string(position) + ' ';
  return state + '}';
}

}  // namespace

class MachineWorld::Page final : public SourcePage {
 public:
  Page(const MachineWorld& world) : world_(world) {}
  void append_json(size_t index, std::string& out) const override {
    bool filtered = world_.options_.filtered.contains(records[index].position);
    out += filtered ? R"({"f":"0"})" : R"({"f":"1"})";
  }
  uint64_t key_hash(size_t index) const override {
    return world_.log_[records[index].position - 1].key;
  }

 private:
  const MachineWorld& world_;
};

MachineWorld::MachineWorld(const WorldOptions& options, Chooser& chooser)
    : options_(options), chooser_(chooser) {
  static const FilterSet kFilters = *FilterSet::compile({R"({"f":["1"]})"});
  if (!options.filtered.empty()) filters_ = kFilters;
  faults_left_ = options.faults_max;
  to_write_ = options.later_records;
  for (size_t i = 0; i < options.records; i++) write_record();
}

void MachineWorld::write_record() {
  // As in a stream, times never run backwards, whatever the clock does.
  Timestamp time = log_.empty() ? now_ : std::max(now_, log_.back().time);
  log_.push_back({time, log_.size() % options_.keys});
  now_ += options_.spacing;
  fates_.push_back(Fate::kOpen);
  successes_.push_back(0);
}

void MachineWorld::run() {
  restart();
  while (timer_ || !pending_.empty() || waiting_) {
    if (pending_.empty() && !timer_ && late_commits_.empty() && to_write_ == 0) break;
    step();
    ASSERT_LT(++steps_, 10'000u) << "no end: " << story();
    if (::testing::Test::HasFailure()) return;
  }
  check_end();
}

void MachineWorld::restart() {
  pending_.clear();
  timer_.reset();
  waiting_ = false;
  window_records_.clear();
  begin();
}

void MachineWorld::begin() {
  engine::Position start = checkpoint_;
  if (is_rotated()) start = std::max(start, options_.rotates);
  machine_ = std::make_unique<ShardMachine>(options_.settings, &filters_, start);
  story_ += " start(" + std::to_string(start) + ")";
  act();
}

void MachineWorld::act() {
  ShardMachine* machine = machine_.get();
  for (const ConsumerAction& action : machine->actions(now_)) perform(action);
}

engine::Position MachineWorld::shard_end() const {
  if (options_.rotates == 0 || is_rotated()) return log_.size();
  return std::min<engine::Position>(log_.size(), options_.rotates);
}

// The machine has said that nothing follows.
void MachineWorld::ended(ConsumerAction::Kind how) {
  EXPECT_TRUE(pending_.empty()) << "ended with something under way: " << story();
  timer_.reset();
  waiting_ = false;
  window_records_.clear();
  if (how == ConsumerAction::Kind::kStopped) {
    story_ += " stopped";
    crashed_ = true;  // what was handled beyond the checkpoint comes again
    options_.settings.lanes = options_.other_lanes;
  } else {
    story_ += " finished";
    EXPECT_TRUE(is_rotated()) << story();
    EXPECT_EQ(checkpoint_, options_.rotates) << story();
  }
  counts_ += machine_->progress().counts;
  begin();
}

bool MachineWorld::fault() {
  if (faults_left_ == 0 || chooser_.choose(2) == 0) return false;
  faults_left_--;
  return true;
}

// One thing happens: something that was begun ends, a record is written, time passes, or a crash.
void MachineWorld::step() {
  size_t can_write = to_write_ > 0 ? 1 : 0;
  size_t can_crash = faults_left_ > 0 ? 1 : 0;
  size_t can_fire = timer_ && (pending_.empty() || options_.early_timers) ? 1 : 0;
  size_t can_commit = late_commits_.empty() ? 0 : 1;
  size_t choice = chooser_.choose(pending_.size() + can_write + can_fire + can_commit + can_crash);
  if (choice < pending_.size()) {
    ConsumerAction action = pending_[choice];
    pending_.erase(pending_.begin() + static_cast<long>(choice));
    complete(action);
  } else if (choice < pending_.size() + can_write) {
    to_write_--;
    write_record();
    story_ += " write";
    if (waiting_ && log_.size() <= shard_end()) {
      waiting_ = false;
      machine_->on_woken();
    }
  } else if (choice < pending_.size() + can_write + can_fire) {
    fire_timer();
  } else if (choice < pending_.size() + can_write + can_fire + can_commit) {
    take_late_commit();
  } else if (options_.stops && chooser_.choose(2) == 1) {
    faults_left_--;
    story_ += " stop";
    machine_->stop();
  } else {
    faults_left_--;
    crash();
    return;
  }
  act();
}

// The checkpoint store never goes back.
void MachineWorld::take_late_commit() {
  checkpoint_ = std::max(checkpoint_, late_commits_.back().position);
  parent_finished_ |= late_commits_.back().shard_finished;
  late_commits_.pop_back();
  story_ += " late-commit";
}

void MachineWorld::fire_timer() {
  now_ = std::max(now_, *timer_);
  timer_.reset();
  machine_->on_timer();
  story_ += " timer";
  if (options_.ages && fault()) {
    now_ += std::chrono::hours(2);
    story_ += " aged";
  }
  if (options_.turns_back && fault()) {
    now_ -= std::chrono::minutes(10);
    story_ += " turned-back";
  }
  if (options_.trims && fault()) {
    horizon_ = std::min<engine::Position>(log_.size(), horizon_ + 1 + chooser_.choose(2));
    machine_->expire(horizon_);
    story_ += " trim(" + std::to_string(horizon_) + ")";
  }
}

void MachineWorld::perform(const ConsumerAction& action) {
  switch (action.kind) {
    case ConsumerAction::Kind::kRead:
      read(action);
      return act();
    case ConsumerAction::Kind::kWait:
      EXPECT_FALSE(waiting_) << "two waits: " << story();
      waiting_ = action.after >= shard_end();
      if (waiting_) return;
      machine_->on_woken();
      return act();
    case ConsumerAction::Kind::kTimer:
      EXPECT_GT(action.due, now_) << story();
      timer_ = action.due;
      return;
    case ConsumerAction::Kind::kInvoke:
      check_invoke(action);
      break;
    case ConsumerAction::Kind::kCommit:
      check_commit(action);
      break;
    case ConsumerAction::Kind::kSend:
      if (action.failed.reason == GiveUpReason::kRetryAttemptsExhausted) {
        EXPECT_EQ(action.failed.invoke_count, options_.settings.retry.retries_max + 1) << story();
      }
      break;
    case ConsumerAction::Kind::kFinished:
    case ConsumerAction::Kind::kStopped:
      return ended(action.kind);
  }
  pending_.push_back(action);
}

void MachineWorld::read(const ConsumerAction& action) {
  engine::Position horizon = std::min(horizon_, shard_end());
  if (action.after < horizon) {
    story_ += " too-old";
    for (engine::Position p = action.after + 1; p <= horizon; p++) settle(p, Fate::kExpired);
    machine_->on_trimmed(horizon);
    return;
  }
  Page page(*this);
  engine::Position position = action.after;
  while (position < shard_end() && page.records.size() < action.records_max) {
    position++;
    page.records.push_back({position, log_[position - 1].time});
  }
  page.next_after = position;
  page.at_end = position == shard_end();
  page.shard_finished = position == options_.rotates && !is_rotated() && options_.rotates > 0;
  story_ += " read(" + std::to_string(action.after) + ".." + std::to_string(position) + ")";
  machine_->on_page(page, now_);
  // Of a record that no lane had room for nothing has become yet.
  engine::Position taken = std::min(position, machine_->progress().read);
  for (engine::Position p = action.after + 1; p <= taken; p++) {
    if (options_.filtered.contains(p)) settle(p, Fate::kFiltered);
  }
}

void MachineWorld::complete(const ConsumerAction& action) {
  if (action.kind == ConsumerAction::Kind::kInvoke) return complete_invoke(action);
  if (action.kind == ConsumerAction::Kind::kCommit) return complete_commit(action);
  complete_send(action);
}

std::vector<engine::Position> MachineWorld::positions_of(const ConsumerAction& action) const {
  std::vector<engine::Position> positions;
  for (size_t i = action.first; i < action.last; i++) {
    positions.push_back(machine_->batch(action.lane)[i].position);
  }
  return positions;
}

void MachineWorld::complete_invoke(const ConsumerAction& action) {
  auto positions = positions_of(action);
  size_t count = positions.size();
  bool partial = options_.settings.retry.partial_responses;
  InvokeOutcome outcome;
  outcome.kind = InvokeOutcome::Kind::kSucceeded;
  size_t done = count;
  if (fault()) {
    // Not started, failed (an error, a timeout), or failed from some record on.
    size_t choice = chooser_.choose(partial ? 2 + count : 2);
    done = 0;
    outcome.kind = choice == 0 ? InvokeOutcome::Kind::kNotStarted : InvokeOutcome::Kind::kFailed;
    if (choice >= 2) {
      done = choice - 2;
      outcome.kind = InvokeOutcome::Kind::kFailedFrom;
      outcome.failed_from = action.first + done;
    }
  }
  story_ += " outcome(" + std::to_string(static_cast<int>(outcome.kind)) + "," +
            std::to_string(done) + "/" + std::to_string(count) + ")";
  for (size_t i = 0; i < done; i++) {
    settle(positions[i], Fate::kSucceeded);
    successes_[positions[i] - 1]++;
  }
  if (action.window) {
    check_window(action, positions);
    if (done > 0)
      window_records_.insert(window_records_.end(), positions.begin(),
                             positions.begin() + static_cast<long>(done));
    if (action.window->is_final && outcome.kind == InvokeOutcome::Kind::kSucceeded)
      window_records_.clear();
    outcome.state = done > 0 ? state_of(window_records_) : "{of nothing that counts}";
    if (done > 0 && fault()) {
      outcome.state.resize(kWindowStateBytesMax + 1, ' ');
      story_ += " state-too-large";
    }
  }
  machine_->on_outcome(action.lane, outcome, now_);
}

void MachineWorld::complete_commit(const ConsumerAction& action) {
  bool durable = !fault();
  story_ += durable ? " committed" : " commit-failed";
  if (durable) {
    checkpoint_ = std::max(checkpoint_, action.position);
    parent_finished_ |= action.shard_finished;
  }
  machine_->on_committed(durable, now_);
}

void MachineWorld::complete_send(const ConsumerAction& action) {
  bool delivered = !fault();
  story_ += delivered ? " sent" : " send-failed";
  for (engine::Position p : positions_of(action)) {
    settle(p, delivered ? Fate::kSent : Fate::kDropped);
  }
  machine_->on_sent(action.lane, delivered);
}

// What was begun may or may not have come about; the consumer learns nothing of it.
void MachineWorld::crash() {
  story_ += " CRASH";
  crashed_ = true;
  for (const ConsumerAction& action : pending_) {
    if (chooser_.choose(2) == 0) continue;
    if (action.kind == ConsumerAction::Kind::kCommit) {
      late_commits_.push_back(action);
      if (!options_.loses_lease) take_late_commit();
    }
    if (action.kind == ConsumerAction::Kind::kSend) {
      for (engine::Position p : positions_of(action)) settle(p, Fate::kSent);
    }
    if (action.kind == ConsumerAction::Kind::kInvoke) {
      for (engine::Position p : positions_of(action)) settle(p, Fate::kSucceeded);
    }
  }
  restart();
}

void MachineWorld::settle(engine::Position position, Fate fate) {
  Fate& current = fates_[position - 1];
  if (current == Fate::kOpen) current = fate;
}

void MachineWorld::check_invoke(const ConsumerAction& action) {
  auto positions = positions_of(action);
  EXPECT_EQ(action.window.has_value(), options_.settings.tumbling_window.count() > 0) << story();
  EXPECT_EQ(positions.empty(), action.window && action.window->is_final) << story();
  if (positions.empty()) {
    story_ += " final";
    return;
  }
  std::set<engine::Position> in_batch(positions.begin(), positions.end());
  story_ += " invoke(" + std::to_string(positions.front()) + ".." +
            std::to_string(positions.back()) + ")";
  EXPECT_LE(positions.size(), options_.settings.batch_size) << story();
  EXPECT_TRUE(std::is_sorted(positions.begin(), positions.end())) << story();
  for (engine::Position p : positions) {
    EXPECT_FALSE(options_.filtered.contains(p)) << story();
    EXPECT_LE(p, shard_end()) << story();
    for (engine::Position earlier = checkpoint_ + 1; earlier < p; earlier++) {
      if (log_[earlier - 1].key != log_[p - 1].key || in_batch.contains(earlier)) continue;
      bool too_old = options_.settings.retry.age_max || earlier <= horizon_;
      bool open = fates_[earlier - 1] == Fate::kOpen && !too_old;
      EXPECT_FALSE(open) << earlier << " overtaken by " << p << ": " << story();
    }
  }
}

// The function is told of every record that it has handled in this window, and of no other.
void MachineWorld::check_window(const ConsumerAction& action,
                                const std::vector<engine::Position>& positions) {
  const WindowCall& call = *action.window;
  std::string state = call.state.substr(0, call.state.find('}') + 1);
  EXPECT_EQ(state, state_of(window_records_)) << story();
  auto check_inside = [&](engine::Position p) {
    EXPECT_EQ(window_at(log_[p - 1].time, options_.settings.tumbling_window), call.bounds)
        << p << " is in another window: " << story();
  };
  for (engine::Position p : positions) check_inside(p);
  for (engine::Position p : window_records_) check_inside(p);
  EXPECT_EQ(call.is_terminated_early, call.state.size() > kWindowStateBytesMax) << story();
  EXPECT_TRUE(call.is_final || !call.is_terminated_early) << story();
}

void MachineWorld::check_commit(const ConsumerAction& action) {
  story_ += " commit(" + std::to_string(action.position) + ")";
  EXPECT_GE(action.position, machine_->progress().committed) << story();
  ASSERT_LE(action.position, log_.size()) << story();
  for (engine::Position p = 1; p <= action.position; p++) {
    bool may_drop =
        !options_.settings.sends_failures && (options_.settings.retry.retries_max >= 0 ||
                                              options_.settings.retry.age_max || options_.trims);
    if (fates_[p - 1] == Fate::kOpen && may_drop) settle(p, Fate::kDropped);
    EXPECT_NE(fates_[p - 1], Fate::kOpen) << p << " committed but not handled: " << story();
  }
  // A window counts when it is over.
  for (engine::Position p : window_records_) {
    EXPECT_GT(p, action.position) << "committed within a window: " << story();
  }
  EXPECT_TRUE(!action.shard_finished || action.position == options_.rotates) << story();
}

void MachineWorld::check_end() {
  ConsumerProgress progress = machine_->progress();
  EXPECT_EQ(progress.handled, log_.size()) << story();
  EXPECT_EQ(checkpoint_, log_.size()) << story();
  EXPECT_TRUE(progress.blocked.empty()) << story();
  for (size_t i = 0; i < log_.size(); i++) EXPECT_NE(fates_[i], Fate::kOpen) << i + 1 << story();
  if (crashed_) return;
  ConsumerCounts counts = counts_;
  counts += progress.counts;
  std::map<Fate, uint64_t> tally;
  for (Fate fate : fates_) tally[fate]++;
  EXPECT_EQ(counts.filtered, tally[Fate::kFiltered]) << story();
  EXPECT_EQ(counts.succeeded, tally[Fate::kSucceeded]) << story();
  EXPECT_EQ(counts.sent, tally[Fate::kSent]) << story();
  EXPECT_EQ(counts.dropped + counts.expired, tally[Fate::kDropped] + tally[Fate::kExpired])
      << story();
  for (int successes : successes_) EXPECT_LE(successes, 1) << "delivered twice: " << story();
}

std::string MachineWorld::story() const {
  return "\n  " + story_;
}

}  // namespace millrace::lambda
