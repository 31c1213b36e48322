#include "dynamodb/operation/batch_write_item.h"

#include <map>
#include <mutex>
#include <set>

#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/item_json.h"
#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/item_answer.h"
#include "dynamodb/operation/item_write.h"
#include "dynamodb/operation/key_validation.h"
#include "dynamodb/operation/run_writes.h"
#include "dynamodb/operation/table_name.h"
#include "dynamodb/operation/throughput_meter.h"
#include "dynamodb/operation/write_report.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr RequestLayer kLayer = RequestLayer::kOlder;

// An item to put, or a key to delete.
struct Action {
  std::optional<ParsedItem> item;
};

struct Request {
  std::optional<Action> put, remove;
};

struct TableRequests {
  std::string name;
  std::vector<Request> requests;
};

struct Input {
  std::optional<std::vector<TableRequests>> tables;
  std::optional<std::string> return_consumed_capacity, return_collection_metrics;
};

Request read_one(RequestReader& reader) {
  auto action = [&](const char* name, const char* member) {
    return reader.structure(name, name, [&](RequestReader& inner) {
      return Action{inner.item(member, value_layer(kLayer))};
    });
  };
  return {action("PutRequest", "Item"), action("DeleteRequest", "Key")};
}

Input read_input(RequestReader& reader) {
  Input input;
  input.return_consumed_capacity = reader.string("ReturnConsumedCapacity");
  input.return_collection_metrics = reader.string("ReturnItemCollectionMetrics");
  auto map = reader.keep(read_map(reader.object(), "RequestItems", "java.util.List"));
  if (!map) return input;
  input.tables.emplace();
  RequestReader tables(*map, reader.error());
  for (const auto member : map->members()) {
    auto requests = tables.list(member.name, "WriteRequest", read_one);
    input.tables->push_back(
        {std::string(member.name), std::move(requests).value_or(std::vector<Request>())});
  }
  return input;
}

// The tables and how much is asked of them: reported one alone, after the enumerations.
aws::Result<void> check_request_items(const Input& input) {
  ConstraintList constraints;
  constraints.require(input.tables, "requestItems");
  MILLRACE_CHECK_OK(constraints.result());
  if (input.tables->empty()) {
    return aws::validation_error("The requestItems parameter is required for BatchWriteItem");
  }
  for (const auto& table : *input.tables) {
    std::string echo =
        '{' + table.name + '=' + echoed_list("WriteRequest", table.requests.size()) + '}';
    ConstraintList name;
    check_table_name(name, table.name, "requestItems");
    if (!name.empty()) {
      constraints.add(broken_constraint(echo, "requestItems", map_keys_are_table_names()));
    }
    if (table.requests.empty() || table.requests.size() > limits::kBatchWriteRequestsMax) {
      constraints.add(broken_constraint(echo, "requestItems",
                                        map_values_have_length(1, limits::kBatchWriteRequestsMax)));
    }
  }
  return constraints.result();
}

aws::Result<void> check_members(const Input& input) {
  ConstraintList constraints;
  constraints.check_one_of(input.return_consumed_capacity, "returnConsumedCapacity",
                           kReturnConsumedCapacityValues);
  constraints.check_one_of(input.return_collection_metrics, "returnItemCollectionMetrics",
                           kReturnItemCollectionMetricsValues);
  MILLRACE_CHECK_OK(constraints.result());
  MILLRACE_CHECK_OK(check_request_items(input));
  for (const auto& table : *input.tables) {
    for (size_t i = 0; i < table.requests.size(); ++i) {
      const Request& request = table.requests[i];
      std::string path =
          "requestItems." + table.name + ".member." + std::to_string(i + 1) + ".member.";
      if (request.put) constraints.require(request.put->item, path + "putRequest.item");
      if (request.remove) constraints.require(request.remove->item, path + "deleteRequest.key");
    }
  }
  return constraints.result();
}

// What needs no table.
aws::Result<void> check_values(const Input& input) {
  size_t total = 0;
  for (const auto& table : *input.tables) {
    total += table.requests.size();
    for (const auto& request : table.requests) {
      if (request.put.has_value() == request.remove.has_value()) {
        return aws::validation_error(  // AWS answers this, though it is about something else
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of "
            "the supported datatypes");
      }
      const ParsedItem& item = *(request.put ? request.put : request.remove)->item;
      if (item.fault) return Unexpected(*item.fault);
      if (request.put) MILLRACE_CHECK_OK(check_item_size(item.item));
    }
  }
  if (total > limits::kBatchWriteRequestsMax) {
    return aws::validation_error("Too many items requested for the BatchWriteItem call");
  }
  return {};
}

aws::Result<table::ItemWrite> make_one(const table::TablePtr& table, Request& request) {
  if (request.remove) {
    MILLRACE_CHECK_OK(check_key(*table, request.remove->item->item));
    return make_delete(table, std::move(request.remove->item->item));
  }
  Item& item = request.put->item->item;
  MILLRACE_CHECK_OK(check_key(*table, primary_key(*table, item)));
  MILLRACE_CHECK_OK(check_index_keys(*table, item));
  return make_put(table, std::move(item));
}

struct Batch {
  std::vector<table::ItemWrite> writes;
  std::vector<std::string> names;  // of the writes' tables, as the request spells them
  WriteReport report;
};

aws::Result<Batch> prepare(const Dependencies& dependencies, const aws::RequestContext& context,
                           const std::string& body) {
  MILLRACE_TRY(json::Document document, parse_request(body));
  MILLRACE_TRY(Input input, read_request(document.root(), read_input));
  MILLRACE_CHECK_OK(check_members(input));
  MILLRACE_CHECK_OK(check_values(input));
  std::vector<table::TablePtr> tables;
  for (const auto& requests : *input.tables) {
    MILLRACE_TRY(auto table, find_for_data(dependencies.catalog, context,
                                           plain_table_name(context, requests.name)));
    tables.push_back(std::move(table));
  }
  Batch batch{{}, {}, {input.return_consumed_capacity, input.return_collection_metrics}};
  std::set<std::pair<uint64_t, std::string>> seen;
  bool repeated = false;
  for (size_t i = 0; i < tables.size(); ++i) {
    for (auto& request : (*input.tables)[i].requests) {
      MILLRACE_TRY(auto write, make_one(tables[i], request));
      repeated |= !seen.insert({tables[i]->number, encode_item(write.key)}).second;
      batch.writes.push_back(std::move(write));
      batch.names.push_back((*input.tables)[i].name);
    }
  }
  if (repeated) {
    return aws::validation_error("Provided list of item keys contains duplicates");
  }
  return batch;
}

// The writes are independent: each is a commit of its own, and the answer waits for all of them.
struct Running {
  Running(Batch b, aws::Respond r)
      : batch(std::move(b)),
        respond(std::move(r)),
        left(batch.writes.size()),
        outcomes(batch.writes.size()) {}

  void finish_one(size_t index, table::WriteResult result);

  aws::Result<aws::Output> answer();

  Batch batch;
  aws::Respond respond;
  std::mutex mutex;
  size_t left;
  std::vector<std::optional<table::WriteOutcome>> outcomes;  // nothing: the write was throttled
  std::optional<aws::ApiError> error, throttled;             // the first of each
};

bool is_throttling(const aws::ApiError& error) {
  return error.type == "ProvisionedThroughputExceededException" ||
         error.type == "ThrottlingException";
}

void Running::finish_one(size_t index, table::WriteResult result) {
  {
    std::lock_guard lock(mutex);
    if (result) {
      outcomes[index] = std::move(result->front());
    } else {
      aws::ApiError failure = std::move(result.error().front().error);
      auto& kept = is_throttling(failure) ? throttled : error;
      if (!kept) kept = std::move(failure);
    }
    if (--left > 0) return;
  }
  respond(answer());
}

// The request that asked for the write.
std::string request_json(const table::ItemWrite& write) {
  auto decision = write.decide(table::StoredItem());
  std::string text;
  if (decision && decision->action == table::Decision::Action::kPut) {
    text = R"({"PutRequest":{"Item":)";
    append_encoded_item_json(text, decision->new_encoded);
  } else {
    text = R"({"DeleteRequest":{"Key":)";
    append_json(text, write.key);
  }
  return text + "}}";
}

aws::Result<aws::Output> Running::answer() {
  if (error) return Unexpected(std::move(*error));
  std::map<std::string, std::string> unprocessed;
  size_t written = 0;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i]) {
      ++written;
      batch.report.add(batch.writes[i], *outcomes[i]);
      continue;
    }
    std::string& list = unprocessed[batch.names[i]];
    if (!list.empty()) list += ',';
    list += request_json(batch.writes[i]);
  }
  if (written == 0) return Unexpected(std::move(*throttled));
  ObjectWriter tables;
  for (const auto& [name, list] : unprocessed) tables.member(name) += '[' + list + ']';
  ObjectWriter answer;
  answer.member("UnprocessedItems") += std::move(tables).finish();
  batch.report.add_to(answer);
  return to_output(std::move(answer));
}

}  // namespace

aws::OperationHandler batch_write_item(const Dependencies& dependencies) {
  return [dependencies](aws::ContextPtr context, const std::string& body, aws::Respond respond) {
    auto batch = prepare(dependencies, *context, body);
    if (!batch) {
      respond(Unexpected(std::move(batch).error()));
      return;
    }
    auto running = std::make_shared<Running>(std::move(*batch), std::move(respond));
    for (size_t i = 0; i < running->batch.writes.size(); ++i) {
      auto one = std::make_shared<std::vector<table::ItemWrite>>(1, running->batch.writes[i]);
      run_writes(
          dependencies, std::move(one), WriteScope::kBatchMember, context->request_id, {},
          [running, i](table::WriteResult result) { running->finish_one(i, std::move(result)); });
    }
  };
}

}  // namespace millrace::dynamodb::operation
