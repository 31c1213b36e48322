// Which keys a condition asks for. Pure functions. The ranges only narrow what is read: the whole
// condition still decides about each item.
#pragma once

#include <optional>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/expression/condition_node.h"
#include "dynamodb/expression/key_condition.h"
#include "dynamodb/item/attribute_value.h"
#include "dynamodb/partiql/statement.h"

namespace millrace::dynamodb::partiql {

// The ranges that hold every item for which `where` can be true, none overlapping another; empty if
// some partition key values are possible that the condition does not name: then all is to be read.
// REQUIRES: the schema has one partition key attribute and at most one sort key attribute.
// Errors: ValidationException for key values of a wrong type, two conditions on one sort key,
// branches of an OR that overlap, too many values.
aws::Result<std::vector<expression::KeyRange>> plan_ranges(const expression::ConditionNode* where,
                                                           const expression::KeySchema& schema);

// Puts ranges in the order asked for; whether each is to be read backwards. Errors:
// ValidationException.
aws::Result<bool> order_ranges(std::vector<expression::KeyRange>& ranges,
                               const expression::KeySchema& schema, const Statement& statement);

// The key that `where` demands to be equal, whatever else it says; nothing if it leaves a key
// attribute open.
std::optional<Item> full_key(const expression::ConditionNode* where,
                             const expression::KeySchema& schema);

// Whether `where` demands anything besides the values of the key attributes. REQUIRES: it has a
// full key.
bool says_more_than_key(const expression::ConditionNode& where,
                        const expression::KeySchema& schema);

}  // namespace millrace::dynamodb::partiql
