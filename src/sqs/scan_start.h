// Where a receive may begin to look for messages.
//
// Received messages leave erased rows behind at the front of the order, and an engine that keeps
// such marks would step over all of them at every receive. So each queue remembers a time before
// which it certainly has no message.
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "base/clock.h"
#include "engine/engine.h"

namespace millrace::sqs {

// Thread-safe. It knows only the writers of this process.
class ScanStart {
 public:
  // Held by a transaction that will give messages a visible-at of `earliest` or later, from before
  // it is started until it has completed.
  class Writer {
   public:
    Writer(ScanStart& owner, engine::CellId cell, Timestamp earliest);
    ~Writer();
    Writer(const Writer&) = delete;

   private:
    ScanStart& owner_;
    const engine::CellId cell_;
    const Timestamp earliest_;
  };

  // Held by a receive, the same way.
  class Reader {
   public:
    Reader(ScanStart& owner, engine::CellId cell);
    ~Reader();
    Reader(const Reader&) = delete;
    Timestamp begin() const { return begin_; }
    // The receive has committed, and in what it saw no message was before `first`.
    void saw_none_before(Timestamp first);

   private:
    friend class ScanStart;
    ScanStart& owner_;
    const engine::CellId cell_;
    Timestamp begin_;
    Timestamp lowest_ = Timestamp::max();  // of writers that were under way at any time since
  };

  // The queue is gone.
  void forget(engine::CellId cell);

 private:
  struct State {
    Timestamp start{};
    std::multiset<Timestamp> writers;
    std::set<Reader*> readers;
  };
  void forget_if_idle(engine::CellId cell);  // REQUIRES: mutex_

  std::mutex mutex_;
  std::map<engine::CellId, State> states_;
};

}  // namespace millrace::sqs
