#include "dynamodb/operation/describe_endpoints.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/control_operation.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr int kCachePeriodMinutes = 1440;  // as AWS answers

}  // namespace

aws::OperationHandler describe_endpoints(const Dependencies&) {
  return control_operation(
      [](const aws::RequestContext& context, json::Value) -> aws::Result<nlohmann::json> {
        nlohmann::json endpoint = {{"Address", context.host},
                                   {"CachePeriodInMinutes", kCachePeriodMinutes}};
        return nlohmann::json{{"Endpoints", nlohmann::json::array({std::move(endpoint)})}};
      });
}

}  // namespace millrace::dynamodb::operation
