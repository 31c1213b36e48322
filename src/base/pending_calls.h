// Counts calls whose completions still refer to an object, so that the object can wait for them
// before it ends. Thread-safe.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

namespace millrace {

class PendingCalls {
 public:
  // Held by a completion; it counts until the last copy is gone.
  using Token = std::shared_ptr<void>;

  ~PendingCalls() { wait(); }

  // Waits until no token is left.
  void wait() {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return count_ == 0; });
  }

  Token begin() {
    std::lock_guard lock(mutex_);
    ++count_;
    return Token(this, [](PendingCalls* self) {
      std::lock_guard end_lock(self->mutex_);
      if (--self->count_ == 0) self->none_.notify_all();
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  int count_ = 0;
};

}  // namespace millrace
