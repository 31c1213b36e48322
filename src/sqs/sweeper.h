// Erases in the background what no client can see any more: expired and purged messages, and the
// rows of deleted queues, also those that a crash has left.
#pragma once

#include <mutex>

#include "base/executor.h"
#include "sqs/message_store.h"
#include "sqs/queue_catalog.h"

namespace millrace::sqs {

// Thread-safe. Its dependencies must outlive it.
class Sweeper {
 public:
  Sweeper(MessageStore& store, QueueCatalog& catalog, Timers& timers);
  // Begins a round now and one every minute.
  void start();
  // Begins no further step. Its end waits for a step under way.
  void stop();
  // A queue has been deleted or purged: looks soon.
  void look_soon();

 private:
  // One small piece of work, then the next by a timer: a long round neither nests nor keeps the
  // engine from clients.
  void step();
  void erase_deleted(engine::CellId cell);
  void sweep(QueuePtr queue);
  void schedule(Duration delay);
  void on_step(engine::Result<bool> more);

  MessageStore& store_;
  QueueCatalog& catalog_;
  Timers& timers_;
  std::mutex mutex_;
  TimerId timer_ = 0;
  bool in_round_ = false;
  bool again_ = false;
  bool stopped_ = false;
  std::vector<engine::CellId> deleted_;  // still to be erased in this round
  bool found_rows_ = false;              // of the last of them, in this round
  std::vector<QueuePtr> queues_;         // still to be swept in this round
  PendingCalls pending_;                 // last, so that nothing else ends while a step runs
};

}  // namespace millrace::sqs
