#include "dynamodb/operation/get_resource_policy.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/operation/resource_policy.h"

namespace millrace::dynamodb::operation {

aws::OperationHandler get_resource_policy(const Dependencies& dependencies) {
  table::TableCatalog& catalog = dependencies.catalog;
  return control_operation([&catalog](const aws::RequestContext& context,
                                      json::Value root) -> aws::Result<nlohmann::json> {
    MILLRACE_TRY(auto resource_arn, read_request(root, [](RequestReader& reader) {
                   return reader.string("ResourceArn");
                 }));
    ConstraintList constraints;
    check_policy_arn(constraints, resource_arn);
    MILLRACE_CHECK_OK(constraints.result());
    MILLRACE_TRY(PolicyTarget target, find_policy_target(catalog, context, resource_arn));
    ResourcePolicy policy = kept_policy(*target.table, target.stream_label);
    if (policy.document.empty()) {
      return aws::api_error(
          400, "PolicyNotFoundException",
          "Resource-based policy not found for the provided ResourceArn: " + target.arn);
    }
    return nlohmann::json{{"Policy", policy.document}, {"RevisionId", policy.revision_id}};
  });
}

}  // namespace millrace::dynamodb::operation
