#include "dynamodb/operation/execute_statement.h"

#include <utility>

#include "dynamodb/item/item_json.h"
#include "dynamodb/operation/item_answer.h"
#include "dynamodb/operation/run_writes.h"
#include "dynamodb/operation/select_page.h"
#include "dynamodb/operation/statement_input.h"
#include "dynamodb/operation/statement_write.h"
#include "dynamodb/operation/table_name.h"
#include "dynamodb/operation/throughput_meter.h"
#include "dynamodb/partiql/lexer.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr size_t kNextTokenLengthMax = 32768;  // AWS

struct Input {
  StatementInput statement;
  std::optional<std::string> next_token, return_consumed_capacity;
  std::optional<int64_t> limit;
  std::string request;  // the statement and its parameters
};

Input read_input(RequestReader& reader) {
  Input input;
  input.statement = read_statement_input(reader);
  input.next_token = reader.string("NextToken");
  input.return_consumed_capacity = reader.string("ReturnConsumedCapacity");
  input.limit = reader.integer("Limit");
  input.request = input.statement.text.value_or("");
  if (auto parameters = reader.object().find("Parameters")) {
    append_json_text(input.request, *parameters, MemberOrder::kSorted);
  }
  return input;
}

aws::Result<void> check_constraints(const Input& input) {
  ConstraintList constraints;
  check_statement_constraints(constraints, input.statement, "");
  constraints.check_length(input.next_token, "nextToken", 1, kNextTokenLengthMax);
  constraints.check_range(input.limit, "limit", 1);
  constraints.check_one_of(input.return_consumed_capacity, "returnConsumedCapacity",
                           kReturnConsumedCapacityValues);
  return constraints.result();
}

struct Prepared {
  std::optional<SelectPlan> select;
  std::optional<StatementWrite> write;
  CapacityDetail capacity = CapacityDetail::kNone;
};

aws::Result<Prepared> prepare(const Dependencies& dependencies, const aws::RequestContext& context,
                              const std::string& body) {
  MILLRACE_TRY(json::Document document, parse_request(body));
  MILLRACE_TRY(Input input, read_request(document.root(), read_input));
  MILLRACE_CHECK_OK(check_constraints(input));
  MILLRACE_TRY(partiql::Statement statement, parse_statement_input(input.statement));
  if (statement.kind == partiql::StatementKind::kExists) {
    return partiql::syntax_error("Expected data manipulation");
  }
  if (!statement.is_read() && input.next_token) {
    return aws::validation_error("NextToken is only valid on a SELECT statement");
  }
  MILLRACE_TRY(auto table, find_for_data(dependencies.catalog, context,
                                         plain_table_name(context, statement.source.table)));
  Prepared prepared;
  prepared.capacity = capacity_detail(input.return_consumed_capacity);
  if (!statement.is_read()) {
    MILLRACE_TRY(prepared.write, make_statement_write(std::move(table), std::move(statement),
                                                      input.statement.returns_old_on_failure()));
    return prepared;
  }
  SelectInput select;
  select.request = std::move(input.request);
  select.next_token = std::move(input.next_token);
  if (input.limit) select.limit = static_cast<size_t>(*input.limit);
  select.consistent = input.statement.consistent.value_or(false);
  select.capacity = prepared.capacity;
  MILLRACE_TRY(prepared.select, plan_select(dependencies, std::move(table), std::move(statement),
                                            std::move(select), context.request_id));
  return prepared;
}

aws::Output answer_write(const StatementWrite& write, const table::WriteOutcome& outcome,
                         CapacityDetail detail) {
  ObjectWriter answer;
  std::string& items = answer.member("Items");
  items += '[';
  append_returned(items, write, outcome);
  items += ']';
  if (detail != CapacityDetail::kNone) {
    const table::Table& table = *write.write.table;
    ConsumedCapacity capacity;
    capacity.add_write(table, outcome);
    capacity.append_json(answer.member("ConsumedCapacity"), table.name, detail);
  }
  return to_output(std::move(answer));
}

}  // namespace

aws::OperationHandler execute_statement(const Dependencies& dependencies) {
  return [dependencies](aws::ContextPtr context, const std::string& body, aws::Respond respond) {
    auto prepared = prepare(dependencies, *context, body);
    if (!prepared) {
      respond(Unexpected(std::move(prepared).error()));
      return;
    }
    if (prepared->select) {
      run_select(dependencies.items, std::move(*prepared->select), std::move(respond));
      return;
    }
    auto writes = std::make_shared<std::vector<table::ItemWrite>>();
    writes->push_back(prepared->write->write);
    run_writes(dependencies, std::move(writes), WriteScope::kSingle, context->request_id, {},
               [write = std::move(*prepared->write), capacity = prepared->capacity,
                respond = std::move(respond)](table::WriteResult result) mutable {
                 if (!result) {
                   respond(Unexpected(std::move(result.error().front().error)));
                   return;
                 }
                 respond(answer_write(write, result->front(), capacity));
               });
  };
}

}  // namespace millrace::dynamodb::operation
