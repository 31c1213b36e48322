// One lock for all that concerns workers, and calls that must happen outside of it.
//
// Whatever a worker does (a request on its socket, its exit, a new invocation) takes microseconds,
// so one lock is enough; and answering an invocation may call straight back into the invoker, so
// answers are given only when the lock is free again.
#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "base/unique_function.h"

namespace millrace::lambda {

class Monitor {
 public:
  // Holds the lock during its life; then runs what was deferred, in order, on the same thread.
  class Section {
   public:
    explicit Section(Monitor& monitor) : monitor_(monitor) { monitor_.mutex_.lock(); }
    ~Section() {
      std::vector<UniqueFunction<void()>> deferred = std::move(monitor_.deferred_);
      monitor_.deferred_.clear();
      monitor_.mutex_.unlock();
      for (auto& call : deferred) call();
    }
    Section(const Section&) = delete;

   private:
    Monitor& monitor_;
  };

  // REQUIRES: the caller is inside a Section.
  void defer(UniqueFunction<void()> call) { deferred_.push_back(std::move(call)); }

 private:
  std::mutex mutex_;
  std::vector<UniqueFunction<void()>> deferred_;
};

}  // namespace millrace::lambda
