#include "dynamodb/table/table_map.h"

#include <algorithm>
#include <mutex>

namespace millrace::dynamodb::table {

size_t TableMap::Hash::operator()(const Key& key) const {
  std::hash<std::string_view> hash;
  size_t mixed = hash(key.name);
  mixed = mixed * 31 + hash(key.region);
  return mixed * 31 + hash(key.account);
}

TablePtr TableMap::find(std::string_view account, std::string_view region,
                        std::string_view name) const {
  std::shared_lock lock(mutex_);
  auto found = tables_.find(Key{account, region, name});
  return found == tables_.end() ? nullptr : found->second;
}

std::vector<TablePtr> TableMap::list(std::string_view account, std::string_view region) const {
  std::vector<TablePtr> tables;
  {
    std::shared_lock lock(mutex_);
    for (const auto& [key, table] : tables_) {
      if (key.account == account && key.region == region) tables.push_back(table);
    }
  }
  std::sort(tables.begin(), tables.end(),
            [](const TablePtr& a, const TablePtr& b) { return a->name < b->name; });
  return tables;
}

std::vector<TablePtr> TableMap::list_all() const {
  std::vector<TablePtr> tables;
  std::shared_lock lock(mutex_);
  tables.reserve(tables_.size());
  for (const auto& [key, table] : tables_) tables.push_back(table);
  return tables;
}

size_t TableMap::count(std::string_view account, std::string_view region) const {
  std::shared_lock lock(mutex_);
  return static_cast<size_t>(std::count_if(tables_.begin(), tables_.end(), [&](const auto& entry) {
    return entry.first.account == account && entry.first.region == region;
  }));
}

void TableMap::put(TablePtr table) {
  std::unique_lock lock(mutex_);
  // The old key points into the old snapshot, so it goes with it.
  tables_.erase(key_of(*table));
  Key key = key_of(*table);
  tables_.emplace(key, std::move(table));
}

void TableMap::erase(const Table& table) {
  std::unique_lock lock(mutex_);
  auto found = tables_.find(key_of(table));
  if (found != tables_.end() && found->second->number == table.number) tables_.erase(found);
}

}  // namespace millrace::dynamodb::table
