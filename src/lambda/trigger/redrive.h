// Handing kept failures to a function once more.
#pragma once

#include <memory>

#include "lambda/function/invoker.h"
#include "lambda/trigger/attempt_log.h"
#include "lambda/trigger/failure_store.h"
#include "lambda/trigger/mapping.h"

namespace millrace::lambda {

struct Redrive {
  std::shared_ptr<const Mapping> mapping;  // whose failure it is
  FailureStore::Whole failure;
  FunctionReference function;
};

// Invokes the function with the kept event, once. If it succeeds, by the mapping's own rules, the
// failure is removed and the attempt log says so. `done` gets the attempt's outcome, or the
// engine's error if the removal could not be stored: the function has succeeded then.
// `invoker` and `clock` must outlive the invocation.
void redrive(Redrive redrive, Invoker& invoker, const Clock& clock,
             std::shared_ptr<FailureStore> failures, std::shared_ptr<AttemptLog> attempts,
             UniqueFunction<void(engine::Result<InvokeOutcome>)> done);

}  // namespace millrace::lambda
