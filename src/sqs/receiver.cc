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
  {
    std::lock_guard lock(mutex_);
    waiter->number = next_number_++;
    lines_[waiter->queue->cell].looking.push_back(waiter);
  }
  look(std::move(waiter));
}

void Receiver::look(WaiterPtr waiter) {
  ReceiveOptions options = waiter->options;
  // The policy and its target may have changed while it waited.
  QueuePtr current =
      catalog_.find(waiter->queue->account, waiter->queue->region, waiter->queue->name);
  if (current == nullptr || current->cell != waiter->queue->cell) {
    return finish(waiter, std::vector<Message>());
  }
  if (auto policy = current->redrive_policy()) {
    options.dead_letter_queue = catalog_.find_arn(policy->dead_letter_arn);
    options.receives_max = policy->receives_max;
    // A queue that is its own dead-letter queue would move messages for ever.
    if (options.dead_letter_queue != nullptr && options.dead_letter_queue->cell == current->cell) {
      options.dead_letter_queue = nullptr;
    }
  }
  store_.receive(std::move(current), std::move(options),
                 [this, waiter = std::move(waiter)](engine::Result<Received> result) {
                   on_received(waiter, std::move(result));
                 });
}

void Receiver::on_received(const WaiterPtr& waiter, engine::Result<Received> result) {
  if (!result) return finish(waiter, Unexpected(std::move(result).error()));
  if (!result->messages.empty()) return finish(waiter, std::move(result->messages));
  switch (after_nothing(waiter, *result)) {
    case Next::kWait:
      return;
    case Next::kLook:
      return look(waiter);
    case Next::kFinish:
      return finish(waiter, std::vector<Message>());
  }
}

Receiver::Next Receiver::after_nothing(const WaiterPtr& waiter, const Received& received) {
  std::lock_guard lock(mutex_);
  Timestamp now = timers_.clock().now();
  if (stopping_ || waiter->ended) return Next::kFinish;
  // With more to see it has only moved or erased messages so far, which it does not have to answer
  // for. It goes on by the timer, because an engine that completes inside its calls would let this
  // nest without end.
  if (!received.more) {
    if (now >= waiter->deadline) return Next::kFinish;
    if (waiter->look_again) {
      waiter->look_again = false;
      return Next::kLook;
    }
  }
  Line& line = lines_[waiter->queue->cell];
  std::erase(line.looking, waiter);
  line.waiting.emplace(waiter->number, waiter);
  Timestamp due = received.more ? now : waiter->deadline;
  if (received.next_visible) due = std::min(due, *received.next_visible);
  schedule_wake(waiter, due);
  return Next::kWait;
}

// Under the lock, so that whoever takes the waiter out of the line sees its timer.
void Receiver::schedule_wake(const WaiterPtr& waiter, Timestamp due) {
  waiter->timer = timers_.schedule(due, [this, token = pending_.begin(), waiter] { wake(waiter); });
}

void Receiver::on_visible(engine::CellId cell) {
  WaiterPtr first;
  {
    std::lock_guard lock(mutex_);
    auto found = lines_.find(cell);
    if (found == lines_.end()) return;
    for (const WaiterPtr& looking : found->second.looking) looking->look_again = true;
    if (!found->second.waiting.empty()) first = found->second.waiting.begin()->second;
  }
  if (first != nullptr) wake(first);
}

void Receiver::wake(const WaiterPtr& waiter) {
  TimerId timer = 0;
  {
    std::lock_guard lock(mutex_);
    auto line = lines_.find(waiter->queue->cell);
    if (line == lines_.end()) return;
    if (line->second.waiting.erase(waiter->number) == 0) return;
    line->second.looking.push_back(waiter);
    waiter->look_again = false;
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
    hand_on(line->second);
    if (line->second.looking.empty() && line->second.waiting.empty()) lines_.erase(line);
  }
  waiter->done(std::move(messages));
}

// By the timer, so that many who leave at one time do not nest.
void Receiver::hand_on(Line& line) {
  if (line.waiting.empty()) return;
  const WaiterPtr& next = line.waiting.begin()->second;
  // A timer that can not be cancelled any more is about to wake it.
  if (timers_.cancel(next->timer)) schedule_wake(next, timers_.clock().now());
}

void Receiver::take_waiting(Line& line, std::vector<WaiterPtr>& taken) {
  for (auto& [number, waiter] : line.waiting) taken.push_back(std::move(waiter));
  line.waiting.clear();
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
    take_waiting(found->second, released);
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
      take_waiting(line, released);
    }
  }
  answer_all(std::move(released));
  pending_.wait();
}

}  // namespace millrace::sqs
