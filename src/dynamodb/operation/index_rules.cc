#include "dynamodb/operation/index_rules.h"

#include <algorithm>
#include <set>

#include "dynamodb/operation/throughput_rules.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr size_t kLocalIndexesMax = 5;
constexpr size_t kGlobalIndexesMax = 20;
constexpr size_t kIncludedAttributesMax = 100;  // over all indexes of a table

aws::Result<void> set_projection(table::Index& index, const ProjectionInput& input) {
  if (!input.type) return invalid_parameter("Unknown ProjectionType: null");
  bool included = *input.type == "INCLUDE";
  if (!included && input.non_key_attributes) {
    return invalid_parameter("ProjectionType is " + *input.type +
                             ", but NonKeyAttributes is specified");
  }
  if (included && !input.non_key_attributes) {
    return invalid_parameter("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
  }
  if (!included) {
    index.projection =
        *input.type == "ALL" ? table::ProjectionType::kAll : table::ProjectionType::kKeysOnly;
    return {};
  }
  std::set<std::string> names;
  for (const auto& name : *input.non_key_attributes) {
    if (!names.insert(name).second) {
      return invalid_parameter("Duplicate element in NonKeyAttributes: " + name);
    }
  }
  index.projection = table::ProjectionType::kInclude;
  index.included_attributes.assign(names.begin(), names.end());  // DynamoDB shows them sorted
  return {};
}

aws::Result<void> check_unique(const std::vector<table::Index>& indexes, const std::string& name) {
  if (std::any_of(indexes.begin(), indexes.end(),
                  [&](const table::Index& index) { return index.name == name; })) {
    return invalid_parameter("Duplicate index name: " + name);
  }
  return {};
}

aws::Result<table::Index> define_local_index(const IndexInput& input,
                                             const std::vector<table::KeyDefinition>& definitions,
                                             const KeySchema& table_schema) {
  const std::string& name = *input.name;
  MILLRACE_TRY(KeySchema schema, resolve_key_schema(*input.key_schema, definitions, false));
  if (schema.sort.empty()) {
    return invalid_parameter("Index KeySchema does not have a range key for index: " + name);
  }
  if (schema.partition[0].name != table_schema.partition[0].name) {
    return invalid_parameter(
        "Index KeySchema does not have the same leading hash key as table KeySchema for index: " +
        name + ". index hash key: " + schema.partition[0].name +
        ", table hash key: " + table_schema.partition[0].name);
  }
  table::Index index{};
  index.name = name;
  index.global = false;
  index.partition_key = std::move(schema.partition);
  index.sort_key = std::move(schema.sort);
  MILLRACE_CHECK_OK(set_projection(index, *input.projection));
  return index;
}

// The set of definitions and the set of key attributes must be the same.
aws::Result<void> check_definitions_used(const CreateTableInput& input,
                                         const std::vector<table::KeyDefinition>& definitions) {
  std::set<std::string> used;
  auto use = [&](const std::vector<KeySchemaElementInput>& schema) {
    for (const auto& element : schema) used.insert(*element.attribute_name);
  };
  use(*input.key_schema);
  for (const auto* list : {&input.local_indexes, &input.global_indexes}) {
    if (!*list) continue;
    for (const IndexInput& index : **list) use(*index.key_schema);
  }
  std::vector<std::string> names;
  for (const auto& definition : definitions) names.push_back(definition.name);
  if (std::all_of(names.begin(), names.end(), [&](const auto& name) { return used.count(name); })) {
    return {};
  }
  return invalid_parameter(
      "Some AttributeDefinitions are not used. AttributeDefinitions: " + bracketed(names) +
      ", keys used: " + bracketed({used.begin(), used.end()}));
}

}  // namespace

aws::Result<table::Index> define_global_index(const IndexInput& input,
                                              const std::vector<table::KeyDefinition>& definitions,
                                              bool on_demand, const std::string& region) {
  const std::string& name = *input.name;
  MILLRACE_TRY(KeySchema schema, resolve_key_schema(*input.key_schema, definitions, true));
  table::Index index{};
  index.name = name;
  index.global = true;
  index.partition_key = std::move(schema.partition);
  index.sort_key = std::move(schema.sort);
  MILLRACE_CHECK_OK(set_projection(index, *input.projection));
  if (on_demand && input.throughput) {
    return invalid_parameter("ProvisionedThroughput should not be specified for index: " + name +
                             " when BillingMode is PAY_PER_REQUEST");
  }
  if (!on_demand && !input.throughput) {
    return invalid_parameter("ProvisionedThroughput is not specified for index: " + name);
  }
  if (input.throughput) {
    MILLRACE_TRY(index.throughput, provisioned_throughput(*input.throughput, region, name));
  }
  if (input.on_demand_limits && input.on_demand_limits->says_something()) {
    MILLRACE_TRY(index.on_demand_limits,
                 on_demand_limits(*input.on_demand_limits, on_demand, name));
  }
  return index;
}

aws::Result<void> check_included_attributes(const std::vector<table::Index>& indexes) {
  size_t included = 0;
  for (const auto& index : indexes) included += index.included_attributes.size();
  if (included > kIncludedAttributesMax) {
    return invalid_parameter("The total number of NonKeyAttributes over all indexes exceeds 100");
  }
  return {};
}

aws::Result<std::vector<table::Index>> define_indexes(
    const CreateTableInput& input, const std::vector<table::KeyDefinition>& definitions,
    const KeySchema& schema, const std::string& region) {
  MILLRACE_CHECK_OK(check_definitions_used(input, definitions));
  std::vector<table::Index> indexes;
  if (input.local_indexes) {
    if (input.local_indexes->empty()) {
      return invalid_parameter("List of LocalSecondaryIndexes is empty");
    }
    if (schema.sort.empty()) {
      return invalid_parameter(
          "Table KeySchema does not have a range key, which is required when specifying a "
          "LocalSecondaryIndex");
    }
    for (const IndexInput& local : *input.local_indexes) {
      MILLRACE_TRY(auto index, define_local_index(local, definitions, schema));
      MILLRACE_CHECK_OK(check_unique(indexes, index.name));
      indexes.push_back(std::move(index));
    }
    if (indexes.size() > kLocalIndexesMax) {
      return invalid_parameter("Number of LocalSecondaryIndexes exceeds per-table limit of 5");
    }
  }
  if (input.global_indexes) {
    if (input.global_indexes->empty()) {
      return invalid_parameter("List of GlobalSecondaryIndexes is empty");
    }
    bool on_demand = input.billing_mode == "PAY_PER_REQUEST";
    for (const IndexInput& global : *input.global_indexes) {
      MILLRACE_TRY(auto index, define_global_index(global, definitions, on_demand, region));
      MILLRACE_CHECK_OK(check_unique(indexes, index.name));
      indexes.push_back(std::move(index));
    }
    if (input.global_indexes->size() > kGlobalIndexesMax) {
      return invalid_parameter("GlobalSecondaryIndex count exceeds the per-table limit of 20");
    }
  }
  MILLRACE_CHECK_OK(check_included_attributes(indexes));
  return indexes;
}

}  // namespace millrace::dynamodb::operation
