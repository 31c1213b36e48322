// The operations of DynamoDB's tables and items. (Those of DynamoDB Streams are in
// operation/stream/.) One file pair for each: a function that makes its handler.
#pragma once

#include <cstddef>
#include <memory>

#include "aws/operation.h"
#include "base/clock.h"
#include "base/limits.h"
#include "dynamodb/table/item_store.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::operation {

class ThroughputMeter;
class TransactionClaims;

// What the handlers work with; all of it must outlive them.
struct Dependencies {
  table::TableCatalog& catalog;
  table::ItemStore& items;
  const Clock& clock;
  // Query and Scan end a page once the items that they have read reach this size.
  size_t page_bytes = limits::kPageBytesMax;
  // Whether tables are throttled whose tags do not say.
  bool enforce_capacity = false;
  // BatchGetItem leaves further keys unprocessed once its response reaches this size.
  size_t batch_response_bytes = 16 * 1024 * 1024;
  // Made by register_operations().
  std::shared_ptr<ThroughputMeter> meter = {};
  std::shared_ptr<TransactionClaims> claims = {};
};

// Adds all of them as service "dynamodb".
void register_operations(aws::OperationRegistry& registry, const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
