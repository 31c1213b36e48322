// Things that go wrong when a test says so:
//
//   POST   /_millrace/faults  adds one: {"KIND": {...}}
//   GET    /_millrace/faults  {"faults": [{"id", "kind", ..., "count", "looked", "fired"}]}
//   DELETE /_millrace/faults  ends all
//
// Kinds and what they take; what is left out stands for anything:
//
//   throttle               service, operation, tableName: the request gets AWS's throttling error
//   error                  the same, and type, message, status
//   failFunction           functionName, errorType, errorMessage: fails without running
//   loseResult             functionName, uuid: runs, but its success is lost on the way
//   deliverTwice           functionName, uuid: runs a second time after it succeeded
//   crashBeforeCheckpoint  functionName, uuid: runs, then the mapping's consumers are abandoned and
//                          begin again from the stored checkpoint
//   expireIterators        true: all shard iterators given out so far are expired
//   rotate, split          tableName: its shards, at once
//
// Each takes "count" (how often it happens, default 1), and "probability" (default 1) with "seed"
// (default 1): whether it happens at an opportunity, the same for the same seed.
#pragma once

#include <functional>
#include <string>

#include "aws/admin_routes.h"
#include "control/fault_plan.h"

namespace millrace::control {

// What happens at once.
struct FaultActions {
  std::function<void()> expire_iterators;
  // `action` is "rotate" or "split"; an answer of 400 or more is an error.
  std::function<void(const std::string& table, const std::string& action, aws::HttpRespond done)>
      reshape;
};

// `plan` must outlive the routes, and whatever the actions refer to.
void add_fault_routes(aws::AdminRoutes& routes, FaultPlan& plan, FaultActions actions);

}  // namespace millrace::control
