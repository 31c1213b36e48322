#include "dynamodb/operation/table_definition.h"

#include <algorithm>

#include "dynamodb/operation/index_rules.h"
#include "dynamodb/operation/key_schema.h"
#include "dynamodb/operation/table_settings.h"
#include "dynamodb/operation/tags.h"
#include "dynamodb/operation/throughput_rules.h"
#include "dynamodb/operation/warm_throughput.h"

namespace millrace::dynamodb::operation {
namespace {

aws::Result<void> set_billing(const aws::RequestContext& context, const CreateTableInput& input,
                              table::TableDefinition& definition) {
  bool on_demand = input.billing_mode == "PAY_PER_REQUEST";
  if (on_demand && input.throughput) {
    return invalid_parameter(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST");
  }
  if (!on_demand && !input.throughput) {
    return invalid_parameter(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
        "PROVISIONED");
  }
  definition.billing_mode =
      on_demand ? table::BillingMode::kPayPerRequest : table::BillingMode::kProvisioned;
  if (input.throughput) {
    MILLRACE_TRY(definition.throughput,
                 provisioned_throughput(*input.throughput, context.region, ""));
  }
  return {};
}

aws::Result<void> set_keys(const aws::RequestContext& context, const CreateTableInput& input,
                           table::TableDefinition& definition) {
  MILLRACE_TRY(auto definitions, resolve_definitions(*input.attribute_definitions));
  if (input.key_schema->size() > definitions.size()) {
    return aws::validation_error("Invalid KeySchema: Some index key attribute have no definition");
  }
  MILLRACE_TRY(KeySchema schema, resolve_key_schema(*input.key_schema, definitions, false));
  if (!input.local_indexes && !input.global_indexes &&
      definitions.size() != input.key_schema->size()) {
    return invalid_parameter(
        "Number of attributes in KeySchema does not exactly match number of attributes defined in "
        "AttributeDefinitions");
  }
  if (input.local_indexes || input.global_indexes) {
    MILLRACE_TRY(definition.indexes, define_indexes(input, definitions, schema, context.region));
  }
  definition.partition_key = schema.partition[0];
  if (!schema.sort.empty()) definition.sort_key = schema.sort[0];
  definition.attribute_definitions = std::move(definitions);
  return {};
}

aws::Result<void> set_stream(const CreateTableInput& input, table::TableDefinition& definition) {
  if (!input.stream) return {};
  bool enabled = *input.stream->enabled;
  if (enabled && !input.stream->view_type) {
    return invalid_parameter(
        "Table is being created with a stream enabled, UpdateViewType is required");
  }
  if (!enabled && input.stream->view_type) {
    return invalid_parameter(
        "Table is being created with a stream disabled, UpdateViewType should not be specified");
  }
  if (enabled) definition.stream = stream::parse_view_type(*input.stream->view_type);
  return {};
}

aws::Result<void> set_warm_throughput(const CreateTableInput& input,
                                      table::TableDefinition& definition) {
  bool on_demand = definition.billing_mode == table::BillingMode::kPayPerRequest;
  if (input.warm_throughput) {
    MILLRACE_CHECK_OK(add_warm_setting(*input.warm_throughput, "",
                                       on_demand ? nullptr : &definition.throughput,
                                       definition.kept_settings));
  }
  for (const auto& index : input.global_indexes.value_or(std::vector<IndexInput>{})) {
    if (!index.warm_throughput) continue;
    auto defined = std::find_if(definition.indexes.begin(), definition.indexes.end(),
                                [&](const table::Index& each) { return each.name == index.name; });
    MILLRACE_CHECK_OK(add_warm_setting(*index.warm_throughput, *index.name,
                                       on_demand ? nullptr : &*defined->throughput,
                                       definition.kept_settings));
  }
  return {};
}

aws::Result<void> set_settings(const aws::RequestContext& context, const CreateTableInput& input,
                               table::TableDefinition& definition) {
  if (input.encryption) {
    MILLRACE_TRY(auto description, encryption_description(context, *input.encryption));
    if (description) definition.kept_settings[kEncryptionSetting] = std::move(*description);
  }
  if (input.on_demand_limits && input.on_demand_limits->says_something()) {
    bool on_demand = definition.billing_mode == table::BillingMode::kPayPerRequest;
    MILLRACE_TRY(definition.on_demand_limits,
                 on_demand_limits(*input.on_demand_limits, on_demand, ""));
  }
  MILLRACE_CHECK_OK(set_warm_throughput(input, definition));
  if (input.tags) {
    MILLRACE_TRY(definition.tags, check_tags(*input.tags));
    MILLRACE_CHECK_OK(check_tag_count(definition.tags));
  }
  definition.deletion_protection = input.deletion_protection.value_or(false);
  if (input.table_class) {
    definition.table_class = *input.table_class;
    keep_given_class(definition.kept_settings);
  }
  if (input.global_settings_mode) {
    definition.kept_settings[kGlobalSettingsMode] = '"' + *input.global_settings_mode + '"';
  }
  return {};
}

aws::Result<void> check_supported(const CreateTableInput& input) {
  if (input.has_vector_indexes) {
    return aws::validation_error("VectorIndexes is not supported by millrace");
  }
  if (input.has_global_table_source) {
    return aws::validation_error("GlobalTableSourceArn is not supported by millrace");
  }
  return {};
}

}  // namespace

aws::Result<table::TableDefinition> define_table(const aws::RequestContext& context,
                                                 const CreateTableInput& input, std::string name) {
  table::TableDefinition definition{};
  definition.name = std::move(name);
  MILLRACE_CHECK_OK(check_table_class(input.table_class));
  MILLRACE_CHECK_OK(check_global_settings_mode(input.global_settings_mode));
  MILLRACE_CHECK_OK(set_billing(context, input, definition));
  MILLRACE_CHECK_OK(set_keys(context, input, definition));
  MILLRACE_CHECK_OK(set_stream(input, definition));
  MILLRACE_CHECK_OK(set_settings(context, input, definition));
  MILLRACE_CHECK_OK(check_supported(input));
  return definition;
}

}  // namespace millrace::dynamodb::operation
