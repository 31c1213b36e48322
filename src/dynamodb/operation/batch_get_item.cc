#include "dynamodb/operation/batch_get_item.h"

#include <map>
#include <set>

#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/item_json.h"
#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/item_answer.h"
#include "dynamodb/operation/key_validation.h"
#include "dynamodb/operation/read_projection.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr RequestLayer kLayer = RequestLayer::kRead;

struct TableKeys {
  std::string name;  // as the request writes it, which the answer repeats
  std::vector<ParsedItem> keys;
  bool consistent = false;
  ProjectionMembers members;
  table::TablePtr table;
  expression::ProjectionPtr projection;
  // The members to send back with keys that were not read: Keys excluded.
  std::string settings_json;
};

struct Batch {
  std::vector<TableKeys> tables;
  CapacityDetail capacity = CapacityDetail::kNone;
  size_t response_bytes_max = 0;
};

std::string settings_of(json::Value request) {
  std::string text;
  for (const auto member : request.members()) {
    if (member.name == "Keys" || member.value.is(json::Kind::kNull)) continue;
    text += ',';
    append_json_string(text, member.name);
    text += ':';
    append_json_text(text, member.value);
  }
  return text;
}

TableKeys read_table(RequestReader& reader) {
  TableKeys input;
  if (auto keys = reader.keep(read_list(reader.object(), "Keys"))) {
    for (json::Value key : keys->elements()) {
      auto parsed = parse_item(key, value_layer(kLayer));
      if (!parsed) {
        reader.accept(Unexpected(std::move(parsed).error()));
        break;
      }
      input.keys.push_back(std::move(*parsed));
    }
  }
  input.consistent = reader.boolean("ConsistentRead").value_or(false);
  input.members = read_projection_members(reader, value_layer(kLayer));
  input.settings_json = settings_of(reader.object());
  return input;
}

struct Input {
  std::vector<TableKeys> tables;
  std::optional<std::string> return_consumed_capacity;
};

Input read_input(RequestReader& reader) {
  Input input;
  auto map = reader.keep(read_map(reader.object(), "RequestItems",
                                  "com.amazonaws.dynamodb.v20120810.KeysAndAttributes"));
  if (map) {
    std::optional<aws::ApiError> error;
    for (const auto member : map->members()) {
      if (!reader.accept(check_structure(member.value,
                                         "com.amazonaws.dynamodb.v20120810.KeysAndAttributes"))) {
        return input;
      }
      RequestReader nested(member.value, error);
      input.tables.push_back(read_table(nested));
      input.tables.back().name = member.name;
    }
    if (error) reader.accept(Unexpected(std::move(*error)));
  }
  input.return_consumed_capacity = reader.string("ReturnConsumedCapacity");
  return input;
}

aws::Result<void> check_sizes(const Input& input) {
  ConstraintList constraints;
  constraints.check_one_of(input.return_consumed_capacity, "returnConsumedCapacity",
                           kReturnConsumedCapacityValues);
  if (input.tables.empty()) {
    constraints.add(broken_constraint_at("RequestItems", length_at_least(1)));
  }
  size_t total = 0;
  for (const auto& table : input.tables) {
    std::string path = "RequestItems." + table.name + ".member.Keys";
    if (table.keys.empty()) constraints.add(broken_constraint_at(path, length_at_least(1)));
    if (table.keys.size() > limits::kBatchGetKeysMax) {
      constraints.add(broken_constraint_at(path, length_at_most(limits::kBatchGetKeysMax)));
    }
    total += table.keys.size();
  }
  MILLRACE_CHECK_OK(constraints.result());
  if (total > limits::kBatchGetKeysMax) {
    return aws::validation_error("Too many items requested for the BatchGetItem call");
  }
  return {};
}

aws::Result<Batch> prepare(const Dependencies& dependencies, const aws::RequestContext& context,
                           const std::string& body) {
  MILLRACE_TRY(json::Document document, parse_request(body));
  MILLRACE_TRY(Input input, read_request(document.root(), read_input));
  MILLRACE_CHECK_OK(check_sizes(input));
  Batch batch;
  batch.capacity = capacity_detail(input.return_consumed_capacity);
  batch.response_bytes_max = dependencies.batch_response_bytes;
  for (auto& table : input.tables) {
    std::optional<aws::ApiError> fault;
    for (auto& key : table.keys) {
      if (key.fault && !fault) fault = key.fault;
    }
    MILLRACE_TRY(table.projection, parse_projection_members(table.members, fault));
  }
  for (auto& table : input.tables) {
    MILLRACE_TRY(table.table, find_for_data(dependencies.catalog, context,
                                            plain_table_name(context, table.name)));
    MILLRACE_CHECK_OK(check_projection(*table.table, table.projection));
    std::set<std::string> seen;
    for (const auto& key : table.keys) {
      MILLRACE_CHECK_OK(check_key(*table.table, key.item));
      if (!seen.insert(encode_item(key.item)).second) {
        return aws::validation_error("Provided list of item keys contains duplicates");
      }
    }
  }
  batch.tables = std::move(input.tables);
  return batch;
}

std::string unprocessed_json(const TableKeys& table, size_t from) {
  std::string text = "{\"Keys\":[";
  for (size_t i = from; i < table.keys.size(); ++i) {
    if (i > from) text += ',';
    append_json(text, table.keys[i].item);
  }
  return text + ']' + table.settings_json + '}';
}

aws::Output answer(const Batch& batch, const std::vector<table::StoredItem>& items) {
  ObjectWriter responses, unprocessed;
  std::string capacities;
  size_t at = 0, bytes = 0;
  for (const auto& table : batch.tables) {
    std::string list;
    double units = 0;
    size_t taken = 0;
    for (; taken < table.keys.size() && bytes < batch.response_bytes_max; ++taken) {
      const table::StoredItem& item = items[at + taken];
      size_t size = item.exists() ? encoded_item_size_bytes(item.encoded()) : 0;
      bytes += size;
      units += read_units(size,
                          table.consistent ? ReadConsistency::kStrong : ReadConsistency::kEventual);
      if (!item.exists()) continue;
      if (!list.empty()) list += ',';
      append_projected(list, item.encoded(), table.projection);
    }
    at += table.keys.size();
    responses.member(table.name) += '[' + list + ']';
    if (taken < table.keys.size()) {
      unprocessed.member(table.name) += unprocessed_json(table, taken);
    }
    if (batch.capacity != CapacityDetail::kNone) {
      ConsumedCapacity capacity;
      capacity.add_table(units);
      if (!capacities.empty()) capacities += ',';
      capacity.append_json(capacities, table.table->name, batch.capacity);
    }
  }
  ObjectWriter writer;
  writer.member("Responses") += std::move(responses).finish();
  writer.member("UnprocessedKeys") += std::move(unprocessed).finish();
  if (!capacities.empty()) writer.member("ConsumedCapacity") += '[' + capacities + ']';
  return to_output(std::move(writer));
}

}  // namespace

aws::OperationHandler batch_get_item(const Dependencies& dependencies) {
  return [dependencies](aws::ContextPtr context, const std::string& body, aws::Respond respond) {
    auto batch = prepare(dependencies, *context, body);
    if (!batch) {
      respond(Unexpected(std::move(batch).error()));
      return;
    }
    std::vector<table::ItemKey> keys;
    for (const auto& table : batch->tables) {
      for (const auto& key : table.keys) keys.push_back({table.table, key.item});
    }
    dependencies.items.get(
        std::move(keys),
        [batch = std::move(*batch),
         respond = std::move(respond)](aws::Result<std::vector<table::StoredItem>> items) mutable {
          if (!items) {
            respond(Unexpected(std::move(items).error()));
            return;
          }
          respond(answer(batch, *items));
        },
        context->request_id);
  };
}

}  // namespace millrace::dynamodb::operation
