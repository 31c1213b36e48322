// Everything that a consumer of one shard decides, without doing any of it: read, filter, batch,
// invoke, retry, give up, checkpoint. The caller (shard_consumer.h, or a test that tries every
// order of events) performs the actions that actions() asks for and reports what came of them.
//
//             page            full, window over        succeeded, given up
//     cursor ──────► forming ──────────────────► delivery ─────────────────► frontier ──► committed
//        (filtered records only move the cursor)                (all before it is handled)
//
// Records are spread over lanes by their partition key, one batch at a time in each, so the records
// of a key are handled in order. A lane forms its next batch while it works on one, if another lane
// is idle; a record whose lane has no room stops the reading until there is.
//
// With tumbling windows there is one lane, as the state goes from each invocation to the next, and
// a window counts as handled with its final call: until then the frontier stays before its first
// record, so a restart delivers the window again from its beginning, with an empty state.
//
// What must hold, and is checked by shard_machine_test.cc: a commit's position never falls, and
// every record at or below it has been handled: delivered with success, filtered out, given up by
// policy after its failure message was sent, or expired from the stream before it could be read.
// The counts add up to the records read.
//
// Memory: one batch forming and one in delivery for each lane, each at most kInvokePayloadBytesMax
// or one record. Not thread-safe; a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lambda/trigger/batch.h"
#include "lambda/trigger/delivery.h"
#include "lambda/trigger/filter_pattern.h"
#include "lambda/trigger/source.h"
#include "lambda/trigger/tumbling_window.h"

namespace millrace::lambda {

struct ConsumerSettings {
  size_t batch_size = 100;
  Duration window{0};  // MaximumBatchingWindowInSeconds
  size_t lanes = 1;    // ParallelizationFactor; one with tumbling windows, whatever is set
  Duration tumbling_window{0};
  RetryPolicy retry;
  bool sends_failures = false;  // an on-failure destination is set
  // What is given up is kept by the caller: kSend follows also if it is sent nowhere.
  bool keeps_failures = false;
};

// Each record read ends in exactly one of filtered, succeeded, sent, dropped and expired; the
// others count along the way. Names of AWS's metrics beside them.
struct ConsumerCounts {
  uint64_t polled = 0;         // PolledEventCount
  uint64_t filtered = 0;       // FilteredOutEventCount
  uint64_t invoked = 0;        // InvokedEventCount: again for each attempt
  uint64_t failed_invoke = 0;  // FailedInvokeEventCount
  uint64_t succeeded = 0;      // delivered, and reported as done by the function
  uint64_t sent = 0;           // OnFailureDestinationDeliveredEventCount
  uint64_t dropped = 0;        // DroppedEventCount: given up without a destination that took them
  uint64_t expired = 0;        // gone from the stream before they were handled
  uint64_t send_failures = 0;  // DestinationDeliveryFailures
  ConsumerCounts& operator+=(const ConsumerCounts& other);
};

// Records that were given up, for the destination's message.
struct FailedRecords {
  GiveUpReason reason;
  int invoke_count;  // at least 1, as AWS reports it
  engine::Position first, last;
  Timestamp first_time, last_time;
  size_t count;
  std::optional<InvokeOutcome> outcome;  // of the last attempt, if the function ran
};

struct ConsumerAction {
  enum class Kind {
    kRead,      // on_page(), on_trimmed() or on_read_failed() follows
    kWait,      // on_woken() follows when there is more than `after`; one wait at a time
    kInvoke,    // on_outcome() follows
    kSend,      // on_sent() follows
    kCommit,    // on_committed() follows
    kTimer,     // on_timer() follows at `due`; replaces the timer asked for before
    kFinished,  // the shard was read to its end and that is committed; nothing follows
    kStopped,   // after stop(): nothing follows
  };
  Kind kind;
  engine::Position after = 0;        // kRead, kWait
  size_t records_max = 0;            // kRead
  size_t lane = 0;                   // kInvoke, kSend
  size_t first = 0, last = 0;        // kInvoke, kSend: records of the lane's batch; the same number
                                     // if it is the final call of a window
  std::optional<WindowCall> window;  // kInvoke
  FailedRecords failed{};            // kSend
  engine::Position position = 0;     // kCommit
  bool shard_finished = false;       // kCommit: the whole shard is handled
  Timestamp due{};                   // kTimer
};

// Where a consumer stands, for people and for whoever waits for it.
struct ConsumerProgress {
  engine::Position handled = 0;    // all records up to here are through
  engine::Position committed = 0;  // and durably so up to here
  engine::Position read = 0;
  bool at_end = false;  // nothing more was there at the last look
  bool shard_finished = false;
  size_t in_flight = 0;  // records in invocations now; a window's final call counts as one
  // The oldest failing record of each lane that has one, worst first.
  struct Blocked {
    engine::Position position;
    Timestamp since;
    std::string error;
    int attempts = 0;  // that count, of the records that fail now
  };
  std::vector<Blocked> blocked;
  ConsumerCounts counts;
  std::optional<Duration> iterator_age;  // of the last batch handed over
};

class ShardMachine {
 public:
  // `filters` must outlive the machine. Records after `start` are consumed.
  ShardMachine(ConsumerSettings settings, const FilterSet* filters, engine::Position start);

  // What to do now. To be called after every event; each action is given once and answered by one
  // event.
  std::vector<ConsumerAction> actions(Timestamp now);

  void on_page(const SourcePage& page, Timestamp now);
  // What was to be read has expired up to `horizon`: it is lost, counted, and reading goes on
  // there.
  void on_trimmed(engine::Position horizon);
  // Records up to `horizon` have expired: they are given up before the next attempt.
  void expire(engine::Position horizon);
  void on_read_failed(Timestamp now);
  // Also if the clock has been set back since: what is due is asked for again.
  void on_timer();
  void on_woken();
  void on_outcome(size_t lane, const InvokeOutcome& outcome, Timestamp now);
  void on_sent(size_t lane, bool delivered);
  void on_committed(bool durable, Timestamp now);
  // Ends after the invocations that are running; nothing new is begun.
  void stop();
  // Tries lanes at once whose function did not start.
  void hurry(Timestamp now);

  // What the lane's running action is about.
  const Batch& batch(size_t lane) const { return current(lanes_[lane])->batch(); }
  bool is_failing() const;
  ConsumerProgress progress() const;
  const ConsumerSettings& settings() const { return settings_; }

 private:
  struct Lane {
    Batch forming;
    Timestamp window_end{};
    bool full = false;  // the next record of this lane has no room in `forming`
    std::optional<Delivery> delivery;
    Delivery::Step step{};  // that is being performed
    enum class Activity { kNone, kInvoking, kSending } activity = Activity::kNone;
  };

  bool place(const SourcePage& page, size_t index, Timestamp now);
  bool should_close(const Lane& lane, Timestamp now) const;
  const Delivery* current(const Lane& lane) const;
  Delivery* current(Lane& lane);
  RetryPolicy policy() const;
  bool can_place(const Lane& lane, Timestamp time) const;
  void begin_batch(size_t lane, Timestamp now, std::vector<ConsumerAction>& actions);
  void open_window(const Delivery& delivery);
  void finish_window(Lane& lane);
  bool should_finish_window(const Lane& lane, Timestamp now) const;
  bool is_final() const { return window_ && window_->final_call; }
  void work_on(size_t lane, Timestamp now, std::vector<ConsumerAction>& actions);
  void give_up(size_t lane, const Delivery::Step& step, std::vector<ConsumerAction>& actions);
  void count_given_up(const Lane& lane, bool sent);
  void add_commit(Timestamp now, std::vector<ConsumerAction>& actions);
  void add_read(Timestamp now, std::vector<ConsumerAction>& actions);
  void add_end(std::vector<ConsumerAction>& actions);
  void wake_at(Timestamp due);
  bool is_idle() const;
  bool is_all_handled() const;
  engine::Position frontier() const;
  size_t read_room() const;

  ConsumerSettings settings_;
  const FilterSet* filters_;
  std::vector<Lane> lanes_;
  std::optional<OpenWindow> window_;

  engine::Position cursor_;
  engine::Position trimmed_ = 0;
  bool at_end_ = false;
  bool shard_finished_ = false;
  bool reading_ = false;
  bool waiting_ = false;
  int read_failures_ = 0;
  Timestamp read_at_{};
  Timestamp read_began_{};
  size_t scanned_ = 0;  // records read since a batch was closed

  engine::Position committed_;
  std::optional<engine::Position> committing_;
  bool commit_finishes_ = false;
  bool finish_committed_ = false;
  bool commit_soon_ = false;  // something other than filtering happened
  int commit_failures_ = 0;
  Timestamp commit_at_{};
  std::optional<Timestamp> filtered_since_;

  bool stopping_ = false;
  bool ended_ = false;
  std::optional<Timestamp> next_timer_;
  std::optional<Timestamp> timer_set_;
  ConsumerCounts counts_;
  std::optional<Duration> iterator_age_;
};

}  // namespace millrace::lambda
