#include "dynamodb/operation/table_update_request.h"

#include <algorithm>
#include <set>

#include "dynamodb/operation/key_schema.h"
#include "dynamodb/operation/table_settings.h"

namespace millrace::dynamodb::operation {
namespace {

bool changes_index_list(const UpdateTableInput& input) {
  if (!input.global_index_updates) return false;
  return std::any_of(input.global_index_updates->begin(), input.global_index_updates->end(),
                     [](const IndexUpdateInput& update) { return update.create || update.remove; });
}

bool creates_index(const UpdateTableInput& input) {
  if (!input.global_index_updates) return false;
  return std::any_of(input.global_index_updates->begin(), input.global_index_updates->end(),
                     [](const IndexUpdateInput& update) { return update.create.has_value(); });
}

bool says_something(const std::optional<ThroughputInput>& input) {
  return input && input->says_something();
}

// Whether the request changes anything besides replicas.
bool changes_the_table(const UpdateTableInput& input) {
  return input.throughput || input.billing_mode || input.stream || input.global_index_updates ||
         input.encryption || input.deletion_protection || says_something(input.on_demand_limits) ||
         says_something(input.warm_throughput) || input.table_class || input.global_settings_mode ||
         input.has_vector_index_updates || input.has_disassociation_protection;
}

// The members that are missing are named; one that is there and says nothing is not.
Unexpected<aws::ApiError> nothing_to_change(const UpdateTableInput& input) {
  std::string names =
      "ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, "
      "SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn";
  if (!input.multi_region_consistency) names += ", MultiRegionConsistency";
  names += ", DeletionProtectionEnabled";
  if (!input.on_demand_limits) names += ", OnDemandThroughput";
  if (!input.warm_throughput) names += ", WarmThroughput";
  return aws::validation_error("At least one of " + names + " or TableClass is required");
}

aws::Result<void> check_replicas_alone(const UpdateTableInput& input) {
  if (!changes_the_table(input)) return {};
  return invalid_parameter(
      "Requests that modify replicas or witnesses must not also modify other fields");
}

// A table here is one region's: no replica can be added, and there is none to change or delete.
aws::Result<void> check_replicas(const aws::RequestContext& context,
                                 const UpdateTableInput& input) {
  if (input.witness_updates && input.multi_region_consistency != "STRONG") {
    return aws::validation_error(
        "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is "
        "present.");
  }
  for (const auto* updates : {&input.replica_updates, &input.witness_updates}) {
    for (const auto& each : updates->value_or(std::vector<ReplicaUpdateInput>{})) {
      const auto& action = each.create ? each.create : each.update ? each.update : each.remove;
      if (!action) {
        return aws::validation_error(
            "There are no actions specified in the Replica Update Action of the request.");
      }
      std::string region = action->region.value_or("");
      if (!each.create) {
        return aws::validation_error(
            "Update global table operation failed because one or more replicas were not part of "
            "the global table. Please retry the request without these replicas: [" +
            region + "].");
      }
      return aws::validation_error("Region " + region +
                                   " is not supported. The latest version of global tables are "
                                   "only supported in the following regions: [" +
                                   context.region + "]");
    }
  }
  return aws::validation_error(
      "There are no actions specified in the Replica Update Action of the request.");
}

// What has no meaning without another region, and what millrace does not have.
aws::Result<void> check_supported(const aws::RequestContext& context,
                                  const UpdateTableInput& input) {
  if (input.replica_updates || input.witness_updates) return check_replicas(context, input);
  if (input.multi_region_consistency) {
    return aws::validation_error(
        "Only Replica Create actions are supported when MultiRegionConsistency parameter is "
        "provided.");
  }
  if (input.has_vector_index_updates) {
    return aws::validation_error("VectorIndexUpdates is not supported by millrace");
  }
  if (input.has_disassociation_protection) {
    return aws::validation_error("DisassociationProtectionEnabled is not supported by millrace");
  }
  return {};
}

aws::Result<void> check_alone(const UpdateTableInput& input) {
  if (input.replica_updates || input.witness_updates) return check_replicas_alone(input);
  int changes = input.stream.has_value() + input.encryption.has_value() +
                input.table_class.has_value() + input.deletion_protection.has_value() +
                input.warm_throughput.has_value() + input.on_demand_limits.has_value();
  bool throughput = input.billing_mode || input.throughput || input.global_index_updates;
  bool several = changes + throughput > 1;
  if (several && input.encryption) {
    return invalid_parameter(
        "Server-Side Encryption modification must be the only operation in the request");
  }
  if (several && input.table_class) {
    return invalid_parameter("TableClass modification must be the only operation in the request");
  }
  if (several && input.deletion_protection) {
    return invalid_parameter(
        "DeletionProtection modification must be the only operation in the request");
  }
  if (input.warm_throughput && creates_index(input)) {
    return invalid_parameter(
        "Create global secondary index cannot be specified when updating WarmThroughput");
  }
  if (several && input.warm_throughput) {
    return invalid_parameter("WarmThroughput must be the only operation in the request");
  }
  if (changes_index_list(input) && input.throughput) {
    return invalid_parameter("You cannot create or delete index while updating table IOPS");
  }
  if (changes_index_list(input) && input.stream) {
    return invalid_parameter("You cannot create or delete index while changing stream status");
  }
  if (input.stream && (input.throughput || input.global_index_updates)) {
    return invalid_parameter("You cannot modify stream status while updating table IOPS");
  }
  if (input.on_demand_limits && (input.stream || input.throughput || input.global_index_updates)) {
    return invalid_parameter(
        "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request");
  }
  return {};
}

aws::Result<void> check_index_updates(const std::vector<IndexUpdateInput>& updates) {
  if (updates.empty()) return invalid_parameter("List of GlobalSecondaryIndexUpdates is empty");
  std::set<std::string> names;
  int list_changes = 0;
  bool warms = false;
  bool creates = false;
  for (const auto& update : updates) {
    int actions = update.update.has_value() + update.create.has_value() + update.remove.has_value();
    if (actions > 1) {
      return invalid_parameter(
          "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate "
          "object");
    }
    if (actions == 0) {
      return invalid_parameter(
          "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
          "GlobalSecondaryIndexUpdate.Delete must not be null");
    }
    const std::string& name = *(update.update   ? update.update->index_name
                                : update.create ? update.create->name
                                                : update.remove->index_name);
    if (!names.insert(name).second) {
      return invalid_parameter(
          "Only one global secondary index update per index is allowed simultaneously. Index: " +
          name);
    }
    list_changes += update.update ? 0 : 1;
    creates = creates || update.create;
    warms = warms || (update.update && says_something(update.update->warm_throughput));
  }
  if (warms && creates) {
    return invalid_parameter(
        "Create global secondary index cannot be specified when updating WarmThroughput");
  }
  if (list_changes > 1) {
    return aws::api_error(400, "LimitExceededException",
                          "Subscriber limit exceeded: Only 1 online index can be created or "
                          "deleted simultaneously per table");
  }
  return {};
}

}  // namespace

aws::Result<void> check_update_request(const aws::RequestContext& context,
                                       const UpdateTableInput& input) {
  MILLRACE_CHECK_OK(check_table_class(input.table_class));
  bool anything = changes_the_table(input) || input.replica_updates || input.witness_updates;
  if (!anything) return nothing_to_change(input);
  MILLRACE_CHECK_OK(check_global_settings_mode(input.global_settings_mode));
  if (input.global_index_updates) {
    MILLRACE_CHECK_OK(check_index_updates(*input.global_index_updates));
  }
  MILLRACE_CHECK_OK(check_alone(input));
  return check_supported(context, input);
}

}  // namespace millrace::dynamodb::operation
