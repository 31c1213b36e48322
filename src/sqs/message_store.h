// The messages of queues in the engine: each change is one transaction on the queue's cell.
//
// Nothing here is kept in memory but where to begin looking (ScanStart): what the engine has is the
// truth, so messages, their receive counts and their visibility survive a crash.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/pending_calls.h"
#include "base/random.h"
#include "base/unique_function.h"
#include "sqs/message.h"
#include "sqs/queue.h"
#include "sqs/scan_start.h"

namespace millrace::sqs {

struct OutgoingMessage {
  std::string id;
  MessageContent content;
  std::chrono::seconds delay{0};
};

struct ReceiveOptions {
  int messages_max = 1;
  std::chrono::seconds visibility_timeout{30};
  // Where messages go that were received too often; null for nowhere.
  QueuePtr dead_letter_queue;
  int receives_max = 0;
};

struct Received {
  std::vector<Message> messages;          // each with its new receipt
  bool more = false;                      // there may be others to receive now
  std::optional<Timestamp> next_visible;  // when the next one becomes visible, if it is known
};

struct MessageCounts {
  uint64_t visible = 0;
  uint64_t in_flight = 0;
  uint64_t delayed = 0;
};

enum class ReceiptOutcome {
  kDone,
  kNotThere,     // deleted, expired, or received again since
  kNotInFlight,  // visible to others already
};

// Thread-safe. Its dependencies must outlive it; its end waits for the completions under way.
class MessageStore {
 public:
  MessageStore(engine::Engine& engine, const Clock& clock, Random& random)
      : engine_(engine), clock_(clock), random_(random) {}

  // Called when a message of the queue may have become visible, or may become so at another time
  // than before; on any thread. Set before anything else is called.
  void on_visible(std::function<void(engine::CellId)> listener) { listener_ = std::move(listener); }

  using Done = UniqueFunction<void(engine::Result<void>)>;
  // All of them or none.
  void send(QueuePtr queue, std::vector<OutgoingMessage> messages, Done done);

  void receive(QueuePtr queue, ReceiveOptions options,
               UniqueFunction<void(engine::Result<Received>)> done);

  using OutcomesDone = UniqueFunction<void(engine::Result<std::vector<ReceiptOutcome>>)>;
  // REQUIRES: the receipts are of this queue.
  void remove(QueuePtr queue, std::vector<Receipt> receipts, OutcomesDone done);
  struct VisibilityChange {
    Receipt receipt;
    std::chrono::seconds timeout;
  };
  void change_visibility(QueuePtr queue, std::vector<VisibilityChange> changes, OutcomesDone done);

  // Takes all messages that are in the queue now away; their rows are erased by erase_dead().
  void purge(QueuePtr queue, Done done);
  void count(QueuePtr queue, UniqueFunction<void(engine::Result<MessageCounts>)> done);

  // Erases some expired and purged messages; true if there may be others.
  void erase_dead(QueuePtr queue, UniqueFunction<void(engine::Result<bool>)> done);
  // Erases some rows of a deleted queue, and tells how many: none if there are none.
  void erase_queue(engine::CellId cell, UniqueFunction<void(engine::Result<size_t>)> done);

 private:
  void transact(std::vector<engine::CellId> cells, engine::Engine::TransactFunction fn,
                engine::Engine::TransactCompletion done);
  void changed(engine::CellId cell) {
    if (listener_) listener_(cell);
  }

  engine::Engine& engine_;
  const Clock& clock_;
  Random& random_;
  ScanStart scan_start_;
  std::function<void(engine::CellId)> listener_;
  PendingCalls pending_;  // last, so that nothing else ends while a completion runs
};

}  // namespace millrace::sqs
