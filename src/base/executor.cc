#include "base/executor.h"

#include <pthread.h>

#include <algorithm>

namespace millrace {

ThreadPool::ThreadPool(std::string name, int threads) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { run(); });
    // Linux keeps 15 characters of a thread's name.
    pthread_setname_np(threads_.back().native_handle(), name.substr(0, 15).c_str());
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::post(UniqueFunction<void()> work) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
}

void ThreadPool::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void ThreadPool::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    auto work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
}

void ManualExecutor::post(UniqueFunction<void()> work) {
  std::lock_guard lock(mutex_);
  queue_.push_back(std::move(work));
}

bool ManualExecutor::run_one() {
  UniqueFunction<void()> work;
  {
    std::lock_guard lock(mutex_);
    if (queue_.empty()) return false;
    work = std::move(queue_.front());
    queue_.pop_front();
  }
  work();
  return true;
}

int ManualExecutor::run_all() {
  int ran = 0;
  while (run_one()) ++ran;
  return ran;
}

ThreadTimers::ThreadTimers(Clock& clock) : clock_(clock) {
  listener_ = clock_.subscribe([this] {
    {
      std::lock_guard lock(mutex_);
      jumped_ = true;
    }
    wake_.notify_all();
  });
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "timers");
}

ThreadTimers::~ThreadTimers() { stop(); }

void ThreadTimers::stop() {
  clock_.unsubscribe(listener_);
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

TimerId ThreadTimers::schedule(Timestamp due, UniqueFunction<void()> work) {
  std::lock_guard lock(mutex_);
  TimerId id = next_id_++;
  auto [position, inserted] = pending_.emplace(std::pair(due, id), std::move(work));
  due_.emplace(id, due);
  if (position == pending_.begin()) wake_.notify_all();
  return id;
}

bool ThreadTimers::cancel(TimerId id) {
  UniqueFunction<void()> dropped;  // destroyed after the lock: it may own things that use timers
  std::lock_guard lock(mutex_);
  auto found = due_.find(id);
  if (found == due_.end()) return false;
  auto entry = pending_.find({found->second, id});
  dropped = std::move(entry->second);
  pending_.erase(entry);
  due_.erase(found);
  return true;
}

void ThreadTimers::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    jumped_ = false;
    if (pending_.empty()) {
      wake_.wait(lock);
      continue;
    }
    auto first = pending_.begin();
    Duration wait = first->first.first - clock_.now();
    if (wait > Duration::zero()) {
      // A frozen clock never gets there by itself; the jump listener wakes us. An hour bounds the
      // arithmetic of condition variables far below overflow.
      wake_.wait_for(lock, std::min<Duration>(wait, std::chrono::hours(1)));
      continue;
    }
    auto work = std::move(first->second);
    due_.erase(first->first.second);
    pending_.erase(first);
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
}

TimerId ManualTimers::schedule(Timestamp due, UniqueFunction<void()> work) {
  std::lock_guard lock(mutex_);
  TimerId id = next_id_++;
  pending_.emplace(std::pair(due, id), std::move(work));
  due_.emplace(id, due);
  return id;
}

bool ManualTimers::cancel(TimerId id) {
  UniqueFunction<void()> dropped;
  std::lock_guard lock(mutex_);
  auto found = due_.find(id);
  if (found == due_.end()) return false;
  auto entry = pending_.find({found->second, id});
  dropped = std::move(entry->second);
  pending_.erase(entry);
  due_.erase(found);
  return true;
}

size_t ManualTimers::pending() const {
  std::lock_guard lock(mutex_);
  return pending_.size();
}

void ManualTimers::run_due() {
  while (true) {
    UniqueFunction<void()> work;
    {
      std::lock_guard lock(mutex_);
      if (pending_.empty() || pending_.begin()->first.first > clock_.now()) return;
      work = std::move(pending_.begin()->second);
      due_.erase(pending_.begin()->first.second);
      pending_.erase(pending_.begin());
    }
    work();
  }
}

bool ManualTimers::advance_to_next() {
  Timestamp due;
  {
    std::lock_guard lock(mutex_);
    if (pending_.empty()) return false;
    due = pending_.begin()->first.first;
  }
  if (due > clock_.now()) clock_.set(due);
  run_due();
  return true;
}

void ManualTimers::advance(Duration by) {
  Timestamp end = clock_.now() + by;
  while (true) {
    {
      std::lock_guard lock(mutex_);
      if (pending_.empty() || pending_.begin()->first.first > end) break;
    }
    advance_to_next();
  }
  clock_.set(end);
}

}  // namespace millrace
