// The tables in memory, by account, region and name. Lookups are on the way of every request: they
// allocate nothing and share a lock. Thread-safe.
#pragma once

#include <functional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dynamodb/table/table.h"

namespace millrace::dynamodb::table {

class TableMap {
 public:
  TablePtr find(std::string_view account, std::string_view region, std::string_view name) const;
  // Sorted by name, in byte order as DynamoDB lists them.
  std::vector<TablePtr> list(std::string_view account, std::string_view region) const;
  std::vector<TablePtr> list_all() const;
  size_t count(std::string_view account, std::string_view region) const;

  // Adds the table or replaces its earlier snapshot.
  void put(TablePtr table);
  void erase(const Table& table);

 private:
  struct Key {
    std::string_view account, region, name;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    size_t operator()(const Key& key) const;
  };
  static Key key_of(const Table& table) { return {table.account, table.region, table.name}; }

  mutable std::shared_mutex mutex_;
  std::unordered_map<Key, TablePtr, Hash> tables_;  // each key's bytes are in its own table
};

}  // namespace millrace::dynamodb::table
