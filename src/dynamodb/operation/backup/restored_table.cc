#include "dynamodb/operation/backup/restored_table.h"

#include <algorithm>

#include "dynamodb/operation/key_schema.h"
#include "dynamodb/operation/table_settings.h"

namespace millrace::dynamodb::operation {
namespace {

using table::BillingMode;
using table::Index;

ThroughputInput read_units(RequestReader& reader) {
  return {reader.long_integer("ReadCapacityUnits"), reader.long_integer("WriteCapacityUnits")};
}

ThroughputInput read_limits(RequestReader& reader) {
  return {reader.long_integer("MaxReadRequestUnits"), reader.long_integer("MaxWriteRequestUnits")};
}

IndexInput read_index(RequestReader& reader) {
  IndexInput index;
  index.name = reader.string("IndexName");
  index.key_schema = reader.list("KeySchema", "KeySchemaElement", [](RequestReader& element) {
    return KeySchemaElementInput{element.string("AttributeName"), element.string("KeyType")};
  });
  index.projection = reader.structure("Projection", "Projection", [](RequestReader& projection) {
    return ProjectionInput{projection.string("ProjectionType"),
                           projection.strings("NonKeyAttributes")};
  });
  index.throughput = reader.structure("ProvisionedThroughput", "ProvisionedThroughput", read_units);
  index.on_demand_limits =
      reader.structure("OnDemandThroughput", "OnDemandThroughput", read_limits);
  return index;
}

void check_units(ConstraintList& constraints, const std::optional<ThroughputInput>& throughput,
                 const std::string& path) {
  if (!throughput) return;
  constraints.require(throughput->read_units, path + ".readCapacityUnits");
  constraints.check_range(throughput->read_units, path + ".readCapacityUnits", 1);
  constraints.require(throughput->write_units, path + ".writeCapacityUnits");
  constraints.check_range(throughput->write_units, path + ".writeCapacityUnits", 1);
}

void check_indexes(ConstraintList& constraints,
                   const std::optional<std::vector<IndexInput>>& indexes, const std::string& path) {
  if (!indexes) return;
  for (size_t i = 0; i < indexes->size(); ++i) {
    const IndexInput& index = (*indexes)[i];
    std::string member = path + '.' + std::to_string(i + 1) + ".member";
    constraints.require(index.name, member + ".indexName");
    constraints.check_name(index.name, member + ".indexName");
    constraints.require(index.key_schema, member + ".keySchema");
    constraints.require(index.projection, member + ".projection");
    check_units(constraints, index.throughput, member + ".provisionedThroughput");
  }
}

bool has_keys(const Index& index, const std::vector<KeySchemaElementInput>& schema) {
  std::vector<std::string> partition, sort;
  for (const auto& element : schema) {
    auto& keys = element.key_type == "HASH" ? partition : sort;
    keys.push_back(element.attribute_name.value_or(std::string()));
  }
  auto same = [](const std::vector<table::KeyDefinition>& keys,
                 const std::vector<std::string>& names) {
    return std::equal(keys.begin(), keys.end(), names.begin(), names.end(),
                      [](const auto& key, const auto& name) { return key.name == name; });
  };
  return same(index.partition_key, partition) && same(index.sort_key, sort);
}

bool has_projection(const Index& index, const ProjectionInput& input) {
  if (input.type != to_string(index.projection)) return false;
  auto given = input.non_key_attributes.value_or(std::vector<std::string>{});
  auto included = index.included_attributes;
  std::sort(given.begin(), given.end());
  std::sort(included.begin(), included.end());
  return given == included;
}

table::Throughput units_of(const ThroughputInput& input) {
  return {input.read_units.value_or(0), input.write_units.value_or(0)};
}

// Takes those of the source's indexes that are named.
aws::Result<void> take_named(const table::Table& source, const std::vector<IndexInput>& named,
                             bool global, table::TableDefinition& definition) {
  for (const auto& input : named) {
    const Index* index = source.find_index(*input.name);
    if (index == nullptr || index->global != global || !has_keys(*index, *input.key_schema) ||
        !has_projection(*index, *input.projection)) {
      return aws::validation_error(
          "Invalid Request: Index override must match an index of the source table: " +
          *input.name);
    }
    definition.indexes.push_back(*index);
    if (input.throughput) definition.indexes.back().throughput = units_of(*input.throughput);
    if (input.on_demand_limits) {
      definition.indexes.back().on_demand_limits = units_of(*input.on_demand_limits);
    }
  }
  return {};
}

aws::Result<void> set_indexes(const table::Table& source, const RestoreInput& input,
                              table::TableDefinition& definition) {
  for (bool global : {false, true}) {
    const auto& named = global ? input.global_indexes : input.local_indexes;
    if (named) {
      MILLRACE_CHECK_OK(take_named(source, *named, global, definition));
      continue;
    }
    std::copy_if(source.indexes.begin(), source.indexes.end(),
                 std::back_inserter(definition.indexes), [&](const Index& index) {
                   return index.global == global && index.status != table::IndexStatus::kDeleting;
                 });
  }
  // Attributes that are no key any more are not defined.
  auto uses = [](const std::vector<table::KeyDefinition>& keys, const table::KeyDefinition& key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  std::erase_if(definition.attribute_definitions, [&](const table::KeyDefinition& defined) {
    return defined != definition.partition_key && defined != definition.sort_key &&
           std::none_of(
               definition.indexes.begin(), definition.indexes.end(), [&](const Index& index) {
                 return uses(index.partition_key, defined) || uses(index.sort_key, defined);
               });
  });
  return {};
}

aws::Result<void> set_billing(const RestoreInput& input, table::TableDefinition& definition) {
  if (input.billing_mode) {
    definition.billing_mode = *input.billing_mode == "PAY_PER_REQUEST" ? BillingMode::kPayPerRequest
                                                                       : BillingMode::kProvisioned;
  }
  if (input.throughput) definition.throughput = units_of(*input.throughput);
  if (input.on_demand_limits) definition.on_demand_limits = units_of(*input.on_demand_limits);
  if (definition.billing_mode == BillingMode::kPayPerRequest) {
    if (input.throughput) {
      return invalid_parameter(
          "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
          "PAY_PER_REQUEST");
    }
    definition.throughput = {};
    for (auto& index : definition.indexes) index.throughput.reset();
    return {};
  }
  bool complete = definition.throughput.read_units > 0;
  for (const auto& index : definition.indexes) {
    if (index.global && !index.throughput) complete = false;
  }
  if (complete) return {};
  return invalid_parameter(
      "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
      "PROVISIONED");
}

}  // namespace

RestoreInput read_restore_input(RequestReader& reader) {
  RestoreInput input;
  input.target_name = reader.string("TargetTableName");
  input.billing_mode = reader.string("BillingModeOverride");
  input.global_indexes =
      reader.list("GlobalSecondaryIndexOverride", "GlobalSecondaryIndex", read_index);
  input.local_indexes =
      reader.list("LocalSecondaryIndexOverride", "LocalSecondaryIndex", read_index);
  input.throughput =
      reader.structure("ProvisionedThroughputOverride", "ProvisionedThroughput", read_units);
  input.on_demand_limits =
      reader.structure("OnDemandThroughputOverride", "OnDemandThroughput", read_limits);
  input.encryption = reader.structure(
      "SSESpecificationOverride", "SSESpecification", [](RequestReader& encryption) {
        return EncryptionInput{encryption.boolean("Enabled"), encryption.string("SSEType"),
                               encryption.string("KMSMasterKeyId")};
      });
  return input;
}

void check_restore_input(ConstraintList& constraints, const RestoreInput& input) {
  constraints.require(input.target_name, "targetTableName");
  constraints.check_name(input.target_name, "targetTableName");
  constraints.check_one_of(input.billing_mode, "billingModeOverride",
                           "PROVISIONED, PAY_PER_REQUEST");
  check_units(constraints, input.throughput, "provisionedThroughputOverride");
  check_indexes(constraints, input.global_indexes, "globalSecondaryIndexOverride");
  check_indexes(constraints, input.local_indexes, "localSecondaryIndexOverride");
}

aws::Result<table::TableDefinition> define_restored(const aws::RequestContext& context,
                                                    const table::Table& source,
                                                    const RestoreInput& input) {
  table::TableDefinition definition{};
  definition.name = *input.target_name;
  definition.partition_key = source.partition_key;
  definition.sort_key = source.sort_key;
  definition.attribute_definitions = source.attribute_definitions;
  definition.billing_mode = source.billing_mode;
  definition.throughput = source.throughput;
  definition.on_demand_limits = source.on_demand_limits;
  MILLRACE_CHECK_OK(set_indexes(source, input, definition));
  MILLRACE_CHECK_OK(set_billing(input, definition));
  auto encryption = source.kept_settings.find(kEncryptionSetting);
  if (encryption != source.kept_settings.end()) definition.kept_settings.insert(*encryption);
  if (input.encryption) {
    MILLRACE_TRY(auto description, encryption_description(context, *input.encryption));
    definition.kept_settings[kEncryptionSetting] = description.value_or(std::string());
  }
  return definition;
}

}  // namespace millrace::dynamodb::operation
