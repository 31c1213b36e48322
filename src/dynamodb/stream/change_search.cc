#include "dynamodb/stream/change_search.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "aws/json_text.h"
#include "base/encoding.h"
#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/item_json.h"

namespace millrace::dynamodb::stream {
namespace {

using engine::Position;

bool is_text(const AttributeValue& value, const std::string& text) {
  switch (value.type()) {
    case AttributeType::kString:
      return value.string() == text;
    case AttributeType::kNumber: {
      auto number = Number::parse(text);
      return number && *number == value.number();
    }
    case AttributeType::kBinary:
      return to_base64(value.binary()) == text;
    default:
      return false;
  }
}

std::optional<StreamRecord> read_one(const StreamStore& streams, const Shard& shard,
                                     Position position) {
  if (position <= shard.after || (shard.last && position > *shard.last)) return std::nullopt;
  engine::LogReadOptions options;
  options.records_max = 1;
  auto page = streams.read(shard, position - 1, options);
  if (!page || page->records.empty()) return std::nullopt;
  return std::move(page->records[0]);
}

}  // namespace

Result<KeyPattern, std::string> KeyPattern::parse(std::string_view text) {
  const std::string help =
      R"(A key is given as {"pk":{"S":"ada"}}, or as pk=ada; several attributes as pk=ada,sk=5.)";
  KeyPattern pattern;
  if (text.starts_with('{')) {
    auto document = aws::parse_json(text);
    if (!document.is_object() || document.empty()) return Unexpected(help);
    auto item = item_from_json(document);
    if (!item) return Unexpected(item.error().message + " " + help);
    for (auto& [name, value] : *item) pattern.members_.push_back({name, std::move(value), {}});
    return pattern;
  }
  while (!text.empty()) {
    std::string_view member = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), member.size() + 1));
    size_t equals = member.find('=');
    if (equals == 0 || equals == member.npos) return Unexpected(help);
    pattern.members_.push_back({std::string(member.substr(0, equals)), std::nullopt,
                                std::string(member.substr(equals + 1))});
  }
  if (pattern.members_.empty()) return Unexpected(help);
  return pattern;
}

bool KeyPattern::matches(std::string_view encoded_keys) const {
  return std::all_of(members_.begin(), members_.end(), [&](const Member& member) {
    auto value = find_attribute(encoded_keys, member.name);
    if (!value) return false;
    return member.value ? *value == *member.value : is_text(*value, member.text);
  });
}

std::string keys_json(std::string_view encoded_keys) {
  std::string out;
  append_encoded_item_json(out, encoded_keys);
  return out;
}

std::optional<std::string> encode_keys_json(const std::string& keys) {
  auto document = nlohmann::json::parse(keys, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  auto item = item_from_json(document);
  if (!item) return std::nullopt;
  return encode_item(*item);
}

ChangeSearch::ChangeSearch(const StreamStore& streams, StreamPtr stream,
                           std::map<std::string, Position> after, Visitor visit)
    : streams_(streams),
      stream_(std::move(stream)),
      all_(false),
      after_(std::move(after)),
      visit_(std::move(visit)) {}

ChangeSearch::ChangeSearch(const StreamStore& streams, StreamPtr stream, Visitor visit)
    : streams_(streams), stream_(std::move(stream)), all_(true), visit_(std::move(visit)) {}

bool ChangeSearch::step() {
  while (shard_ < stream_->shards.size()) {
    const Shard& shard = stream_->shards[shard_];
    auto start = after_.find(shard.id);
    if (!all_ && start == after_.end()) {
      shard_++;
      continue;
    }
    Position after = next_after_.value_or(start == after_.end() ? shard.after : start->second);
    // What expires meanwhile is not there to be found.
    after = std::max(after, streams_.trim_horizon(shard).value_or(after));
    auto page = streams_.read(shard, after, {});
    if (!page || page->at_end || page->next_after <= after) {
      shard_++;
      next_after_.reset();
    } else {
      next_after_ = page->next_after;
    }
    if (!page) continue;
    for (const StreamRecord& record : page->records) {
      records_seen_++;
      if (visit_(shard, record)) continue;
      return false;
    }
    return true;
  }
  return false;
}

std::vector<FoundRecord> find_by_position(const StreamStore& streams, const Stream& stream,
                                          Position position) {
  std::vector<FoundRecord> found;
  for (const Shard& shard : stream.shards) {
    auto record = read_one(streams, shard, position);
    if (record) found.push_back({shard, std::move(*record)});
  }
  return found;
}

std::optional<FoundRecord> find_by_event_id(const StreamStore& streams, const Stream& stream,
                                            std::string_view event_id) {
  for (const Shard& shard : stream.shards) {
    auto position = event_position(shard.cell, event_id);
    if (!position) continue;
    auto record = read_one(streams, shard, *position);
    if (record) return FoundRecord{shard, std::move(*record)};
  }
  return std::nullopt;
}

std::vector<std::string> descendants(const Stream& stream, const std::string& shard_id) {
  // Parents come before their children.
  std::vector<std::string> found;
  for (const Shard& shard : stream.shards) {
    if (!shard.parent_id) continue;
    bool descends = *shard.parent_id == shard_id ||
                    std::find(found.begin(), found.end(), *shard.parent_id) != found.end();
    if (descends) found.push_back(shard.id);
  }
  return found;
}

}  // namespace millrace::dynamodb::stream
