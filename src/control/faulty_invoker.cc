#include "control/faulty_invoker.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace millrace::control {

using lambda::Invocation;
using lambda::InvocationResult;

void FaultyInvoker::restart_with(Restart restart) {
  std::lock_guard lock(mutex_);
  restart_ = std::move(restart);
}

// As a function that raised this error would answer.
InvocationResult FaultyInvoker::failure(const Fault& fault, const Invocation& invocation) {
  nlohmann::json error = {{"errorMessage", fault.error_message}, {"errorType", fault.error_type}};
  InvocationResult result;
  result.outcome = InvocationResult::Outcome::kFunctionError;
  result.request_id = invocation.request_id.empty() ? random_.uuid() : invocation.request_id;
  result.payload = error.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  result.function_error = "Unhandled";
  result.executed_version = "$LATEST";
  return result;
}

void FaultyInvoker::invoke(Invocation invocation, Done done) {
  if (plan_.is_empty()) return invoker_.invoke(std::move(invocation), std::move(done));
  if (auto fault = plan_.before_call({invocation.function.name, invocation.mapping})) {
    return done(failure(*fault, invocation));
  }
  Invocation again = invocation;
  invoker_.invoke(std::move(invocation), [this, again = std::move(again),
                                          done = std::move(done)](InvocationResult result) mutable {
    if (result.outcome != InvocationResult::Outcome::kSuccess) return done(std::move(result));
    succeeded(std::move(again), std::move(result), std::move(done));
  });
}

void FaultyInvoker::succeeded(Invocation invocation, InvocationResult result, Done done) {
  auto fault = plan_.after_success({invocation.function.name, invocation.mapping});
  if (!fault) return done(std::move(result));
  if (fault->kind == FaultKind::kDeliverTwice) {
    return invoker_.invoke(std::move(invocation), std::move(done));
  }
  if (fault->kind == FaultKind::kCrashBeforeCheckpoint) {
    std::lock_guard lock(mutex_);
    if (restart_) restart_(invocation.mapping);
  }
  // Whoever waits for the result learns no more than that it did not come.
  InvocationResult lost;
  lost.outcome = InvocationResult::Outcome::kUnavailable;
  lost.request_id = std::move(result.request_id);
  done(std::move(lost));
}

}  // namespace millrace::control
