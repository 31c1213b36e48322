#include "sqs/receiver.h"

#include <algorithm>

namespace millrace::sqs {

Receiver::Receiver(MessageStore& store, const QueueCatalog& catalog, Timers& timers)
    : store_(store), catalog_(catalog), timers_(timers) {}

void Receiver::receive(QueuePtr queue, ReceiveOptions options, std::chrono::seconds wait,
                       Done done) {
  auto waiter = std::make_shared<Waiter>();
  waiter->queue = std::move(queue);
  waiter->options = std::move(options);
  waiter->deadline = timers_.clock().now() + wait;
  waiter->done = std::move(done);
  look(std::move(waiter));
}

void Receiver::look(WaiterPtr waiter) {
  {
    std::lock_guard lock(mutex_);
    waiter->look_again = false;
    lines_[waiter->queue->cell].looking.push_back(waiter);
  }
  ReceiveOptions options = waiter->options;
  // The policy and its target may have changed while it waited.
  QueuePtr current =
      catalog_.find(waiter->queue->account, waiter->queue->region, waiter->queue->name);
  auto policy = current != nullptr ? current->redrive_policy() : std::nullopt;
  if (policy) {
    options.dead_letter_queue = catalog_.find_arn(policy->dead_letter_arn);
    options.receives_max = policy->receives_max;
    // A queue that is its own dead-letter queue would move messages for ever.
    if (options.dead_letter_queue != nullptr && options.dead_letter_queue->cell == current->cell) {
      options.dead_letter_queue = nullptr;
    }
  }
  QueuePtr queue = waiter->queue;
  store_.receive(queue, std::move(options),
                 [this, waiter = std::move(waiter)](engine::Result<Received> result) {
                   on_received(waiter, std::move(result));
                 });
}

void Receiver::on_received(WaiterPtr waiter, engine::Result<Received> result) {
  if (!result) return finish(waiter, Unexpected(std::move(result).error()));
  if (!result->messages.empty()) {
    bool more = result->more;
    finish(waiter, std::move(result->messages));
    // Whoever waits behind this one gets what it has left.
    if (more) on_visible(waiter->queue->cell);
    return;
  }
  if (result->more) {
    // It has only moved or erased messages so far. By the timer, because an engine that completes
    // inside its calls would let this nest without end.
    return look_soon(waiter);
  }
  if (!wait(waiter, *result)) finish(waiter, std::vector<Message>());
}

void Receiver::look_soon(const WaiterPtr& waiter) {
  std::lock_guard lock(mutex_);
  Line& line = lines_[waiter->queue->cell];
  std::erase(line.looking, waiter);
  line.waiting.push_front(waiter);
  schedule_wake(waiter, timers_.clock().now());
}

// Under the lock, so that whoever takes the waiter out of the line sees its timer.
void Receiver::schedule_wake(const WaiterPtr& waiter, Timestamp due) {
  waiter->timer = timers_.schedule(due, [this, token = pending_.begin(), waiter] { wake(waiter); });
}

bool Receiver::wait(const WaiterPtr& waiter, const Received& received) {
  std::unique_lock lock(mutex_);
  if (stopping_ || waiter->ended || timers_.clock().now() >= waiter->deadline) return false;
  Line& line = lines_[waiter->queue->cell];
  std::erase(line.looking, waiter);
  if (waiter->look_again) {
    lock.unlock();
    look(waiter);
    return true;
  }
  line.waiting.push_back(waiter);
  Timestamp due = waiter->deadline;
  if (received.next_visible) due = std::min(due, *received.next_visible);
  schedule_wake(waiter, due);
  return true;
}

void Receiver::on_visible(engine::CellId cell) {
  WaiterPtr first;
  {
    std::lock_guard lock(mutex_);
    auto found = lines_.find(cell);
    if (found == lines_.end()) return;
    for (const WaiterPtr& looking : found->second.looking) looking->look_again = true;
    if (!found->second.waiting.empty()) first = found->second.waiting.front();
  }
  if (first != nullptr) wake(first);
}

void Receiver::wake(const WaiterPtr& waiter) {
  TimerId timer = 0;
  {
    std::lock_guard lock(mutex_);
    auto line = lines_.find(waiter->queue->cell);
    if (line == lines_.end()) return;
    auto& waiting = line->second.waiting;
    auto found = std::find(waiting.begin(), waiting.end(), waiter);
    if (found == waiting.end()) return;
    waiting.erase(found);
    timer = waiter->timer;
  }
  timers_.cancel(timer);
  look(waiter);
}

void Receiver::finish(const WaiterPtr& waiter, engine::Result<std::vector<Message>> messages) {
  {
    std::lock_guard lock(mutex_);
    auto line = lines_.find(waiter->queue->cell);
    std::erase(line->second.looking, waiter);
    if (line->second.looking.empty() && line->second.waiting.empty()) lines_.erase(line);
  }
  waiter->done(std::move(messages));
}

void Receiver::answer_all(std::vector<WaiterPtr> waiters) {
  for (const WaiterPtr& waiter : waiters) {
    timers_.cancel(waiter->timer);
    waiter->done(std::vector<Message>());
  }
}

void Receiver::release(engine::CellId cell) {
  std::vector<WaiterPtr> released;
  {
    std::lock_guard lock(mutex_);
    auto found = lines_.find(cell);
    if (found == lines_.end()) return;
    for (const WaiterPtr& looking : found->second.looking) looking->ended = true;
    released.assign(found->second.waiting.begin(), found->second.waiting.end());
    found->second.waiting.clear();
    if (found->second.looking.empty()) lines_.erase(found);
  }
  answer_all(std::move(released));
}

void Receiver::stop() {
  std::vector<WaiterPtr> released;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& [cell, line] : lines_) {
      released.insert(released.end(), line.waiting.begin(), line.waiting.end());
      line.waiting.clear();
    }
  }
  answer_all(std::move(released));
}

}  // namespace millrace::sqs
