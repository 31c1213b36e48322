// Receiving with long polling: a receive that finds nothing waits, without a thread, until a
// message becomes visible or its time is over.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "base/executor.h"
#include "sqs/message_store.h"
#include "sqs/queue_catalog.h"

namespace millrace::sqs {

// Thread-safe. Its dependencies must be there whenever it is called.
class Receiver {
 public:
  Receiver(MessageStore& store, const QueueCatalog& catalog, Timers& timers);

  using Done = UniqueFunction<void(engine::Result<std::vector<Message>>)>;
  // Answers with no message when `wait` is over, when the queue is deleted or the server stops.
  // `options` without a dead-letter queue: it is found by the queue's policy at every try.
  void receive(QueuePtr queue, ReceiveOptions options, std::chrono::seconds wait, Done done);

  // A message may have become visible: MessageStore::on_visible().
  void on_visible(engine::CellId cell);
  // Answers those that wait at this queue: it has been deleted.
  void release(engine::CellId cell);
  // Answers all that wait, and lets none wait any more. Waits for timers' work under way, so it
  // must not be called from one; afterwards the store is called by receive() only.
  void stop();

 private:
  struct Waiter {
    uint64_t number = 0;  // in the order of arrival
    QueuePtr queue;
    ReceiveOptions options;
    Timestamp deadline;
    Done done;
    // A change came while it was looking: it looks again instead of waiting.
    bool look_again = false;
    bool ended = false;  // its queue has been deleted: it does not wait any more
    TimerId timer = 0;
  };
  using WaiterPtr = std::shared_ptr<Waiter>;
  // The first who waits always knows when the next message becomes visible: it has looked since the
  // last one was taken. So whoever leaves lets the next one look.
  struct Line {
    std::map<uint64_t, WaiterPtr> waiting;  // first come, first served
    std::vector<WaiterPtr> looking;
  };

  // REQUIRES: it is among those that look.
  void look(WaiterPtr waiter);
  void on_received(const WaiterPtr& waiter, engine::Result<Received> result);
  // It has found nothing: what next.
  enum class Next { kWait, kLook, kFinish };
  Next after_nothing(const WaiterPtr& waiter, const Received& received);
  void hand_on(Line& line);  // REQUIRES: mutex_
  void schedule_wake(const WaiterPtr& waiter, Timestamp due);
  // Takes it out of the line and looks, unless somebody else has done so.
  void wake(const WaiterPtr& waiter);
  void finish(const WaiterPtr& waiter, engine::Result<std::vector<Message>> messages);
  static void take_waiting(Line& line, std::vector<WaiterPtr>& taken);
  void answer_all(std::vector<WaiterPtr> waiters);

  MessageStore& store_;
  const QueueCatalog& catalog_;
  Timers& timers_;
  std::mutex mutex_;
  std::map<engine::CellId, Line> lines_;
  uint64_t next_number_ = 1;
  bool stopping_ = false;
  PendingCalls pending_;  // last, so that nothing else ends while a timer's work runs
};

}  // namespace millrace::sqs
