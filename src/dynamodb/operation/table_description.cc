#include "dynamodb/operation/table_description.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dynamodb/operation/kept_settings.h"
#include "dynamodb/operation/table_settings.h"
#include "dynamodb/operation/throughput_history.h"
#include "dynamodb/operation/warm_throughput.h"

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

// What is taken away is told once, by the answer of the update that does it.
nlohmann::json describe_limits(const Table& table, const table::Throughput& limits) {
  auto description = nlohmann::json::object();
  auto add = [&](const char* member, int64_t units) {
    if (units > 0 || (units < 0 && table.status == TableStatus::kUpdating)) {
      description[member] = units;
    }
  };
  add("MaxReadRequestUnits", limits.read_units);
  add("MaxWriteRequestUnits", limits.write_units);
  return description;
}

void add_limits(nlohmann::json& description, const Table& table,
                const std::optional<table::Throughput>& limits) {
  if (!limits) return;
  nlohmann::json described = describe_limits(table, *limits);
  if (!described.empty()) description["OnDemandThroughput"] = std::move(described);
}

nlohmann::json describe_projection(const table::Index& index) {
  nlohmann::json projection = {{"ProjectionType", to_string(index.projection)}};
  if (index.included_attributes.empty()) return projection;
  auto names = index.included_attributes;
  std::sort(names.begin(), names.end());
  projection["NonKeyAttributes"] = std::move(names);
  return projection;
}

nlohmann::json describe_index(const Table& table, const table::Index& index,
                              const table::TableCatalog& catalog) {
  auto statistics = catalog.statistics(index.number);
  nlohmann::json description = {{"IndexName", index.name},
                                {"KeySchema", describe_keys(index.partition_key, index.sort_key)},
                                {"Projection", describe_projection(index)},
                                {"IndexSizeBytes", statistics.bytes},
                                {"ItemCount", statistics.items},
                                {"IndexArn", table.arn + "/index/" + index.name}};
  if (!index.global) return description;
  table::Throughput throughput = index.throughput.value_or(table::Throughput{});
  bool settled = table.status == TableStatus::kActive || table.status == TableStatus::kUpdating;
  description["IndexStatus"] = settled ? to_string(index.status) : to_string(table.status);
  if (settled && index.status == table::IndexStatus::kCreating) {
    description["Backfilling"] = table.status == TableStatus::kActive;
  }
  description["ProvisionedThroughput"] =
      describe_throughput(table, index.name, throughput, catalog.now());
  description["WarmThroughput"] = describe_warm(warm_throughput(table, &index));
  add_limits(description, table, index.on_demand_limits);
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
  add_limits(description, table, table.on_demand_limits);
  if (auto summary = describe_class(table); !summary.is_null()) {
    description["TableClassSummary"] = std::move(summary);
  }
  if (auto mode = kept_setting(table, kGlobalSettingsMode); !mode.is_null()) {
    description["GlobalTableSettingsReplicationMode"] = std::move(mode);
  }
  if (auto encryption = kept_setting(table, kEncryptionSetting); !encryption.is_null()) {
    description["SSEDescription"] = std::move(encryption);
  }
}

nlohmann::json describe_restore(const Table& table) {
  const table::RestoreOrigin& origin = *table.restored_from;
  nlohmann::json summary = {{"SourceTableArn", origin.table_arn},
                            {"RestoreDateTime", timestamp_seconds(origin.time)},
                            {"RestoreInProgress", true}};
  if (!origin.backup_arn.empty()) summary["SourceBackupArn"] = origin.backup_arn;
  return summary;
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
      {"ProvisionedThroughput", describe_throughput(table, "", table.throughput, catalog.now())},
      {"TableSizeBytes", statistics.bytes},
      {"ItemCount", statistics.items},
      {"TableArn", table.arn},
      {"TableId", table.id},
      {"DeletionProtectionEnabled", table.deletion_protection},
      {"WarmThroughput", describe_warm(warm_throughput(table, nullptr))}};
  add_indexes(description, table, catalog);
  add_stream(description, table);
  add_settings(description, table);
  if (table.is_being_restored()) description["RestoreSummary"] = describe_restore(table);
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
