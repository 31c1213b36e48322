// The members of TransactWriteItems: read, and checked as far as no table is needed.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/write_input.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

struct TransactionInput {
  // The members that each element of TransactItems has; exactly one is right.
  std::optional<std::vector<std::vector<WriteInput>>> actions;
  std::optional<std::string> token, return_consumed_capacity, return_collection_metrics;
  std::string digest;  // the same for the same actions, whatever the order of their members
};

TransactionInput read_transaction_input(RequestReader& reader);

// Member constraints, all together.
aws::Result<void> check_constraints(const TransactionInput& input);

// Action by action, in order of the request: the first fault of any kind is the request's.
// REQUIRES: check_constraints() succeeded.
aws::Result<std::vector<WriteExpressions>> parse_actions(TransactionInput& input);

// How many actions a transaction has; shared with TransactGetItems.
void check_action_count(ConstraintList& constraints, std::string_view shape, size_t actions);

// The items that a transaction of any kind has named so far: each at most once.
class TransactionTargets {
 public:
  aws::Result<void> add(const table::Table& table, const Item& key);

 private:
  std::set<std::pair<uint64_t, std::string>> seen_;  // table number, encoded key
};

}  // namespace millrace::dynamodb::operation
