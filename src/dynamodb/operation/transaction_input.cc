#include "dynamodb/operation/transaction_input.h"

#include "base/encoding.h"
#include "base/limits.h"
#include "dynamodb/item/item_codec.h"
#include "dynamodb/operation/item_write.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr RequestLayer kLayer = RequestLayer::kOlder;
constexpr size_t kTokenLengthMax = 36;

struct Kind {
  WriteKind kind;
  std::string_view member;
  std::string_view path;  // the same as constraint messages spell it
};
constexpr Kind kKinds[] = {{WriteKind::kConditionCheck, "ConditionCheck", "conditionCheck"},
                           {WriteKind::kPut, "Put", "put"},
                           {WriteKind::kDelete, "Delete", "delete"},
                           {WriteKind::kUpdate, "Update", "update"}};

std::string_view path_of(WriteKind kind) {
  for (const Kind& each : kKinds) {
    if (each.kind == kind) return each.path;
  }
  return {};
}

void check_action(ConstraintList& constraints, const WriteInput& action, size_t index) {
  std::string path = "transactItems." + std::to_string(index + 1) + ".member." +
                     std::string(path_of(action.kind)) + '.';
  constraints.require(action.table_name, path + "tableName");
  check_table_name(constraints, action.table_name, path + "tableName");
  constraints.require(action.item, path + (action.kind == WriteKind::kPut ? "item" : "key"));
  if (action.kind == WriteKind::kUpdate) {
    constraints.require(action.update_expression, path + "updateExpression");
  }
  if (action.kind == WriteKind::kConditionCheck) {
    constraints.require(action.condition_expression, path + "conditionExpression");
  }
  constraints.check_one_of(action.return_old_on_failure,
                           path + "returnValuesOnConditionCheckFailure", kReturnOldOnFailureValues);
}

}  // namespace

TransactionInput read_transaction_input(RequestReader& reader) {
  TransactionInput input;
  input.actions = reader.list("TransactItems", "TransactWriteItem", [](RequestReader& element) {
    std::vector<WriteInput> members;
    for (const Kind& kind : kKinds) {
      auto action = element.structure(kind.member, kind.member, [&](RequestReader& inner) {
        return read_write_input(inner, kind.kind, kLayer);
      });
      if (action) members.push_back(std::move(*action));
    }
    return members;
  });
  input.token = reader.string("ClientRequestToken");
  if (auto actions = reader.object().find("TransactItems"); actions && input.token) {
    std::string text;
    append_json_text(text, *actions, MemberOrder::kSorted);
    input.digest = std::string(as_view(sha256(text)));
  }
  input.return_consumed_capacity = reader.string("ReturnConsumedCapacity");
  input.return_collection_metrics = reader.string("ReturnItemCollectionMetrics");
  return input;
}

void check_action_count(ConstraintList& constraints, std::string_view shape, size_t actions) {
  if (actions == 0) {
    constraints.add(broken_constraint("[]", "transactItems", length_at_least(1)));
  } else if (actions > limits::kTransactItemsMax) {
    constraints.add(broken_constraint(echoed_list(shape, actions), "transactItems",
                                      length_at_most(limits::kTransactItemsMax)));
  }
}

aws::Result<void> TransactionTargets::add(const table::Table& table, const Item& key) {
  if (seen_.insert({table.number, encode_item(key)}).second) return {};
  return aws::validation_error(
      "Transaction request cannot include multiple operations on one item");
}

aws::Result<void> check_constraints(const TransactionInput& input) {
  ConstraintList constraints;
  constraints.check_length(input.token, "clientRequestToken", 1, kTokenLengthMax);
  constraints.check_one_of(input.return_consumed_capacity, "returnConsumedCapacity",
                           kReturnConsumedCapacityValues);
  constraints.check_one_of(input.return_collection_metrics, "returnItemCollectionMetrics",
                           kReturnItemCollectionMetricsValues);
  constraints.require(input.actions, "transactItems");
  if (input.actions) {
    check_action_count(constraints, "TransactWriteItem", input.actions->size());
    for (size_t i = 0; i < input.actions->size(); ++i) {
      for (const auto& action : (*input.actions)[i]) check_action(constraints, action, i);
    }
  }
  return constraints.result();
}

aws::Result<std::vector<WriteExpressions>> parse_actions(TransactionInput& input) {
  std::vector<WriteExpressions> expressions;
  for (auto& members : *input.actions) {
    if (members.empty()) {
      return aws::validation_error(
          "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request");
    }
    if (members.size() > 1) {
      return aws::validation_error(
          "TransactItems can only contain one of Check, Put, Update or Delete");
    }
    WriteInput& action = members[0];
    MILLRACE_TRY(auto parsed, parse_write_expressions(action));
    if (action.kind == WriteKind::kPut) MILLRACE_CHECK_OK(check_item_size(action.item->item));
    expressions.push_back(std::move(parsed));
  }
  return expressions;
}

}  // namespace millrace::dynamodb::operation
