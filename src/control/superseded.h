// Which records of a kept event are no longer the latest word about their items.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/executor.h"
#include "base/unique_function.h"
#include "dynamodb/stream/change_search.h"
#include "lambda/trigger/failure_store.h"

namespace millrace::control {

// `done` gets, on the executor, for each record of the event {"sequenceNumber", "eventName",
// "keys", "newerChanges": 2, "supersededBy": "1000..."}. Without the stream, or for what has
// expired, "newerChanges" is absent: nobody knows.
void describe_kept_records(const dynamodb::stream::StreamStore& streams,
                           std::shared_ptr<Executor> executor,
                           const lambda::FailureStore::Whole& failure,
                           UniqueFunction<void(nlohmann::json)> done);

}  // namespace millrace::control
