// Primary and index key attributes of items, keys and updates against a table's schema. These are
// the checks that need the table: their errors are ValidationExceptions without envelope.
#pragma once

#include <string>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/item/attribute_value.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

// The names of the table's key attributes, partition key first.
std::vector<std::string> key_names(const table::Table& table);
// The names of the index's key attributes.
std::vector<std::string> key_names(const table::Index& index);

// A key attribute's value: not empty (S and B) and not too long.
aws::Result<void> check_key_value(const AttributeValue& value, const std::string& name,
                                  bool is_partition_key);

// Whether an error is the one for an empty key value, which even transactions report as their own.
bool is_empty_key_value(const aws::ApiError& error);

// A Key member: exactly the key attributes, with their types. "The provided key element does not
// match the schema" otherwise; then empty and too long values.
aws::Result<void> check_key(const table::Table& table, const Item& key);
Unexpected<aws::ApiError> key_mismatch();

// An item to put: has the key attributes, and its index key attributes are usable.
aws::Result<void> check_item_keys(const table::Table& table, const Item& item);
// Only the latter, for which single and batch writes have the same texts.
aws::Result<void> check_index_keys(const table::Table& table, const Item& item);
// The same after an update, of the attributes that it touched; an empty value has another text
// then.
aws::Result<void> check_updated_index_keys(const table::Table& table, const Item& item,
                                           const std::vector<std::string>& touched);

// The key attributes that an item has: its primary key, if it is complete.
Item primary_key(const table::Table& table, const Item& item);

}  // namespace millrace::dynamodb::operation
