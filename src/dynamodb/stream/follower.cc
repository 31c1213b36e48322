#include "dynamodb/stream/follower.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>

#include "base/encoding.h"
#include "base/log.h"
#include "engine/cells.h"

namespace millrace::dynamodb::stream {
namespace {

using engine::Position;

constexpr char kVersion = 1;
constexpr Duration kBackoffMin = std::chrono::milliseconds(10);
constexpr Duration kBackoffMax = std::chrono::seconds(5);

std::string encode_position(Position position) {
  std::string value(1, kVersion);
  append_u64(value, position);
  return value;
}

engine::Result<Position> decode_position(std::string_view value) {
  if (value.size() != 9 || value[0] != kVersion) {
    return Unexpected(
        engine::Error{engine::ErrorCode::kCorrupt, "the stored position of a follower is damaged"});
  }
  return read_u64(value.substr(1));
}

// One batch of records: decoded once, applied as often as the engine runs the transaction.
using Batch = std::vector<std::pair<Position, ChangeRecord>>;

// Shared with everything that is under way, so that late wake-ups find it stopped rather than gone.
class Core : public std::enable_shared_from_this<Core> {
 public:
  Core(engine::Engine& engine, Executor& executor, Timers& timers, FollowerEffect effect,
       Position start_after)
      : engine_(engine),
        executor_(executor),
        timers_(timers),
        effect_(std::move(effect)),
        key_(follower_key(effect_.name)),
        batch_max_(effect_.records_per_transaction),
        position_(start_after) {}

  // Not after stop(): the executor may be gone then.
  void schedule() {
    std::lock_guard lock(mutex_);
    post_step();
  }

  Position position() const { return position_.load(std::memory_order_acquire); }

  void when_reached(Position target, Timestamp deadline, UniqueFunction<void(bool)> done) {
    {
      std::lock_guard lock(mutex_);
      if (!stopping_ && position() < target) {
        uint64_t id = next_waiter_++;
        TimerId timer = timers_.schedule(deadline, [weak = weak_from_this(), id] {
          if (auto self = weak.lock()) self->expire_waiter(id);
        });
        waiters_.emplace(id, Waiter{target, timer, std::move(done)});
        return;
      }
    }
    done(position() >= target);
  }

  void stop() {
    std::map<uint64_t, Waiter> waiters;
    {
      std::unique_lock lock(mutex_);
      stopping_ = true;
      if (wait_) engine_.cancel_wait(*wait_);
      if (backoff_timer_) timers_.cancel(*backoff_timer_);
      idle_.wait(lock, [this] { return busy_ == 0; });
      waiters.swap(waiters_);
    }
    for (auto& [id, waiter] : waiters) {
      timers_.cancel(waiter.timer);
      waiter.done(false);
    }
  }

 private:
  struct Waiter {
    Position target;
    TimerId timer;
    UniqueFunction<void(bool)> done;
  };

  // REQUIRES: mutex_ is held.
  void post_step() {
    if (!stopping_) executor_.post([self = shared_from_this()] { self->step(); });
  }

  // Steps never overlap: each schedules the next one when it has done its work.
  void step() {
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      ++busy_;
      wait_.reset();
      backoff_timer_.reset();
    }
    if (!loaded_) {
      load();
    } else {
      follow();
    }
  }

  void load() {
    auto stored = std::make_shared<std::optional<Position>>();
    engine_.snapshot(
        {effect_.effect_cells.front()},
        [self = shared_from_this(), stored](engine::Reader& reader) -> engine::Result<void> {
          MILLRACE_TRY(auto value, reader.get(self->effect_.effect_cells.front(), self->key_));
          std::optional<Position> position;
          if (value) {
            MILLRACE_TRY(position, decode_position(*value));
          }
          *stored = position;
          return {};
        },
        [self = shared_from_this(), stored](engine::Result<void> result) {
          if (!result) return self->fail(result.error());
          self->loaded_ = true;
          if (*stored) self->advance(**stored);
          self->end_step();
        });
  }

  void follow() {
    engine::LogReadOptions options;
    options.records_max = batch_max_;
    auto page = engine_.log_read(effect_.cell, position(), options);
    if (!page) return fail(page.error());
    if (page->records.empty()) return sleep();

    auto batch = std::make_shared<Batch>();
    for (const engine::LogRecord& record : page->records) {
      auto change = decode_change(record.record);
      if (!change)
        return fail({engine::ErrorCode::kCorrupt, "a log record is not a change record"});
      batch->emplace_back(record.position, std::move(*change));
    }
    apply(std::move(batch));
  }

  void apply(std::shared_ptr<Batch> batch) {
    Position before = position();
    Position reached = batch->back().first;
    engine::TransactOptions options;
    options.cells = effect_.effect_cells;
    engine_.transact(
        std::move(options),
        [self = shared_from_this(), batch, before](engine::Transaction& transaction) {
          return self->apply_in(transaction, *batch, before);
        },
        [self = shared_from_this(), reached](engine::Result<engine::Committed> result) {
          if (!result) return self->fail(result.error());
          self->succeed(reached);
        });
  }

  engine::Result<bool> apply_in(engine::Transaction& transaction, const Batch& batch,
                                Position before) {
    engine::CellId position_cell = effect_.effect_cells.front();
    // After an unknown outcome the batch may have been applied already.
    Position applied = before;
    MILLRACE_TRY(auto stored, transaction.get(position_cell, key_));
    if (stored) {
      MILLRACE_TRY(applied, decode_position(*stored));
    }
    for (const auto& [position, change] : batch) {
      if (position <= applied) continue;
      MILLRACE_CHECK_OK(effect_.apply(transaction, position, change));
    }
    Position reached = std::max(applied, batch.back().first);
    transaction.put(position_cell, key_, encode_position(reached));
    return true;
  }

  void succeed(Position reached) {
    failures_ = 0;
    batch_max_ = effect_.records_per_transaction;
    advance(reached);
    end_step();
  }

  void fail(const engine::Error& error) {
    if (error.code == engine::ErrorCode::kTooLarge && batch_max_ > 1) {
      batch_max_ /= 2;
      end_step();
      return;
    }
    if (error.code != engine::ErrorCode::kConflict) {
      log_warning("follower could not go on", {{"follower", effect_.name},
                                               {"position", position()},
                                               {"failures", failures_ + 1},
                                               {"error", engine::to_string(error.code)},
                                               {"reason", error.message}});
    }
    constexpr int kDoublingsMax = 10;
    Duration delay = std::min(kBackoffMax, kBackoffMin * (1 << std::min(failures_, kDoublingsMax)));
    ++failures_;
    std::lock_guard lock(mutex_);
    if (!stopping_) {
      backoff_timer_ = timers_.after(delay, [self = shared_from_this()] { self->schedule(); });
    }
    set_idle();
  }

  void sleep() {
    // Without the lock: it may wake inside the call.
    engine::WaitId wait = engine_.wait({{effect_.cell, position()}}, std::nullopt,
                                       [self = shared_from_this()] { self->schedule(); });
    std::lock_guard lock(mutex_);
    wait_ = wait;
    if (stopping_) engine_.cancel_wait(wait);
    set_idle();
  }

  void advance(Position reached) {
    std::vector<Waiter> ready;
    {
      std::lock_guard lock(mutex_);
      position_.store(std::max(reached, position()), std::memory_order_release);
      for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
        if (waiter->second.target > position()) {
          ++waiter;
          continue;
        }
        ready.push_back(std::move(waiter->second));
        waiter = waiters_.erase(waiter);
      }
    }
    for (Waiter& waiter : ready) {
      timers_.cancel(waiter.timer);
      waiter.done(true);
    }
  }

  void expire_waiter(uint64_t id) {
    Waiter waiter;
    {
      std::lock_guard lock(mutex_);
      auto found = waiters_.find(id);
      if (found == waiters_.end()) return;
      waiter = std::move(found->second);
      waiters_.erase(found);
    }
    waiter.done(false);
  }

  void end_step() {
    std::lock_guard lock(mutex_);
    post_step();
    set_idle();
  }
  // REQUIRES: mutex_ is held.
  void set_idle() {
    --busy_;
    idle_.notify_all();
  }

  engine::Engine& engine_;
  Executor& executor_;
  Timers& timers_;
  const FollowerEffect effect_;
  const std::string key_;

  // Used by the running step only.
  bool loaded_ = false;
  size_t batch_max_;
  int failures_ = 0;

  std::atomic<Position> position_;
  std::mutex mutex_;
  std::condition_variable idle_;
  bool stopping_ = false;
  int busy_ = 0;  // steps (with their transactions) that are running or falling asleep
  std::optional<engine::WaitId> wait_;
  std::optional<TimerId> backoff_timer_;
  std::map<uint64_t, Waiter> waiters_;
  uint64_t next_waiter_ = 1;
};

class RunningFollower final : public Follower {
 public:
  explicit RunningFollower(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  ~RunningFollower() override { core_->stop(); }
  Position position() const override { return core_->position(); }
  void when_reached(Position target, Timestamp deadline, UniqueFunction<void(bool)> done) override {
    core_->when_reached(target, deadline, std::move(done));
  }

 private:
  const std::shared_ptr<Core> core_;
};

}  // namespace

std::string follower_key(std::string_view name) {
  std::string key(1, static_cast<char>(engine::KeyPrefix::kFollower));
  key += name;
  return key;
}

engine::Result<std::optional<Position>> read_follower_position(engine::Reader& reader,
                                                               engine::CellId cell,
                                                               std::string_view name) {
  std::optional<Position> position;
  MILLRACE_TRY(auto value, reader.get(cell, follower_key(name)));
  if (value) {
    MILLRACE_TRY(position, decode_position(*value));
  }
  return position;
}

void put_follower_position(engine::Transaction& transaction, engine::CellId cell,
                           std::string_view name, Position position) {
  transaction.put(cell, follower_key(name), encode_position(position));
}

std::unique_ptr<Follower> Follower::start(engine::Engine& engine, Executor& executor,
                                          Timers& timers, FollowerEffect effect,
                                          Position start_after) {
  auto core = std::make_shared<Core>(engine, executor, timers, std::move(effect), start_after);
  core->schedule();
  return std::make_unique<RunningFollower>(std::move(core));
}

}  // namespace millrace::dynamodb::stream
