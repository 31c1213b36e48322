#include "dynamodb/operation/transact_write_items.h"

#include <map>
#include <set>

#include "base/encoding.h"
#include "dynamodb/item/item_codec.h"
#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/item_answer.h"
#include "dynamodb/operation/item_write.h"
#include "dynamodb/operation/table_name.h"
#include "dynamodb/operation/transaction_answer.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr RequestLayer kLayer = RequestLayer::kOlder;
constexpr size_t kTransactionBytesMax = 4 * 1024 * 1024;  // AWS: items of one transaction

struct Kind {
  WriteKind kind;
  std::string_view member;
};
constexpr Kind kKinds[] = {{WriteKind::kConditionCheck, "ConditionCheck"},
                           {WriteKind::kPut, "Put"},
                           {WriteKind::kDelete, "Delete"},
                           {WriteKind::kUpdate, "Update"}};

struct Input {
  std::optional<std::vector<std::vector<WriteInput>>> actions;  // exactly one of each is right
  std::optional<std::string> token, return_consumed_capacity, return_collection_metrics;
  std::string actions_json;
};

Input read_input(RequestReader& reader) {
  Input input;
  input.actions = reader.list(
      "TransactItems", "com.amazonaws.dynamodb.v20120810.TransactWriteItem",
      [](RequestReader& item) {
        std::vector<WriteInput> members;
        for (const Kind& kind : kKinds) {
          auto action = item.structure(
              kind.member, "com.amazonaws.dynamodb.v20120810." + std::string(kind.member),
              [&](RequestReader& inner) { return read_write_input(inner, kind.kind, kLayer); });
          if (action) members.push_back(std::move(*action));
        }
        return members;
      });
  if (auto list = reader.object().find("TransactItems"))
    append_json_text(input.actions_json, *list);
  input.token = reader.string("ClientRequestToken");
  input.return_consumed_capacity = reader.string("ReturnConsumedCapacity");
  input.return_collection_metrics = reader.string("ReturnItemCollectionMetrics");
  return input;
}

std::string action_path(size_t index, WriteKind kind) {
  static const std::map<WriteKind, std::string> kNames = {
      {WriteKind::kConditionCheck, "conditionCheck"},
      {WriteKind::kPut, "put"},
      {WriteKind::kDelete, "delete"},
      {WriteKind::kUpdate, "update"}};
  return "transactItems." + std::to_string(index + 1) + ".member." + kNames.at(kind) + '.';
}

aws::Result<void> check_members(const Input& input) {
  ConstraintList constraints;
  if (input.token && (input.token->empty() || input.token->size() > 36)) {
    constraints.add(broken_constraint_at(
        "ClientRequestToken", input.token->empty() ? length_at_least(1) : length_at_most(36)));
  }
  constraints.check_one_of(input.return_consumed_capacity, "returnConsumedCapacity",
                           kReturnConsumedCapacityValues);
  constraints.check_one_of(input.return_collection_metrics, "returnItemCollectionMetrics",
                           kReturnItemCollectionMetricsValues);
  constraints.require(input.actions, "transactItems");
  if (input.actions && input.actions->empty()) {
    constraints.add(broken_constraint_at("TransactItems", length_at_least(1)));
  }
  if (input.actions && input.actions->size() > limits::kTransactItemsMax) {
    constraints.add(
        broken_constraint_at("TransactItems", length_at_most(limits::kTransactItemsMax)));
  }
  for (size_t i = 0; input.actions && i < input.actions->size(); ++i) {
    for (const WriteInput& action : (*input.actions)[i]) {
      std::string path = action_path(i, action.kind);
      constraints.require(action.table_name, path + "tableName");
      constraints.require(action.item, path + (action.kind == WriteKind::kPut ? "item" : "key"));
      if (action.kind == WriteKind::kUpdate) {
        constraints.require(action.update_expression, path + "updateExpression");
      }
      if (action.kind == WriteKind::kConditionCheck) {
        constraints.require(action.condition_expression, path + "conditionExpression");
      }
      constraints.check_one_of(action.return_old_on_failure,
                               path + "returnValuesOnConditionCheckFailure",
                               kReturnOldOnFailureValues);
    }
  }
  return constraints.result();
}

struct Prepared {
  std::shared_ptr<std::vector<table::ItemWrite>> writes;
  table::IdempotencyToken token;
  CapacityDetail capacity;
  bool collection_metrics;
};

// The writes; faults that only the table's schema shows cancel the transaction.
aws::Result<void> make_writes(const Dependencies& dependencies, const aws::RequestContext& context,
                              Input& input, std::vector<WriteExpressions>& expressions,
                              Prepared& prepared) {
  std::vector<table::TablePtr> tables;
  for (auto& members : *input.actions) {
    MILLRACE_TRY(auto table, find_for_data(dependencies.catalog, context,
                                           plain_table_name(context, *members[0].table_name)));
    tables.push_back(std::move(table));
  }
  std::set<std::pair<uint64_t, std::string>> targets;
  for (size_t i = 0; i < tables.size(); ++i) {
    auto write = make_write(tables[i], (*input.actions)[i][0], std::move(expressions[i]));
    if (!write) {
      bool empty_key = write.error().message.find("cannot contain an empty") != std::string::npos;
      if (empty_key) return Unexpected(std::move(write).error());
      return Unexpected(cancelled(tables.size(), {{i, std::move(write).error()}}));
    }
    if (!targets.insert({tables[i]->number, encode_item(write->key)}).second) {
      return aws::validation_error(
          "Transaction request cannot include multiple operations on one item");
    }
    prepared.writes->push_back(std::move(*write));
  }
  return {};
}

aws::Result<Prepared> prepare(const Dependencies& dependencies, const aws::RequestContext& context,
                              const std::string& body) {
  MILLRACE_TRY(json::Document document, parse_request(body));
  MILLRACE_TRY(Input input, read_request(document.root(), read_input));
  MILLRACE_CHECK_OK(check_members(input));
  std::vector<WriteExpressions> expressions;
  size_t bytes = 0;
  for (auto& members : *input.actions) {
    if (members.size() != 1) {
      return aws::validation_error(
          "TransactItems can only contain one of Check, Put, Update or Delete");
    }
    WriteInput& action = members[0];
    MILLRACE_TRY(auto parsed, parse_write_expressions(action));
    expressions.push_back(std::move(parsed));
    if (action.kind == WriteKind::kPut) {
      MILLRACE_CHECK_OK(check_item_size(action.item->item));
      bytes += item_size_bytes(action.item->item);
    }
  }
  if (bytes > kTransactionBytesMax) {
    return aws::validation_error(
        "Collection size of items exceeded, which can also be caused by the aggregate size of the "
        "items in the transaction exceeding the 4MB limit");
  }
  Prepared prepared;
  prepared.writes = std::make_shared<std::vector<table::ItemWrite>>();
  prepared.capacity = capacity_detail(input.return_consumed_capacity);
  prepared.collection_metrics = input.return_collection_metrics == "SIZE";
  if (input.token) {
    prepared.token =
        table::IdempotencyToken(*input.token, std::string(as_view(sha256(input.actions_json))));
  }
  MILLRACE_CHECK_OK(make_writes(dependencies, context, input, expressions, prepared));
  return prepared;
}

aws::Output answer(const Prepared& prepared, const std::vector<table::WriteOutcome>& outcomes) {
  ObjectWriter writer;
  std::map<std::string, ConsumedCapacity> capacities;
  std::map<std::string, std::string> metrics;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const table::Table& table = *(*prepared.writes)[i].table;
    capacities[table.name].add_write(table, outcomes[i], 2);
    if (prepared.collection_metrics && has_item_collections(table)) {
      std::string& list = metrics[table.name];
      if (!list.empty()) list += ',';
      append_collection_metrics(list, table, (*prepared.writes)[i].key);
    }
  }
  if (prepared.capacity != CapacityDetail::kNone) {
    std::string list;
    for (const auto& [name, capacity] : capacities) {
      if (!list.empty()) list += ',';
      capacity.append_json(list, name, prepared.capacity, "WriteCapacityUnits");
    }
    writer.member("ConsumedCapacity") += '[' + list + ']';
  }
  if (!metrics.empty()) {
    ObjectWriter tables;
    for (const auto& [name, list] : metrics) tables.member(name) += '[' + list + ']';
    writer.member("ItemCollectionMetrics") += std::move(tables).finish();
  }
  return to_output(std::move(writer));
}

}  // namespace

aws::OperationHandler transact_write_items(const Dependencies& dependencies) {
  return [dependencies](aws::ContextPtr context, const std::string& body, aws::Respond respond) {
    auto prepared = prepare(dependencies, *context, body);
    if (!prepared) {
      respond(Unexpected(std::move(prepared).error()));
      return;
    }
    auto writes = prepared->writes;
    auto token = prepared->token;
    dependencies.items.write(
        std::move(writes), context->request_id, std::move(token),
        [prepared = std::move(*prepared),
         respond = std::move(respond)](table::WriteResult result) mutable {
          if (!result) {
            respond(Unexpected(cancelled(prepared.writes->size(), std::move(result).error())));
            return;
          }
          respond(answer(prepared, *result));
        });
  };
}

}  // namespace millrace::dynamodb::operation
