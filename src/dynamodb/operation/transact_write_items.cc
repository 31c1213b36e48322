#include "dynamodb/operation/transact_write_items.h"

#include "dynamodb/item/item_codec.h"
#include "dynamodb/operation/item_answer.h"
#include "dynamodb/operation/item_write.h"
#include "dynamodb/operation/key_validation.h"
#include "dynamodb/operation/run_writes.h"
#include "dynamodb/operation/table_name.h"
#include "dynamodb/operation/transaction_answer.h"
#include "dynamodb/operation/transaction_input.h"
#include "dynamodb/operation/write_report.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr size_t kTransactionBytesMax = 4 * 1024 * 1024;  // AWS: the request's items together
constexpr double kCapacityFactor = 2;

using Writes = std::vector<table::ItemWrite>;

struct Transaction {
  std::shared_ptr<Writes> writes;
  table::IdempotencyToken token;
  WriteReport report;
};

aws::Result<std::vector<table::TablePtr>> find_tables(const Dependencies& dependencies,
                                                      const aws::RequestContext& context,
                                                      const TransactionInput& input) {
  std::vector<table::TablePtr> tables;
  for (const auto& members : *input.actions) {
    MILLRACE_TRY(auto table, find_for_data(dependencies.catalog, context,
                                           plain_table_name(context, *members[0].table_name)));
    tables.push_back(std::move(table));
  }
  return tables;
}

// No item twice, and not too much altogether.
aws::Result<void> check_targets(const TransactionInput& input,
                                const std::vector<table::TablePtr>& tables) {
  TransactionTargets targets;
  size_t bytes = 0;
  for (size_t i = 0; i < tables.size(); ++i) {
    const WriteInput& action = (*input.actions)[i][0];
    MILLRACE_CHECK_OK(targets.add(*tables[i], primary_key(*tables[i], action.item->item)));
    if (action.kind == WriteKind::kPut) bytes += item_size_bytes(action.item->item);
  }
  if (bytes > kTransactionBytesMax) {
    return aws::validation_error(
        "Collection size of items exceeded, which can also be caused by the aggregate size of the "
        "items in the transaction exceeding the 4MB limit");
  }
  return {};
}

// Faults that only a table's schema shows cancel the transaction; an empty key value does not.
aws::Result<std::shared_ptr<Writes>> make_writes(TransactionInput& input,
                                                 const std::vector<table::TablePtr>& tables,
                                                 std::vector<WriteExpressions> expressions) {
  auto writes = std::make_shared<Writes>();
  for (size_t i = 0; i < tables.size(); ++i) {
    auto write = make_write(tables[i], (*input.actions)[i][0], std::move(expressions[i]));
    if (write) {
      writes->push_back(std::move(*write));
    } else if (is_empty_key_value(write.error())) {
      return Unexpected(std::move(write).error());
    } else {
      return Unexpected(cancelled(tables.size(), {{i, std::move(write).error()}}));
    }
  }
  return writes;
}

aws::Result<Transaction> prepare(const Dependencies& dependencies,
                                 const aws::RequestContext& context, const std::string& body) {
  MILLRACE_TRY(json::Document document, parse_request(body));
  MILLRACE_TRY(TransactionInput input, read_request(document.root(), read_transaction_input));
  MILLRACE_CHECK_OK(check_constraints(input));
  MILLRACE_TRY(auto expressions, parse_actions(input));
  MILLRACE_TRY(auto tables, find_tables(dependencies, context, input));
  MILLRACE_CHECK_OK(check_targets(input, tables));
  Transaction transaction{nullptr,
                          {input.token.value_or(""), std::move(input.digest)},
                          {input.return_consumed_capacity, input.return_collection_metrics}};
  MILLRACE_TRY(transaction.writes, make_writes(input, tables, std::move(expressions)));
  return transaction;
}

aws::Output answer_transaction(Transaction& transaction,
                               const std::vector<table::WriteOutcome>& outcomes) {
  for (size_t i = 0; i < outcomes.size(); ++i) {
    transaction.report.add((*transaction.writes)[i], outcomes[i], kCapacityFactor);
  }
  ObjectWriter answer;
  transaction.report.add_to(answer, "WriteCapacityUnits");
  return to_output(std::move(answer));
}

}  // namespace

aws::OperationHandler transact_write_items(const Dependencies& dependencies) {
  return [dependencies](aws::ContextPtr context, const std::string& body, aws::Respond respond) {
    auto transaction = prepare(dependencies, *context, body);
    if (!transaction) {
      respond(Unexpected(std::move(transaction).error()));
      return;
    }
    auto writes = transaction->writes;
    auto token = transaction->token;
    run_writes(dependencies, std::move(writes), WriteScope::kTransaction, context->request_id,
               std::move(token),
               [transaction = std::move(*transaction),
                respond = std::move(respond)](table::WriteResult result) mutable {
                 if (!result) {
                   size_t actions = transaction.writes->size();
                   respond(Unexpected(cancelled(actions, std::move(result).error())));
                   return;
                 }
                 respond(answer_transaction(transaction, *result));
               });
  };
}

}  // namespace millrace::dynamodb::operation
