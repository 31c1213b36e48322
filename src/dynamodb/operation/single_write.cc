#include "dynamodb/operation/single_write.h"

#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/item_json.h"
#include "dynamodb/operation/item_answer.h"
#include "dynamodb/operation/item_write.h"
#include "dynamodb/operation/run_writes.h"
#include "dynamodb/operation/table_name.h"
#include "dynamodb/operation/write_constraints.h"

namespace millrace::dynamodb::operation {
namespace {

struct SingleWrite {
  std::shared_ptr<std::vector<table::ItemWrite>> writes;  // one
  expression::UpdatePtr update;
  std::string return_values;
  CapacityDetail capacity;
  bool collection_metrics;
};

aws::Result<SingleWrite> prepare(const Dependencies& dependencies, WriteKind kind,
                                 const aws::RequestContext& context, const std::string& body) {
  MILLRACE_TRY(json::Document document, parse_request(body));
  MILLRACE_TRY(WriteInput input, read_request(document.root(), [&](RequestReader& reader) {
                 return read_write_input(reader, kind, RequestLayer::kSingleWrite);
               }));
  MILLRACE_TRY(std::string name, check_write_constraints(context, input));
  MILLRACE_TRY(WriteExpressions expressions, parse_write_expressions(input));
  if (kind != WriteKind::kUpdate) MILLRACE_CHECK_OK(check_returns_old_or_none(input));
  if (kind == WriteKind::kPut) MILLRACE_CHECK_OK(check_item_size(input.item->item));
  MILLRACE_TRY(table::TablePtr table, find_for_data(dependencies.catalog, context, name));
  SingleWrite prepared;
  prepared.update = expressions.update;
  prepared.return_values = input.return_values.value_or("NONE");
  prepared.capacity = capacity_detail(input.return_consumed_capacity);
  prepared.collection_metrics =
      input.return_collection_metrics == "SIZE" && has_item_collections(*table);
  MILLRACE_TRY(auto write, make_write(std::move(table), input, std::move(expressions)));
  prepared.writes = std::make_shared<std::vector<table::ItemWrite>>();
  prepared.writes->push_back(std::move(write));
  return prepared;
}

// ReturnValues: the item before or after, or the part of it that the update named.
void add_attributes(ObjectWriter& answer, const SingleWrite& write,
                    const table::WriteOutcome& outcome) {
  const std::string& wanted = write.return_values;
  bool is_new = wanted == "ALL_NEW" || wanted == "UPDATED_NEW";
  const table::StoredItem& image = is_new ? outcome.new_item : outcome.old_item;
  if (wanted == "NONE" || !image.exists()) return;
  if (wanted == "ALL_OLD" || wanted == "ALL_NEW") {
    append_encoded_item_json(answer.member("Attributes"), image.encoded());
    return;
  }
  if (write.update == nullptr) return;
  Item touched = write.update->touched(image.item());
  if (!touched.empty()) append_json(answer.member("Attributes"), touched);
}

aws::Output answer_write(const SingleWrite& write, const table::WriteOutcome& outcome) {
  ObjectWriter answer;
  add_attributes(answer, write, outcome);
  const table::ItemWrite& done = write.writes->front();
  const table::Table& table = *done.table;
  if (write.capacity != CapacityDetail::kNone) {
    ConsumedCapacity capacity;
    capacity.add_write(table, outcome);
    capacity.append_json(answer.member("ConsumedCapacity"), table.name, write.capacity);
  }
  if (write.collection_metrics) {
    append_collection_metrics(answer.member("ItemCollectionMetrics"), table, done.key);
  }
  return to_output(std::move(answer));
}

}  // namespace

void run_single_write(const Dependencies& dependencies, WriteKind kind, aws::ContextPtr context,
                      const std::string& body, aws::Respond respond) {
  auto prepared = prepare(dependencies, kind, *context, body);
  if (!prepared) {
    respond(Unexpected(std::move(prepared).error()));
    return;
  }
  auto writes = prepared->writes;
  run_writes(dependencies, std::move(writes), WriteScope::kSingle, context->request_id, {},
             [write = std::move(*prepared),
              respond = std::move(respond)](table::WriteResult result) mutable {
               if (!result) {
                 respond(Unexpected(std::move(result.error().front().error)));
                 return;
               }
               respond(answer_write(write, result->front()));
             });
}

}  // namespace millrace::dynamodb::operation
