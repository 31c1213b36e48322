// Faults as JSON: what a test sends, and what it is shown.
#pragma once

#include "control/control_request.h"
#include "control/fault_plan.h"

namespace millrace::control {

// {"throttle": {"service": "dynamodb", "count": 2}}: exactly one kind.
Result<Fault> parse_fault(const std::string& body);

// {"id", "kind", "count", "probability", "seed", "looked", "fired"} and what the fault names.
json describe_fault(const FaultPlan::Description& description);

}  // namespace millrace::control
