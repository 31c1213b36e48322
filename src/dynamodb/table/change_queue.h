// Changes of the catalog, one after the other: each sees the result of the one before, so that what
// is in memory is what is in storage. Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>

#include "base/unique_function.h"

namespace millrace::dynamodb::table {

class ChangeQueue {
 public:
  // AWS lets 500 tables be created, updated or deleted at a time.
  static constexpr size_t kWaitingMax = 500;

  // Waits for the change that is under way; drops none: the caller has stopped making new ones.
  ~ChangeQueue();

  // Calls `change` once its turn has come, perhaps inside add(). The next one starts after
  // finish(). False, and nothing happens, if the queue is full.
  bool add(UniqueFunction<void()> change);
  // The same without the bound, for what the catalog itself has to do.
  void add_always(UniqueFunction<void()> change);
  void finish();

 private:
  void drain();

  std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<UniqueFunction<void()>> waiting_;
  bool busy_ = false;      // a change is under way
  bool draining_ = false;  // a thread is in drain(): it will look again, so that changes that
                           // finish inside their own call do not nest
};

}  // namespace millrace::dynamodb::table
