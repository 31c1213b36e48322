#include "sqs/message_store.h"

#include "sqs/queue_keys.h"
#include "sqs/queue_rows.h"

namespace millrace::sqs {
namespace {

// Bounds of one transaction, well below the engine's.
constexpr size_t kMovedBytesMax = 2 * 1024 * 1024;
constexpr size_t kErasedMessagesMax = 100;
constexpr size_t kErasedRowsMax = 1000;
// Counting is exact up to here; beyond it the rest is taken from the queue's counter.
constexpr size_t kCountedMessagesMax = 10000;

// One receive: runs inside its transaction, and may run again.
class ReceiveStep {
 public:
  ReceiveStep(const Queue& queue, const ReceiveOptions& options, Timestamp begin, Timestamp now,
              uint64_t receipt)
      : queue_(queue), options_(options), begin_(begin), now_(now), receipt_(receipt) {}

  engine::Result<bool> run(engine::Transaction& transaction) {
    received_ = {};
    moved_bytes_ = 0;
    QueueWriter rows(transaction, queue_.cell);
    MILLRACE_TRY(counters_, rows.counters());
    size_t wanted = static_cast<size_t>(options_.messages_max);
    // One more than wanted tells whether there are others.
    MILLRACE_TRY(auto candidates, rows.visible(begin_, now_, wanted + 1));
    first_seen_ = candidates.empty() ? now_ : candidates.front().time;
    size_t looked_at = 0;
    bool changed = false;
    for (const auto& candidate : candidates) {
      if (received_.messages.size() == wanted || moved_bytes_ > kMovedBytesMax) break;
      ++looked_at;
      MILLRACE_TRY(auto message, rows.message(candidate.sequence, true));
      if (!message) continue;
      changed = true;
      MILLRACE_CHECK_OK(take(transaction, rows, std::move(*message)));
    }
    received_.more = looked_at < candidates.size() || candidates.size() > wanted;
    if (!received_.more) {
      MILLRACE_TRY(auto next, rows.visible(now_ + Duration(1), Timestamp::max(), 1));
      if (!next.empty()) received_.next_visible = next.front().time;
    }
    if (changed) rows.put_counters(counters_);
    return true;
  }

  Received& received() { return received_; }
  Timestamp first_seen() const { return first_seen_; }
  bool moved_any() const { return moved_bytes_ > 0; }

 private:
  engine::Result<void> take(engine::Transaction& transaction, QueueWriter& rows, Message message) {
    if (is_dead(queue_, counters_, message, now_)) {
      rows.erase(counters_, message);
      return {};
    }
    const QueuePtr& target = options_.dead_letter_queue;
    if (target != nullptr &&
        message.state.receive_count >= static_cast<uint32_t>(options_.receives_max)) {
      return move_to(transaction, rows, *target, std::move(message));
    }
    Timestamp visible_before = message.state.visible_at;
    MessageState& state = message.state;
    if (!state.received()) state.first_received = now_;
    ++state.receive_count;
    state.visible_at = now_ + options_.visibility_timeout;
    state.receipt = receipt_;
    rows.update(message, visible_before);
    received_.messages.push_back(std::move(message));
    return {};
  }

  // The message keeps its id and the time it was sent, so its retention goes on.
  engine::Result<void> move_to(engine::Transaction& transaction, QueueWriter& rows,
                               const Queue& target, Message message) {
    rows.erase(counters_, message);
    moved_bytes_ += message.state.content_bytes;
    QueueWriter target_rows(transaction, target.cell);
    MILLRACE_TRY(auto target_counters, target_rows.counters());
    message.state.visible_at = now_;
    message.state.earlier_receives += message.state.receive_count;
    message.state.receive_count = 0;
    message.state.dead_letter_source = queue_.arn();
    target_rows.add(target_counters, std::move(message));
    target_rows.put_counters(target_counters);
    return {};
  }

  const Queue& queue_;
  const ReceiveOptions& options_;
  const Timestamp begin_;
  const Timestamp now_;
  const uint64_t receipt_;
  QueueCounters counters_;
  Timestamp first_seen_;
  size_t moved_bytes_ = 0;
  Received received_;
};

// What a receive holds until its transaction has completed.
struct ReceiveCall {
  ReceiveCall(ScanStart& scan_start, QueuePtr given_queue, ReceiveOptions given_options,
              Timestamp now, uint64_t receipt)
      : queue(std::move(given_queue)),
        options(std::move(given_options)),
        reader(scan_start, queue->cell),
        step(*queue, options, reader.begin(), now, receipt) {
    if (options.dead_letter_queue) target.emplace(scan_start, options.dead_letter_queue->cell, now);
  }
  const QueuePtr queue;
  const ReceiveOptions options;
  ScanStart::Reader reader;
  std::optional<ScanStart::Writer> target;
  ReceiveStep step;
};

}  // namespace

void MessageStore::transact(std::vector<engine::CellId> cells, engine::Engine::TransactFunction fn,
                            engine::Engine::TransactCompletion done) {
  engine::TransactOptions options;
  options.cells = std::move(cells);
  auto finish = [token = pending_.begin(), done = std::move(done)](
                    engine::Result<engine::Committed> result) mutable { done(std::move(result)); };
  engine_.transact(std::move(options), std::move(fn), std::move(finish));
}

void MessageStore::send(QueuePtr queue, std::vector<OutgoingMessage> messages, Done done) {
  Timestamp now = clock_.now();
  auto writer = std::make_shared<ScanStart::Writer>(scan_start_, queue->cell, now);
  auto add_all = [queue, messages = std::move(messages),
                  now](engine::Transaction& transaction) -> engine::Result<bool> {
    QueueWriter rows(transaction, queue->cell);
    MILLRACE_TRY(auto counters, rows.counters());
    for (const OutgoingMessage& outgoing : messages) {
      Message message;
      message.content = outgoing.content;
      message.state.id = outgoing.id;
      message.state.sent = now;
      message.state.visible_at = now + outgoing.delay;
      rows.add(counters, std::move(message));
    }
    rows.put_counters(counters);
    return true;
  };
  transact({queue->cell}, std::move(add_all),
           [this, queue, writer = std::move(writer),
            done = std::move(done)](engine::Result<engine::Committed> result) mutable {
             writer.reset();
             if (!result) return done(Unexpected(std::move(result).error()));
             done({});
             changed(queue->cell);
           });
}

void MessageStore::receive(QueuePtr queue, ReceiveOptions options,
                           UniqueFunction<void(engine::Result<Received>)> done) {
  auto call = std::make_shared<ReceiveCall>(scan_start_, queue, std::move(options), clock_.now(),
                                            random_.next());
  std::vector<engine::CellId> cells{queue->cell};
  if (call->options.dead_letter_queue) cells.push_back(call->options.dead_letter_queue->cell);
  auto run = [call](engine::Transaction& transaction) { return call->step.run(transaction); };
  transact(std::move(cells), std::move(run),
           [this, call, done = std::move(done)](engine::Result<engine::Committed> result) mutable {
             if (!result) return done(Unexpected(std::move(result).error()));
             call->reader.saw_none_before(call->step.first_seen());
             call->target.reset();
             done(std::move(call->step.received()));
             if (call->step.moved_any()) changed(call->options.dead_letter_queue->cell);
           });
}

void MessageStore::remove(QueuePtr queue, std::vector<Receipt> receipts, OutcomesDone done) {
  auto outcomes = std::make_shared<std::vector<ReceiptOutcome>>();
  auto erase_all = [queue, receipts = std::move(receipts),
                    outcomes](engine::Transaction& transaction) -> engine::Result<bool> {
    outcomes->clear();
    QueueWriter rows(transaction, queue->cell);
    MILLRACE_TRY(auto counters, rows.counters());
    for (const Receipt& receipt : receipts) {
      MILLRACE_TRY(auto message, rows.message(receipt.sequence, false));
      bool is_same = message && message->state.receipt == receipt.receipt;
      if (is_same) rows.erase(counters, *message);
      outcomes->push_back(is_same ? ReceiptOutcome::kDone : ReceiptOutcome::kNotThere);
    }
    rows.put_counters(counters);
    return true;
  };
  transact({queue->cell}, std::move(erase_all),
           [outcomes, done = std::move(done)](engine::Result<engine::Committed> result) mutable {
             if (!result) return done(Unexpected(std::move(result).error()));
             done(std::move(*outcomes));
           });
}

void MessageStore::change_visibility(QueuePtr queue, std::vector<VisibilityChange> changes,
                                     OutcomesDone done) {
  Timestamp now = clock_.now();
  auto writer = std::make_shared<ScanStart::Writer>(scan_start_, queue->cell, now);
  auto outcomes = std::make_shared<std::vector<ReceiptOutcome>>();
  auto change_all = [queue, changes = std::move(changes), outcomes,
                     now](engine::Transaction& transaction) -> engine::Result<bool> {
    outcomes->clear();
    QueueWriter rows(transaction, queue->cell);
    MILLRACE_TRY(auto counters, rows.counters());
    for (const VisibilityChange& change : changes) {
      MILLRACE_TRY(auto message, rows.message(change.receipt.sequence, false));
      if (!message || message->state.receipt != change.receipt.receipt ||
          is_dead(*queue, counters, *message, now)) {
        outcomes->push_back(ReceiptOutcome::kNotThere);
      } else if (message->state.visible_at <= now) {
        outcomes->push_back(ReceiptOutcome::kNotInFlight);
      } else {
        Timestamp before = message->state.visible_at;
        message->state.visible_at = now + change.timeout;
        rows.update(*message, before);
        outcomes->push_back(ReceiptOutcome::kDone);
      }
    }
    return true;
  };
  transact({queue->cell}, std::move(change_all),
           [this, queue, outcomes, writer = std::move(writer),
            done = std::move(done)](engine::Result<engine::Committed> result) mutable {
             writer.reset();
             if (!result) return done(Unexpected(std::move(result).error()));
             done(std::move(*outcomes));
             changed(queue->cell);
           });
}

void MessageStore::purge(QueuePtr queue, Done done) {
  auto forget = [queue](engine::Transaction& transaction) -> engine::Result<bool> {
    QueueWriter rows(transaction, queue->cell);
    MILLRACE_TRY(auto counters, rows.counters());
    counters.purged_before = counters.next_sequence;
    counters.messages = 0;
    rows.put_counters(counters);
    return true;
  };
  transact({queue->cell}, std::move(forget),
           [done = std::move(done)](engine::Result<engine::Committed> result) mutable {
             if (!result) return done(Unexpected(std::move(result).error()));
             done({});
           });
}

void MessageStore::count(QueuePtr queue, UniqueFunction<void(engine::Result<MessageCounts>)> done) {
  auto counts = std::make_shared<MessageCounts>();
  Timestamp now = clock_.now();
  auto read = [queue, counts, now](engine::Reader& reader) -> engine::Result<void> {
    MessageCounts found;
    QueueReader rows(reader, queue->cell);
    MILLRACE_TRY(auto counters, rows.counters());
    MILLRACE_TRY(auto places, rows.visible(Timestamp(), Timestamp::max(), kCountedMessagesMax));
    for (const auto& place : places) {
      if (place.sequence < counters.purged_before) continue;
      MILLRACE_TRY(auto message, rows.message(place.sequence, false));
      if (!message || is_dead(*queue, counters, *message, now)) continue;
      if (place.time <= now) {
        ++found.visible;
      } else if (message->state.received()) {
        ++found.in_flight;
      } else {
        ++found.delayed;
      }
    }
    if (places.size() == kCountedMessagesMax) {
      found.visible = counters.messages - found.in_flight - found.delayed;
    }
    *counts = found;
    return {};
  };
  engine_.snapshot({queue->cell}, std::move(read),
                   [counts, done = std::move(done)](engine::Result<void> result) mutable {
                     if (!result) return done(Unexpected(std::move(result).error()));
                     done(*counts);
                   });
}

void MessageStore::erase_dead(QueuePtr queue, UniqueFunction<void(engine::Result<bool>)> done) {
  auto more = std::make_shared<bool>(false);
  Timestamp now = clock_.now();
  auto erase_some = [queue, more, now](engine::Transaction& transaction) -> engine::Result<bool> {
    QueueWriter rows(transaction, queue->cell);
    MILLRACE_TRY(auto counters, rows.counters());
    // Numbers rise with the time of sending, so those to erase are in front. (One that was moved
    // here is older than its number tells, and waits for those before it.)
    MILLRACE_TRY(auto dead, rows.first_messages(kErasedMessagesMax, [&](const Message& message) {
      return is_dead(*queue, counters, message, now);
    }));
    for (const Message& message : dead) rows.erase(counters, message);
    *more = dead.size() == kErasedMessagesMax;
    if (!dead.empty()) rows.put_counters(counters);
    return !dead.empty();
  };
  transact({queue->cell}, std::move(erase_some),
           [more, done = std::move(done)](engine::Result<engine::Committed> result) mutable {
             bool nothing = !result && result.error().code == engine::ErrorCode::kAborted;
             if (!result && !nothing) return done(Unexpected(std::move(result).error()));
             done(!nothing && *more);
           });
}

void MessageStore::erase_queue(engine::CellId cell,
                               UniqueFunction<void(engine::Result<size_t>)> done) {
  auto erased = std::make_shared<size_t>(0);
  auto erase_some = [cell, erased](engine::Transaction& transaction) -> engine::Result<bool> {
    std::vector<std::string> keys;
    for (char kind : {'n', 'm', 'b', 'v'}) {
      engine::RangeOptions range;
      std::tie(range.begin, range.end) = kind_range(kind, cell);
      range.rows_max = kErasedRowsMax - keys.size();
      if (range.rows_max == 0) break;
      MILLRACE_CHECK_OK(
          transaction.range({cell}, range, [&](std::string_view key, std::string_view) {
            keys.emplace_back(key);
            return true;
          }));
    }
    for (const std::string& key : keys) transaction.erase(cell, key);
    *erased = keys.size();
    return true;
  };
  transact({cell}, std::move(erase_some),
           [this, cell, erased,
            done = std::move(done)](engine::Result<engine::Committed> result) mutable {
             if (!result) return done(Unexpected(std::move(result).error()));
             scan_start_.forget(cell);
             done(*erased);
           });
}

}  // namespace millrace::sqs
