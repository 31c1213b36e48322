// Calls functions in worker processes on this machine.
#pragma once

#include <memory>
#include <string>

#include "base/executor.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "lambda/function/function_catalog.h"
#include "lambda/function/invoker.h"
#include "lambda/function/runtime.h"
#include "lambda/function/worker_launch.h"
#include "logs/log_store.h"

namespace millrace::lambda {

class WorkerPool;

// What it works with; all must outlive it.
struct LocalInvokerParts {
  FunctionCatalog& catalog;
  CodeStore& code;  // of code_directory(settings)
  Interpreters& interpreters;
  Timers& timers;
  Random& random;
  logs::LogSink& logs;
  MetricsRegistry& metrics;
};

// Thread-safe. A call costs its caller a few microseconds: if a warm worker is free, the event is
// already on its way to it when invoke() returns.
class LocalInvoker final : public Invoker {
 public:
  // Listens to the catalog's changes. The settings' work directory must have been prepared.
  LocalInvoker(LocalInvokerParts parts, WorkerSettings settings);
  // Calls stop().
  ~LocalInvoker() override;

  // `done` may run inside the call (unknown function, throttled), or on a thread of the invoker,
  // where it must not block. It runs at the latest when the allowance for starting (10 s) and the
  // function's timeout have passed.
  void invoke(Invocation invocation, UniqueFunction<void(InvocationResult)> done) override;

  // Ends all workers, and waits for that. What runs is answered with kUnavailable, as is what comes
  // later.
  void stop();

 private:
  LocalInvokerParts parts_;
  std::unique_ptr<WorkerPool> pool_;
  FunctionCatalog::ListenerId listener_;
};

}  // namespace millrace::lambda
