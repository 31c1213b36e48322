#include "dynamodb/operation/execute_transaction.h"

#include <utility>

#include "base/encoding.h"
#include "base/limits.h"
#include "dynamodb/item/item_codec.h"
#include "dynamodb/operation/item_answer.h"
#include "dynamodb/operation/key_range.h"
#include "dynamodb/operation/run_writes.h"
#include "dynamodb/operation/statement_input.h"
#include "dynamodb/operation/statement_read.h"
#include "dynamodb/operation/statement_write.h"
#include "dynamodb/operation/table_name.h"
#include "dynamodb/operation/throughput_meter.h"
#include "dynamodb/operation/transaction_answer.h"
#include "dynamodb/operation/transaction_input.h"
#include "dynamodb/operation/write_report.h"
#include "dynamodb/partiql/key_plan.h"

namespace millrace::dynamodb::operation {
namespace {

using partiql::StatementKind;

constexpr size_t kTokenLengthMax = 36;                    // AWS
constexpr size_t kTransactionBytesMax = 4 * 1024 * 1024;  // AWS: the request's items together
constexpr double kCapacityFactor = 2;

struct Input {
  std::optional<std::vector<StatementInput>> statements;
  std::optional<std::string> token, return_consumed_capacity;
  std::string digest;
};

// Either reads or writes.
struct Transaction {
  std::vector<KeyedRead> reads;
  std::vector<StatementWrite> writes;
  table::IdempotencyToken token;
  std::optional<std::string> return_consumed_capacity;
};

Input read_input(RequestReader& reader) {
  Input input;
  input.statements =
      reader.list("TransactStatements", "ParameterizedStatement", read_statement_input);
  input.token = reader.string("ClientRequestToken");
  input.return_consumed_capacity = reader.string("ReturnConsumedCapacity");
  if (auto statements = reader.object().find("TransactStatements"); statements && input.token) {
    std::string text;
    append_json_text(text, *statements, MemberOrder::kSorted);
    input.digest = std::string(as_view(sha256(text)));
  }
  return input;
}

aws::Result<void> check_constraints(const Input& input) {
  constexpr std::string_view kPath = "transactStatements";
  ConstraintList constraints;
  constraints.require(input.statements, kPath);
  if (input.statements && input.statements->empty()) {
    constraints.add(broken_constraint("[]", kPath, length_at_least(1)));
  } else if (input.statements && input.statements->size() > limits::kTransactItemsMax) {
    constraints.add(
        broken_constraint(echoed_list("ParameterizedStatement", input.statements->size()), kPath,
                          length_at_most(limits::kTransactItemsMax)));
  } else if (input.statements) {
    for (size_t i = 0; i < input.statements->size(); ++i) {
      check_statement_constraints(constraints, (*input.statements)[i],
                                  std::string(kPath) + '.' + std::to_string(i + 1) + ".member.");
    }
  }
  constraints.check_length(input.token, "clientRequestToken", 1, kTokenLengthMax);
  constraints.check_one_of(input.return_consumed_capacity, "returnConsumedCapacity",
                           kReturnConsumedCapacityValues);
  return constraints.result();
}

Unexpected<aws::ApiError> failed_at(size_t i, std::string_view text) {
  return aws::validation_error("Validation failed in TransactStatements[" + std::to_string(i) +
                               "]: " + std::string(text));
}

// What a transaction does not take, whatever the tables.
aws::Result<void> check_statement(size_t i, const partiql::Statement& statement) {
  if (statement.returning != partiql::Returning::kNone) {
    return failed_at(i, "RETURNING clause is not supported in ExecuteTransaction.");
  }
  if (statement.source.index) {
    return failed_at(i, "Reads on indices are not supported within transactions.");
  }
  return {};
}

aws::Result<std::vector<partiql::Statement>> parse_statements(const Input& input) {
  std::vector<partiql::Statement> statements;
  for (size_t i = 0; i < input.statements->size(); ++i) {
    MILLRACE_TRY(auto statement, parse_statement_input((*input.statements)[i]));
    MILLRACE_CHECK_OK(check_statement(i, statement));
    if (!statements.empty() && statement.is_read() != statements.front().is_read()) {
      return aws::validation_error(
          "ExecuteTransaction API does not support both read and write operations in the same "
          "request.");
    }
    statements.push_back(std::move(statement));
  }
  return statements;
}

aws::Result<void> add_read(Transaction& transaction, size_t i, table::TablePtr table,
                           partiql::Statement statement) {
  MILLRACE_TRY(auto read, make_keyed_read(std::move(table), std::move(statement)));
  if (!read) {
    return failed_at(i,
                     "Select statements within ExecuteTransaction must specify the primary key in "
                     "the where clause.");
  }
  transaction.reads.push_back(std::move(*read));
  return {};
}

// EXISTS has to name one item, and something to check of it.
bool is_condition_check(const partiql::Statement& statement, const table::Table& table) {
  auto schema = key_schema(table, nullptr);
  return partiql::full_key(statement.where.get(), schema) &&
         partiql::says_more_than_key(*statement.where, schema);
}

aws::Result<void> add_write(Transaction& transaction, size_t i, table::TablePtr table,
                            partiql::Statement statement, bool return_old) {
  bool is_check = statement.kind == StatementKind::kExists;
  if (is_check && !is_condition_check(statement, *table)) {
    return failed_at(i, "EXISTS() must contain a single item read with additional condition");
  }
  MILLRACE_TRY(auto write,
               make_statement_write(std::move(table), std::move(statement), return_old));
  transaction.writes.push_back(std::move(write));
  return {};
}

// No item twice, and not too much altogether.
aws::Result<void> check_targets(const Transaction& transaction,
                                const std::vector<partiql::Statement>& statements) {
  TransactionTargets targets;
  for (const auto& read : transaction.reads) {
    MILLRACE_CHECK_OK(targets.add(*read.key.table, read.key.key));
  }
  for (const auto& write : transaction.writes) {
    MILLRACE_CHECK_OK(targets.add(*write.write.table, write.write.key));
  }
  size_t bytes = 0;
  for (const auto& statement : statements) bytes += item_size_bytes(statement.item);
  if (bytes <= kTransactionBytesMax) return {};
  return aws::validation_error(
      "Collection size of items exceeded, which can also be caused by the aggregate size of the "
      "items in the transaction exceeding the 4MB limit");
}

aws::Result<Transaction> prepare(const Dependencies& dependencies,
                                 const aws::RequestContext& context, const std::string& body) {
  MILLRACE_TRY(json::Document document, parse_request(body));
  MILLRACE_TRY(Input input, read_request(document.root(), read_input));
  MILLRACE_CHECK_OK(check_constraints(input));
  MILLRACE_TRY(auto statements, parse_statements(input));
  Transaction transaction;
  transaction.token = {input.token.value_or(""), std::move(input.digest)};
  transaction.return_consumed_capacity = std::move(input.return_consumed_capacity);
  for (size_t i = 0; i < statements.size(); ++i) {
    partiql::Statement& statement = statements[i];
    MILLRACE_TRY(auto table, find_for_data(dependencies.catalog, context,
                                           plain_table_name(context, statement.source.table)));
    if (statement.is_read()) {
      MILLRACE_CHECK_OK(add_read(transaction, i, std::move(table), std::move(statement)));
    } else {
      MILLRACE_CHECK_OK(add_write(transaction, i, std::move(table), std::move(statement),
                                  (*input.statements)[i].returns_old_on_failure()));
    }
  }
  MILLRACE_CHECK_OK(check_targets(transaction, statements));
  return transaction;
}

aws::Output answer_reads(ThroughputMeter& meter, const Transaction& transaction,
                         const std::vector<table::StoredItem>& items) {
  std::string responses;
  TableCapacities capacities;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) responses += ',';
    const KeyedRead& read = transaction.reads[i];
    std::string item;
    responses += append_read_item(item, read, items[i]) ? "{\"Item\":" + item + '}' : "{}";
    capacities[read.key.table->name].add_table(
        settle_transaction_read(meter, *read.key.table, items[i]));
  }
  ObjectWriter answer;
  answer.member("Responses") += '[' + responses + ']';
  add_capacities(answer, capacities, capacity_detail(transaction.return_consumed_capacity),
                 "ReadCapacityUnits");
  return to_output(std::move(answer));
}

aws::Output answer_writes(const Transaction& transaction,
                          const std::vector<table::WriteOutcome>& outcomes) {
  WriteReport report(transaction.return_consumed_capacity, std::nullopt);
  for (size_t i = 0; i < outcomes.size(); ++i) {
    report.add(transaction.writes[i].write, outcomes[i], kCapacityFactor);
  }
  ObjectWriter answer;
  answer.member("Responses") += "[]";
  report.add_to(answer, "WriteCapacityUnits");
  return to_output(std::move(answer));
}

void run_reads(const Dependencies& dependencies, const std::string& request_id,
               Transaction transaction, aws::Respond respond) {
  std::vector<table::ItemKey> keys;
  for (const auto& read : transaction.reads) keys.push_back(read.key);
  if (auto taken = take_transaction_reads(dependencies, keys); !taken) {
    respond(Unexpected(std::move(taken).error()));
    return;
  }
  dependencies.items.get(
      std::move(keys),
      [transaction = std::move(transaction), meter = dependencies.meter,
       respond = std::move(respond)](aws::Result<std::vector<table::StoredItem>> items) mutable {
        if (!items) {
          respond(Unexpected(std::move(items).error()));
          return;
        }
        respond(answer_reads(*meter, transaction, *items));
      },
      request_id);
}

void run_writes(const Dependencies& dependencies, const std::string& request_id,
                Transaction transaction, aws::Respond respond) {
  auto writes = std::make_shared<std::vector<table::ItemWrite>>();
  for (const auto& write : transaction.writes) writes->push_back(write.write);
  auto token = transaction.token;
  run_writes(
      dependencies, std::move(writes), WriteScope::kTransaction, request_id, std::move(token),
      [transaction = std::move(transaction),
       respond = std::move(respond)](table::WriteResult result) mutable {
        if (!result) {
          respond(Unexpected(cancelled(transaction.writes.size(), std::move(result).error())));
          return;
        }
        respond(answer_writes(transaction, *result));
      });
}

}  // namespace

aws::OperationHandler execute_transaction(const Dependencies& dependencies) {
  return [dependencies](aws::ContextPtr context, const std::string& body, aws::Respond respond) {
    auto transaction = prepare(dependencies, *context, body);
    if (!transaction) {
      respond(Unexpected(std::move(transaction).error()));
    } else if (transaction->writes.empty()) {
      run_reads(dependencies, context->request_id, std::move(*transaction), std::move(respond));
    } else {
      run_writes(dependencies, context->request_id, std::move(*transaction), std::move(respond));
    }
  };
}

}  // namespace millrace::dynamodb::operation
