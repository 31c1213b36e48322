#include "dynamodb/operation/run_writes.h"

#include <utility>

#include "dynamodb/operation/throughput_meter.h"
#include "dynamodb/operation/transaction_claims.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr double kTransactionFactor = 2;

void run_transaction(const Dependencies& dependencies, ThroughputMeter::Writes writes,
                     std::string request_id, table::IdempotencyToken token,
                     table::ItemStore::WriteCompletion done) {
  std::string name = token.token;
  auto conflicts = dependencies.claims->claim(*writes, name);
  if (!conflicts.empty()) return done(Unexpected(std::move(conflicts)));
  dependencies.meter->write(dependencies.items, writes, kTransactionFactor, std::move(request_id),
                            std::move(token),
                            [claims = dependencies.claims, writes, name = std::move(name),
                             done = std::move(done)](table::WriteResult result) mutable {
                              claims->release(*writes, name);
                              done(std::move(result));
                            });
}

}  // namespace

void run_writes(const Dependencies& dependencies, ThroughputMeter::Writes writes, WriteScope scope,
                std::string request_id, table::IdempotencyToken token,
                table::ItemStore::WriteCompletion done) {
  if (scope == WriteScope::kTransaction) {
    run_transaction(dependencies, std::move(writes), std::move(request_id), std::move(token),
                    std::move(done));
    return;
  }
  if (scope == WriteScope::kSingle) {
    const table::ItemWrite& write = writes->front();
    auto free = dependencies.claims->check(*write.table, write.key);
    if (!free) {
      std::vector<table::WriteFailure> failures = {{0, std::move(free).error()}};
      return done(Unexpected(std::move(failures)));
    }
  }
  dependencies.meter->write(dependencies.items, std::move(writes), 1, std::move(request_id),
                            std::move(token), std::move(done));
}

}  // namespace millrace::dynamodb::operation
