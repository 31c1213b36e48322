#include "dynamodb/table/index_change_rules.h"

#include <algorithm>

#include "dynamodb/table/cell_head.h"
#include "dynamodb/table/index_filling.h"

namespace millrace::dynamodb::table {

namespace {

// AWS's quota.
constexpr ptrdiff_t kGlobalIndexesMax = 20;

bool is_settled(const Index& index) {
  return index.status == IndexStatus::kActive;
}

Unexpected<aws::ApiError> limit(const std::string& text) {
  return aws::api_error(400, "LimitExceededException", "Subscriber limit exceeded: " + text);
}

aws::Result<void> check_one_change(const Table& table, const Index* changed) {
  for (const auto& index : table.indexes) {
    bool given_up = &index == changed && index.status == IndexStatus::kCreating;
    if (is_settled(index) || given_up) continue;
    return limit("Only 1 online index can be created or deleted simultaneously per table");
  }
  return {};
}

aws::Result<void> add_index(Table& table, const Index& added) {
  if (table.find_index(added.name) != nullptr) {
    return aws::validation_error("Attempting to create an index which already exists");
  }
  MILLRACE_CHECK_OK(check_one_change(table, nullptr));
  auto global = std::count_if(table.indexes.begin(), table.indexes.end(),
                              [](const Index& index) { return index.global; });
  if (global >= kGlobalIndexesMax) {
    return limit("Number of global secondary indexes exceeds per-table limit of 20");
  }
  table.indexes.push_back(added);
  table.indexes.back().status = IndexStatus::kCreating;
  for (const auto* keys : {&added.partition_key, &added.sort_key}) {
    for (const auto& key : *keys) {
      auto& defined = table.attribute_definitions;
      if (std::find(defined.begin(), defined.end(), key) == defined.end()) defined.push_back(key);
    }
  }
  return {};
}

aws::Result<void> mark_deleted(Table& table, const std::string& name) {
  auto index = std::find_if(table.indexes.begin(), table.indexes.end(),
                            [&](const Index& each) { return each.name == name; });
  if (index == table.indexes.end()) {
    return aws::api_error(
        400, "ResourceNotFoundException",
        "Requested resource not found: Index " + name + " for table " + table.name);
  }
  if (!index->global) {
    return aws::validation_error("Cannot delete an index that is not a GlobalSecondaryIndex: " +
                                 name);
  }
  MILLRACE_CHECK_OK(check_one_change(table, &*index));
  index->status = IndexStatus::kDeleting;
  return {};
}

// Attributes that are no key any more are not defined.
void drop_unused_definitions(Table& table) {
  auto uses = [](const std::vector<KeyDefinition>& keys, const KeyDefinition& key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  std::erase_if(table.attribute_definitions, [&](const KeyDefinition& defined) {
    return defined != table.partition_key && defined != table.sort_key &&
           std::none_of(table.indexes.begin(), table.indexes.end(), [&](const Index& index) {
             return uses(index.partition_key, defined) || uses(index.sort_key, defined);
           });
  });
}

}  // namespace

aws::Result<void> change_indexes(Table& table, const TableUpdate& update) {
  if (update.new_index) MILLRACE_CHECK_OK(add_index(table, *update.new_index));
  if (update.deleted_index) MILLRACE_CHECK_OK(mark_deleted(table, *update.deleted_index));
  return {};
}

aws::Result<void> check_indexes_settled(const Table& table) {
  if (std::all_of(table.indexes.begin(), table.indexes.end(), is_settled)) return {};
  return aws::api_error(400, "ResourceInUseException",
                        "Attempt to change a resource which is still in use: Cannot delete table "
                        "while indexes are being created, updated, or deleted.");
}

aws::Result<void> check_not_being_created(const Table& table) {
  if (table.status == TableStatus::kCreating) {
    return aws::api_error(400, "ResourceInUseException",
                          "Attempt to change a resource which is still in use: Table is being "
                          "created: " +
                              table.name);
  }
  return {};
}

aws::Result<void> check_not_being_copied(const Table& table) {
  if (table.copies.empty()) return {};
  return aws::api_error(400, "ResourceInUseException",
                        "Attempt to change a resource which is still in use: Table is being backed "
                        "up or restored from: " +
                            table.name);
}

bool finish_index(Table& table, uint64_t index_number, IndexStatus status) {
  auto index = std::find_if(table.indexes.begin(), table.indexes.end(),
                            [&](const Index& each) { return each.number == index_number; });
  if (index == table.indexes.end() || index->status != status) return false;
  if (status == IndexStatus::kCreating) {
    index->status = IndexStatus::kActive;
    finish_restore(table);
  } else {
    table.indexes.erase(index);
    drop_unused_definitions(table);
  }
  return true;
}

void finish_restore(Table& table) {
  bool complete = std::none_of(table.indexes.begin(), table.indexes.end(), [](const Index& index) {
    return index.status == IndexStatus::kCreating;
  });
  if (!complete || !table.is_being_restored()) return;
  table.restored_from->phase = RestoreOrigin::Phase::kDone;
  table.status = TableStatus::kActive;
}

engine::Result<void> begin_index_changes(engine::Transaction& transaction, const Table& before,
                                         const Table& after) {
  for (const auto& index : after.indexes) {
    const Index* old = before.find_index(index.number);
    if (old == nullptr) MILLRACE_CHECK_OK(begin_index_filling(transaction, after, index));
    if (old != nullptr && old->status != index.status) {
      // Without its head, no follower that still knows the index adds a row.
      transaction.erase(index.cell, cell_head_key(index.cell));
    }
  }
  return {};
}

}  // namespace millrace::dynamodb::table
