#include "dynamodb/operation/table_description.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dynamodb/operation/table_settings.h"

namespace millrace::dynamodb::operation {
namespace {

using table::Table;
using table::TableStatus;

nlohmann::json describe_keys(const std::vector<table::KeyDefinition>& partition,
                             const std::vector<table::KeyDefinition>& sort) {
  auto keys = nlohmann::json::array();
  for (const auto& key : partition)
    keys.push_back({{"AttributeName", key.name}, {"KeyType", "HASH"}});
  for (const auto& key : sort) keys.push_back({{"AttributeName", key.name}, {"KeyType", "RANGE"}});
  return keys;
}

nlohmann::json describe_definitions(std::vector<table::KeyDefinition> definitions) {
  std::sort(definitions.begin(), definitions.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  auto list = nlohmann::json::array();
  for (const auto& definition : definitions) {
    list.push_back(
        {{"AttributeName", definition.name}, {"AttributeType", to_string(definition.type)}});
  }
  return list;
}

nlohmann::json describe_throughput(const table::Throughput& throughput) {
  return {{"NumberOfDecreasesToday", 0},
          {"ReadCapacityUnits", throughput.read_units},
          {"WriteCapacityUnits", throughput.write_units}};
}

nlohmann::json describe_on_demand(const table::Throughput& limits) {
  return {{"MaxReadRequestUnits", limits.read_units}, {"MaxWriteRequestUnits", limits.write_units}};
}

nlohmann::json describe_warm(const table::Throughput& warm) {
  return {{"ReadUnitsPerSecond", warm.read_units},
          {"WriteUnitsPerSecond", warm.write_units},
          {"Status", "ACTIVE"}};
}

nlohmann::json describe_index(const Table& table, const table::Index& index,
                              const table::TableCatalog& catalog) {
  auto statistics = catalog.statistics(index.number);
  nlohmann::json projection = {{"ProjectionType", to_string(index.projection)}};
  if (!index.included_attributes.empty()) {
    projection["NonKeyAttributes"] = index.included_attributes;
  }
  nlohmann::json description = {{"IndexName", index.name},
                                {"KeySchema", describe_keys(index.partition_key, index.sort_key)},
                                {"Projection", std::move(projection)},
                                {"IndexSizeBytes", statistics.bytes},
                                {"ItemCount", statistics.items},
                                {"IndexArn", table.arn + "/index/" + index.name}};
  if (!index.global) return description;
  table::Throughput throughput = index.throughput.value_or(table::Throughput{});
  bool on_demand = table.billing_mode == table::BillingMode::kPayPerRequest;
  bool settled = table.status == TableStatus::kActive || table.status == TableStatus::kUpdating;
  description["IndexStatus"] = settled ? to_string(index.status) : to_string(table.status);
  if (settled && index.status == table::IndexStatus::kCreating) {
    description["Backfilling"] = table.status == TableStatus::kActive;
  }
  description["ProvisionedThroughput"] = describe_throughput(throughput);
  description["WarmThroughput"] = describe_warm(on_demand ? warm_throughput(table) : throughput);
  if (index.on_demand_limits) {
    description["OnDemandThroughput"] = describe_on_demand(*index.on_demand_limits);
  }
  return description;
}

void add_indexes(nlohmann::json& description, const Table& table,
                 const table::TableCatalog& catalog) {
  for (const auto& index : table.indexes) {
    const char* list = index.global ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes";
    description[list].push_back(describe_index(table, index, catalog));
  }
}

void add_stream(nlohmann::json& description, const Table& table) {
  if (table.stream_view_type) {
    description["StreamSpecification"] = {{"StreamEnabled", true},
                                          {"StreamViewType", *table.stream_view_type}};
  }
  if (!table.latest_stream_arn.empty()) {
    description["LatestStreamArn"] = table.latest_stream_arn;
    description["LatestStreamLabel"] = table.latest_stream_label;
  }
}

void add_settings(nlohmann::json& description, const Table& table) {
  if (table.pay_per_request_since) {
    description["BillingModeSummary"] = {
        {"BillingMode", to_string(table.billing_mode)},
        {"LastUpdateToPayPerRequestDateTime", timestamp_seconds(*table.pay_per_request_since)}};
  }
  if (table.on_demand_limits) {
    description["OnDemandThroughput"] = describe_on_demand(*table.on_demand_limits);
  }
  if (table.table_class != "STANDARD") {
    description["TableClassSummary"] = {{"TableClass", table.table_class}};
  }
  auto encryption = table.kept_settings.find(kEncryptionSetting);
  if (encryption != table.kept_settings.end() && !encryption->second.empty()) {
    description["SSEDescription"] = nlohmann::json::parse(encryption->second, nullptr, false);
  }
}

}  // namespace

double timestamp_seconds(Timestamp time) {
  return static_cast<double>(to_unix_millis(time)) / 1000.0;
}

nlohmann::json describe(const Table& table, const table::TableCatalog& catalog) {
  auto statistics = catalog.statistics(table.number);
  std::vector<table::KeyDefinition> sort;
  if (table.sort_key) sort.push_back(*table.sort_key);
  nlohmann::json description = {
      {"AttributeDefinitions", describe_definitions(table.attribute_definitions)},
      {"TableName", table.name},
      {"KeySchema", describe_keys({table.partition_key}, sort)},
      {"TableStatus", to_string(table.status)},
      {"CreationDateTime", timestamp_seconds(table.created)},
      {"ProvisionedThroughput", describe_throughput(table.throughput)},
      {"TableSizeBytes", statistics.bytes},
      {"ItemCount", statistics.items},
      {"TableArn", table.arn},
      {"TableId", table.id},
      {"DeletionProtectionEnabled", table.deletion_protection},
      {"WarmThroughput", describe_warm(warm_throughput(table))}};
  add_indexes(description, table, catalog);
  add_stream(description, table);
  add_settings(description, table);
  return description;
}

nlohmann::json describe_deleted(const Table& table, const table::TableCatalog& catalog) {
  nlohmann::json description = describe(table, catalog);
  for (const char* member : {"AttributeDefinitions", "KeySchema", "CreationDateTime",
                             "GlobalSecondaryIndexes", "LocalSecondaryIndexes"}) {
    description.erase(member);
  }
  return description;
}

}  // namespace millrace::dynamodb::operation
