// Reading and writing items. Each write is one engine transaction on the item's cell: the item, its
// local index rows and its change record become durable together (invariant 1). Thread-safe.
//
// Everything works on encoded items (dynamodb/item/item_codec.h) and decodes only what a caller
// asks for, so that a plain put or get builds no tree.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "base/executor.h"
#include "dynamodb/table/table.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::table {

// An item as it is stored, or its absence. Decodes at most once, on demand. Not thread-safe.
class StoredItem {
 public:
  StoredItem() = default;
  explicit StoredItem(std::string encoded) : encoded_(std::move(encoded)) {}
  bool exists() const { return !encoded_.empty(); }
  const std::string& encoded() const { return encoded_; }
  // Empty for an absent item.
  const Item& item() const;

 private:
  std::string encoded_;  // an encoded item is never empty: it has a version byte
  mutable std::optional<Item> decoded_;
};

struct Decision {
  enum class Action { kKeep, kPut, kErase };  // kKeep: a condition check, or nothing to change
  Action action = Action::kKeep;
  std::string new_encoded;  // kPut
};

struct ItemWrite {
  TablePtr table;
  Item key;  // exactly the primary key attributes, already validated against the schema
  // Decides from the stored item. May run more than once and must not keep state. An error (a
  // failed condition, an invalid update) applies nothing of the whole write.
  std::function<aws::Result<Decision>(const StoredItem& old)> decide;
  bool by_time_to_live = false;
};

struct WriteOutcome {
  StoredItem old_item;
  StoredItem new_item;
  bool replayed = false;  // applied by an earlier call with the same token: both items are as now
};

// Which of several writes failed, and how. Every write is decided even if one fails, so all failing
// conditions are there, in order of index.
struct WriteFailure {
  // The call as a whole failed, for a reason that lies in none of its writes: a table is gone
  // (ResourceNotFoundException), the token was used for another request
  // (IdempotentParameterMismatchException), the server failed. It is then the only failure.
  static constexpr size_t kWholeCall = SIZE_MAX;
  size_t index;
  aws::ApiError error;
};
using WriteResult = millrace::Result<std::vector<WriteOutcome>, std::vector<WriteFailure>>;

// Makes a write apply once however often it is sent: for 10 minutes, a second write with the same
// token (per account and region) applies nothing. `request_digest` tells a repeated request from a
// different one with the same token; empty if the caller does not mind.
struct IdempotencyToken {
  IdempotencyToken() = default;
  IdempotencyToken(std::string t, std::string digest = {})  // NOLINT: a plain token is one
      : token(std::move(t)), request_digest(std::move(digest)) {}
  std::string token;  // empty: none
  std::string request_digest;
};

struct ItemKey {
  TablePtr table;
  Item key;
};

// One ascending or descending run over a table or index. Bounds are inclusive on sort key values.
struct RangeRead {
  TablePtr table;
  const Index* index = nullptr;  // of *table; null reads the table itself
  // Query: the partition key values (one, or one for each attribute of a multi-attribute key).
  std::vector<AttributeValue> partition_values;
  struct Bound {
    std::vector<AttributeValue> values;  // a prefix of the sort key attributes
    bool inclusive = true;
  };
  std::optional<Bound> lower, upper;
  // A string's or binary's prefix. With a multi-attribute sort key, `lower` holds the values of the
  // attributes before the one that it is about; else there is no other bound.
  std::optional<std::string> begins_with;
  // Scan: no partition values; a slice of the hash space for parallel scans.
  int segment = 0;
  int total_segments = 1;
  bool reverse = false;
  // Go on after this key (table key attributes, plus index key attributes for an index).
  std::optional<Item> exclusive_start_key;
  // Whether index rows must be completed with the table's other attributes (local indexes only).
  bool fetch_from_table = false;
  std::string request_id;  // for the log, should the server fail
};

// Calls work with the table snapshots that they are given; a cell that was split meanwhile is found
// in the tables as they are then.
class ItemStore {
 public:
  // All references must outlive the store, and the store every call that is under way.
  static std::unique_ptr<ItemStore> create(engine::Engine& engine, TableCatalog& catalog,
                                           stream::StreamStore& streams, const Clock& clock,
                                           Executor& executor, Timers& timers);
  virtual ~ItemStore() = default;

  // All or nothing over all writes, in one engine transaction. Distinct keys are the caller's duty.
  // A write whose item would not change leaves no change record. Outcomes are in order of the
  // writes. `request_id` enters the change records. REQUIRES: writes is not empty, all of one
  // account and region.
  using WriteCompletion = UniqueFunction<void(WriteResult)>;
  virtual void write(std::shared_ptr<const std::vector<ItemWrite>> writes, std::string request_id,
                     IdempotencyToken token, WriteCompletion done) = 0;

  // The items in order of the keys, as of one moment (absent ones do not exist()). `request_id` is
  // for the log, should the server fail.
  using GetCompletion = UniqueFunction<void(aws::Result<std::vector<StoredItem>>)>;
  virtual void get(std::vector<ItemKey> keys, GetCompletion done, std::string request_id = {}) = 0;

  // Calls `visit` with each encoded item (as projected by the index) in order until it returns
  // false; then `done(true)` if the range was read to its end, `done(false)` if the visitor stopped
  // it. Reading of a global index first waits, for a bounded moment, until the index has caught up
  // with the table as it was when the call came.
  using Visit = std::function<bool(std::string_view encoded)>;
  using RangeCompletion = UniqueFunction<void(aws::Result<bool>)>;
  virtual void range(RangeRead read, Visit visit, RangeCompletion done) = 0;
};

}  // namespace millrace::dynamodb::table
