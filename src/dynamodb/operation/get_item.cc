#include "dynamodb/operation/get_item.h"

#include "dynamodb/item/item_codec.h"
#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/item_answer.h"
#include "dynamodb/operation/key_validation.h"
#include "dynamodb/operation/read_projection.h"
#include "dynamodb/operation/table_name.h"
#include "dynamodb/operation/throughput_meter.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr RequestLayer kLayer = RequestLayer::kRead;

struct Input {
  std::optional<std::string> table_name;
  std::optional<ParsedItem> key;
  std::optional<bool> consistent;
  std::optional<std::string> return_consumed_capacity;
  ProjectionMembers projection;
};

struct Read {
  table::TablePtr table;
  Item key;
  expression::ProjectionPtr projection;
  ReadConsistency consistency;
  CapacityDetail capacity;
};

Input read_input(RequestReader& reader) {
  Input input;
  input.table_name = reader.string("TableName");
  input.key = reader.item("Key", value_layer(kLayer));
  input.projection = read_projection_members(reader, value_layer(kLayer));
  input.consistent = reader.boolean("ConsistentRead");
  input.return_consumed_capacity = reader.string("ReturnConsumedCapacity");
  return input;
}

aws::Result<Read> prepare(const Dependencies& dependencies, const aws::RequestContext& context,
                          const std::string& body) {
  MILLRACE_TRY(json::Document document, parse_request(body));
  MILLRACE_TRY(Input input, read_request(document.root(), read_input));
  MILLRACE_TRY(std::string name, data_table_name(context, kLayer, input.table_name));
  ConstraintList constraints;
  constraints.check_one_of(input.return_consumed_capacity, "returnConsumedCapacity",
                           kReturnConsumedCapacityValues);
  if (input.projection.attributes_to_get && input.projection.attributes_to_get->empty()) {
    constraints.add(broken_constraint("[]", "attributesToGet", length_at_least(1)));
  }
  constraints.require(input.key, "key");
  MILLRACE_CHECK_OK(constraints.result());
  Read read;
  MILLRACE_TRY(read.projection, parse_projection_members(input.projection, input.key->fault));
  MILLRACE_TRY(read.table, find_for_data(dependencies.catalog, context, name));
  MILLRACE_CHECK_OK(check_key(*read.table, input.key->item));
  MILLRACE_CHECK_OK(check_projection(*read.table, read.projection));
  read.key = std::move(input.key->item);
  read.consistency =
      input.consistent.value_or(false) ? ReadConsistency::kStrong : ReadConsistency::kEventual;
  read.capacity = capacity_detail(input.return_consumed_capacity);
  MILLRACE_CHECK_OK(
      dependencies.meter->take_read(*read.table, nullptr, read_units(0, read.consistency)));
  return read;
}

aws::Output answer_read(ThroughputMeter& meter, const Read& read, const table::StoredItem& item) {
  ObjectWriter answer;
  if (item.exists()) append_projected(answer.member("Item"), item.encoded(), read.projection);
  ConsumedCapacity capacity;
  size_t bytes = item.exists() ? encoded_item_size_bytes(item.encoded()) : 0;
  capacity.add_table(read_units(bytes, read.consistency));
  meter.settle_read(*read.table, nullptr, capacity, read_units(0, read.consistency));
  if (read.capacity != CapacityDetail::kNone) {
    capacity.append_json(answer.member("ConsumedCapacity"), read.table->name, read.capacity);
  }
  return to_output(std::move(answer));
}

}  // namespace

aws::OperationHandler get_item(const Dependencies& dependencies) {
  return [dependencies](aws::ContextPtr context, const std::string& body, aws::Respond respond) {
    auto read = prepare(dependencies, *context, body);
    if (!read) {
      respond(Unexpected(std::move(read).error()));
      return;
    }
    std::vector<table::ItemKey> keys = {{read->table, read->key}};
    dependencies.items.get(
        std::move(keys),
        [read = std::move(*read), meter = dependencies.meter,
         respond = std::move(respond)](aws::Result<std::vector<table::StoredItem>> items) mutable {
          if (!items) {
            respond(Unexpected(std::move(items).error()));
            return;
          }
          respond(answer_read(*meter, read, items->front()));
        },
        context->request_id);
  };
}

}  // namespace millrace::dynamodb::operation
