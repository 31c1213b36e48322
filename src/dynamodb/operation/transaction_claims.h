// The items that transactions are working on, from the request until its writes are durable.
// Transactions do not wait for each other, as on AWS: the second one that names an item is
// cancelled, and a single write of it refused. Thread-safe.
#pragma once

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/table/item_store.h"

namespace millrace::dynamodb::operation {

class TransactionClaims {
 public:
  // Claims all items, and the token if there is one. If some are claimed already, claims nothing
  // and says which: TransactionConflictException for an item, TransactionInProgressException for
  // the token, which fails the whole call.
  std::vector<table::WriteFailure> claim(const std::vector<table::ItemWrite>& writes,
                                         const std::string& token);
  // What claim() has claimed.
  void release(const std::vector<table::ItemWrite>& writes, const std::string& token);

  // TransactionConflictException if a transaction has claimed the item.
  aws::Result<void> check(const table::Table& table, const Item& key) const;

 private:
  using ItemId = std::pair<uint64_t, std::string>;  // table number, encoded key
  mutable std::mutex mutex_;
  std::set<ItemId> items_;
  std::set<std::string> tokens_;  // account, region and token
  std::atomic<size_t> count_{0};  // of items_: most of the time there are none
};

}  // namespace millrace::dynamodb::operation
