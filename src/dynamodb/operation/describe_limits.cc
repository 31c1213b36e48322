#include "dynamodb/operation/describe_limits.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/throughput_rules.h"

namespace millrace::dynamodb::operation {

aws::OperationHandler describe_limits(const Dependencies&) {
  return control_operation(
      [](const aws::RequestContext&, json::Value) -> aws::Result<nlohmann::json> {
        return nlohmann::json{{"AccountMaxReadCapacityUnits", kAccountUnitsMax},
                              {"AccountMaxWriteCapacityUnits", kAccountUnitsMax},
                              {"TableMaxReadCapacityUnits", kTableUnitsMax},
                              {"TableMaxWriteCapacityUnits", kTableUnitsMax}};
      });
}

}  // namespace millrace::dynamodb::operation
