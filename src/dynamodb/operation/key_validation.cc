#include "dynamodb/operation/key_validation.h"

#include <algorithm>

#include "base/limits.h"
#include "dynamodb/operation/key_schema.h"

namespace millrace::dynamodb::operation {
namespace {

using table::Index;
using table::KeyDefinition;
using table::Table;

constexpr std::string_view kEmptyKeyValue =
    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
    "contain ";

bool is_empty(const AttributeValue& value) {
  return (value.is(AttributeType::kString) && value.string().empty()) ||
         (value.is(AttributeType::kBinary) && value.binary().empty());
}

std::string_view empty_word(const AttributeValue& value) {
  return value.is(AttributeType::kString) ? "an empty string value" : "an empty binary value";
}

size_t key_bytes(const AttributeValue& value) {
  if (value.is(AttributeType::kString)) return value.string().size();
  return value.is(AttributeType::kBinary) ? value.binary().size() : 0;
}

aws::Result<void> check_key_size(const AttributeValue& value, bool is_partition_key) {
  if (is_partition_key && key_bytes(value) > limits::kPartitionKeyBytesMax) {
    // The missing space is DynamoDB's.
    return invalid_parameter("Size of hashkey has exceeded the maximum size limit of2048 bytes");
  }
  if (!is_partition_key && key_bytes(value) > limits::kSortKeyBytesMax) {
    return invalid_parameter(
        "Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
  }
  return {};
}

bool has_key(const Item& item, const KeyDefinition& key) {
  auto found = item.find(key.name);
  return found != item.end() && found->second.is(key.type);
}

// Calls `check(index, key, value, is_partition_key)` for each index key attribute that the item
// has, until one fails. Of several indexes with the same attribute the alphabetically first comes
// first.
template <class Check>
aws::Result<void> for_each_index_key(const Table& table, const Item& item, Check check) {
  std::vector<const Index*> indexes;
  for (const auto& index : table.indexes) {
    if (index.status != table::IndexStatus::kDeleting) indexes.push_back(&index);
  }
  std::sort(indexes.begin(), indexes.end(),
            [](const Index* a, const Index* b) { return a->name < b->name; });
  for (const Index* index : indexes) {
    for (const auto* keys : {&index->partition_key, &index->sort_key}) {
      for (const KeyDefinition& key : *keys) {
        auto found = item.find(key.name);
        if (found == item.end()) continue;
        MILLRACE_CHECK_OK(check(*index, key, found->second, keys == &index->partition_key));
      }
    }
  }
  return {};
}

aws::Result<void> check_index_type(const Index& index, const KeyDefinition& key,
                                   const AttributeValue& value) {
  if (value.is(key.type)) return {};
  return invalid_parameter(
      "Type mismatch for Index Key " + key.name + " Expected: " + std::string(to_string(key.type)) +
      " Actual: " + std::string(to_string(value.type())) + " IndexName: " + index.name);
}

}  // namespace

std::vector<std::string> key_names(const Table& table) {
  std::vector<std::string> names = {table.partition_key.name};
  if (table.sort_key) names.push_back(table.sort_key->name);
  return names;
}

std::vector<std::string> key_names(const Index& index) {
  std::vector<std::string> names;
  for (const auto& key : index.partition_key) names.push_back(key.name);
  for (const auto& key : index.sort_key) names.push_back(key.name);
  return names;
}

Unexpected<aws::ApiError> key_mismatch() {
  return aws::validation_error("The provided key element does not match the schema");
}

aws::Result<void> check_key_value(const AttributeValue& value, const std::string& name,
                                  bool is_partition_key) {
  if (is_empty(value)) {
    return aws::validation_error(std::string(kEmptyKeyValue) + std::string(empty_word(value)) +
                                 ". Key: " + name);
  }
  return check_key_size(value, is_partition_key);
}

bool is_empty_key_value(const aws::ApiError& error) {
  return error.message.rfind(kEmptyKeyValue, 0) == 0;
}

aws::Result<void> check_key(const Table& table, const Item& key) {
  size_t attributes = table.sort_key ? 2 : 1;
  if (key.size() != attributes || !has_key(key, table.partition_key) ||
      (table.sort_key && !has_key(key, *table.sort_key))) {
    return key_mismatch();
  }
  MILLRACE_CHECK_OK(
      check_key_value(key.find(table.partition_key.name)->second, table.partition_key.name, true));
  if (!table.sort_key) return {};
  return check_key_value(key.find(table.sort_key->name)->second, table.sort_key->name, false);
}

aws::Result<void> check_item_keys(const Table& table, const Item& item) {
  std::vector<KeyDefinition> keys = {table.partition_key};
  if (table.sort_key) keys.push_back(*table.sort_key);
  for (const auto& key : keys) {
    auto found = item.find(key.name);
    if (found == item.end()) {
      return invalid_parameter("Missing the key " + key.name + " in the item");
    }
    if (!found->second.is(key.type)) {
      return invalid_parameter("Type mismatch for key " + key.name +
                               " expected: " + std::string(to_string(key.type)) +
                               " actual: " + std::string(to_string(found->second.type())));
    }
  }
  for (size_t i = 0; i < keys.size(); ++i) {
    MILLRACE_CHECK_OK(check_key_value(item.find(keys[i].name)->second, keys[i].name, i == 0));
  }
  return check_index_keys(table, item);
}

aws::Result<void> check_index_keys(const Table& table, const Item& item) {
  return for_each_index_key(
      table, item,
      [&](const Index& index, const KeyDefinition& key, const AttributeValue& value,
          bool is_partition_key) -> aws::Result<void> {
        MILLRACE_CHECK_OK(check_index_type(index, key, value));
        if (is_empty(value)) {
          return aws::validation_error(
              "One or more parameter values are not valid. A value specified for a secondary index "
              "key is not supported. The AttributeValue for a key attribute cannot contain " +
              std::string(empty_word(value)) + ". IndexName: " + index.name +
              ", IndexKey: " + key.name);
        }
        return check_key_size(value, is_partition_key);
      });
}

aws::Result<void> check_updated_index_keys(const Table& table, const Item& item,
                                           const std::vector<std::string>& touched) {
  return for_each_index_key(
      table, item,
      [&](const Index& index, const KeyDefinition& key, const AttributeValue& value,
          bool is_partition_key) -> aws::Result<void> {
        if (std::find(touched.begin(), touched.end(), key.name) == touched.end()) return {};
        MILLRACE_CHECK_OK(check_index_type(index, key, value));
        if (is_empty(value)) {
          return aws::validation_error(
              "One or more parameter values are not valid. The update expression attempted to "
              "update a secondary index key to a value that is not supported. The AttributeValue "
              "for a key attribute cannot contain " +
              std::string(empty_word(value)) + ".");
        }
        return check_key_size(value, is_partition_key);
      });
}

Item primary_key(const Table& table, const Item& item) {
  Item key;
  for (const auto& name : key_names(table)) {
    auto found = item.find(name);
    if (found != item.end()) key.insert(*found);
  }
  return key;
}

}  // namespace millrace::dynamodb::operation
