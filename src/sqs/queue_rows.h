// The rows of one queue inside one transaction or snapshot: what message_store.cc is written with.
#pragma once

#include <functional>
#include <vector>

#include "sqs/message.h"
#include "sqs/queue.h"

namespace millrace::sqs {

// How many messages there are, and how far the numbers of messages have come.
struct QueueCounters {
  uint64_t next_sequence = 1;
  uint64_t messages = 0;
  uint64_t purged_before = 0;  // messages with a lower number are gone
};

class QueueReader {
 public:
  QueueReader(engine::Reader& reader, engine::CellId cell) : reader_(reader), cell_(cell) {}

  engine::Result<QueueCounters> counters();
  // Nothing if there is no such message.
  engine::Result<std::optional<Message>> message(uint64_t sequence, bool with_content);

  struct VisibleAt {
    Timestamp time;
    uint64_t sequence;
  };
  // The first `rows_max` messages that become visible in [begin, end], earliest first.
  engine::Result<std::vector<VisibleAt>> visible(Timestamp begin, Timestamp end, size_t rows_max);
  // Messages without their content in the order of their numbers, until one is not `wanted`.
  engine::Result<std::vector<Message>> first_messages(
      size_t rows_max, const std::function<bool(const Message&)>& wanted);

 protected:
  engine::Reader& reader_;
  const engine::CellId cell_;
};

class QueueWriter : public QueueReader {
 public:
  QueueWriter(engine::Transaction& transaction, engine::CellId cell)
      : QueueReader(transaction, cell), transaction_(transaction) {}

  void put_counters(const QueueCounters& counters);
  // Adds a message, numbers it, and counts it.
  void add(QueueCounters& counters, Message message);
  // Keeps a changed state, and the place in the order that follows from it.
  void update(const Message& message, Timestamp visible_before);
  // Erases the rows, and takes it out of the count unless a purge has done so.
  void erase(QueueCounters& counters, const Message& message);

 private:
  engine::Transaction& transaction_;
};

// Whether the message has outlived the queue's retention or a purge.
bool is_dead(const Queue& queue, const QueueCounters& counters, const Message& message,
             Timestamp now);

}  // namespace millrace::sqs
