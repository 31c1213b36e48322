#include "sqs/sweeper.h"

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

bool Sweeper::stopped() {
  std::lock_guard lock(mutex_);
  return stopped_;
}

void Sweeper::look_soon() {
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    if (running_) {
      again_ = true;
      return;
    }
    timers_.cancel(timer_);
  }
  schedule(kStepDelay);
}

void Sweeper::schedule(Duration delay) {
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  running_ = false;
  if (again_) delay = kStepDelay;
  again_ = false;
  timer_ = timers_.after(delay, [this, token = pending_.begin()] {
    {
      std::lock_guard run_lock(mutex_);
      running_ = true;
    }
    run_round();
  });
}

void Sweeper::run_round() {
  erase_deleted(catalog_.deleted_queues());
}

// Every step ends by a timer before the next begins, so a long round never nests.
void Sweeper::erase_deleted(std::vector<engine::CellId> rest) {
  if (stopped()) return;
  if (rest.empty()) return sweep_queue(catalog_.list_all());
  engine::CellId cell = rest.back();
  auto go_on = [this, token = pending_.begin()](std::vector<engine::CellId> next) {
    if (stopped()) return;
    timers_.after(kStepDelay, [this, token, next = std::move(next)]() mutable {
      erase_deleted(std::move(next));
    });
  };
  store_.erase_queue(cell, [this, cell, rest = std::move(rest),
                            go_on](engine::Result<bool> more) mutable {
    if (!more) {
      storage_error(more.error(), "erase a deleted queue");
      return schedule(kRoundInterval);
    }
    if (*more) return go_on(std::move(rest));
    rest.pop_back();
    catalog_.finish_removal(cell, [rest = std::move(rest), go_on](engine::Result<void>) mutable {
      go_on(std::move(rest));
    });
  });
}

void Sweeper::sweep_queue(std::vector<QueuePtr> rest) {
  if (stopped()) return;
  if (rest.empty()) return schedule(kRoundInterval);
  QueuePtr queue = rest.back();
  store_.erase_dead(queue, [this, token = pending_.begin(),
                            rest = std::move(rest)](engine::Result<bool> more) mutable {
    if (!more) {
      storage_error(more.error(), "erase expired messages");
      return schedule(kRoundInterval);
    }
    if (!*more) rest.pop_back();
    if (stopped()) return;
    timers_.after(kStepDelay, [this, token, rest = std::move(rest)]() mutable {
      sweep_queue(std::move(rest));
    });
  });
}

}  // namespace millrace::sqs
