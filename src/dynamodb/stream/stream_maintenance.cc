#include "dynamodb/stream/stream_maintenance.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "base/log.h"
#include "dynamodb/stream/log_search.h"
#include "engine/cells.h"

namespace millrace::dynamodb::stream {
namespace {

using engine::CellId;
using engine::Position;

// What a pass finds out about a log before it changes anything.
struct CellState {
  std::optional<Duration> retention;  // the longest of the streams that show the log, if any
  Position shown_after = UINT64_MAX;  // no shard shows a record at or below this one
  Position expired = 0;               // records up to this one are older than the retention
};

class Maintenance final : public StreamMaintenance,
                          public std::enable_shared_from_this<Maintenance> {
 public:
  Maintenance(engine::Engine& engine, StreamStore& store, Executor& executor, Timers& timers,
              MaintenanceOptions options)
      : engine_(engine),
        store_(store),
        executor_(executor),
        timers_(timers),
        options_(std::move(options)) {}

  void run(UniqueFunction<void()> done) override {
    std::unique_lock lock(mutex_);
    if (stopping_) {
      lock.unlock();
      done();
      return;
    }
    waiting_.push_back(std::move(done));
    if (!pass_running_) begin_pass();
  }

  void stop() {
    std::vector<UniqueFunction<void()>> unfinished;
    {
      std::unique_lock lock(mutex_);
      stopping_ = true;
      if (timer_) timers_.cancel(*timer_);
      idle_.wait(lock, [this] { return !step_running_; });
      for (auto* list : {&served_, &waiting_}) {
        for (auto& done : *list) unfinished.push_back(std::move(done));
        list->clear();
      }
      steps_.clear();
    }
    for (auto& done : unfinished) done();
  }

 private:
  // Calls its argument when it has ended; steps run one after the other.
  using Step = std::function<void(UniqueFunction<void()> ended)>;

  // REQUIRES: mutex_ is held.
  void begin_pass() {
    pass_running_ = true;
    served_.swap(waiting_);
    if (timer_) timers_.cancel(*timer_);
    timer_ = timers_.after(options_.interval, [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->run([] {});
    });
    steps_.push_back([this](UniqueFunction<void()> ended) {
      plan();
      ended();
    });
    post_next();
  }

  // REQUIRES: mutex_ is held.
  void post_next() {
    if (!stopping_) executor_.post([self = shared_from_this()] { self->next(); });
  }

  void next() {
    Step step;
    std::vector<UniqueFunction<void()>> finished;
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      if (steps_.empty()) {
        pass_running_ = false;
        finished.swap(served_);
        if (!waiting_.empty()) begin_pass();
      } else {
        step = std::move(steps_.front());
        steps_.pop_front();
        step_running_ = true;
      }
    }
    for (auto& done : finished) done();
    if (!step) return;
    step([self = shared_from_this()] {
      std::lock_guard lock(self->mutex_);
      self->step_running_ = false;
      self->idle_.notify_all();
      self->post_next();
    });
  }

  void add(Step step) {
    std::lock_guard lock(mutex_);
    steps_.push_back(std::move(step));
  }

  void plan() {
    Timestamp now = timers_.clock().now();
    cells_.clear();
    std::vector<StreamPtr> streams = store_.list_all();
    for (const StreamPtr& stream : streams) {
      for (const Shard& shard : stream->shards) {
        CellState& cell = cells_[shard.cell];
        cell.retention = std::max(cell.retention.value_or(Duration{}), retention_of(*stream));
        cell.shown_after = std::min(cell.shown_after, shard.after);
        if (shard.is_open() && shard.created + rotation_age_of(shard) <= now) {
          add_rotation(stream->table_number, shard.cell);
        }
      }
    }
    for (CellId cell : store_.log_holds().cells()) cells_.try_emplace(cell);
    for (const auto& [cell, state] : cells_) {
      add([this, cell = cell](UniqueFunction<void()> ended) { trim(cell, std::move(ended)); });
    }
    // After the trimming, which finds out what has expired.
    for (const StreamPtr& stream : streams) {
      add([this, stream](UniqueFunction<void()> ended) { expire(*stream, std::move(ended)); });
    }
  }

  Duration retention_of(const Stream& stream) const {
    return stream.retention.value_or(options_.retention);
  }
  Duration rotation_age_of(const Shard& shard) const {
    constexpr size_t kSteps = 1024;
    auto step = static_cast<int64_t>(std::hash<std::string>()(shard.id) % kSteps);
    return options_.rotation_age - options_.rotation_jitter * step / int64_t{kSteps};
  }

  using Change = std::function<engine::Result<StreamStore::PendingChange>(engine::Transaction&)>;

  // A transaction of the catalog (and one more cell) that makes the change and publishes it.
  void transact(std::vector<CellId> cells, Change change, UniqueFunction<void()> ended) {
    cells.push_back(engine::kTableCatalogCell);
    engine::TransactOptions options;
    options.cells = std::move(cells);
    auto pending = std::make_shared<StreamStore::PendingChange>();
    engine_.transact(
        std::move(options),
        [change = std::move(change),
         pending](engine::Transaction& transaction) -> engine::Result<bool> {
          MILLRACE_TRY(*pending, change(transaction));
          return static_cast<bool>(pending->apply);
        },
        [this, pending,
         ended = std::move(ended)](engine::Result<engine::Committed> result) mutable {
          if (result) {
            pending->apply();
          } else if (result.error().code != engine::ErrorCode::kAborted) {
            report(result.error());
          }
          ended();
        });
  }

  void add_rotation(uint64_t table_number, CellId cell) {
    add([this, table_number, cell](UniqueFunction<void()> ended) {
      transact(
          {cell},
          [this, table_number, cell](engine::Transaction& transaction) {
            return store_.rotate(transaction, table_number, cell);
          },
          std::move(ended));
    });
  }

  void trim(CellId cell, UniqueFunction<void()> ended) {
    CellState& state = cells_[cell];
    auto hide = trim_log(cell, state);
    if (!hide) {
      report(hide.error());
    } else if (*hide) {
      Position position = state.expired;
      transact(
          {},
          [this, cell, position](
              engine::Transaction& transaction) -> engine::Result<StreamStore::PendingChange> {
            return store_.hide_until(transaction, cell, position);
          },
          std::move(ended));
      return;
    }
    ended();
  }

  // Trims what nobody needs. True if records that have expired are kept, and must be hidden: for
  // who else follows the log, and the last one always.
  engine::Result<bool> trim_log(CellId cell, CellState& state) {
    MILLRACE_TRY(auto range, engine_.log_range(cell));
    state.expired = range.first - 1;
    if (range.last < range.first) return false;
    Position needed_after = range.last;
    if (state.retention) {
      Timestamp horizon = timers_.clock().now() - *state.retention;
      MILLRACE_TRY(state.expired, last_before(engine_, cell, state.expired, range.last, horizon));
      needed_after = std::max(state.expired, state.shown_after);
    }
    if (auto held = store_.log_holds().lowest(cell)) needed_after = std::min(needed_after, *held);
    needed_after = std::min(needed_after, range.last);
    if (needed_after >= range.first) {
      MILLRACE_CHECK_OK(engine_.log_trim(cell, needed_after));
    }
    // Also what is kept for others only.
    bool keeps_expired = needed_after < state.expired || state.expired == range.last;
    if (!state.retention || !keeps_expired || state.expired < range.first) return false;
    return store_.hidden_until(cell) < state.expired;
  }

  void expire(const Stream& stream, UniqueFunction<void()> ended) {
    Timestamp before = timers_.clock().now() - retention_of(stream);
    std::set<std::string> expired;
    for (const Shard& shard : stream.shards) {
      // The time alone is not enough: it may have been set back while the shard was open.
      if (shard.closed && *shard.closed <= before && has_only_older(shard, before)) {
        expired.insert(shard.id);
      }
    }
    if (stream.disabled && *stream.disabled <= before && expired.size() == stream.shards.size()) {
      transact(
          {},
          [this, arn = stream.arn](engine::Transaction& transaction) {
            return store_.expire_stream(transaction, arn);
          },
          std::move(ended));
    } else if (!expired.empty()) {
      transact(
          {},
          [this, arn = stream.arn, expired](engine::Transaction& transaction) {
            return store_.expire_shards(transaction, arn, expired);
          },
          std::move(ended));
    } else {
      ended();
    }
  }

  // Whether all records of a closed shard were committed before `time`. They may be kept for
  // another stream of the table that has a longer retention.
  bool has_only_older(const Shard& shard, Timestamp time) {
    const CellState& cell = cells_[shard.cell];
    if (*shard.last <= cell.expired || *shard.last == shard.after) return true;
    auto newest = commit_time(engine_, shard.cell, *shard.last);
    return newest && *newest < time;
  }

  // The next pass tries again.
  void report(const engine::Error& error) {
    log_warning("a step of stream maintenance failed",
                {{"error", engine::to_string(error.code)}, {"reason", error.message}});
  }

  engine::Engine& engine_;
  StreamStore& store_;
  Executor& executor_;
  Timers& timers_;
  const MaintenanceOptions options_;

  std::map<CellId, CellState> cells_;  // of the running pass; used by its steps only

  std::mutex mutex_;
  std::condition_variable idle_;
  bool stopping_ = false;
  bool pass_running_ = false;
  bool step_running_ = false;
  std::deque<Step> steps_;
  std::optional<TimerId> timer_;
  std::vector<UniqueFunction<void()>> served_;   // told when the running pass ends
  std::vector<UniqueFunction<void()>> waiting_;  // for the pass after it
};

class RunningMaintenance final : public StreamMaintenance {
 public:
  explicit RunningMaintenance(std::shared_ptr<Maintenance> maintenance)
      : maintenance_(std::move(maintenance)) {}
  ~RunningMaintenance() override { maintenance_->stop(); }
  void run(UniqueFunction<void()> done) override { maintenance_->run(std::move(done)); }

 private:
  const std::shared_ptr<Maintenance> maintenance_;
};

}  // namespace

std::unique_ptr<StreamMaintenance> StreamMaintenance::start(engine::Engine& engine,
                                                            StreamStore& store, Executor& executor,
                                                            Timers& timers,
                                                            MaintenanceOptions options) {
  auto maintenance =
      std::make_shared<Maintenance>(engine, store, executor, timers, std::move(options));
  maintenance->run([] {});
  return std::make_unique<RunningMaintenance>(std::move(maintenance));
}

}  // namespace millrace::dynamodb::stream
