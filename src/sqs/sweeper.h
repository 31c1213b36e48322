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
  void schedule(Duration delay);
  void run_round();
  void sweep_queue(std::vector<QueuePtr> rest);
  void erase_deleted(std::vector<engine::CellId> rest);
  bool stopped();

  MessageStore& store_;
  QueueCatalog& catalog_;
  Timers& timers_;
  std::mutex mutex_;
  TimerId timer_ = 0;
  bool running_ = false;
  bool again_ = false;
  bool stopped_ = false;
  PendingCalls pending_;  // last, so that nothing else ends while a step runs
};

}  // namespace millrace::sqs
