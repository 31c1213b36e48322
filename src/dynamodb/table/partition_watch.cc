#include "dynamodb/table/partition_watch.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>

#include "base/log.h"
#include "dynamodb/table/cell_head.h"

namespace millrace::dynamodb::table {
namespace {

using engine::CellId;
using engine::Position;

class Watch : public std::enable_shared_from_this<Watch> {
 public:
  Watch(engine::Engine& engine, TableCatalog& catalog, Executor& executor, Timers& timers,
        PartitionWatchOptions options)
      : engine_(engine),
        catalog_(catalog),
        executor_(executor),
        timers_(timers),
        options_(options),
        looked_(timers.clock().now()) {}

  void schedule() {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    timer_ = timers_.after(options_.interval, [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->post();
    });
  }

  void stop() {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    if (timer_) timers_.cancel(*timer_);
    idle_.wait(lock, [this] { return busy_ == 0; });
  }

 private:
  void post() {
    std::lock_guard lock(mutex_);
    if (!stopping_) executor_.post([self = shared_from_this()] { self->look(); });
  }

  bool begin() {
    std::lock_guard lock(mutex_);
    if (stopping_) return false;
    ++busy_;
    return true;
  }
  void end() {
    std::lock_guard lock(mutex_);
    --busy_;
    idle_.notify_all();
  }

  void look() {
    if (!begin()) return;
    Timestamp now = timers_.clock().now();
    double seconds = to_seconds(now - looked_);
    std::map<CellId, Position> ends;
    for (const TablePtr& table : catalog_.list_all()) {
      if (table->cells.size() >= static_cast<size_t>(kCellsPerTableMax)) continue;
      if (table->keeps_log()) look_at_load(*table, seconds, ends);
      // The sum is at hand; the cells' heads are read only where it can be too much for one.
      if (table->counters->bytes > options_.bytes_max) look_at_size(table);
    }
    ends_.swap(ends);
    looked_ = now;
    end();
    schedule();
  }

  void look_at_load(const Table& table, double seconds, std::map<CellId, Position>& ends) {
    std::map<CellId, double> rates;
    for (CellId cell : table.all_cells()) {
      auto log = engine_.log_range(cell);
      if (!log) return;  // the engine is stopping
      ends[cell] = log->last;
      auto before = ends_.find(cell);
      if (before == ends_.end() || seconds <= 0) continue;
      rates[cell] = static_cast<double>(log->last - before->second) / seconds;
    }
    for (const auto& [cell, rate] : rates) {
      if (rate <= static_cast<double>(options_.changes_per_second_max)) continue;
      if (!is_one_key(table, cell, rates)) split(table, cell);
    }
  }

  // Whether the last split has left nearly all of the load on one side: that of one partition key,
  // or of few, which no further split would divide.
  static bool is_one_key(const Table& table, CellId cell, const std::map<CellId, double>& rates) {
    constexpr double kDivided = 0.1;
    for (const CellSplit& split : table.splits) {
      if (split.lower != cell && split.upper != cell) continue;
      auto sibling = rates.find(split.lower == cell ? split.upper : split.lower);
      return sibling != rates.end() && sibling->second < kDivided * rates.at(cell);
    }
    return false;
  }

  void look_at_size(const TablePtr& table) {
    if (!begin()) return;
    auto large = std::make_shared<std::vector<CellId>>();
    engine_.snapshot(
        table->all_cells(),
        [self = shared_from_this(), table, large](engine::Reader& reader) -> engine::Result<void> {
          large->clear();
          for (CellId cell : table->all_cells()) {
            MILLRACE_TRY(auto head, read_cell_head(reader, cell, table_cell_counts(*table)));
            int64_t bytes = 0;
            if (head) {
              for (const ItemCounts& counts : head->counts) bytes += counts.bytes;
            }
            if (bytes > self->options_.bytes_max) large->push_back(cell);
          }
          return {};
        },
        [self = shared_from_this(), table, large](engine::Result<void> read) {
          for (CellId cell : read ? *large : std::vector<CellId>()) self->split(*table, cell);
          self->end();
        });
  }

  void split(const Table& table, CellId cell) {
    aws::RequestContext context;
    context.account = table.account;
    context.region = table.region;
    context.request_id = "partition-watch";
    catalog_.split(context, table.name, cell, [arn = table.arn](aws::Result<TablePtr> done) {
      if (done) {
        log_info("a partition was split", {{"table", arn}, {"partitions", (*done)->cells.size()}});
      } else {
        log_warning("a partition could not be split",
                    {{"table", arn}, {"reason", done.error().message}});
      }
    });
  }

  engine::Engine& engine_;
  TableCatalog& catalog_;
  Executor& executor_;
  Timers& timers_;
  const PartitionWatchOptions options_;

  // Used by the running look only.
  Timestamp looked_;
  std::map<CellId, Position> ends_;  // of the logs, at that time

  std::mutex mutex_;
  std::condition_variable idle_;
  bool stopping_ = false;
  int busy_ = 0;
  std::optional<TimerId> timer_;
};

class RunningWatch final : public PartitionWatch {
 public:
  explicit RunningWatch(std::shared_ptr<Watch> watch) : watch_(std::move(watch)) {}
  ~RunningWatch() override { watch_->stop(); }

 private:
  const std::shared_ptr<Watch> watch_;
};

}  // namespace

std::unique_ptr<PartitionWatch> PartitionWatch::start(engine::Engine& engine, TableCatalog& catalog,
                                                      Executor& executor, Timers& timers,
                                                      PartitionWatchOptions options) {
  auto watch = std::make_shared<Watch>(engine, catalog, executor, timers, options);
  watch->schedule();
  return std::make_unique<RunningWatch>(std::move(watch));
}

}  // namespace millrace::dynamodb::table
