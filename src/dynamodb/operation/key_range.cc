#include "dynamodb/operation/key_range.h"

#include <utility>

namespace millrace::dynamodb::operation {
namespace {

using expression::KeyClause;
using expression::KeyOperator;

// All clauses but the last are equalities; the last one bounds the values after these.
void set_bounds(table::RangeRead& read, const std::vector<KeyClause>& clauses) {
  if (clauses.empty()) return;
  std::vector<AttributeValue> prefix;
  for (size_t i = 0; i + 1 < clauses.size(); ++i) prefix.push_back(clauses[i].value);
  using Bound = table::RangeRead::Bound;
  auto bound = [&](const AttributeValue& value, bool inclusive) {
    Bound result{prefix, inclusive};
    result.values.push_back(value);
    return result;
  };
  if (!prefix.empty()) read.lower = read.upper = Bound{prefix, true};
  const KeyClause& last = clauses.back();
  switch (last.key_operator) {
    case KeyOperator::kEqual:
      read.lower = read.upper = bound(last.value, true);
      return;
    case KeyOperator::kLess:
    case KeyOperator::kLessOrEqual:
      read.upper = bound(last.value, last.key_operator == KeyOperator::kLessOrEqual);
      return;
    case KeyOperator::kGreater:
    case KeyOperator::kGreaterOrEqual:
      read.lower = bound(last.value, last.key_operator == KeyOperator::kGreaterOrEqual);
      return;
    case KeyOperator::kBetween:
      read.lower = bound(last.value, true);
      read.upper = bound(*last.upper, true);
      return;
    case KeyOperator::kBeginsWith:
      read.upper.reset();
      read.begins_with =
          last.value.is(AttributeType::kString) ? last.value.string() : last.value.binary();
      return;
  }
}

}  // namespace

expression::KeySchema key_schema(const table::Table& table, const table::Index* index) {
  expression::KeySchema schema;
  auto add = [](std::vector<expression::KeyAttribute>& part, const table::KeyDefinition& key) {
    part.push_back({key.name, key.type});
  };
  if (index == nullptr) {
    add(schema.partition, table.partition_key);
    if (table.sort_key) add(schema.sort, *table.sort_key);
    return schema;
  }
  for (const auto& key : index->partition_key) add(schema.partition, key);
  for (const auto& key : index->sort_key) add(schema.sort, key);
  return schema;
}

void set_key_range(table::RangeRead& read, expression::KeyRange range) {
  read.partition_values = std::move(range.partition);
  set_bounds(read, range.sort);
}

}  // namespace millrace::dynamodb::operation
