#include "dynamodb/operation/start_key.h"

#include <algorithm>

#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/item_json.h"
#include "dynamodb/item/key_codec.h"
#include "dynamodb/item/value_text.h"

namespace millrace::dynamodb::operation {
namespace {

using expression::KeyClause;
using expression::KeyOperator;
using table::Index;
using table::KeyDefinition;
using table::Table;

constexpr const char* kInvalid = "The provided starting key is invalid";
constexpr const char* kSchemaMismatch =
    "The provided starting key is invalid: The provided key element does not match the schema";

std::string ordered(const AttributeValue& value) {
  std::string bytes;
  append_ordered_value(bytes, value);
  return bytes;
}

bool begins_with(const AttributeValue& value, const AttributeValue& prefix) {
  if (value.is(AttributeType::kString)) return value.string().rfind(prefix.string(), 0) == 0;
  return value.binary().rfind(prefix.binary(), 0) == 0;
}

// REQUIRES: value and clause have the key's type.
bool satisfies(const AttributeValue& value, const KeyClause& clause) {
  if (clause.key_operator == KeyOperator::kBeginsWith) return begins_with(value, clause.value);
  int order = ordered(value).compare(ordered(clause.value));
  switch (clause.key_operator) {
    case KeyOperator::kEqual:
      return order == 0;
    case KeyOperator::kLess:
      return order < 0;
    case KeyOperator::kLessOrEqual:
      return order <= 0;
    case KeyOperator::kGreater:
      return order > 0;
    case KeyOperator::kGreaterOrEqual:
      return order >= 0;
    default:  // kBetween
      return order >= 0 && ordered(value) <= ordered(*clause.upper);
  }
}

std::vector<AttributeValue> partition_values(const Item& key, const Table& table,
                                             const Index* index) {
  std::vector<AttributeValue> values;
  if (index == nullptr) {
    values.push_back(key.find(table.partition_key.name)->second);
  } else {
    for (const auto& part : index->partition_key) values.push_back(key.find(part.name)->second);
  }
  return values;
}

// A partition that has one item at most can not be read from behind it.
Unexpected<aws::ApiError> no_restart(const Item& start_key, const Table& table,
                                     bool same_partition) {
  std::string text = "The provided exclusive start key is invalid";
  if (same_partition) {
    const std::string& name = table.partition_key.name;
    text += ": ExclusiveStartKey: {" + name + "=" + value_text(start_key.find(name)->second) + "}";
  }
  return aws::validation_error(std::move(text));
}

// Where segment `segment` of `total` begins among 2^64 hashes.
unsigned long long segment_begin(int64_t segment, int64_t total) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<unsigned long long>((static_cast<Wide>(segment) << 64) /
                                         static_cast<Wide>(total));
}

}  // namespace

aws::ApiError start_key_fault(aws::ApiError fault) {
  constexpr std::string_view kUnprefixed[] = {
      "The parameter cannot be converted to a numeric value", "Number overflow", "Number underflow",
      "Attempting to store more than 38"};
  bool is_plain = fault.message.find("contains duplicates") != std::string::npos ||
                  std::any_of(std::begin(kUnprefixed), std::end(kUnprefixed),
                              [&](auto prefix) { return fault.message.rfind(prefix, 0) == 0; });
  if (!is_plain) fault.message = std::string(kInvalid) + ": " + fault.message;
  return fault;
}

std::vector<KeyDefinition> start_key_attributes(const Table& table, const Index* index) {
  std::vector<KeyDefinition> attributes = {table.partition_key};
  if (table.sort_key) attributes.push_back(*table.sort_key);
  if (index == nullptr) return attributes;
  for (const auto* keys : {&index->partition_key, &index->sort_key}) {
    for (const auto& key : *keys) {
      if (std::find(attributes.begin(), attributes.end(), key) == attributes.end()) {
        attributes.push_back(key);
      }
    }
  }
  return attributes;
}

aws::Result<void> check_start_key(PageKind kind, const Item& start_key, const Table& table,
                                  const Index* index) {
  auto attributes = start_key_attributes(table, index);
  bool complete = start_key.size() == attributes.size() &&
                  std::all_of(attributes.begin(), attributes.end(), [&](const auto& attribute) {
                    return start_key.count(attribute.name) == 1;
                  });
  if (!complete) {
    bool is_table_scan = kind == PageKind::kScan && index == nullptr;
    return aws::validation_error(is_table_scan ? kSchemaMismatch : kInvalid);
  }
  for (const auto& attribute : attributes) {
    if (!start_key.find(attribute.name)->second.is(attribute.type)) {
      return aws::validation_error(kSchemaMismatch);
    }
  }
  return {};
}

aws::Result<void> check_start_key_in_range(const Item& start_key, const Table& table,
                                           const Index* index, const expression::KeyRange& range) {
  bool same_partition = partition_values(start_key, table, index) == range.partition;
  if (range.sort.empty()) {
    if (index == nullptr && !table.sort_key) return no_restart(start_key, table, same_partition);
    if (same_partition) return {};
    return aws::validation_error(
        "The provided starting key is outside query boundaries based on provided conditions");
  }
  for (const KeyClause& clause : range.sort) {
    if (!satisfies(start_key.find(clause.attribute)->second, clause)) {
      return aws::validation_error(
          "The provided starting key does not match the range key predicate");
    }
  }
  if (same_partition) return {};
  return aws::validation_error("The query can return at most one row and cannot be restarted");
}

aws::Result<void> check_start_key_in_segment(const Item& start_key, const Table& table,
                                             const Index* index, int64_t segment,
                                             int64_t total_segments) {
  uint64_t hash = hash_prefix(hash_partition_key(partition_values(start_key, table, index)));
  bool is_last = segment + 1 == total_segments;
  if (hash >= segment_begin(segment, total_segments) &&
      (is_last || hash < segment_begin(segment + 1, total_segments))) {
    return {};
  }
  return aws::validation_error(
      std::string(kInvalid) +
      ": Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. "
      "TotalSegments: " +
      std::to_string(total_segments) + " Segment: " + std::to_string(segment));
}

void append_last_evaluated_key(std::string& out, std::string_view encoded, const Table& table,
                               const Index* index) {
  Item key;
  for (const auto& attribute : start_key_attributes(table, index)) {
    if (auto value = find_attribute(encoded, attribute.name)) {
      key.emplace(attribute.name, std::move(*value));
    }
  }
  append_json(out, key);
}

}  // namespace millrace::dynamodb::operation
