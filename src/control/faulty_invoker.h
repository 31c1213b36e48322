// Calls functions as another invoker does, except that planned faults happen to the calls.
// Thread-safe.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "base/random.h"
#include "control/fault_plan.h"
#include "lambda/function/invoker.h"

namespace millrace::control {

class FaultyInvoker final : public lambda::Invoker {
 public:
  // All must outlive it, and the invoker must have answered everything before it ends.
  FaultyInvoker(lambda::Invoker& invoker, FaultPlan& plan, Random& random)
      : invoker_(invoker), plan_(plan), random_(random) {}

  void invoke(lambda::Invocation invocation,
              UniqueFunction<void(lambda::InvocationResult)> done) override;

  // Starts the consumers of a mapping again, for kCrashBeforeCheckpoint; null: nobody does. After
  // this returns, the former one is not called any more.
  using Restart = std::function<void(const std::string& mapping)>;
  void restart_with(Restart restart);

 private:
  using Done = UniqueFunction<void(lambda::InvocationResult)>;
  lambda::InvocationResult failure(const Fault& fault, const lambda::Invocation& invocation);
  void succeeded(lambda::Invocation invocation, lambda::InvocationResult result, Done done);

  lambda::Invoker& invoker_;
  FaultPlan& plan_;
  Random& random_;
  std::mutex mutex_;
  Restart restart_;
};

}  // namespace millrace::control
