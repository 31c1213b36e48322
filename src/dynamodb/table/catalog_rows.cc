#include "dynamodb/table/catalog_rows.h"

#include "base/encoding.h"
#include "dynamodb/table/cell_head.h"
#include "dynamodb/table/index_rows.h"
#include "dynamodb/table/row_keys.h"
#include "dynamodb/table/table_codec.h"
#include "engine/cells.h"

namespace millrace::dynamodb::table {

namespace {

std::string rows_prefix(char kind) {
  return {static_cast<char>(engine::KeyPrefix::kTableCatalog), kind};
}

engine::Result<std::vector<Table>> load_rows(engine::Reader& reader, char kind) {
  std::vector<Table> tables;
  bool bad = false;
  engine::RangeOptions options;
  options.begin = rows_prefix(kind);
  options.end = after_prefix(options.begin);
  MILLRACE_CHECK_OK(reader.range({engine::kTableCatalogCell}, options,
                                 [&](std::string_view, std::string_view value) {
                                   auto table = decode_table(value);
                                   bad = !table;
                                   if (table) tables.push_back(std::move(*table));
                                   return !bad;
                                 }));
  if (bad) return Unexpected(engine::Error{engine::ErrorCode::kCorrupt, "a table's catalog row"});
  return tables;
}

void add(ItemCounters& counters, const ItemCounts& counts) {
  counters.items += counts.items;
  counters.bytes += counts.bytes;
}

engine::Result<void> read_counters(engine::Reader& reader, const Table& table) {
  size_t counted = table_cell_counts(table);
  for (const auto& range : table.cells) {
    MILLRACE_TRY(auto head, read_cell_head(reader, range.cell, counted));
    if (!head) continue;
    add(*table.counters, head->counts[0]);
    // The local indexes come first, and are counted in that order.
    for (size_t i = 1; i < counted; ++i) add(*table.indexes[i - 1].counters, head->counts[i]);
  }
  for (const auto& index : table.indexes) {
    if (!index.global) continue;
    MILLRACE_TRY(auto head, read_cell_head(reader, index.cell, 1));
    if (head) add(*index.counters, head->counts[0]);
  }
  return {};
}

}  // namespace

std::string table_row_key(const Table& table) {
  std::string key = rows_prefix('T');
  key += table.account;
  key.push_back('\0');
  key += table.region;
  key.push_back('\0');
  key += table.name;
  return key;
}

std::string removed_row_key(uint64_t table_number) {
  std::string key = rows_prefix('D');
  append_u64(key, table_number);
  return key;
}

std::string ended_time_to_live_prefix() {
  return rows_prefix('E');
}

std::string ended_time_to_live_key(uint64_t number) {
  std::string key = ended_time_to_live_prefix();
  append_u64(key, number);
  return key;
}

engine::Result<CatalogRows> load_catalog(engine::Engine& engine) {
  CatalogRows rows;
  MILLRACE_CHECK_OK(engine::snapshot_and_wait(engine, {engine::kTableCatalogCell},
                                              [&](engine::Reader& reader) -> engine::Result<void> {
                                                MILLRACE_TRY(auto tables, load_rows(reader, 'T'));
                                                MILLRACE_TRY(auto removed, load_rows(reader, 'D'));
                                                rows = {std::move(tables), std::move(removed)};
                                                return {};
                                              }));
  return rows;
}

void add_derived(Table& table) {
  table.counters = std::make_shared<ItemCounters>();
  table.published_splits = std::make_shared<std::atomic<size_t>>(table.splits.size());
  for (auto& index : table.indexes) {
    index.counters = std::make_shared<ItemCounters>();
    index.projected_attributes = projected_attributes(table, index);
  }
}

engine::Result<void> load_counters(engine::Engine& engine, const Table& table) {
  std::vector<engine::CellId> cells = table.all_cells();
  for (const auto& index : table.indexes) {
    if (index.global) cells.push_back(index.cell);
  }
  return engine::snapshot_and_wait(engine, std::move(cells), [&table](engine::Reader& reader) {
    return read_counters(reader, table);
  });
}

}  // namespace millrace::dynamodb::table
