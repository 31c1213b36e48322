// One call of ItemStore::write(): what runs inside the engine's transaction, and what comes of it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "dynamodb/stream/lineage_clock.h"
#include "dynamodb/table/cell_head.h"
#include "dynamodb/table/expiry_rows.h"
#include "dynamodb/table/idempotency_token.h"
#include "dynamodb/table/item_store.h"
#include "dynamodb/table/row_keys.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::table {

// Not thread-safe: used by one thread at a time, as the engine calls it.
class WriteTransaction {
 public:
  // `clock` and `lineage_clock` must live as long as run() may be called.
  WriteTransaction(std::shared_ptr<const std::vector<ItemWrite>> writes, std::string request_id,
                   IdempotencyToken token, stream::LineageClock& lineage_clock, const Clock& clock);

  // The same call against the tables as they are now, for one that lost_cell(); null if none of
  // them has been split since.
  std::shared_ptr<WriteTransaction> again(const TableCatalog& catalog) const;

  // The cells to name, and what must be known of them before the transaction starts.
  std::vector<engine::CellId> cells() const;
  engine::Result<void> prepare();

  // The transaction's function.
  engine::Result<bool> run(engine::Transaction& transaction);
  // Whether it ended because a cell belongs to its table no more: the table was removed or the cell
  // split.
  bool lost_cell() const { return lost_cell_; }
  // The rows that it has added of items with an expiry, once it has been committed.
  const std::vector<ExpiryNote>& expiries() const { return expiries_; }
  // Once, after it has ended.
  WriteResult finish(const engine::Result<engine::Committed>& committed);

 private:
  void set_targets();
  struct Target {
    ItemPlace place;
    std::string row_key;
    engine::CellId cell;
  };
  struct OpenHead {
    engine::CellId cell;
    CellHead head;
    bool changed = false;
  };

  // Sets failures_ if the token has been used for another request; true if the write is done
  // already.
  engine::Result<bool> is_replay(engine::Reader& reader, Timestamp now);
  // Reads and decides every item; failures_ then holds what failed.
  engine::Result<void> decide_all(engine::Transaction& transaction);
  // Null if the cell has no head: its table is gone.
  engine::Result<OpenHead*> head_of(engine::Reader& reader, const Target& target,
                                    const Table& table);
  void apply(engine::Transaction& transaction, size_t i, Timestamp now);
  void log_change(engine::Transaction& transaction, size_t i, const CellHead& head, Timestamp now);
  void fail_call(aws::ApiError error);

  const std::shared_ptr<const std::vector<ItemWrite>> writes_;
  const std::string request_id_;
  stream::LineageClock& lineage_clock_;
  const Clock& clock_;
  std::vector<Target> targets_;
  std::optional<TokenRow> token_;

  // Assigned by each run.
  bool lost_cell_ = false;
  std::vector<Decision> decisions_;
  std::vector<WriteOutcome> outcomes_;
  std::vector<WriteFailure> failures_;
  std::vector<OpenHead> heads_;
  std::vector<std::pair<ItemCounters*, ItemCounts>> counted_;
  std::vector<ExpiryNote> expiries_;
};

}  // namespace millrace::dynamodb::table
