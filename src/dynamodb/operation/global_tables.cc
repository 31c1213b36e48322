#include "dynamodb/operation/global_tables.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/key_schema.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {
namespace {

struct Input {
  std::optional<std::string> name;
  bool has_replicas = false;
};

// `replicas`: the member that is required besides the name; null if none is.
aws::Result<std::string> global_table_name(json::Value root, const char* replicas,
                                           std::string_view replicas_path) {
  MILLRACE_TRY(
      Input input, read_request(root, [&](RequestReader& reader) {
        return Input{reader.string("GlobalTableName"), replicas == nullptr || reader.has(replicas)};
      }));
  ConstraintList constraints;
  constraints.require(input.name, "globalTableName");
  constraints.check_name(input.name, "globalTableName");
  if (!input.has_replicas) constraints.add(missing_member(replicas_path));
  MILLRACE_CHECK_OK(constraints.result());
  return *input.name;
}

aws::OperationHandler version_not_supported(const char* replicas, std::string_view replicas_path) {
  return control_operation([replicas, replicas_path](
                               const aws::RequestContext&,
                               json::Value root) -> aws::Result<nlohmann::json> {
    MILLRACE_CHECK_OK(global_table_name(root, replicas, replicas_path));
    return invalid_parameter(
        "DynamoDB global tables version 2017.11.29 is not supported. We recommend using DynamoDB "
        "global tables version 2019.11.21, instead of version 2017.11.29 (Legacy).");
  });
}

Unexpected<aws::ApiError> no_global_table(const char* error, const std::string& name) {
  return aws::api_error(400, error, "Global table with name: '" + name + "' does not exist.");
}

aws::OperationHandler global_table_not_found() {
  return control_operation(
      [](const aws::RequestContext&, json::Value root) -> aws::Result<nlohmann::json> {
        MILLRACE_TRY(std::string name, global_table_name(root, nullptr, ""));
        return no_global_table("GlobalTableNotFoundException", name);
      });
}

aws::OperationHandler replicas_not_found() {
  return control_operation(
      [](const aws::RequestContext& context, json::Value root) -> aws::Result<nlohmann::json> {
        MILLRACE_TRY(auto table_name, read_table_name(root));
        MILLRACE_TRY(std::string name, control_table_name(context, table_name));
        return no_global_table("ResourceNotFoundException", name);
      });
}

}  // namespace

aws::OperationHandler create_global_table(const Dependencies&) {
  return version_not_supported("ReplicationGroup", "replicationGroup");
}

aws::OperationHandler update_global_table(const Dependencies&) {
  return version_not_supported("ReplicaUpdates", "replicaUpdates");
}

aws::OperationHandler list_global_tables(const Dependencies&) {
  struct Members {
    std::optional<std::string> start, region;
    std::optional<int64_t> limit;
  };
  return control_operation(
      [](const aws::RequestContext&, json::Value root) -> aws::Result<nlohmann::json> {
        MILLRACE_TRY(Members members, read_request(root, [](RequestReader& reader) {
                       return Members{reader.string("ExclusiveStartGlobalTableName"),
                                      reader.string("RegionName"), reader.integer("Limit")};
                     }));
        ConstraintList constraints;
        constraints.check_range(members.limit, "limit", 1);
        constraints.check_name(members.start, "exclusiveStartGlobalTableName");
        MILLRACE_CHECK_OK(constraints.result());
        return nlohmann::json{{"GlobalTables", nlohmann::json::array()}};
      });
}

aws::OperationHandler describe_global_table(const Dependencies&) {
  return global_table_not_found();
}

aws::OperationHandler describe_global_table_settings(const Dependencies&) {
  return global_table_not_found();
}

aws::OperationHandler update_global_table_settings(const Dependencies&) {
  return global_table_not_found();
}

aws::OperationHandler describe_table_replica_auto_scaling(const Dependencies&) {
  return replicas_not_found();
}

aws::OperationHandler update_table_replica_auto_scaling(const Dependencies&) {
  return replicas_not_found();
}

}  // namespace millrace::dynamodb::operation
