// Runs one ShardMachine against the world: reads its source, calls the function, sends what is
// given up, stores checkpoints. Every event of one consumer is handled in turn on the executor, so
// the machine needs no lock; nothing ever waits on a thread.
//
// Thread-safe. Whoever holds it keeps it until it has ended, after stop() or by itself, or calls
// abandon() (as a crash would) before letting it go.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/executor.h"
#include "base/random.h"
#include "lambda/function/invoker.h"
#include "lambda/trigger/checkpoint.h"
#include "lambda/trigger/destination.h"
#include "lambda/trigger/failure_store.h"
#include "lambda/trigger/shard_machine.h"
#include "lambda/trigger/shard_recorder.h"

namespace millrace::lambda {

// Told what happens to a consumer's records, on the consumer's turn: must not block nor call the
// consumer. Thread-safe.
class ConsumerObserver {
 public:
  virtual ~ConsumerObserver() = default;
  // What was counted since the last call.
  virtual void on_counts(const ConsumerCounts&) {}
  // A batch is handed to the function; age of its last record.
  virtual void on_iterator_age(Duration) {}
  virtual void on_outcome(const InvokeOutcome&) {}
  virtual void on_progress() {}
};

// What a consumer works with. All of it must outlive the consumer's work: until it has ended, or is
// abandoned and the executor stopped.
struct ConsumerServices {
  Executor& executor;
  Timers& timers;
  Random& random;
  Invoker& invoker;
  Destination& destination;
  std::shared_ptr<CheckpointSink> checkpoints;
  std::shared_ptr<FailureStore> failures;  // null: what is given up is not kept
  std::shared_ptr<AttemptLog> attempts;    // null: nothing is recorded
};

struct ConsumerDescription {
  uint64_t mapping;  // its number
  std::string mapping_uuid;
  FunctionReference function;
  std::string stream_arn;
  std::string shard_id;
  std::string destination_arn;  // empty: none
  ConsumerSettings settings;
  std::shared_ptr<const FilterSet> filters;
  engine::Position start;  // records after it are consumed
};

class ShardConsumer : public std::enable_shared_from_this<ShardConsumer> {
 public:
  // How it ended: the shard is finished, or it was stopped.
  enum class End { kFinished, kStopped };

  // `on_end` is called once, on the executor, unless the consumer is abandoned.
  static std::shared_ptr<ShardConsumer> start(const ConsumerServices& services,
                                              ConsumerDescription description,
                                              std::unique_ptr<Source> source,
                                              std::shared_ptr<ConsumerObserver> observer,
                                              UniqueFunction<void(End)> on_end);

  // Ends after the invocations that are running, and a last checkpoint.
  void stop();
  // Nothing more is begun and nothing more is reported, whatever is running. What runs on the
  // executor at this moment still ends.
  void abandon();
  // Tries at once what waits for a function that could not be started.
  void hurry();

  ConsumerProgress progress() const;
  const std::string& shard_id() const { return description_.shard_id; }

 private:
  using Event = UniqueFunction<void(ShardMachine&)>;
  struct Private {};

 public:
  ShardConsumer(Private, const ConsumerServices& services, ConsumerDescription description,
                std::unique_ptr<Source> source, std::shared_ptr<ConsumerObserver> observer,
                UniqueFunction<void(End)> on_end);

 private:
  void post(Event event);
  void drain();
  void handle(Event event);
  void report();
  void perform(const ConsumerAction& action);
  void read(const ConsumerAction& action);
  void wait(const ConsumerAction& action);
  void invoke(const ConsumerAction& action);
  void keep(const ConsumerAction& action);
  void send(const ConsumerAction& action, uint64_t failure);
  void sent(const ConsumerAction& action, uint64_t failure, bool delivered);
  void commit(const ConsumerAction& action);
  void set_timer(Timestamp due);
  void cancel_wait();
  void cancel_timer();
  void end(End how);
  Timestamp now() const { return services_.timers.clock().now(); }

  const ConsumerServices services_;
  const ConsumerDescription description_;
  const std::unique_ptr<Source> source_;
  const std::shared_ptr<ConsumerObserver> observer_;

  // Only used on the consumer's turn.
  ShardMachine machine_;
  ShardRecorder recorder_;
  UniqueFunction<void(End)> on_end_;
  ConsumerCounts reported_;
  bool read_failed_ = false;
  bool ended_ = false;

  mutable std::mutex mutex_;
  std::deque<Event> events_;
  bool running_ = false;
  bool abandoned_ = false;
  std::optional<Source::WaitId> wait_;
  std::optional<TimerId> timer_;
  ConsumerProgress progress_;
};

}  // namespace millrace::lambda
