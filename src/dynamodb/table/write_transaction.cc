#include "dynamodb/table/write_transaction.h"

#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/key_codec.h"
#include "dynamodb/stream/change_record.h"
#include "dynamodb/table/index_rows.h"
#include "dynamodb/table/storage_error.h"

namespace millrace::dynamodb::table {

namespace {

void add(ItemCounts& counts, const ItemCounts& added) {
  counts.items += added.items;
  counts.bytes += added.bytes;
}

ItemCounts counts_of(const StoredItem& item) {
  if (!item.exists()) return {};
  return {1, static_cast<int64_t>(encoded_item_size_bytes(item.encoded()))};
}

aws::ApiError too_large(size_t writes) {
  return aws::validation_error(
             writes == 1 ? "Item size has exceeded the maximum allowed size"
                         : "Collection size of items exceeded, which can also be caused by the "
                           "aggregate size of the items in the transaction exceeding the 4MB limit")
      .error;
}

}  // namespace

WriteTransaction::WriteTransaction(std::shared_ptr<const std::vector<ItemWrite>> writes,
                                   std::string request_id, IdempotencyToken token,
                                   stream::LineageClock& lineage_clock, const Clock& clock)
    : writes_(std::move(writes)),
      request_id_(std::move(request_id)),
      lineage_clock_(lineage_clock),
      clock_(clock) {
  set_targets();
  if (!token.token.empty()) {
    const Table& table = *writes_->front().table;
    token_.emplace(table.account, table.region, token.token, std::move(token.request_digest));
  }
}

void WriteTransaction::set_targets() {
  targets_.reserve(writes_->size());
  for (const auto& write : *writes_) {
    ItemPlace place = item_place(*write.table, write.key);
    std::string row_key = item_row_key(*write.table, place);
    engine::CellId cell = write.table->cell_for(hash_prefix(place.hash));
    targets_.push_back({std::move(place), std::move(row_key), cell});
  }
}

std::shared_ptr<WriteTransaction> WriteTransaction::again(const TableCatalog& catalog) const {
  auto writes = std::make_shared<std::vector<ItemWrite>>(*writes_);
  bool changed = false;
  for (auto& write : *writes) {
    TablePtr newer = catalog.newer(*write.table);
    if (!newer) continue;
    write.table = std::move(newer);
    changed = true;
  }
  if (!changed) return nullptr;
  auto call = std::make_shared<WriteTransaction>(std::move(writes), request_id_, IdempotencyToken(),
                                                 lineage_clock_, clock_);
  call->token_ = token_;
  return call;
}

std::vector<engine::CellId> WriteTransaction::cells() const {
  std::vector<engine::CellId> cells;
  cells.reserve(targets_.size() + 1);
  for (const auto& target : targets_) cells.push_back(target.cell);
  if (token_) cells.push_back(token_->cell());
  return cells;
}

engine::Result<void> WriteTransaction::prepare() {
  for (const auto& target : targets_) MILLRACE_CHECK_OK(lineage_clock_.prepare(target.cell));
  return {};
}

engine::Result<bool> WriteTransaction::run(engine::Transaction& transaction) {
  lost_cell_ = false;
  failures_.clear();
  heads_.clear();
  counted_.clear();
  expiries_.clear();
  decisions_.assign(writes_->size(), {});
  outcomes_.assign(writes_->size(), {});
  Timestamp now = clock_.now();
  if (token_) {
    MILLRACE_TRY(bool replayed, is_replay(transaction, now));
    if (replayed) return true;
    if (!failures_.empty()) return false;
  }
  MILLRACE_CHECK_OK(decide_all(transaction));
  if (!failures_.empty()) return false;
  for (size_t i = 0; i < writes_->size(); ++i) apply(transaction, i, now);
  for (const auto& open : heads_) {
    if (open.changed) put_cell_head(transaction, open.cell, open.head);
  }
  if (token_) MILLRACE_CHECK_OK(token_->put(transaction, now));
  return true;
}

engine::Result<bool> WriteTransaction::is_replay(engine::Reader& reader, Timestamp now) {
  MILLRACE_TRY(auto seen, token_->look(reader, now));
  if (seen == TokenRow::Seen::kOtherRequest) {
    fail_call({400,
               "IdempotentParameterMismatchException",
               "The request uses the same client token as a previous, but different, request.",
               {}});
  }
  if (seen != TokenRow::Seen::kSameRequest) return false;
  for (size_t i = 0; i < outcomes_.size(); ++i) {
    MILLRACE_TRY(auto stored, reader.get(targets_[i].cell, targets_[i].row_key));
    if (stored) outcomes_[i].old_item = outcomes_[i].new_item = StoredItem(std::move(*stored));
    outcomes_[i].replayed = true;
  }
  return true;
}

engine::Result<void> WriteTransaction::decide_all(engine::Transaction& transaction) {
  for (size_t i = 0; i < writes_->size(); ++i) {
    const ItemWrite& write = (*writes_)[i];
    MILLRACE_TRY(OpenHead * open, head_of(transaction, targets_[i], *write.table));
    if (open == nullptr) {
      lost_cell_ = true;
      fail_call({400, "ResourceNotFoundException", "Requested resource not found", {}});
      return {};
    }
    // That the stored item has the partition key asked for is not checked: two keys with one
    // 128-bit hash cannot be found (2^64 SHA-256 evaluations), and would harm only their owner's
    // table.
    MILLRACE_TRY(auto stored, transaction.get(targets_[i].cell, targets_[i].row_key));
    if (stored) outcomes_[i].old_item = StoredItem(std::move(*stored));
    auto decision = write.decide(outcomes_[i].old_item);
    if (decision) {
      decisions_[i] = std::move(*decision);
    } else {
      failures_.push_back({i, std::move(decision).error()});
    }
  }
  return {};
}

engine::Result<WriteTransaction::OpenHead*> WriteTransaction::head_of(engine::Reader& reader,
                                                                      const Target& target,
                                                                      const Table& table) {
  for (auto& open : heads_) {
    if (open.cell == target.cell) return &open;
  }
  MILLRACE_TRY(auto head, read_cell_head(reader, target.cell, table_cell_counts(table)));
  if (!head) return nullptr;
  heads_.push_back({target.cell, std::move(*head)});
  return &heads_.back();
}

void WriteTransaction::apply(engine::Transaction& transaction, size_t i, Timestamp now) {
  const Table& table = *(*writes_)[i].table;
  const Target& target = targets_[i];
  Decision& decision = decisions_[i];
  const StoredItem& old_item = outcomes_[i].old_item;
  StoredItem& new_item = outcomes_[i].new_item;
  if (decision.action == Decision::Action::kKeep) {
    new_item = old_item;
    return;
  }
  if (decision.action == Decision::Action::kPut)
    new_item = StoredItem(std::move(decision.new_encoded));
  // Equal items have equal bytes: nothing changes, so nothing is written and nothing recorded.
  if (new_item.encoded() == old_item.encoded()) return;

  if (new_item.exists()) {
    transaction.put(target.cell, target.row_key, new_item.encoded());
  } else {
    transaction.erase(target.cell, target.row_key);
  }
  auto open = std::find_if(heads_.begin(), heads_.end(),
                           [&](const OpenHead& each) { return each.cell == target.cell; });
  auto count = [&](size_t position, ItemCounters& counters, const ItemCounts& added) {
    if (added == ItemCounts{}) return;
    add(open->head.counts[position], added);
    open->changed = true;
    counted_.emplace_back(&counters, added);
  };
  ItemCounts before = counts_of(old_item), after = counts_of(new_item);
  count(0, *table.counters, {after.items - before.items, after.bytes - before.bytes});
  for (size_t k = 0; k + 1 < open->head.counts.size(); ++k) {
    const Index& index = table.indexes[k];
    count(k + 1, *index.counters,
          change_index_row(transaction, target.cell, index, target.place, old_item.encoded(),
                           new_item.encoded()));
  }
  if (open->head.time_to_live) {
    auto expiry = change_expiry_row(transaction, target.cell, *open->head.time_to_live,
                                    target.row_key, old_item.encoded(), new_item.encoded());
    if (expiry) expiries_.push_back({open->head.time_to_live->number, *expiry});
  }
  if (open->head.keeps_log) log_change(transaction, i, open->head, now);
}

void WriteTransaction::log_change(engine::Transaction& transaction, size_t i, const CellHead& head,
                                  Timestamp now) {
  const ItemWrite& write = (*writes_)[i];
  const StoredItem& old_item = outcomes_[i].old_item;
  const StoredItem& new_item = outcomes_[i].new_item;
  stream::ChangeRecord record;
  record.kind = !old_item.exists()   ? stream::ChangeKind::kInsert
                : !new_item.exists() ? stream::ChangeKind::kRemove
                                     : stream::ChangeKind::kModify;
  record.time = lineage_clock_.next_commit_time(targets_[i].cell, now);
  record.keys = encode_item(write.key);
  if (head.keeps_old_image && old_item.exists()) record.old_image = old_item.encoded();
  if (head.keeps_new_image && new_item.exists()) record.new_image = new_item.encoded();
  record.by_time_to_live = write.by_time_to_live;
  record.trace_id = request_id_;
  transaction.append(targets_[i].cell, stream::encode_change(record));
}

void WriteTransaction::fail_call(aws::ApiError error) {
  failures_.clear();
  failures_.push_back({WriteFailure::kWholeCall, std::move(error)});
}

WriteResult WriteTransaction::finish(const engine::Result<engine::Committed>& committed) {
  if (committed) {
    for (const auto& [counters, added] : counted_) {
      counters->items += added.items;
      counters->bytes += added.bytes;
    }
    return std::move(outcomes_);
  }
  if (committed.error().code == engine::ErrorCode::kTooLarge) {
    fail_call(too_large(writes_->size()));
  } else if (committed.error().code != engine::ErrorCode::kAborted) {
    fail_call(storage_error(committed.error(), request_id_, "writing items"));
  }
  return Unexpected(std::move(failures_));
}

}  // namespace millrace::dynamodb::table
