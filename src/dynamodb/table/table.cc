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

const Index* Table::find_index(std::string_view index_name) const {
  for (const auto& index : indexes) {
    if (index.name == index_name) return &index;
  }
  return nullptr;
}

bool Table::keeps_log() const {
  return stream_view_type || has_global_index();
}

bool Table::has_global_index() const {
  return std::any_of(indexes.begin(), indexes.end(),
                     [](const Index& index) { return index.global; });
}

}  // namespace millrace::dynamodb::table
