#include "dynamodb/operation/table_update_rules.h"

#include <algorithm>

#include "dynamodb/operation/index_rules.h"
#include "dynamodb/operation/key_schema.h"
#include "dynamodb/operation/table_settings.h"
#include "dynamodb/operation/table_update_effects.h"
#include "dynamodb/operation/throughput_rules.h"

namespace millrace::dynamodb::operation {
namespace {

using table::BillingMode;
using table::Throughput;

bool says_something(const std::optional<ThroughputInput>& input) {
  return input && input->says_something();
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

aws::Result<void> add_index_throughput(const aws::RequestContext& context,
                                       const IndexUpdateInput::Update& input,
                                       const table::Table& table, const table::Index& index,
                                       table::TableUpdate& update) {
  MILLRACE_TRY(Throughput throughput,
               provisioned_throughput(*input.throughput, context.region, index.name));
  if (index.throughput == throughput && table.billing_mode == BillingMode::kProvisioned) {
    return unchanged("index " + index.name, throughput);
  }
  update.index_throughput[index.name] = throughput;
  return {};
}

// A change of one global index: its throughput of any kind.
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
  if (on_demand && input.throughput) {
    return invalid_parameter(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: " + name +
        " when BillingMode is PAY_PER_REQUEST");
  }
  if (!input.throughput && !says_something(input.on_demand_limits) &&
      !says_something(input.warm_throughput)) {
    return invalid_parameter(
        on_demand
            ? "The only Updates for index: " + name +
                  " when TableThroughputMode is PAY_PER_REQUEST can be to "
                  "OnDemandThroughput, WarmThroughput"
            : "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: " + name);
  }
  if (!input.throughput) return {};
  return add_index_throughput(context, input, table, *index, update);
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
  if (!on_demand && input.billing_mode && !input.throughput) {
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
  if (description && !is_default && *description == current->second) {
    return invalid_parameter(
        "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you "
        "want to change Master Key");
  }
  update.kept_settings[kEncryptionSetting] = description.value_or("");
  return {};
}

}  // namespace

aws::Result<table::TableUpdate> define_update(const aws::RequestContext& context,
                                              const UpdateTableInput& input,
                                              const table::Table& table, Timestamp now) {
  table::TableUpdate update;
  MILLRACE_CHECK_OK(add_billing(context, input, table, update));
  MILLRACE_CHECK_OK(add_index_list_changes(context, input, table, update));
  MILLRACE_CHECK_OK(add_stream(input, update));
  MILLRACE_CHECK_OK(add_encryption(context, input, table, update));
  update.edit = [effects = TableUpdateEffects(input, now)](const table::Table& before,
                                                           table::Table& after) {
    return effects.apply(before, after);
  };
  update.deletion_protection = input.deletion_protection;
  update.table_class = input.table_class;
  if (input.global_settings_mode) {
    update.kept_settings[kGlobalSettingsMode] = '"' + *input.global_settings_mode + '"';
  }
  return update;
}

}  // namespace millrace::dynamodb::operation
