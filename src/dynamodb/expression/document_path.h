// Where a value is inside an item: a[0].b. Value types and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/item/attribute_value.h"

namespace millrace::dynamodb::expression {

// A map key (resolved, not a placeholder) or a list index.
using PathElement = std::variant<std::string, uint32_t>;

struct DocumentPath {
  std::vector<PathElement> elements;  // at least one; the first is the attribute's name

  const std::string& attribute() const { return std::get<std::string>(elements.front()); }
  bool is_nested() const { return elements.size() > 1; }
  // As DynamoDB prints it: "[a, [0], b]".
  std::string text() const;
  bool operator==(const DocumentPath&) const = default;
};

// Null if nothing is there.
const AttributeValue* find_child(const AttributeValue& parent, const PathElement& element);
const AttributeValue* find_value(const Item& item, const DocumentPath& path);

// ValidationException if a path goes below one of the key attributes, which are always scalars.
// `key_word` is "Key" for a table's keys and "IndexKey" for an index's.
aws::Result<void> check_key_paths(const std::vector<DocumentPath>& paths,
                                  const std::vector<std::string>& key_attributes,
                                  std::string_view key_word);

}  // namespace millrace::dynamodb::expression
