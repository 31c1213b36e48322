#include "engine/rocksdb/tuning.h"

#include <rocksdb/convenience.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <algorithm>

#include "base/descriptor_limit.h"

namespace millrace::engine::rocks {

namespace {

constexpr size_t kKiB = 1024;
constexpr size_t kMiB = 1024 * kKiB;

// In memory there is nowhere to look for RocksDB's own messages.
class SilentLogger final : public ::rocksdb::Logger {
 public:
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
};

bool supported(::rocksdb::CompressionType type) {
  auto types = ::rocksdb::GetSupportedCompressions();
  return std::find(types.begin(), types.end(), type) != types.end();
}

::rocksdb::ColumnFamilyOptions family_options(size_t write_buffer,
                                              ::rocksdb::BlockBasedTableOptions table) {
  ::rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = write_buffer;
  options.max_write_buffer_number = 3;
  // The smallest piece that a memtable takes, and so what an empty one costs.
  options.arena_block_size = 64 * kKiB;
  options.target_file_size_base = 32 * kMiB;
  options.max_bytes_for_level_base = 128 * kMiB;
  // A range is searched for in each file that is not merged yet: fewer of them, for more merging.
  options.level0_file_num_compaction_trigger = 2;
  options.level_compaction_dynamic_level_bytes = true;
  options.compression = supported(::rocksdb::kLZ4Compression) ? ::rocksdb::kLZ4Compression
                                                              : ::rocksdb::kNoCompression;
  options.table_factory.reset(::rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

::rocksdb::BlockBasedTableOptions table_options(std::shared_ptr<::rocksdb::Cache> cache) {
  ::rocksdb::BlockBasedTableOptions table;
  table.block_cache = std::move(cache);
  table.format_version = 5;
  // Charged to the cache, so that memory does not grow with the number of files.
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  return table;
}

}  // namespace

::rocksdb::DBOptions database_options(const RocksdbOptions& options) {
  ::rocksdb::DBOptions database;
  database.create_if_missing = true;
  database.create_missing_column_families = true;
  // A write only fills a buffer; the committer hands it on, once for many writes.
  database.manual_wal_flush = !options.in_memory;
  database.max_background_jobs = 2;
  database.max_open_files = share_descriptors().storage;
  database.max_file_opening_threads = 1;
  // A quiet column family must not keep the logs of the busy ones alive.
  database.max_total_wal_size = 128 * kMiB;
  database.bytes_per_sync = kMiB;
  database.max_manifest_file_size = 16 * kMiB;
  database.skip_stats_update_on_db_open = true;
  database.stats_dump_period_sec = 0;
  database.stats_persist_period_sec = 0;
  database.info_log_level = ::rocksdb::WARN_LEVEL;
  database.max_log_file_size = kMiB;
  database.keep_log_file_num = 2;
  if (options.in_memory) {
    database.info_log = std::make_shared<SilentLogger>();
    database.avoid_flush_during_shutdown = true;
  }
  return database;
}

std::shared_ptr<::rocksdb::Cache> block_cache(const RocksdbOptions& options) {
  return ::rocksdb::NewLRUCache(options.cache_bytes);
}

::rocksdb::ColumnFamilyOptions rows_family_options(const RocksdbOptions& options,
                                                   std::shared_ptr<::rocksdb::Cache> cache) {
  auto table = table_options(std::move(cache));
  table.block_size = 8 * kKiB;
  // Whole keys: most reads name one item, and most writes look for an item that is not there yet.
  table.filter_policy.reset(::rocksdb::NewBloomFilterPolicy(10));
  auto family = family_options(options.memtable_bytes, table);
  // Nor are most keys that are looked for among the newest writes.
  family.memtable_whole_key_filtering = true;
  family.memtable_prefix_bloom_size_ratio = 0.02;
  return family;
}

::rocksdb::ColumnFamilyOptions log_family_options(const RocksdbOptions& options,
                                                  std::shared_ptr<::rocksdb::Cache> cache) {
  auto table = table_options(std::move(cache));
  // Only read in order, so blocks are large and there is nothing to filter.
  table.block_size = 32 * kKiB;
  return family_options(options.memtable_bytes, table);
}

::rocksdb::ColumnFamilyOptions system_family_options(std::shared_ptr<::rocksdb::Cache> cache) {
  auto table = table_options(std::move(cache));
  table.filter_policy.reset(::rocksdb::NewBloomFilterPolicy(10));
  return family_options(4 * kMiB, table);
}

}  // namespace millrace::engine::rocks
