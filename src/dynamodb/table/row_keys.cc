#include "dynamodb/table/row_keys.h"

#include "base/limits.h"
#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/key_codec.h"
#include "engine/cells.h"

namespace millrace::dynamodb::table {

namespace {

constexpr size_t kTailBytes = 256;
constexpr size_t kTailHashBytes = 16;

std::string numbered_prefix(engine::KeyPrefix prefix, uint64_t number) {
  std::string key;
  key.reserve(64);
  key.push_back(static_cast<char>(prefix));
  append_u64(key, number);
  return key;
}

// The bytes of a key attribute that DynamoDB's limits count; numbers always fit.
size_t key_bytes(const AttributeValue& value) {
  switch (value.type()) {
    case AttributeType::kString:
      return value.string().size();
    case AttributeType::kBinary:
      return value.binary().size();
    default:
      return 1;
  }
}

// The values of the attributes in `encoded`; nothing if one cannot be part of a key.
std::optional<std::vector<AttributeValue>> key_values(const std::vector<KeyDefinition>& keys,
                                                      std::string_view encoded, size_t bytes_max) {
  std::vector<AttributeValue> values;
  values.reserve(keys.size());
  size_t bytes = 0;
  for (const auto& key : keys) {
    auto value = find_attribute(encoded, key.name);
    if (!value || !value->is(key.type) || key_bytes(*value) == 0) return std::nullopt;
    bytes += key_bytes(*value);
    if (bytes > bytes_max) return std::nullopt;
    values.push_back(std::move(*value));
  }
  return values;
}

}  // namespace

ItemPlace item_place(const Table& table, const Item& key) {
  ItemPlace place;
  place.hash = hash_partition_key(key.find(table.partition_key.name)->second);
  if (table.sort_key) append_ordered_value(place.sort, key.find(table.sort_key->name)->second);
  return place;
}

std::optional<ItemPlace> item_place(const Table& table, std::string_view encoded) {
  ItemPlace place;
  auto partition = find_attribute(encoded, table.partition_key.name);
  if (!partition || !partition->is(table.partition_key.type)) return std::nullopt;
  place.hash = hash_partition_key(*partition);
  if (table.sort_key) {
    auto sort = find_attribute(encoded, table.sort_key->name);
    if (!sort || !sort->is(table.sort_key->type)) return std::nullopt;
    append_ordered_value(place.sort, *sort);
  }
  return place;
}

std::string item_row_key(const Table& table, const ItemPlace& place) {
  std::string key = item_rows_prefix(table.number);
  key += as_view(place.hash);
  key += place.sort;
  return key;
}

std::optional<std::string> index_row_key(const Index& index, const ItemPlace& place,
                                         std::string_view encoded) {
  auto sort_values = key_values(index.sort_key, encoded, limits::kSortKeyBytesMax);
  if (!sort_values) return std::nullopt;
  std::string key = index_rows_prefix(index);
  if (index.global) {
    auto partition_values = key_values(index.partition_key, encoded, limits::kPartitionKeyBytesMax);
    if (!partition_values) return std::nullopt;
    key += as_view(hash_partition_key(*partition_values));
  } else {
    key += as_view(place.hash);
  }
  for (const auto& value : *sort_values) append_ordered_value(key, value);
  if (index.global) key += as_view(place.hash);
  key += bounded_tail(place.sort);
  return key;
}

std::string item_rows_prefix(uint64_t table_number) {
  return numbered_prefix(engine::KeyPrefix::kItem, table_number);
}

std::string index_rows_prefix(const Index& index) {
  return numbered_prefix(
      index.global ? engine::KeyPrefix::kGlobalIndex : engine::KeyPrefix::kLocalIndex,
      index.number);
}

std::string after_prefix(std::string prefix) {
  while (!prefix.empty() && static_cast<uint8_t>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<uint8_t>(prefix.back()) + 1);
  return prefix;
}

std::string bounded_tail(std::string_view sort) {
  if (sort.size() < kTailBytes) return std::string(sort);
  Digest256 digest = sha256(sort);
  std::string tail(sort.substr(0, kTailBytes - kTailHashBytes));
  tail += as_view(digest).substr(0, kTailHashBytes);
  return tail;
}

}  // namespace millrace::dynamodb::table
