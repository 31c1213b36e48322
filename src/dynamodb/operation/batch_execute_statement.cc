#include "dynamodb/operation/batch_execute_statement.h"

#include <atomic>
#include <memory>
#include <set>
#include <utility>

#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/item_json.h"
#include "dynamodb/operation/item_answer.h"
#include "dynamodb/operation/run_writes.h"
#include "dynamodb/operation/statement_input.h"
#include "dynamodb/operation/statement_read.h"
#include "dynamodb/operation/statement_write.h"
#include "dynamodb/operation/table_name.h"
#include "dynamodb/operation/throughput_meter.h"
#include "dynamodb/operation/transaction_answer.h"
#include "dynamodb/operation/write_report.h"
#include "dynamodb/partiql/lexer.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr size_t kStatementsMax = 25;  // AWS

struct Input {
  std::optional<std::vector<StatementInput>> statements;
  std::optional<std::string> return_consumed_capacity;
};

// One statement of the batch, and what became of it: its outcome, or an error of its own.
struct Member {
  std::string table_name;  // empty: the statement did not get as far as running
  std::optional<KeyedRead> read;
  std::optional<StatementWrite> write;
  bool consistent = false;
  std::optional<aws::ApiError> error;
  table::StoredItem item;
  table::WriteOutcome outcome;
};

// Each statement runs by itself; the last one to end answers for all.
struct Batch {
  std::vector<Member> members;
  CapacityDetail capacity = CapacityDetail::kNone;
  std::atomic<size_t> running{0};
  std::shared_ptr<ThroughputMeter> meter;
  aws::Respond respond;
};

ReadConsistency consistency_of(const Member& member) {
  return member.consistent ? ReadConsistency::kStrong : ReadConsistency::kEventual;
}

Input read_input(RequestReader& reader) {
  Input input;
  input.statements = reader.list("Statements", "BatchStatementRequest", read_statement_input);
  input.return_consumed_capacity = reader.string("ReturnConsumedCapacity");
  return input;
}

aws::Result<void> check_constraints(const Input& input) {
  ConstraintList constraints;
  constraints.require(input.statements, "statements");
  if (input.statements && input.statements->empty()) {
    constraints.add(broken_constraint("[]", "statements", length_at_least(1)));
  } else if (input.statements && input.statements->size() > kStatementsMax) {
    constraints.add(
        broken_constraint(echoed_list("BatchStatementRequest", input.statements->size()),
                          "statements", length_at_most(kStatementsMax)));
  } else if (input.statements) {
    for (size_t i = 0; i < input.statements->size(); ++i) {
      check_statement_constraints(constraints, (*input.statements)[i],
                                  "statements." + std::to_string(i + 1) + ".member.");
    }
  }
  constraints.check_one_of(input.return_consumed_capacity, "returnConsumedCapacity",
                           kReturnConsumedCapacityValues);
  return constraints.result();
}

aws::Result<void> make_member(const Dependencies& dependencies, const aws::RequestContext& context,
                              const StatementInput& input, partiql::Statement statement,
                              Member& member) {
  if (statement.kind == partiql::StatementKind::kExists) {
    return partiql::syntax_error("Expected data manipulation");
  }
  MILLRACE_TRY(auto table, find_for_data(dependencies.catalog, context,
                                         plain_table_name(context, statement.source.table)));
  std::string name = table->name;
  member.consistent = input.consistent.value_or(false);
  if (statement.is_read()) {
    MILLRACE_TRY(member.read, make_keyed_read(std::move(table), std::move(statement)));
    if (!member.read) {
      return aws::validation_error(
          "Select statements within BatchExecuteStatement must specify the primary key in the "
          "where clause.");
    }
  } else {
    MILLRACE_TRY(member.write, make_statement_write(std::move(table), std::move(statement),
                                                    input.returns_old_on_failure()));
  }
  member.table_name = std::move(name);
  return {};
}

aws::Result<void> check_distinct(const std::vector<Member>& members) {
  std::set<std::pair<uint64_t, std::string>> targets;
  for (const Member& member : members) {
    if (member.error) continue;
    const table::Table& table = member.read ? *member.read->key.table : *member.write->write.table;
    const Item& key = member.read ? member.read->key.key : member.write->write.key;
    if (!targets.insert({table.number, encode_item(key)}).second) {
      return aws::validation_error("Provided list of item keys contains duplicates");
    }
  }
  return {};
}

// Errors are those of the whole batch; those of its statements are in the members.
aws::Result<std::shared_ptr<Batch>> prepare(const Dependencies& dependencies,
                                            const aws::RequestContext& context,
                                            const std::string& body) {
  MILLRACE_TRY(json::Document document, parse_request(body));
  MILLRACE_TRY(Input input, read_request(document.root(), read_input));
  MILLRACE_CHECK_OK(check_constraints(input));
  auto batch = std::make_shared<Batch>();
  batch->capacity = capacity_detail(input.return_consumed_capacity);
  batch->members.resize(input.statements->size());
  std::vector<aws::Result<partiql::Statement>> statements;
  std::optional<bool> reads;
  for (const StatementInput& statement : *input.statements) {
    statements.push_back(parse_statement_input(statement));
    if (!statements.back()) continue;
    if (reads && *reads != statements.back()->is_read()) {
      return aws::validation_error(
          "Read and write requests together in the same batch is not supported.");
    }
    reads = statements.back()->is_read();
  }
  for (size_t i = 0; i < statements.size(); ++i) {
    Member& member = batch->members[i];
    if (!statements[i]) {
      member.error = std::move(statements[i]).error();
      continue;
    }
    auto made = make_member(dependencies, context, (*input.statements)[i],
                            std::move(*statements[i]), member);
    if (!made) member.error = std::move(made).error();
  }
  MILLRACE_CHECK_OK(check_distinct(batch->members));
  return batch;
}

std::string_view error_code(const aws::ApiError& error) {
  if (error.type == "ResourceNotFoundException") return "ResourceNotFound";
  if (error.type == "InternalServerError") return "InternalServerError";
  return reason_code(error);
}

void append_error(std::string& out, const aws::ApiError& error) {
  ObjectWriter writer;
  append_json_string(writer.member("Code"), error_code(error));
  append_json_string(writer.member("Message"), error.message);
  for (const auto& [name, text] : error.members) {
    if (name == "Item") writer.member(name) += text;
  }
  out += std::move(writer).finish();
}

std::string response_of(const Member& member) {
  ObjectWriter response;
  std::string item;
  if (member.error) {
    append_error(response.member("Error"), *member.error);
  } else if (member.read ? append_read_item(item, *member.read, member.item)
                         : append_returned(item, *member.write, member.outcome)) {
    response.member("Item") += item;
  }
  if (!member.table_name.empty()) {
    append_json_string(response.member("TableName"), member.table_name);
  }
  return std::move(response).finish();
}

aws::Output answer(const Batch& batch) {
  std::string responses;
  TableCapacities capacities;
  for (const Member& member : batch.members) {
    if (!responses.empty()) responses += ',';
    responses += response_of(member);
    if (member.error) continue;
    ConsumedCapacity& capacity = capacities[member.table_name];
    if (member.read) {
      size_t bytes = member.item.exists() ? encoded_item_size_bytes(member.item.encoded()) : 0;
      ConsumedCapacity consumed;
      consumed.add_table(read_units(bytes, consistency_of(member)));
      batch.meter->settle_read(*member.read->key.table, nullptr, consumed,
                               read_units(0, consistency_of(member)));
      capacity.add_table(consumed.table_units());
    } else {
      capacity.add_write(*member.write->write.table, member.outcome);
    }
  }
  ObjectWriter writer;
  writer.member("Responses") += '[' + responses + ']';
  add_capacities(writer, capacities, batch.capacity);
  return to_output(std::move(writer));
}

void finish_one(Batch& batch) {
  if (batch.running.fetch_sub(1) == 1) batch.respond(answer(batch));
}

void run(const Dependencies& dependencies, const std::shared_ptr<Batch>& batch, Member& member,
         const std::string& request_id) {
  if (member.read) {
    auto taken = batch->meter->take_read(*member.read->key.table, nullptr,
                                         read_units(0, consistency_of(member)));
    if (!taken) {
      member.error = std::move(taken).error();
      finish_one(*batch);
      return;
    }
    dependencies.items.get(
        {member.read->key},
        [batch, &member](aws::Result<std::vector<table::StoredItem>> items) {
          if (items) {
            member.item = std::move(items->front());
          } else {
            member.error = std::move(items).error();
          }
          finish_one(*batch);
        },
        request_id);
    return;
  }
  auto writes = std::make_shared<std::vector<table::ItemWrite>>();
  writes->push_back(member.write->write);
  run_writes(dependencies, std::move(writes), WriteScope::kSingle, request_id, {},
             [batch, &member](table::WriteResult result) {
               if (result) {
                 member.outcome = std::move(result->front());
               } else {
                 member.error = std::move(result.error().front().error);
               }
               finish_one(*batch);
             });
}

}  // namespace

aws::OperationHandler batch_execute_statement(const Dependencies& dependencies) {
  return [dependencies](aws::ContextPtr context, const std::string& body, aws::Respond respond) {
    auto prepared = prepare(dependencies, *context, body);
    if (!prepared) {
      respond(Unexpected(std::move(prepared).error()));
      return;
    }
    std::shared_ptr<Batch> batch = std::move(*prepared);
    batch->respond = std::move(respond);
    batch->meter = dependencies.meter;
    // One more, so that nothing is answered before all have been started.
    batch->running = 1;
    for (Member& member : batch->members) {
      if (member.error) continue;
      batch->running.fetch_add(1);
      run(dependencies, batch, member, context->request_id);
    }
    finish_one(*batch);
  };
}

}  // namespace millrace::dynamodb::operation
