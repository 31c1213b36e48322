#include "dynamodb/operation/transact_get_items.h"

#include "dynamodb/item/item_codec.h"
#include "dynamodb/operation/item_answer.h"
#include "dynamodb/operation/key_validation.h"
#include "dynamodb/operation/read_projection.h"
#include "dynamodb/operation/table_name.h"
#include "dynamodb/operation/throughput_meter.h"
#include "dynamodb/operation/transaction_answer.h"
#include "dynamodb/operation/transaction_input.h"
#include "dynamodb/operation/write_report.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr RequestLayer kLayer = RequestLayer::kOlder;

struct GetInput {
  std::optional<std::string> table_name;
  std::optional<ParsedItem> key;
  ProjectionMembers projection;
};

struct Input {
  std::optional<std::vector<std::optional<GetInput>>> gets;
  std::optional<std::string> return_consumed_capacity;
};

struct Get {
  table::TablePtr table;
  expression::ProjectionPtr projection;
};

struct Transaction {
  std::vector<table::ItemKey> keys;
  std::vector<Get> gets;
  CapacityDetail capacity = CapacityDetail::kNone;
};

GetInput read_get(RequestReader& reader) {
  return {reader.string("TableName"), reader.item("Key", value_layer(kLayer)),
          read_projection_members(reader, value_layer(kLayer))};
}

Input read_input(RequestReader& reader) {
  auto gets = reader.list("TransactItems", "TransactGetItem", [](RequestReader& element) {
    return element.structure("Get", "Get", read_get);
  });
  return {std::move(gets), reader.string("ReturnConsumedCapacity")};
}

aws::Result<void> check_members(const Input& input) {
  ConstraintList constraints;
  constraints.check_one_of(input.return_consumed_capacity, "returnConsumedCapacity",
                           kReturnConsumedCapacityValues);
  constraints.require(input.gets, "transactItems");
  if (input.gets) check_action_count(constraints, "TransactGetItem", input.gets->size());
  for (size_t i = 0; input.gets && i < input.gets->size(); ++i) {
    const auto& get = (*input.gets)[i];
    std::string path = "transactItems." + std::to_string(i + 1) + ".member.get";
    constraints.require(get, path);
    if (!get) continue;
    constraints.require(get->table_name, path + ".tableName");
    check_table_name(constraints, get->table_name, path + ".tableName");
    constraints.require(get->key, path + ".key");
  }
  return constraints.result();
}

aws::Result<void> check_targets(const Transaction& transaction) {
  TransactionTargets targets;
  for (const auto& key : transaction.keys) {
    MILLRACE_CHECK_OK(targets.add(*key.table, primary_key(*key.table, key.key)));
  }
  return {};
}

// Keys that do not fit the schema cancel the transaction; an empty key value does not.
aws::Result<void> check_keys(const Transaction& transaction) {
  for (size_t i = 0; i < transaction.keys.size(); ++i) {
    auto checked = check_key(*transaction.keys[i].table, transaction.keys[i].key);
    if (checked) continue;
    if (is_empty_key_value(checked.error())) return checked;
    return Unexpected(cancelled(transaction.keys.size(), {{i, std::move(checked).error()}}));
  }
  return {};
}

aws::Result<Transaction> prepare(const Dependencies& dependencies,
                                 const aws::RequestContext& context, const std::string& body) {
  MILLRACE_TRY(json::Document document, parse_request(body));
  MILLRACE_TRY(Input input, read_request(document.root(), read_input));
  MILLRACE_CHECK_OK(check_members(input));
  Transaction transaction;
  transaction.capacity = capacity_detail(input.return_consumed_capacity);
  for (auto& get : *input.gets) {
    MILLRACE_TRY(auto projection, parse_projection_members(get->projection, get->key->fault));
    transaction.gets.push_back({nullptr, std::move(projection)});
  }
  for (size_t i = 0; i < transaction.gets.size(); ++i) {
    GetInput& get = *(*input.gets)[i];
    MILLRACE_TRY(auto table, find_for_data(dependencies.catalog, context,
                                           plain_table_name(context, *get.table_name)));
    transaction.keys.push_back({table, std::move(get.key->item)});
    transaction.gets[i].table = std::move(table);
  }
  MILLRACE_CHECK_OK(check_targets(transaction));
  MILLRACE_CHECK_OK(check_keys(transaction));
  for (const Get& get : transaction.gets) {
    MILLRACE_CHECK_OK(check_projection(*get.table, get.projection));
  }
  MILLRACE_CHECK_OK(take_transaction_reads(dependencies, transaction.keys));
  return transaction;
}

// One element of Responses: without Item if there is none, or if nothing of it was asked for.
void append_response(std::string& out, const Get& get, const table::StoredItem& item) {
  if (!item.exists()) {
    out += "{}";
    return;
  }
  std::string text;
  append_projected(text, item.encoded(), get.projection);
  out += text == "{}" ? text : "{\"Item\":" + text + '}';
}

aws::Output answer_items(ThroughputMeter& meter, const Transaction& transaction,
                         const std::vector<table::StoredItem>& items) {
  std::string responses;
  TableCapacities capacities;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) responses += ',';
    const Get& get = transaction.gets[i];
    append_response(responses, get, items[i]);
    capacities[get.table->name].add_table(settle_transaction_read(meter, *get.table, items[i]));
  }
  ObjectWriter answer;
  answer.member("Responses") += '[' + responses + ']';
  add_capacities(answer, capacities, transaction.capacity, "ReadCapacityUnits");
  return to_output(std::move(answer));
}

}  // namespace

aws::OperationHandler transact_get_items(const Dependencies& dependencies) {
  return [dependencies](aws::ContextPtr context, const std::string& body, aws::Respond respond) {
    auto transaction = prepare(dependencies, *context, body);
    if (!transaction) {
      respond(Unexpected(std::move(transaction).error()));
      return;
    }
    auto keys = std::move(transaction->keys);
    dependencies.items.get(
        std::move(keys),
        [transaction = std::move(*transaction), meter = dependencies.meter,
         respond = std::move(respond)](aws::Result<std::vector<table::StoredItem>> items) mutable {
          if (!items) {
            respond(Unexpected(std::move(items).error()));
            return;
          }
          respond(answer_items(*meter, transaction, *items));
        },
        context->request_id);
  };
}

}  // namespace millrace::dynamodb::operation
