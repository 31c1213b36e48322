#include "dynamodb/operation/transact_get_items.h"

#include <map>

#include "dynamodb/item/item_codec.h"
#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/item_answer.h"
#include "dynamodb/operation/key_validation.h"
#include "dynamodb/operation/read_projection.h"
#include "dynamodb/operation/table_name.h"
#include "dynamodb/operation/transaction_answer.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr RequestLayer kLayer = RequestLayer::kOlder;

struct Get {
  std::optional<std::string> table_name;
  std::optional<ParsedItem> key;
  ProjectionMembers members;
  table::TablePtr table;
  expression::ProjectionPtr projection;
};

struct Input {
  std::optional<std::vector<std::optional<Get>>> gets;
  std::optional<std::string> return_consumed_capacity;
};

Input read_input(RequestReader& reader) {
  Input input;
  input.gets = reader.list(
      "TransactItems", "com.amazonaws.dynamodb.v20120810.TransactGetItem", [](RequestReader& item) {
        return item.structure("Get", "com.amazonaws.dynamodb.v20120810.Get",
                              [](RequestReader& inner) {
                                Get get;
                                get.table_name = inner.string("TableName");
                                get.key = inner.item("Key", value_layer(kLayer));
                                get.members = read_projection_members(inner, value_layer(kLayer));
                                return get;
                              });
      });
  input.return_consumed_capacity = reader.string("ReturnConsumedCapacity");
  return input;
}

aws::Result<void> check_members(const Input& input) {
  ConstraintList constraints;
  constraints.check_one_of(input.return_consumed_capacity, "returnConsumedCapacity",
                           kReturnConsumedCapacityValues);
  constraints.require(input.gets, "transactItems");
  if (input.gets && input.gets->empty()) {
    constraints.add(broken_constraint_at("TransactItems", length_at_least(1)));
  }
  if (input.gets && input.gets->size() > limits::kTransactItemsMax) {
    constraints.add(
        broken_constraint_at("TransactItems", length_at_most(limits::kTransactItemsMax)));
  }
  for (size_t i = 0; input.gets && i < input.gets->size(); ++i) {
    const auto& get = (*input.gets)[i];
    std::string path = "transactItems." + std::to_string(i + 1) + ".member.get";
    constraints.require(get, path);
    if (!get) continue;
    constraints.require(get->table_name, path + ".tableName");
    constraints.require(get->key, path + ".key");
  }
  return constraints.result();
}

struct Prepared {
  std::vector<Get> gets;
  CapacityDetail capacity;
};

aws::Result<Prepared> prepare(const Dependencies& dependencies, const aws::RequestContext& context,
                              const std::string& body) {
  MILLRACE_TRY(json::Document document, parse_request(body));
  MILLRACE_TRY(Input input, read_request(document.root(), read_input));
  MILLRACE_CHECK_OK(check_members(input));
  Prepared prepared;
  prepared.capacity = capacity_detail(input.return_consumed_capacity);
  for (auto& get : *input.gets) {
    MILLRACE_TRY(get->projection, parse_projection_members(get->members, get->key->fault));
    prepared.gets.push_back(std::move(*get));
  }
  for (size_t i = 0; i < prepared.gets.size(); ++i) {
    Get& get = prepared.gets[i];
    MILLRACE_TRY(get.table, find_for_data(dependencies.catalog, context,
                                          plain_table_name(context, *get.table_name)));
    auto key = check_key(*get.table, get.key->item);
    if (!key) return Unexpected(cancelled(prepared.gets.size(), {{i, std::move(key).error()}}));
    MILLRACE_CHECK_OK(check_projection(*get.table, get.projection));
  }
  return prepared;
}

aws::Output answer(const Prepared& prepared, const std::vector<table::StoredItem>& items) {
  std::string responses;
  std::map<std::string, ConsumedCapacity> capacities;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) responses += ',';
    const Get& get = prepared.gets[i];
    size_t bytes = 0;
    responses += '{';
    if (items[i].exists()) {
      bytes = encoded_item_size_bytes(items[i].encoded());
      responses += "\"Item\":";
      append_projected(responses, items[i].encoded(), get.projection);
    }
    responses += '}';
    capacities[get.table->name].add_table(read_units(bytes, ReadConsistency::kTransactional));
  }
  ObjectWriter writer;
  writer.member("Responses") += '[' + responses + ']';
  if (prepared.capacity != CapacityDetail::kNone) {
    std::string list;
    for (const auto& [name, capacity] : capacities) {
      if (!list.empty()) list += ',';
      capacity.append_json(list, name, prepared.capacity, "ReadCapacityUnits");
    }
    writer.member("ConsumedCapacity") += '[' + list + ']';
  }
  return to_output(std::move(writer));
}

}  // namespace

aws::OperationHandler transact_get_items(const Dependencies& dependencies) {
  return [dependencies](aws::ContextPtr context, const std::string& body, aws::Respond respond) {
    auto prepared = prepare(dependencies, *context, body);
    if (!prepared) {
      respond(Unexpected(std::move(prepared).error()));
      return;
    }
    std::vector<table::ItemKey> keys;
    for (const auto& get : prepared->gets) keys.push_back({get.table, get.key->item});
    dependencies.items.get(
        std::move(keys),
        [prepared = std::move(*prepared),
         respond = std::move(respond)](aws::Result<std::vector<table::StoredItem>> items) mutable {
          if (!items) {
            respond(Unexpected(std::move(items).error()));
            return;
          }
          respond(answer(prepared, *items));
        },
        context->request_id);
  };
}

}  // namespace millrace::dynamodb::operation
