// For tests: queues on an engine of the test's own, time that stands still, and calls that wait.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/cells.h"
#include "engine/rocksdb/rocksdb_engine.h"
#include "sqs/queue_service.h"

namespace millrace::sqs {

// Takes a completion's result over to the test's thread.
template <class T>
class Outcome {
 public:
  UniqueFunction<void(T)> done() {
    return [this](T result) { promise_.set_value(std::move(result)); };
  }
  T get() { return promise_.get_future().get(); }

 private:
  std::promise<T> promise_;
};

// A receive that the test does not wait for.
struct Poll {
  bool answered = false;
  std::vector<Message> messages;
};

class QueueWorld {
 public:
  // In memory, where everything completes inside its call; with a directory, on disk.
  explicit QueueWorld(std::string directory = "") : directory_(std::move(directory)) { start(); }

  // Ends the service and the engine, as a server does, and begins again.
  void restart() {
    service.reset();
    engine.reset();
    start();
  }

  QueuePtr create(std::string name, std::map<std::string, std::string> attributes = {}) {
    Outcome<aws::Result<QueuePtr>> outcome;
    service->catalog().create(aws::RequestContext(), std::move(name), std::move(attributes), {},
                              outcome.done());
    return outcome.get().value();
  }
  QueuePtr find(std::string_view name) {
    return service->catalog().find("000000000000", "us-east-1", name);
  }
  void remove(QueuePtr queue) {
    Outcome<aws::Result<QueuePtr>> outcome;
    service->catalog().remove(aws::RequestContext(), queue, outcome.done());
    ASSERT_TRUE(outcome.get());
    service->receiver().release(queue->cell);
    service->sweeper().look_soon();
  }

  void send(QueuePtr queue, const std::vector<std::string>& bodies,
            std::chrono::seconds delay = std::chrono::seconds(0)) {
    std::vector<OutgoingMessage> messages;
    for (const std::string& body : bodies) {
      OutgoingMessage message;
      message.id = random.uuid();
      message.content.body = body;
      message.delay = delay;
      messages.push_back(std::move(message));
    }
    Outcome<engine::Result<void>> outcome;
    service->store().send(std::move(queue), std::move(messages), outcome.done());
    ASSERT_TRUE(outcome.get());
  }

  // One look at the store, without the receiver.
  Received look(QueuePtr queue, ReceiveOptions options = {}) {
    Outcome<engine::Result<Received>> outcome;
    service->store().receive(std::move(queue), std::move(options), outcome.done());
    return outcome.get().value();
  }
  std::vector<Message> receive(QueuePtr queue, int messages_max = 1) {
    ReceiveOptions options;
    options.messages_max = messages_max;
    options.visibility_timeout = queue->visibility_timeout();
    return look(std::move(queue), std::move(options)).messages;
  }
  std::shared_ptr<Poll> poll(QueuePtr queue, std::chrono::seconds wait, int messages_max = 1) {
    auto poll = std::make_shared<Poll>();
    ReceiveOptions options;
    options.messages_max = messages_max;
    options.visibility_timeout = queue->visibility_timeout();
    service->receiver().receive(std::move(queue), std::move(options), wait,
                                [poll](engine::Result<std::vector<Message>> result) {
                                  EXPECT_FALSE(poll->answered);
                                  poll->answered = true;
                                  poll->messages = std::move(result).value();
                                });
    return poll;
  }

  static Receipt receipt_of(const QueuePtr& queue, const Message& message) {
    return {static_cast<uint64_t>(queue->cell), message.sequence, message.state.receipt};
  }
  ReceiptOutcome erase(QueuePtr queue, const Message& message) {
    Outcome<engine::Result<std::vector<ReceiptOutcome>>> outcome;
    Receipt receipt = receipt_of(queue, message);
    service->store().remove(std::move(queue), {receipt}, outcome.done());
    return outcome.get().value().front();
  }
  ReceiptOutcome hide(QueuePtr queue, const Message& message, std::chrono::seconds timeout) {
    Outcome<engine::Result<std::vector<ReceiptOutcome>>> outcome;
    Receipt receipt = receipt_of(queue, message);
    service->store().change_visibility(std::move(queue), {{receipt, timeout}}, outcome.done());
    return outcome.get().value().front();
  }
  void purge(QueuePtr queue) {
    Outcome<engine::Result<void>> outcome;
    service->store().purge(std::move(queue), outcome.done());
    ASSERT_TRUE(outcome.get());
  }
  MessageCounts count(QueuePtr queue) {
    Outcome<engine::Result<MessageCounts>> outcome;
    service->store().count(std::move(queue), outcome.done());
    return outcome.get().value();
  }
  // Rows of queues and messages of every kind, in the catalog and everywhere.
  size_t rows() {
    size_t count = 0;
    auto read = [&count](engine::Reader& reader) {
      engine::RangeOptions range;
      range.begin = std::string(1, static_cast<char>(engine::KeyPrefix::kQueue));
      range.end = std::string(1, static_cast<char>(engine::KeyPrefix::kQueue) + 1);
      return reader.range({engine::kQueueCatalogCell}, range,
                          [&count](std::string_view, std::string_view) { return ++count > 0; });
    };
    EXPECT_TRUE(engine::snapshot_and_wait(*engine, {engine::kQueueCatalogCell}, read));
    return count;
  }

  ManualClock clock;
  ManualTimers timers{clock};
  SeededRandom random{1};
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<QueueService> service;

 private:
  void start() {
    engine::RocksdbOptions options;
    options.path = directory_;
    options.in_memory = directory_.empty();
    engine = std::move(engine::open_rocksdb_engine(std::move(options), timers)).value();
    service = std::move(QueueService::open(*engine, timers, random)).value();
  }
  const std::string directory_;
};

inline std::vector<std::string> bodies_of(const std::vector<Message>& messages) {
  std::vector<std::string> bodies;
  for (const Message& message : messages) bodies.push_back(message.content.body);
  return bodies;
}

}  // namespace millrace::sqs
