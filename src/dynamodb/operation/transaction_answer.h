// What transactions answer when they are cancelled.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/operation/operations.h"
#include "dynamodb/operation/throughput_meter.h"
#include "dynamodb/table/item_store.h"

namespace millrace::dynamodb::operation {

// TransactionCanceledException with a reason for each of `actions` actions: "None" where no failure
// names it. A failure of the whole call is returned as it is.
aws::ApiError cancelled(size_t actions, std::vector<table::WriteFailure> failures);

// What the reads of a transaction need at least: no other transaction at work on the items, and
// throughput. It is cancelled otherwise.
aws::Result<void> take_transaction_reads(const Dependencies& dependencies,
                                         const std::vector<table::ItemKey>& keys);
// Takes the rest of one of them, and returns the units that it has consumed.
double settle_transaction_read(ThroughputMeter& meter, const table::Table& table,
                               const table::StoredItem& item);

// "ConditionalCheckFailed" and the like: the code of an error inside an answer.
std::string_view reason_code(const aws::ApiError& error);

}  // namespace millrace::dynamodb::operation
