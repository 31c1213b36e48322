#include "dynamodb/table/table_change.h"

#include <algorithm>

#include "aws/arn.h"
#include "dynamodb/table/index_change_rules.h"
#include "dynamodb/table/table_tags.h"

namespace millrace::dynamodb::table {

namespace {

aws::Result<void> check_stream_change(const Table& table, const TableUpdate::StreamChange& change) {
  if (change.enabled && table.stream_view_type) {
    return aws::validation_error("Table already has an enabled stream: TableName: " + table.name);
  }
  if (!change.enabled && !table.stream_view_type) {
    return aws::validation_error("Table has no stream to disable: TableName: " + table.name);
  }
  return {};
}

aws::Result<std::optional<TimeToLive>> changed_time_to_live(
    const std::optional<TimeToLive>& before, const TableUpdate::TimeToLiveChange& change) {
  if (before && before->attribute != change.attribute) {
    return aws::validation_error(
        "TimeToLive is active on a different AttributeName: current AttributeName is " +
        before->attribute);
  }
  if (change.enabled == before.has_value()) {
    return aws::validation_error(before ? "TimeToLive is already enabled"
                                        : "TimeToLive is already disabled");
  }
  if (!change.enabled) return std::optional<TimeToLive>();
  return std::optional(TimeToLive{0, change.attribute});
}

// What was decided when the table was created. Saying it again is fine: tools set all tags.
aws::Result<void> check_partitions_tag(const Table& table, const TableUpdate& update) {
  auto set = update.tags_set.find(std::string(kPartitionsTag));
  if (set == update.tags_set.end()) return {};
  auto present = table.tags.find(set->first);
  if (present != table.tags.end() && present->second == set->second) return {};
  return aws::validation_error(
      "Tag " + set->first + " can only be given when a table is created: TableName: " + table.name);
}

void set_billing_mode(Table& table, BillingMode mode, Timestamp now) {
  if (mode == table.billing_mode) return;
  table.billing_mode = mode;
  if (mode == BillingMode::kProvisioned) return;
  table.pay_per_request_since = now;
  table.throughput = {};
  for (auto& index : table.indexes) index.throughput.reset();
}

}  // namespace

uint64_t numbers_needed(const TableDefinition& definition, int cells) {
  auto global = std::count_if(definition.indexes.begin(), definition.indexes.end(),
                              [](const Index& index) { return index.global; });
  return 1 + definition.indexes.size() + static_cast<uint64_t>(global) +
         static_cast<uint64_t>(cells);
}

Table new_table(const aws::RequestContext& context, const TableDefinition& definition, int cells,
                uint64_t first_number, std::string id, Timestamp now) {
  uint64_t next = first_number;
  Table table{};
  table.number = next++;
  table.id = std::move(id);
  table.account = context.account;
  table.region = context.region;
  table.partition = context.partition;
  table.name = definition.name;
  table.arn = aws::make_arn(context, "dynamodb", "table/" + definition.name).text();
  table.created = now;
  table.partition_key = definition.partition_key;
  table.sort_key = definition.sort_key;
  table.attribute_definitions = definition.attribute_definitions;
  table.indexes = definition.indexes;
  std::stable_partition(table.indexes.begin(), table.indexes.end(),
                        [](const Index& index) { return !index.global; });
  uint64_t width = UINT64_MAX / static_cast<uint64_t>(cells);
  for (int i = 0; i < cells; ++i) {
    table.cells.push_back({width * static_cast<uint64_t>(i), engine::CellId{next++}});
  }
  for (auto& index : table.indexes) {
    index.number = next++;
    if (index.global) index.cell = engine::CellId{next++};
  }
  table.billing_mode = definition.billing_mode;
  if (table.billing_mode == BillingMode::kPayPerRequest) table.pay_per_request_since = now;
  table.throughput = definition.throughput;
  table.on_demand_limits = definition.on_demand_limits;
  table.deletion_protection = definition.deletion_protection;
  table.table_class = definition.table_class;
  table.tags = definition.tags;
  table.kept_settings = definition.kept_settings;
  table.restored_from = definition.restored_from;
  if (table.is_being_restored()) {
    table.status = TableStatus::kCreating;
    for (auto& index : table.indexes) {
      if (index.global) index.status = IndexStatus::kCreating;
    }
  }
  return table;
}

aws::Result<Table> updated_table(const Table& table, const TableUpdate& update, Timestamp now) {
  Table after = table;
  MILLRACE_CHECK_OK(check_partitions_tag(table, update));
  if (update.stream) MILLRACE_CHECK_OK(check_stream_change(table, *update.stream));
  if (update.time_to_live) {
    MILLRACE_TRY(after.time_to_live,
                 changed_time_to_live(table.time_to_live, *update.time_to_live));
  }
  if (update.billing_mode) set_billing_mode(after, *update.billing_mode, now);
  if (update.throughput) after.throughput = *update.throughput;
  if (update.on_demand_limits) after.on_demand_limits = update.on_demand_limits;
  for (const auto& [name, throughput] : update.index_throughput) {
    auto index = std::find_if(
        after.indexes.begin(), after.indexes.end(),
        [&name = name](const Index& each) { return each.global && each.name == name; });
    if (index == after.indexes.end()) {
      return aws::api_error(
          400, "ResourceNotFoundException",
          "Requested resource not found: Index " + name + " for table " + table.name);
    }
    index->throughput = throughput;
  }
  MILLRACE_CHECK_OK(change_indexes(after, update));
  if (update.deletion_protection) after.deletion_protection = *update.deletion_protection;
  if (update.table_class) after.table_class = *update.table_class;
  for (const auto& [name, value] : update.tags_set) after.tags[name] = value;
  for (const auto& name : update.tags_removed) after.tags.erase(name);
  for (const auto& [name, text] : update.kept_settings) after.kept_settings[name] = text;
  if (update.edit) MILLRACE_CHECK_OK(update.edit(table, after));
  return after;
}

Table update_answer(const Table& before, const Table& after) {
  Table answer = after;
  answer.status = TableStatus::kUpdating;
  answer.throughput = before.throughput;
  for (auto& index : answer.indexes) {
    const Index* old = before.find_index(index.name);
    if (old != nullptr) index.throughput = old->throughput;
  }
  return answer;
}

stream::StreamStore::NewStream stream_description(const Table& table, stream::ViewType view_type) {
  stream::StreamStore::NewStream description;
  description.account = table.account;
  description.region = table.region;
  description.partition = table.partition;
  description.table_name = table.name;
  description.table_number = table.number;
  description.view_type = view_type;
  description.key_schema.push_back({table.partition_key.name, "HASH"});
  if (table.sort_key) description.key_schema.push_back({table.sort_key->name, "RANGE"});
  description.cells = table.all_cells();
  description.retention = stream_retention_by_tag(table.tags);
  return description;
}

}  // namespace millrace::dynamodb::table
