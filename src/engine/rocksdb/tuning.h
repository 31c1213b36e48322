// RocksDB's options, chosen for small rows, a log that is trimmed from its front, and a server that
// must be small while it is idle.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/options.h>

#include <memory>

#include "engine/rocksdb/rocksdb_engine.h"

namespace millrace::engine::rocks {

::rocksdb::DBOptions database_options(const RocksdbOptions& options);
std::shared_ptr<::rocksdb::Cache> block_cache(const RocksdbOptions& options);
::rocksdb::ColumnFamilyOptions rows_family_options(const RocksdbOptions& options,
                                                   std::shared_ptr<::rocksdb::Cache> cache);
::rocksdb::ColumnFamilyOptions log_family_options(const RocksdbOptions& options,
                                                  std::shared_ptr<::rocksdb::Cache> cache);
::rocksdb::ColumnFamilyOptions system_family_options(std::shared_ptr<::rocksdb::Cache> cache);

}  // namespace millrace::engine::rocks
