#include "dynamodb/table/change_queue.h"

namespace millrace::dynamodb::table {

ChangeQueue::~ChangeQueue() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return !busy_ && !draining_ && waiting_.empty(); });
}

bool ChangeQueue::add(UniqueFunction<void()> change) {
  {
    std::lock_guard lock(mutex_);
    if (waiting_.size() >= kWaitingMax) return false;
    waiting_.push_back(std::move(change));
  }
  drain();
  return true;
}

void ChangeQueue::add_always(UniqueFunction<void()> change) {
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(change));
  }
  drain();
}

void ChangeQueue::finish() {
  {
    std::lock_guard lock(mutex_);
    busy_ = false;
  }
  drain();
}

void ChangeQueue::drain() {
  std::unique_lock lock(mutex_);
  if (draining_) return;
  draining_ = true;
  while (!busy_ && !waiting_.empty()) {
    auto change = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = true;
    lock.unlock();
    change();
    lock.lock();
  }
  draining_ = false;
  // Notified under the lock: the destructor may run as soon as it is released.
  idle_.notify_all();
}

}  // namespace millrace::dynamodb::table
