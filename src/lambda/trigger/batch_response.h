// What an invocation's result means for the records that it was given. Pure.
#pragma once

#include "lambda/function/invoker.h"
#include "lambda/trigger/delivery.h"

namespace millrace::lambda {

// Records [first, last) of `batch` were sent. With partial responses the payload is read as
// {"batchItemFailures": [{"itemIdentifier": "<sequence number>"}]}: nothing in it means success,
// the lowest number is where to go on, anything else in it fails the batch.
InvokeOutcome judge_result(const InvocationResult& result, const Batch& batch, size_t first,
                           size_t last, bool partial_responses);

// With tumbling windows: the response must be an object with an object `state`, which is put into
// the outcome. An invocation that got ahead without one has failed.
void judge_state(InvokeOutcome& outcome, const std::string& response);

}  // namespace millrace::lambda
