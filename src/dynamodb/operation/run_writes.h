// How all operations hand their writes to the item store: past the transactions that are working on
// the same items, and past the throughput of their tables.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dynamodb/operation/operations.h"
#include "dynamodb/table/item_store.h"

namespace millrace::dynamodb::operation {

enum class WriteScope {
  kSingle,       // one write, refused while a transaction works on its item
  kBatchMember,  // one write, which waits for such a transaction
  kTransaction,  // all or nothing; counts twice against the throughput
};

// ItemStore::write(), which also fails with TransactionConflictException,
// TransactionInProgressException, and the errors of a ThroughputMeter.
void run_writes(const Dependencies& dependencies,
                std::shared_ptr<const std::vector<table::ItemWrite>> writes, WriteScope scope,
                std::string request_id, table::IdempotencyToken token,
                table::ItemStore::WriteCompletion done);

}  // namespace millrace::dynamodb::operation
