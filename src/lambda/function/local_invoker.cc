#include "lambda/function/local_invoker.h"

#include <cstdio>

#include "lambda/function/worker_pool.h"

namespace millrace::lambda {
namespace {

// X-Ray's form, not sampled: there is nobody to send traces to.
std::string make_trace_id(Timestamp now, Random& random) {
  char seconds[16];
  snprintf(seconds, sizeof seconds, "%08x", static_cast<unsigned>(to_unix_seconds(now)));
  return std::string("Root=1-") + seconds + '-' + random.hex(24) + ";Parent=" + random.hex(16) +
         ";Sampled=0";
}

}  // namespace

LocalInvoker::LocalInvoker(LocalInvokerParts parts, WorkerSettings settings)
    : parts_(parts),
      pool_(std::make_unique<WorkerPool>(std::move(settings), parts.code, parts.interpreters,
                                         parts.timers, parts.random, parts.logs, parts.metrics)) {
  listener_ =
      parts_.catalog.on_change([this](const FunctionReference& function, const FunctionPtr& now) {
        pool_->function_changed(function, now);
      });
}

LocalInvoker::~LocalInvoker() {
  parts_.catalog.remove_listener(listener_);
  stop();
}

void LocalInvoker::invoke(Invocation invocation, UniqueFunction<void(InvocationResult)> done) {
  auto function = parts_.catalog.find_or_error(invocation.function);
  PendingInvocation pending;
  pending.request_id = std::move(invocation.request_id);
  if (pending.request_id.empty()) pending.request_id = parts_.random.uuid();
  if (!function) {
    InvocationResult result;
    result.outcome = InvocationResult::Outcome::kNotFound;
    result.request_id = std::move(pending.request_id);
    return done(std::move(result));
  }
  if (invocation.trace_id.empty()) {
    invocation.trace_id = make_trace_id(parts_.timers.clock().now(), parts_.random);
  }
  pending.invocation = std::move(invocation);
  pending.done = std::move(done);
  pending.queued = stopwatch_now();
  pool_->submit(*function, std::move(pending));
}

void LocalInvoker::stop() {
  pool_->stop();
}

}  // namespace millrace::lambda
