// SELECT of one item by its whole primary key, as batches and transactions take it, and what all
// SELECTs return of an item.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/expression/condition.h"
#include "dynamodb/partiql/statement.h"
#include "dynamodb/table/item_store.h"

namespace millrace::dynamodb::operation {

// The attributes that a SELECT names. A nested one becomes an attribute of its own, named by the
// last name of its path: `a.b` gives "b", `a.b[0]` gives "b[0]".
class Columns {
 public:
  Columns() = default;
  explicit Columns(std::vector<expression::DocumentPath> paths);

  const std::vector<expression::DocumentPath>& paths() const { return paths_; }
  // The item as JSON: all of it if no attribute is named.
  void append_item(std::string& out, std::string_view encoded) const;

 private:
  std::vector<expression::DocumentPath> paths_;
  std::vector<std::string> names_;       // of the columns, in order of the paths
  std::vector<std::string> attributes_;  // that the paths begin with, once each, sorted
};

struct KeyedRead {
  table::ItemKey key;
  expression::ConditionPtr filter;
  Columns columns;
};

// ValidationException for an index whose key has several partition or sort key attributes: PartiQL
// cannot read it, whatever else is wrong.
aws::Result<void> check_single_attribute_keys(const table::Index& index);

// REQUIRES: a SELECT, or EXISTS. Nothing if it does not name a whole primary key of the table.
// Errors: ValidationException for a key that does not fit the schema, and for such an index.
aws::Result<std::optional<KeyedRead>> make_keyed_read(table::TablePtr table,
                                                      partiql::Statement statement);

// Appends the item if it is there and satisfies the condition; whether it does.
bool append_read_item(std::string& out, const KeyedRead& read, const table::StoredItem& item);

}  // namespace millrace::dynamodb::operation
