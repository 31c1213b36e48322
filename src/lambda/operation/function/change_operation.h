// Operations that change functions: they unpack archives and wait for the engine, so they run one
// after the other on an executor of their own, parsing of their input included.
#pragma once

#include <atomic>
#include <memory>

#include "aws/operation.h"
#include "base/executor.h"

namespace millrace::lambda::operation {

class ChangeQueue {
 public:
  explicit ChangeQueue(Executor& executor) : executor_(executor) {}

  // `handler`, run on the executor. Beyond limits::kFunctionChangesWaitingMax requests that wait, a
  // further one gets TooManyRequestsException.
  aws::OperationHandler run_later(aws::OperationHandler handler) const;

 private:
  Executor& executor_;
  std::shared_ptr<std::atomic<int>> waiting_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace millrace::lambda::operation
