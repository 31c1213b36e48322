// SQS as a whole: queues, messages, long polls and the work behind them. What the operations and
// the server hold.
#pragma once

#include "sqs/queue_catalog.h"
#include "sqs/receiver.h"
#include "sqs/sweeper.h"

namespace millrace::sqs {

// Thread-safe. Its dependencies must outlive it.
class QueueService {
 public:
  static engine::Result<std::unique_ptr<QueueService>> open(engine::Engine& engine, Timers& timers,
                                                            Random& random);
  ~QueueService();

  QueueCatalog& catalog() { return *catalog_; }
  MessageStore& store() { return store_; }
  Receiver& receiver() { return receiver_; }
  Sweeper& sweeper() { return sweeper_; }
  Random& random() { return random_; }

  // Answers the receives that wait, and starts no more work in the background.
  void stop();

 private:
  QueueService(std::unique_ptr<QueueCatalog> catalog, engine::Engine& engine, Timers& timers,
               Random& random);
  Random& random_;
  std::unique_ptr<QueueCatalog> catalog_;
  // The store's end waits for completions, which call the receiver: so it ends before it.
  Receiver receiver_;
  MessageStore store_;
  Sweeper sweeper_;
};

}  // namespace millrace::sqs
