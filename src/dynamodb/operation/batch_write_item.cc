#include "dynamodb/operation/batch_write_item.h"

#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "dynamodb/item/item_codec.h"
#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/item_answer.h"
#include "dynamodb/operation/item_write.h"
#include "dynamodb/operation/key_validation.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr RequestLayer kLayer = RequestLayer::kOlder;
constexpr std::string_view kShape = "com.amazonaws.dynamodb.v20120810.WriteRequest";

struct WriteRequest {
  std::optional<ParsedItem> put;
  std::optional<ParsedItem> remove;
};

struct TableRequests {
  std::string name;
  std::vector<WriteRequest> requests;
};

struct Input {
  std::vector<TableRequests> tables;
  std::optional<std::string> return_consumed_capacity, return_collection_metrics;
};

WriteRequest read_write(RequestReader& reader) {
  WriteRequest request;
  auto layer = value_layer(kLayer);
  request.put = reader
                    .structure("PutRequest", "com.amazonaws.dynamodb.v20120810.PutRequest",
                               [layer](RequestReader& inner) { return inner.item("Item", layer); })
                    .value_or(std::nullopt);
  request.remove =
      reader
          .structure("DeleteRequest", "com.amazonaws.dynamodb.v20120810.DeleteRequest",
                     [layer](RequestReader& inner) { return inner.item("Key", layer); })
          .value_or(std::nullopt);
  return request;
}

Input read_input(RequestReader& reader) {
  Input input;
  auto map = reader.keep(read_map(reader.object(), "RequestItems", "java.util.List"));
  if (map) {
    RequestReader tables(*map, reader.error());
    for (const auto member : map->members()) {
      TableRequests table{std::string(member.name), {}};
      table.requests =
          tables.list(member.name, kShape, read_write).value_or(std::vector<WriteRequest>());
      input.tables.push_back(std::move(table));
    }
  }
  input.return_consumed_capacity = reader.string("ReturnConsumedCapacity");
  input.return_collection_metrics = reader.string("ReturnItemCollectionMetrics");
  return input;
}

aws::Result<void> check_sizes(const Input& input) {
  ConstraintList constraints;
  constraints.check_one_of(input.return_consumed_capacity, "returnConsumedCapacity",
                           kReturnConsumedCapacityValues);
  constraints.check_one_of(input.return_collection_metrics, "returnItemCollectionMetrics",
                           kReturnItemCollectionMetricsValues);
  if (input.tables.empty()) {
    constraints.add(broken_constraint_at("RequestItems", length_at_least(1)));
  }
  size_t total = 0;
  for (const auto& table : input.tables) {
    std::string path = "RequestItems." + table.name + ".member";
    if (table.requests.empty()) constraints.add(broken_constraint_at(path, length_at_least(1)));
    if (table.requests.size() > limits::kBatchWriteRequestsMax) {
      constraints.add(broken_constraint_at(path, length_at_most(limits::kBatchWriteRequestsMax)));
    }
    total += table.requests.size();
  }
  MILLRACE_CHECK_OK(constraints.result());
  if (total > limits::kBatchWriteRequestsMax) {
    return aws::validation_error("Too many items requested for the BatchWriteItem call");
  }
  return {};
}

struct Batch {
  std::vector<table::ItemWrite> writes;
  CapacityDetail capacity;
  bool collection_metrics;
};

aws::Result<table::ItemWrite> make_one(const table::TablePtr& table, WriteRequest& request) {
  if (request.put.has_value() == request.remove.has_value()) {
    return aws::validation_error(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
        "supported datatypes");
  }
  if (request.put) {
    MILLRACE_TRY(Item item, std::move(*request.put).take());
    MILLRACE_CHECK_OK(check_item_size(item));
    MILLRACE_CHECK_OK(check_item_keys(*table, item));
    return make_put(table, std::move(item));
  }
  MILLRACE_TRY(Item key, std::move(*request.remove).take());
  MILLRACE_CHECK_OK(check_key(*table, key));
  return make_delete(table, std::move(key));
}

aws::Result<Batch> prepare(const Dependencies& dependencies, const aws::RequestContext& context,
                           const std::string& body) {
  MILLRACE_TRY(json::Document document, parse_request(body));
  MILLRACE_TRY(Input input, read_request(document.root(), read_input));
  MILLRACE_CHECK_OK(check_sizes(input));
  Batch batch;
  batch.capacity = capacity_detail(input.return_consumed_capacity);
  batch.collection_metrics = input.return_collection_metrics == "SIZE";
  for (auto& requests : input.tables) {
    MILLRACE_TRY(table::TablePtr table, find_for_data(dependencies.catalog, context,
                                                      plain_table_name(context, requests.name)));
    std::set<std::string> seen;
    for (auto& request : requests.requests) {
      MILLRACE_TRY(auto write, make_one(table, request));
      if (!seen.insert(encode_item(write.key)).second) {
        return aws::validation_error("Provided list of item keys contains duplicates");
      }
      batch.writes.push_back(std::move(write));
    }
  }
  return batch;
}

// The writes are independent: each is a commit of its own, and the answer waits for all of them.
struct Running {
  Batch batch;
  aws::Respond respond;
  std::mutex mutex;
  size_t left = 0;
  std::vector<std::optional<table::WriteOutcome>> outcomes;
  std::optional<aws::ApiError> error;
};

aws::Output answer(const Running& running) {
  ObjectWriter writer;
  writer.member("UnprocessedItems") += "{}";
  std::map<std::string, ConsumedCapacity> capacities;
  std::map<std::string, std::string> metrics;
  for (size_t i = 0; i < running.outcomes.size(); ++i) {
    const table::Table& table = *running.batch.writes[i].table;
    capacities[table.name].add_write(table, *running.outcomes[i]);
    if (running.batch.collection_metrics && has_item_collections(table)) {
      std::string& list = metrics[table.name];
      if (!list.empty()) list += ',';
      append_collection_metrics(list, table, running.batch.writes[i].key);
    }
  }
  if (!metrics.empty()) {
    ObjectWriter tables;
    for (const auto& [name, list] : metrics) tables.member(name) += '[' + list + ']';
    writer.member("ItemCollectionMetrics") += std::move(tables).finish();
  }
  if (running.batch.capacity != CapacityDetail::kNone) {
    std::string list;
    for (const auto& [name, capacity] : capacities) {
      if (!list.empty()) list += ',';
      capacity.append_json(list, name, running.batch.capacity);
    }
    writer.member("ConsumedCapacity") += '[' + list + ']';
  }
  return to_output(std::move(writer));
}

void finish_one(const std::shared_ptr<Running>& running, size_t index, table::WriteResult result) {
  {
    std::lock_guard lock(running->mutex);
    if (result) {
      running->outcomes[index] = std::move(result->front());
    } else if (!running->error) {
      running->error = std::move(result.error().front().error);
    }
    if (--running->left > 0) return;
  }
  if (running->error) {
    running->respond(Unexpected(std::move(*running->error)));
  } else {
    running->respond(answer(*running));
  }
}

}  // namespace

aws::OperationHandler batch_write_item(const Dependencies& dependencies) {
  return [dependencies](aws::ContextPtr context, const std::string& body, aws::Respond respond) {
    auto batch = prepare(dependencies, *context, body);
    if (!batch) {
      respond(Unexpected(std::move(batch).error()));
      return;
    }
    auto running = std::make_shared<Running>();
    running->batch = std::move(*batch);
    running->respond = std::move(respond);
    running->left = running->batch.writes.size();
    running->outcomes.resize(running->left);
    for (size_t i = 0; i < running->outcomes.size(); ++i) {
      auto one = std::make_shared<std::vector<table::ItemWrite>>();
      one->push_back(running->batch.writes[i]);
      dependencies.items.write(
          std::move(one), context->request_id, {},
          [running, i](table::WriteResult result) { finish_one(running, i, std::move(result)); });
    }
  };
}

}  // namespace millrace::dynamodb::operation
