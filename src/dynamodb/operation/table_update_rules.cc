#include "dynamodb/operation/table_update_rules.h"

#include <algorithm>
#include <set>

#include "dynamodb/operation/index_rules.h"
#include "dynamodb/operation/key_schema.h"
#include "dynamodb/operation/table_settings.h"
#include "dynamodb/operation/throughput_rules.h"

namespace millrace::dynamodb::operation {
namespace {

using table::BillingMode;
using table::Throughput;

aws::Result<void> check_supported(const UpdateTableInput& input) {
  if (input.has_replica_updates) {
    return aws::validation_error("ReplicaUpdates is not supported by millrace yet");
  }
  if (input.has_vector_index_updates) {
    return aws::validation_error("VectorIndexUpdates is not supported by millrace");
  }
  return {};
}

bool changes_index_list(const UpdateTableInput& input) {
  if (!input.global_index_updates) return false;
  return std::any_of(input.global_index_updates->begin(), input.global_index_updates->end(),
                     [](const IndexUpdateInput& update) { return update.create || update.remove; });
}

aws::Result<void> check_alone(const UpdateTableInput& input) {
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
    return aws::validation_error(
        "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request");
  }
  return {};
}

aws::Result<void> check_index_updates(const std::vector<IndexUpdateInput>& updates) {
  if (updates.empty()) return invalid_parameter("List of GlobalSecondaryIndexUpdates is empty");
  std::set<std::string> names;
  int list_changes = 0;
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
  }
  if (list_changes > 1) {
    return aws::api_error(400, "LimitExceededException",
                          "Subscriber limit exceeded: Only 1 online index can be created or "
                          "deleted simultaneously per table");
  }
  return {};
}

Unexpected<aws::ApiError> unchanged(const std::string& what, const Throughput& current) {
  auto unit = [](const char* name, int64_t value) {
    return std::string("Current ") + name + " provisioned for the table: " + std::to_string(value) +
           ". Requested " + name + ": " + std::to_string(value) + ". ";
  };
  return aws::validation_error(
      "The provisioned throughput for the " + what +
      " will not change. The requested value equals the current value. " +
      unit("ReadCapacityUnits", current.read_units) +
      unit("WriteCapacityUnits", current.write_units) +
      "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher "
      "limits.");
}

// A change of one global index: its provisioned throughput.
aws::Result<void> add_index_update(const aws::RequestContext& context,
                                   const IndexUpdateInput::Update& input, const table::Table& table,
                                   bool on_demand, table::TableUpdate& update) {
  const std::string& name = *input.index_name;
  const table::Index* index = table.find_index(name);
  if (index == nullptr) {
    return aws::api_error(
        400, "ResourceNotFoundException",
        "Requested resource not found: Index " + name + " for table " + table.name);
  }
  if (!index->global) {
    return aws::validation_error("Cannot update an index that is not a GlobalSecondaryIndex: " +
                                 name);
  }
  if (!input.throughput) {
    return aws::validation_error(
        "Changing the OnDemandThroughput of an index is not supported by millrace yet");
  }
  if (on_demand) {
    return invalid_parameter("ProvisionedThroughput should not be specified for index: " + name +
                             " when BillingMode is PAY_PER_REQUEST");
  }
  MILLRACE_TRY(Throughput throughput,
               provisioned_throughput(*input.throughput, context.region, name));
  if (index->throughput == throughput && table.billing_mode == BillingMode::kProvisioned) {
    return unchanged("index " + name, throughput);
  }
  update.index_throughput[name] = throughput;
  return {};
}

aws::Result<void> add_billing(const aws::RequestContext& context, const UpdateTableInput& input,
                              const table::Table& table, table::TableUpdate& update) {
  BillingMode mode = table.billing_mode;
  if (input.billing_mode) {
    mode = *input.billing_mode == "PAY_PER_REQUEST" ? BillingMode::kPayPerRequest
                                                    : BillingMode::kProvisioned;
    update.billing_mode = mode;
  }
  bool on_demand = mode == BillingMode::kPayPerRequest;
  bool mode_changes = mode != table.billing_mode;
  if (on_demand && input.throughput) {
    return invalid_parameter(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST");
  }
  if (!on_demand && mode_changes && !input.throughput) {
    return invalid_parameter(
        "ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  }
  if (input.throughput) {
    MILLRACE_TRY(update.throughput, provisioned_throughput(*input.throughput, context.region, ""));
    if (!mode_changes && *update.throughput == table.throughput) {
      return unchanged("table", table.throughput);
    }
  }
  for (const auto& index : input.global_index_updates.value_or(std::vector<IndexUpdateInput>{})) {
    if (index.update) {
      MILLRACE_CHECK_OK(add_index_update(context, *index.update, table, on_demand, update));
    }
  }
  if (!on_demand && mode_changes) {
    for (const auto& index : table.indexes) {
      if (index.global && update.index_throughput.count(index.name) == 0) {
        return invalid_parameter("ProvisionedThroughput must be specified for index: " +
                                 index.name);
      }
    }
  }
  if (input.on_demand_limits) {
    MILLRACE_TRY(update.on_demand_limits, on_demand_limits(*input.on_demand_limits, on_demand));
  }
  return {};
}

// The table's definitions with those of the request; what is defined already stays as it is.
aws::Result<std::vector<table::KeyDefinition>> merged_definitions(
    const std::vector<AttributeDefinitionInput>& given, const table::Table& table) {
  MILLRACE_TRY(auto definitions, resolve_definitions(given));
  for (auto& definition : definitions) {
    for (const auto& present : table.attribute_definitions) {
      if (present.name == definition.name) definition = present;
    }
  }
  return definitions;
}

aws::Result<void> add_new_index(const aws::RequestContext& context, const UpdateTableInput& input,
                                const IndexInput& index, const table::Table& table,
                                table::TableUpdate& update) {
  MILLRACE_TRY(
      auto definitions,
      merged_definitions(
          input.attribute_definitions.value_or(std::vector<AttributeDefinitionInput>{}), table));
  // The request has to define them, even if the table does so already.
  for (const auto& element : *index.key_schema) {
    if (std::none_of(definitions.begin(), definitions.end(), [&](const auto& definition) {
          return definition.name == *element.attribute_name;
        })) {
      return invalid_parameter("AttributeDefinitions is not specified for index: " + *index.name);
    }
  }
  BillingMode mode = update.billing_mode.value_or(table.billing_mode);
  MILLRACE_TRY(
      update.new_index,
      define_global_index(index, definitions, mode == BillingMode::kPayPerRequest, context.region));
  std::vector<table::Index> indexes = table.indexes;
  indexes.push_back(*update.new_index);
  return check_included_attributes(indexes);
}

aws::Result<void> add_index_list_changes(const aws::RequestContext& context,
                                         const UpdateTableInput& input, const table::Table& table,
                                         table::TableUpdate& update) {
  if (!input.global_index_updates) return {};
  for (const auto& change : *input.global_index_updates) {
    if (change.create) {
      MILLRACE_CHECK_OK(add_new_index(context, input, *change.create, table, update));
    }
    if (change.remove) update.deleted_index = *change.remove->index_name;
  }
  return {};
}

aws::Result<void> add_stream(const UpdateTableInput& input, table::TableUpdate& update) {
  if (!input.stream) return {};
  bool enabled = *input.stream->enabled;
  if (enabled && !input.stream->view_type) {
    return invalid_parameter("If stream is being enabled then UpdateViewType is required");
  }
  if (!enabled && input.stream->view_type) {
    return invalid_parameter(
        "If stream is being disabled, then UpdateViewType must not be specified");
  }
  table::TableUpdate::StreamChange change{enabled, stream::ViewType::kKeysOnly};
  if (enabled) change.view_type = *stream::parse_view_type(*input.stream->view_type);
  update.stream = change;
  return {};
}

aws::Result<void> add_encryption(const aws::RequestContext& context, const UpdateTableInput& input,
                                 const table::Table& table, table::TableUpdate& update) {
  if (!input.encryption) return {};
  MILLRACE_TRY(auto description, encryption_description(context, *input.encryption));
  auto current = table.kept_settings.find(kEncryptionSetting);
  bool is_default = current == table.kept_settings.end() || current->second.empty();
  if (!description && is_default) {
    return invalid_parameter("Table is already encrypted by default");
  }
  update.kept_settings[kEncryptionSetting] = description.value_or("");
  return {};
}

aws::Result<void> add_warm_throughput(const UpdateTableInput& input, const table::Table& table,
                                      table::TableUpdate& update) {
  if (!input.warm_throughput) return {};
  Throughput current = warm_throughput(table);
  Throughput wanted{input.warm_throughput->read_units.value_or(current.read_units),
                    input.warm_throughput->write_units.value_or(current.write_units)};
  for (auto [is_lower, name] : {std::pair(wanted.read_units < current.read_units, "Read"),
                                std::pair(wanted.write_units < current.write_units, "Write")}) {
    if (is_lower) {
      return invalid_parameter(std::string("Requested ") + name +
                               "UnitsPerSecond for WarmThroughput for table is lower than current "
                               "WarmThroughput, decreasing WarmThroughput is not supported");
    }
  }
  update.kept_settings[kWarmThroughputSetting] = warm_throughput_setting(wanted);
  return {};
}

}  // namespace

aws::Result<void> check_update_request(const UpdateTableInput& input) {
  bool anything = input.throughput || input.billing_mode || input.stream ||
                  input.global_index_updates || input.encryption || input.has_replica_updates ||
                  input.deletion_protection || input.on_demand_limits || input.warm_throughput ||
                  input.table_class || input.has_vector_index_updates;
  if (!anything) {
    return aws::validation_error(
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
        "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
        "ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, "
        "OnDemandThroughput, WarmThroughput or TableClass is required");
  }
  if (input.global_index_updates) {
    MILLRACE_CHECK_OK(check_index_updates(*input.global_index_updates));
  }
  MILLRACE_CHECK_OK(check_supported(input));
  return check_alone(input);
}

aws::Result<table::TableUpdate> define_update(const aws::RequestContext& context,
                                              const UpdateTableInput& input,
                                              const table::Table& table) {
  table::TableUpdate update;
  MILLRACE_CHECK_OK(add_billing(context, input, table, update));
  MILLRACE_CHECK_OK(add_index_list_changes(context, input, table, update));
  MILLRACE_CHECK_OK(add_stream(input, update));
  MILLRACE_CHECK_OK(add_encryption(context, input, table, update));
  MILLRACE_CHECK_OK(add_warm_throughput(input, table, update));
  update.deletion_protection = input.deletion_protection;
  update.table_class = input.table_class;
  return update;
}

}  // namespace millrace::dynamodb::operation
