// Conditions: ConditionExpression and FilterExpression (and their legacy forms,
// legacy_conditions.h). Immutable and thread-safe once made; hold everything they need.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/expression/document_path.h"
#include "dynamodb/expression/substitutions.h"
#include "dynamodb/item/attribute_value.h"

namespace millrace::dynamodb::expression {

struct ConditionNode;

class Condition {
 public:
  explicit Condition(std::unique_ptr<const ConditionNode> root);
  ~Condition();
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  // An absent item is an empty one. Never fails: operands of the wrong type make a comparison
  // false.
  bool evaluate(const Item& item) const;
  // The same on an encoded item (or "" for an absent one), decoding only the attributes it names.
  bool evaluate_encoded(std::string_view encoded) const;

  // Every path it mentions, for checks against key schemas.
  const std::vector<DocumentPath>& paths() const { return paths_; }

 private:
  std::unique_ptr<const ConditionNode> root_;
  std::vector<DocumentPath> paths_;
  std::vector<std::string> attributes_;  // top-level names in paths_, once each, sorted
};
using ConditionPtr = std::shared_ptr<const Condition>;

// Errors are ValidationExceptions with DynamoDB's texts, "Invalid ConditionExpression: ..." and
// "Invalid FilterExpression: ...".
aws::Result<ConditionPtr> parse_condition(std::string_view text, Substitutions& substitutions);
aws::Result<ConditionPtr> parse_filter(std::string_view text, Substitutions& substitutions);

// A filter must not name key attributes of what is read. `parameter`: "Filter Expression",
// "QueryFilter".
aws::Result<void> check_no_key_attributes(const Condition& filter,
                                          const std::vector<std::string>& key_attributes,
                                          std::string_view parameter);

}  // namespace millrace::dynamodb::expression
