#include "dynamodb/table/table_codec.h"

#include <nlohmann/json.hpp>

namespace millrace::dynamodb::table {

namespace {

using nlohmann::json;

constexpr int kVersion = 1;

json to_json(const KeyDefinition& key) {
  return {{"name", key.name}, {"type", to_string(key.type)}};
}

json to_json(const std::vector<KeyDefinition>& keys) {
  json list = json::array();
  for (const auto& key : keys) list.push_back(to_json(key));
  return list;
}

json to_json(const std::optional<Throughput>& throughput) {
  if (!throughput) return nullptr;
  return {{"read", throughput->read_units}, {"write", throughput->write_units}};
}

json to_json(const Index& index) {
  return {{"name", index.name},
          {"number", index.number},
          {"global", index.global},
          {"partition_key", to_json(index.partition_key)},
          {"sort_key", to_json(index.sort_key)},
          {"projection", to_string(index.projection)},
          {"included_attributes", index.included_attributes},
          {"throughput", to_json(index.throughput)},
          {"on_demand_limits", to_json(index.on_demand_limits)},
          {"cell", static_cast<uint64_t>(index.cell)},
          {"status", to_string(index.status)}};
}

json to_json(const CellSplit& split) {
  return {{"parent", static_cast<uint64_t>(split.parent)},
          {"last", split.last},
          {"lower", static_cast<uint64_t>(split.lower)},
          {"upper", static_cast<uint64_t>(split.upper)}};
}

json to_json(const std::optional<TimeToLive>& time_to_live) {
  if (!time_to_live) return nullptr;
  return {{"number", time_to_live->number}, {"attribute", time_to_live->attribute}};
}

std::string_view to_string(RestoreOrigin::Phase phase) {
  switch (phase) {
    case RestoreOrigin::Phase::kItems:
      return "items";
    case RestoreOrigin::Phase::kIndexes:
      return "indexes";
    default:
      return "done";
  }
}

json to_json(const std::optional<RestoreOrigin>& origin) {
  if (!origin) return nullptr;
  return {{"backup_arn", origin->backup_arn},
          {"table_arn", origin->table_arn},
          {"time", origin->time.time_since_epoch().count()},
          {"source", origin->source},
          {"phase", to_string(origin->phase)}};
}

json to_json(const std::optional<PointInTimeRecovery>& recovery) {
  if (!recovery) return nullptr;
  return {{"since", recovery->since.time_since_epoch().count()}, {"days", recovery->days}};
}

json to_json(const CopyUnderWay& copy) {
  json moment = json::array();
  for (const auto& [cell, position] : copy.moment) {
    moment.push_back({{"cell", static_cast<uint64_t>(cell)}, {"position", position}});
  }
  return {{"number", copy.number}, {"moment", std::move(moment)}};
}

json optional_time(const std::optional<Timestamp>& time) {
  if (!time) return nullptr;
  return time->time_since_epoch().count();
}

// Reading throws nlohmann's exceptions, or this, for anything unexpected; decode_table() catches
// both.
struct Malformed : std::exception {};

Timestamp time_from(const json& text) {
  return Timestamp(Duration(text.get<int64_t>()));
}

AttributeType key_type_from(const json& text) {
  auto name = text.get<std::string>();
  for (auto type : {AttributeType::kString, AttributeType::kNumber, AttributeType::kBinary}) {
    if (name == to_string(type)) return type;
  }
  throw Malformed();
}

ProjectionType projection_from(const json& text) {
  auto name = text.get<std::string>();
  for (auto type : {ProjectionType::kAll, ProjectionType::kKeysOnly, ProjectionType::kInclude}) {
    if (name == to_string(type)) return type;
  }
  throw Malformed();
}

IndexStatus index_status_from(const json& text) {
  auto name = text.get<std::string>();
  for (auto status : {IndexStatus::kCreating, IndexStatus::kActive, IndexStatus::kDeleting}) {
    if (name == to_string(status)) return status;
  }
  throw Malformed();
}

BillingMode billing_mode_from(const json& text) {
  auto name = text.get<std::string>();
  for (auto mode : {BillingMode::kProvisioned, BillingMode::kPayPerRequest}) {
    if (name == to_string(mode)) return mode;
  }
  throw Malformed();
}

KeyDefinition key_from(const json& document) {
  return {document.at("name").get<std::string>(), key_type_from(document.at("type"))};
}

std::vector<KeyDefinition> keys_from(const json& list) {
  std::vector<KeyDefinition> keys;
  for (const auto& document : list) keys.push_back(key_from(document));
  return keys;
}

std::optional<Throughput> throughput_from(const json& document) {
  if (document.is_null()) return std::nullopt;
  return Throughput{document.at("read").get<int64_t>(), document.at("write").get<int64_t>()};
}

Index index_from(const json& document) {
  Index index{};
  document.at("name").get_to(index.name);
  document.at("number").get_to(index.number);
  document.at("global").get_to(index.global);
  index.partition_key = keys_from(document.at("partition_key"));
  index.sort_key = keys_from(document.at("sort_key"));
  index.projection = projection_from(document.at("projection"));
  document.at("included_attributes").get_to(index.included_attributes);
  index.throughput = throughput_from(document.at("throughput"));
  index.on_demand_limits = throughput_from(document.at("on_demand_limits"));
  index.cell = engine::CellId{document.at("cell").get<uint64_t>()};
  // Indexes from before they could be created on a live table lack it.
  if (auto status = document.find("status"); status != document.end()) {
    index.status = index_status_from(*status);
  }
  return index;
}

CellSplit split_from(const json& document) {
  return {engine::CellId{document.at("parent").get<uint64_t>()},
          document.at("last").get<engine::Position>(),
          engine::CellId{document.at("lower").get<uint64_t>()},
          engine::CellId{document.at("upper").get<uint64_t>()}};
}

RestoreOrigin::Phase phase_from(const json& text) {
  using Phase = RestoreOrigin::Phase;
  auto name = text.get<std::string>();
  for (auto phase : {Phase::kItems, Phase::kIndexes, Phase::kDone}) {
    if (name == to_string(phase)) return phase;
  }
  throw Malformed();
}

CopyUnderWay copy_from(const json& document) {
  CopyUnderWay copy{document.at("number").get<uint64_t>(), {}};
  for (const auto& entry : document.at("moment")) {
    copy.moment[engine::CellId{entry.at("cell").get<uint64_t>()}] =
        entry.at("position").get<engine::Position>();
  }
  return copy;
}

// Tables from before there were backups lack all of it.
void read_backup_state(Table& table, const json& document) {
  auto recovery = document.find("recovery");
  if (recovery != document.end() && !recovery->is_null()) {
    table.recovery =
        PointInTimeRecovery{time_from(recovery->at("since")), recovery->at("days").get<int>()};
  }
  if (auto copies = document.find("copies"); copies != document.end()) {
    for (const auto& copy : *copies) table.copies.push_back(copy_from(copy));
  }
  table.items_kept = document.value("items_kept", false);
  auto origin = document.find("restored_from");
  if (origin == document.end() || origin->is_null()) return;
  table.restored_from =
      RestoreOrigin{origin->at("backup_arn").get<std::string>(),
                    origin->at("table_arn").get<std::string>(), time_from(origin->at("time")),
                    origin->at("source").get<uint64_t>(), phase_from(origin->at("phase"))};
  if (table.is_being_restored()) table.status = TableStatus::kCreating;
}

void read_settings(Table& table, const json& document) {
  table.billing_mode = billing_mode_from(document.at("billing_mode"));
  if (const auto& since = document.at("pay_per_request_since"); !since.is_null()) {
    table.pay_per_request_since = time_from(since);
  }
  table.throughput = throughput_from(document.at("throughput")).value_or(Throughput{});
  table.on_demand_limits = throughput_from(document.at("on_demand_limits"));
  document.at("deletion_protection").get_to(table.deletion_protection);
  document.at("table_class").get_to(table.table_class);
  document.at("tags").get_to(table.tags);
  if (const auto& view = document.at("stream_view_type"); !view.is_null()) {
    table.stream_view_type = view.get<std::string>();
  }
  document.at("latest_stream_arn").get_to(table.latest_stream_arn);
  document.at("latest_stream_label").get_to(table.latest_stream_label);
  document.at("kept_settings").get_to(table.kept_settings);
  // Tables from before there was time to live lack it.
  auto time_to_live = document.find("time_to_live");
  if (time_to_live != document.end() && !time_to_live->is_null()) {
    table.time_to_live = TimeToLive{time_to_live->at("number").get<uint64_t>(),
                                    time_to_live->at("attribute").get<std::string>()};
  }
}

Table table_from(const json& document) {
  if (document.at("version").get<int>() != kVersion) throw Malformed();
  Table table{};
  document.at("number").get_to(table.number);
  document.at("id").get_to(table.id);
  document.at("account").get_to(table.account);
  document.at("region").get_to(table.region);
  document.at("partition").get_to(table.partition);
  document.at("name").get_to(table.name);
  document.at("arn").get_to(table.arn);
  table.created = time_from(document.at("created"));
  table.partition_key = key_from(document.at("partition_key"));
  if (const auto& sort = document.at("sort_key"); !sort.is_null()) table.sort_key = key_from(sort);
  table.attribute_definitions = keys_from(document.at("attribute_definitions"));
  for (const auto& index : document.at("indexes")) table.indexes.push_back(index_from(index));
  for (const auto& range : document.at("cells")) {
    table.cells.push_back(
        {range.at("begin").get<uint64_t>(), engine::CellId{range.at("cell").get<uint64_t>()}});
  }
  // Tables from before cells could be split lack it.
  if (auto splits = document.find("splits"); splits != document.end()) {
    for (const auto& split : *splits) table.splits.push_back(split_from(split));
  }
  if (table.cells.empty() || table.cells.front().begin != 0) throw Malformed();
  read_settings(table, document);
  read_backup_state(table, document);
  return table;
}

}  // namespace

std::string encode_table(const Table& table) {
  json indexes = json::array();
  for (const auto& index : table.indexes) indexes.push_back(to_json(index));
  json cells = json::array();
  for (const auto& range : table.cells) {
    cells.push_back({{"begin", range.begin}, {"cell", static_cast<uint64_t>(range.cell)}});
  }
  json splits = json::array();
  for (const auto& split : table.splits) splits.push_back(to_json(split));
  json copies = json::array();
  for (const auto& copy : table.copies) copies.push_back(to_json(copy));
  json document = {
      {"version", kVersion},
      {"number", table.number},
      {"id", table.id},
      {"account", table.account},
      {"region", table.region},
      {"partition", table.partition},
      {"name", table.name},
      {"arn", table.arn},
      {"created", table.created.time_since_epoch().count()},
      {"partition_key", to_json(table.partition_key)},
      {"sort_key", table.sort_key ? to_json(*table.sort_key) : json()},
      {"attribute_definitions", to_json(table.attribute_definitions)},
      {"indexes", std::move(indexes)},
      {"cells", std::move(cells)},
      {"splits", std::move(splits)},
      {"billing_mode", to_string(table.billing_mode)},
      {"pay_per_request_since", optional_time(table.pay_per_request_since)},
      {"throughput", to_json(std::optional(table.throughput))},
      {"on_demand_limits", to_json(table.on_demand_limits)},
      {"deletion_protection", table.deletion_protection},
      {"table_class", table.table_class},
      {"tags", table.tags},
      {"stream_view_type", table.stream_view_type ? json(*table.stream_view_type) : json()},
      {"latest_stream_arn", table.latest_stream_arn},
      {"latest_stream_label", table.latest_stream_label},
      {"time_to_live", to_json(table.time_to_live)},
      {"recovery", to_json(table.recovery)},
      {"copies", std::move(copies)},
      {"restored_from", to_json(table.restored_from)},
      {"items_kept", table.items_kept},
      {"kept_settings", table.kept_settings}};
  return document.dump();
}

std::optional<Table> decode_table(std::string_view text) {
  try {
    return table_from(json::parse(text));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace millrace::dynamodb::table
