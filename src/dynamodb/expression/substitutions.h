// ExpressionAttributeNames and ExpressionAttributeValues of one request (or one action of a
// transaction), and which of them its expressions use. Not thread-safe; lives while the request's
// expressions are parsed, the parsed trees do not need it.
//
// The order of an operation's work:
//   1. read_substitutions()            while it reads its members (type errors)
//   2. check_expression_members()      before it looks at any value or expression
//   3. Substitutions::create()         keys and values
//   4. parse_...()                     each expression: update, condition, key condition, filter,
//                                      projection
//   5. Substitutions::check_all_used() after all of them
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/item/attribute_value.h"
#include "dynamodb/item/json_reader.h"
#include "dynamodb/item/member_reader.h"
#include "dynamodb/item/number.h"

namespace millrace::dynamodb::expression {

// The two members as they came: types checked, nothing else.
struct SubstitutionMembers {
  std::optional<StringPairs> names;
  struct Value {
    std::string key;
    AttributeValue value;
    std::optional<aws::ApiError> fault;
  };
  std::optional<std::vector<Value>> values;
  ValueLayer layer = ValueLayer::kCurrent;
};
aws::Result<SubstitutionMembers> read_substitutions(json::Value request, ValueLayer layer);

// Which members a request has, by name and in the order in which DynamoDB lists them (facts differ
// per operation; the caller passes only those that are present).
struct ExpressionMembers {
  std::vector<std::string_view> non_expression;  // {"AttributesToGet", "QueryFilter"}
  std::vector<std::string_view> expression;      // {"ProjectionExpression", "FilterExpression"}
  // One of the expressions present may hold values (all but projections).
  bool takes_values = false;
  // The older layer says which expressions there could have been: "ConditionExpression is null".
  std::string_view missing;
};
// Mixing both kinds, or names and values without an expression. Also checks for empty maps.
aws::Result<void> check_expression_members(const ExpressionMembers& members,
                                           const SubstitutionMembers& substitutions);

class Substitutions {
 public:
  Substitutions() = default;
  // Checks placeholders ("#a", ":v") and values. In the older layer the fault of a value names its
  // placeholder.
  static aws::Result<Substitutions> create(SubstitutionMembers members);
  // For tests and for callers inside the server, whose values are good.
  Substitutions(std::map<std::string, std::string, std::less<>> names,
                std::map<std::string, AttributeValue, std::less<>> values);

  // Marks it as used. Null if it is not defined.
  const std::string* use_name(std::string_view placeholder);
  const AttributeValue* use_value(std::string_view placeholder);

  // "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}".
  aws::Result<void> check_all_used() const;

 private:
  std::map<std::string, std::string, std::less<>> names_;
  std::map<std::string, AttributeValue, std::less<>> values_;
  std::vector<std::string> name_order_, value_order_;  // as sent
  std::set<std::string, std::less<>> used_;
};

}  // namespace millrace::dynamodb::expression
