#include "dynamodb/operation/batch_get_item.h"

#include <set>

#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/item_json.h"
#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/item_answer.h"
#include "dynamodb/operation/key_validation.h"
#include "dynamodb/operation/read_projection.h"
#include "dynamodb/operation/table_name.h"
#include "dynamodb/operation/throughput_meter.h"
#include "dynamodb/operation/write_report.h"

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
  CapacityDetail capacity;
  size_t response_bytes_max;
  std::shared_ptr<ThroughputMeter> meter;
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
  std::optional<std::vector<TableKeys>> tables;
  std::optional<std::string> return_consumed_capacity;
};

Input read_input(RequestReader& reader) {
  Input input;
  input.return_consumed_capacity = reader.string("ReturnConsumedCapacity");
  auto map = reader.keep(read_map(reader.object(), "RequestItems",
                                  "com.amazonaws.dynamodb.v20120810.KeysAndAttributes"));
  if (!map) return input;
  input.tables.emplace();
  RequestReader tables(*map, reader.error());
  for (const auto member : map->members()) {
    auto table = tables.structure(member.name, "KeysAndAttributes", read_table);
    if (!table) continue;
    table->name = member.name;
    input.tables->push_back(std::move(*table));
  }
  return input;
}

aws::Result<void> check_members(const Input& input, json::Value root) {
  ConstraintList constraints;
  constraints.check_one_of(input.return_consumed_capacity, "returnConsumedCapacity",
                           kReturnConsumedCapacityValues);
  if (!input.tables) constraints.require(input.tables, "requestItems");
  if (input.tables && input.tables->empty()) {
    constraints.add(broken_constraint_at("RequestItems", length_at_least(1)));
  }
  bool bad_name = false;
  for (const auto& table : input.tables.value_or(std::vector<TableKeys>{})) {
    ConstraintList name;
    check_table_name(name, table.name, "requestItems");
    bad_name |= !name.empty();
    std::string path = "RequestItems." + table.name + ".member.Keys";
    if (table.keys.empty()) constraints.add(broken_constraint_at(path, length_at_least(1)));
    if (table.keys.size() > limits::kBatchGetKeysMax) {
      constraints.add(broken_constraint_at(path, length_at_most(limits::kBatchGetKeysMax)));
    }
  }
  if (bad_name) {
    std::string echo;
    append_json_text(echo, *root.find("RequestItems"));
    constraints.add(broken_constraint(echo, "requestItems", map_keys_are_table_names()));
  }
  return constraints.result();
}

// What needs no table, table by table.
aws::Result<void> parse_tables(std::vector<TableKeys>& tables) {
  size_t total = 0;
  for (auto& table : tables) {
    MILLRACE_TRY(table.projection, parse_projection_members(table.members, std::nullopt));
    std::set<std::string> seen;
    for (const auto& key : table.keys) {
      if (key.fault) return Unexpected(*key.fault);
      if (!seen.insert(encode_item(key.item)).second) {
        return aws::validation_error("Provided list of item keys contains duplicates");
      }
    }
    total += table.keys.size();
  }
  if (total > limits::kBatchGetKeysMax) {
    return aws::validation_error("Too many items requested for the BatchGetItem call");
  }
  return {};
}

aws::Result<Batch> prepare(const Dependencies& dependencies, const aws::RequestContext& context,
                           const std::string& body) {
  MILLRACE_TRY(json::Document document, parse_request(body));
  MILLRACE_TRY(Input input, read_request(document.root(), read_input));
  MILLRACE_CHECK_OK(check_members(input, document.root()));
  Batch batch{std::move(*input.tables), capacity_detail(input.return_consumed_capacity),
              dependencies.batch_response_bytes, dependencies.meter};
  MILLRACE_CHECK_OK(parse_tables(batch.tables));
  for (auto& table : batch.tables) {
    MILLRACE_TRY(table.table, find_for_data(dependencies.catalog, context,
                                            plain_table_name(context, table.name)));
  }
  for (auto& table : batch.tables) {
    for (const auto& key : table.keys) MILLRACE_CHECK_OK(check_key(*table.table, key.item));
    MILLRACE_CHECK_OK(check_projection(*table.table, table.projection));
  }
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

// What an answer has room and throughput for.
struct Taken {
  size_t keys = 0;
  size_t bytes = 0;
  std::optional<aws::ApiError> throttled;  // the first time that throughput was used up
};

// The items of one table until the response is full or the table throttled. Returns how many of its
// keys were read.
size_t append_items(std::string& list, const Batch& batch, const TableKeys& table,
                    const table::StoredItem* items, Taken& taken, ConsumedCapacity& capacity) {
  auto consistency = table.consistent ? ReadConsistency::kStrong : ReadConsistency::kEventual;
  size_t i = 0;
  for (; i < table.keys.size() && taken.bytes < batch.response_bytes_max; ++i) {
    const table::StoredItem& item = items[i];
    size_t size = item.exists() ? encoded_item_size_bytes(item.encoded()) : 0;
    double units = read_units(size, consistency);
    if (auto admitted = batch.meter->take_read(*table.table, nullptr, units); !admitted) {
      if (!taken.throttled) taken.throttled = std::move(admitted).error();
      break;
    }
    taken.bytes += size;
    capacity.add_table(units);
    if (!item.exists()) continue;
    if (!list.empty()) list += ',';
    append_projected(list, item.encoded(), table.projection);
  }
  taken.keys += i;
  return i;
}

aws::Result<aws::Output> answer_items(const Batch& batch,
                                      const std::vector<table::StoredItem>& items) {
  ObjectWriter responses, unprocessed;
  TableCapacities capacities;
  size_t first = 0;
  Taken taken;
  for (const auto& table : batch.tables) {
    std::string list;
    size_t read = append_items(list, batch, table, items.data() + first, taken,
                               capacities[table.table->name]);
    first += table.keys.size();
    responses.member(table.name) += '[' + list + ']';
    if (read < table.keys.size()) {
      unprocessed.member(table.name) += unprocessed_json(table, read);
    }
  }
  if (taken.keys == 0 && taken.throttled) return Unexpected(std::move(*taken.throttled));
  ObjectWriter answer;
  answer.member("Responses") += std::move(responses).finish();
  answer.member("UnprocessedKeys") += std::move(unprocessed).finish();
  add_capacities(answer, capacities, batch.capacity);
  return to_output(std::move(answer));
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
          respond(answer_items(batch, *items));
        },
        context->request_id);
  };
}

}  // namespace millrace::dynamodb::operation
