// Throttling as on AWS, for the tables that ask for it: each table and global index has what it is
// provisioned with, or its on-demand maximum, to spend. Unused throughput is kept for 300 seconds.
//
// A request is admitted while anything is left, takes the least that it can cost at once, and the
// rest when that is known; what is left may fall below zero then, and is earned back first. A write
// that changes a global index whose throughput is used up is refused as well, before it changes
// anything.
//
// Thread-safe. Costs one look at a table's tags where nothing is enforced.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "aws/api_error.h"
#include "base/clock.h"
#include "dynamodb/operation/consumed_capacity.h"
#include "dynamodb/table/item_store.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::operation {

class ThroughputMeter : public std::enable_shared_from_this<ThroughputMeter> {
 public:
  // `by_default`: also for tables whose tags do not say (table_tags.h). Catalog and clock must
  // outlive it.
  static std::shared_ptr<ThroughputMeter> create(table::TableCatalog& catalog, const Clock& clock,
                                                 bool by_default);

  bool enforces(const table::Table& table) const;

  // Takes from the table, or from the global index that is read (null, or a local one: the table).
  // ProvisionedThroughputExceededException, or ThrottlingException for an on-demand maximum.
  aws::Result<void> take_read(const table::Table& table, const table::Index* index, double units);
  // Takes the rest: what was consumed apart from the units that take_read() took.
  void settle_read(const table::Table& table, const table::Index* index,
                   const ConsumedCapacity& consumed, double taken);

  // ItemStore::write(), which fails with the same errors. `factor`: 2 in a transaction.
  using Writes = std::shared_ptr<const std::vector<table::ItemWrite>>;
  void write(table::ItemStore& items, Writes writes, double factor, std::string request_id,
             table::IdempotencyToken token, table::ItemStore::WriteCompletion done);

 private:
  enum class Kind { kRead, kWrite };
  struct Bucket {
    double left;
    Timestamp at;
  };
  using Key = std::tuple<uint64_t, uint64_t, Kind>;  // table number, index number (0: the table)

  ThroughputMeter(const Clock& clock, bool by_default) : clock_(clock), by_default_(by_default) {}
  void follow(table::TableCatalog::Change change, const table::Table& table);
  aws::Result<void> take(Kind kind, const table::Table& table, const table::Index* index,
                         double units);
  void settle(Kind kind, const table::Table& table, const table::Index* index, double units);
  aws::Result<void> check_indexes(const table::Table& table, const table::StoredItem& old_item,
                                  const table::Decision& decision);
  Writes guarded(const std::vector<table::ItemWrite>& writes);
  void settle_writes(const std::vector<table::ItemWrite>& writes,
                     const std::vector<table::WriteOutcome>& outcomes, double factor);
  // REQUIRES: mutex_ is held.
  Bucket& filled(Kind kind, const table::Table& table, const table::Index* index, double rate);

  const Clock& clock_;
  const bool by_default_;
  std::mutex mutex_;
  std::map<Key, Bucket> buckets_;  // of existing tables that were used
};

}  // namespace millrace::dynamodb::operation
