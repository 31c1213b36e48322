#include "dynamodb/table/table.h"

#include <algorithm>

namespace millrace::dynamodb::table {

std::string_view to_string(TableStatus status) {
  switch (status) {
    case TableStatus::kCreating:
      return "CREATING";
    case TableStatus::kUpdating:
      return "UPDATING";
    case TableStatus::kActive:
      return "ACTIVE";
    case TableStatus::kDeleting:
      return "DELETING";
  }
  return "?";
}

std::string_view to_string(IndexStatus status) {
  switch (status) {
    case IndexStatus::kCreating:
      return "CREATING";
    case IndexStatus::kActive:
      return "ACTIVE";
    case IndexStatus::kDeleting:
      return "DELETING";
  }
  return "?";
}

std::string_view to_string(ProjectionType type) {
  switch (type) {
    case ProjectionType::kAll:
      return "ALL";
    case ProjectionType::kKeysOnly:
      return "KEYS_ONLY";
    case ProjectionType::kInclude:
      return "INCLUDE";
  }
  return "?";
}

std::string_view to_string(BillingMode mode) {
  switch (mode) {
    case BillingMode::kProvisioned:
      return "PROVISIONED";
    case BillingMode::kPayPerRequest:
      return "PAY_PER_REQUEST";
  }
  return "?";
}

engine::CellId Table::cell_for(uint64_t hash_prefix) const {
  auto after = std::upper_bound(
      cells.begin(), cells.end(), hash_prefix,
      [](uint64_t prefix, const CellRange& range) { return prefix < range.begin; });
  return std::prev(after)->cell;
}

std::vector<engine::CellId> Table::all_cells() const {
  std::vector<engine::CellId> all;
  all.reserve(cells.size());
  for (const auto& range : cells) all.push_back(range.cell);
  return all;
}

std::vector<engine::CellId> Table::ended_cells() const {
  std::vector<engine::CellId> ended;
  ended.reserve(splits.size());
  for (const auto& split : splits) ended.push_back(split.parent);
  return ended;
}

const CellSplit* Table::split_into(engine::CellId child) const {
  for (const auto& split : splits) {
    if (split.lower == child || split.upper == child) return &split;
  }
  return nullptr;
}

const Index* Table::find_index(uint64_t index_number) const {
  for (const auto& index : indexes) {
    if (index.number == index_number) return &index;
  }
  return nullptr;
}

const Index* Table::find_index(std::string_view index_name) const {
  for (const auto& index : indexes) {
    if (index.name == index_name) return &index;
  }
  return nullptr;
}

bool Table::has_other_indexes(const Table& other) const {
  return !std::equal(indexes.begin(), indexes.end(), other.indexes.begin(), other.indexes.end(),
                     [](const Index& mine, const Index& its) {
                       return mine.number == its.number && mine.status == its.status;
                     });
}

bool Table::keeps_log() const {
  return stream_view_type || has_global_index() || goes_back();
}

bool Table::has_global_index() const {
  return std::any_of(indexes.begin(), indexes.end(), [](const Index& index) {
    return index.global && index.status != IndexStatus::kDeleting;
  });
}

}  // namespace millrace::dynamodb::table
