#include "logs/log_group.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "engine/cells.h"

namespace millrace::logs {
namespace {

using nlohmann::json;

constexpr char kVersion = 1;

std::string prefix(char kind) {
  std::string key(1, static_cast<char>(engine::KeyPrefix::kLogs));
  return key + kind;
}

int64_t to_number(Timestamp time) {
  return time.time_since_epoch().count();
}
Timestamp to_time(int64_t number) {
  return Timestamp(Duration(number));
}

}  // namespace

std::string group_prefix() {
  return prefix('g');
}

std::string group_key(const LogScope& scope, const std::string& name) {
  return group_prefix() + scope.account + scope.region + '\0' + name;
}

std::string stream_prefix(const LogGroup& group) {
  std::string key = prefix('s');
  append_u64(key, static_cast<uint64_t>(group.cell));
  return key;
}

std::string stream_key(const LogGroup& group, const std::string& stream) {
  return stream_prefix(group) + stream;
}

std::string stream_name_of(std::string_view key) {
  return std::string(key.substr(2 + sizeof(uint64_t)));
}

std::string end_of_prefix(std::string prefix) {
  while (static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::string encode_group(const LogGroup& group) {
  json marks = json::array();
  for (const LogMark& mark : group.marks) {
    marks.push_back({mark.position, to_number(mark.time), mark.bytes});
  }
  json document = {{"account", group.scope.account},
                   {"region", group.scope.region},
                   {"name", group.name},
                   {"cell", static_cast<uint64_t>(group.cell)},
                   {"created", to_number(group.created)},
                   {"tags", group.tags},
                   {"marks", std::move(marks)}};
  if (group.retention_days) document["retention_days"] = *group.retention_days;
  return kVersion + document.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<LogGroup> decode_group(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kVersion) return std::nullopt;
  try {
    json document = json::parse(bytes.substr(1));
    LogGroup group;
    document.at("account").get_to(group.scope.account);
    document.at("region").get_to(group.scope.region);
    document.at("name").get_to(group.name);
    group.cell = engine::CellId(document.at("cell").get<uint64_t>());
    group.created = to_time(document.at("created").get<int64_t>());
    document.at("tags").get_to(group.tags);
    for (const json& mark : document.at("marks")) {
      group.marks.push_back({mark.at(0).get<uint64_t>(), to_time(mark.at(1).get<int64_t>()),
                             mark.at(2).get<uint64_t>()});
    }
    if (document.contains("retention_days")) {
      group.retention_days = document.at("retention_days").get<int>();
    }
    return group;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

std::string encode_stream(const LogStreamState& stream) {
  std::string bytes(1, kVersion);
  append_u64(bytes, static_cast<uint64_t>(to_number(stream.created)));
  append_u64(bytes, stream.after);
  if (stream.first_event) {
    append_u64(bytes, static_cast<uint64_t>(to_number(*stream.first_event)));
    append_u64(bytes, static_cast<uint64_t>(to_number(*stream.last_event)));
    append_u64(bytes, static_cast<uint64_t>(to_number(*stream.last_ingested)));
  }
  return bytes;
}

std::optional<LogStreamState> decode_stream(std::string_view bytes) {
  if ((bytes.size() != 17 && bytes.size() != 41) || bytes[0] != kVersion) return std::nullopt;
  auto time_at = [&](size_t offset) {
    return to_time(static_cast<int64_t>(read_u64(bytes.substr(offset))));
  };
  LogStreamState stream;
  stream.created = time_at(1);
  stream.after = read_u64(bytes.substr(9));
  if (bytes.size() == 41) {
    stream.first_event = time_at(17);
    stream.last_event = time_at(25);
    stream.last_ingested = time_at(33);
  }
  return stream;
}

std::optional<Timestamp> kept_since(const LogGroup& group, Timestamp now) {
  if (!group.retention_days) return std::nullopt;
  return now - std::chrono::hours(24) * *group.retention_days;
}

LogGroupDescription describe(const LogGroup& group) {
  LogGroupDescription description;
  description.name = group.name;
  description.created = group.created;
  description.retention_days = group.retention_days;
  description.tags = group.tags;
  description.stored_bytes = group.bytes_since_mark.value_or(0);
  for (const LogMark& mark : group.marks) description.stored_bytes += mark.bytes;
  description.arn =
      "arn:aws:logs:" + group.scope.region + ':' + group.scope.account + ":log-group:" + group.name;
  return description;
}

LogStreamDescription describe(const LogGroup& group, const std::string& name,
                              const LogStreamState& stream) {
  LogStreamDescription description;
  description.name = name;
  description.created = stream.created;
  description.first_event = stream.first_event;
  description.last_event = stream.last_event;
  description.last_ingested = stream.last_ingested;
  description.arn = describe(group).arn + ":log-stream:" + name;
  return description;
}

}  // namespace millrace::logs
