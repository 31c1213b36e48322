#include "sqs/sweeper.h"

#include <optional>
#include <utility>

#include "sqs/sqs_error.h"

namespace millrace::sqs {
namespace {

// Retention is counted in minutes at least, and expired messages are never shown anyway.
constexpr std::chrono::minutes kRoundInterval{1};
// Between two steps of one round: leaves the engine to the clients.
constexpr std::chrono::milliseconds kStepDelay{5};

}  // namespace

Sweeper::Sweeper(MessageStore& store, QueueCatalog& catalog, Timers& timers)
    : store_(store), catalog_(catalog), timers_(timers) {}

void Sweeper::start() {
  schedule(Duration(0));
}

void Sweeper::stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  timers_.cancel(timer_);
}

void Sweeper::look_soon() {
  {
    std::lock_guard lock(mutex_);
    again_ = true;
    // A timer that can not be cancelled any more is about to begin a round.
    if (in_round_ || !timers_.cancel(timer_)) return;
  }
  schedule(kStepDelay);
}

void Sweeper::schedule(Duration delay) {
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  timer_ = timers_.after(delay, [this, token = pending_.begin()] { step(); });
}

void Sweeper::step() {
  std::optional<engine::CellId> deleted;
  QueuePtr queue;
  bool look_again = false;
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    if (!in_round_) {
      in_round_ = true;
      again_ = false;
      deleted_ = catalog_.deleted_queues();
      queues_ = catalog_.list_all();
    }
    if (!deleted_.empty()) {
      deleted = deleted_.back();
    } else if (!queues_.empty()) {
      queue = queues_.back();
    } else {
      in_round_ = false;
      look_again = again_;
    }
  }
  if (deleted) return erase_deleted(*deleted);
  if (queue != nullptr) return sweep(std::move(queue));
  schedule(look_again ? Duration(kStepDelay) : Duration(kRoundInterval));
}

// A queue is done with when a round finds nothing of it at all: a request that was under way when
// it was deleted may add rows after the first round.
void Sweeper::erase_deleted(engine::CellId cell) {
  store_.erase_queue(cell, [this, cell, token = pending_.begin()](engine::Result<size_t> erased) {
    if (!erased) return on_step(Unexpected(std::move(erased).error()));
    bool found_some = *erased > 0;
    bool found_before = false;
    {
      std::lock_guard lock(mutex_);
      found_before = std::exchange(found_rows_, found_some);
    }
    if (found_some || found_before) return on_step(found_some);
    catalog_.finish_removal(cell, [this, token](engine::Result<void> result) {
      if (!result) return on_step(Unexpected(std::move(result).error()));
      on_step(false);
    });
  });
}

void Sweeper::sweep(QueuePtr queue) {
  store_.erase_dead(std::move(queue), [this, token = pending_.begin()](engine::Result<bool> more) {
    on_step(std::move(more));
  });
}

void Sweeper::on_step(engine::Result<bool> more) {
  // What failed now is tried again in the next round.
  if (!more) storage_error(more.error(), "erase messages in the background", "");
  if (!more || !*more) {
    std::lock_guard lock(mutex_);
    if (!deleted_.empty()) {
      deleted_.pop_back();
      found_rows_ = false;
    } else {
      queues_.pop_back();
    }
  }
  schedule(kStepDelay);
}

}  // namespace millrace::sqs
