#include "engine/rocksdb/rocksdb_engine.h"

#include "engine/rocksdb/engine_implementation.h"
#include "engine/rocksdb/test_disk.h"

namespace millrace::engine {

Result<std::unique_ptr<Engine>> open_rocksdb_engine(RocksdbOptions options, Timers& timers) {
#ifdef MILLRACE_CRASH_POINTS
  ::rocksdb::Env* env = rocks::test_disk_of_environment(options);
#else
  ::rocksdb::Env* env = nullptr;
#endif
  return rocks::open_rocksdb_engine_on(env, std::move(options), timers);
}

namespace rocks {

Result<std::unique_ptr<Engine>> open_rocksdb_engine_on(::rocksdb::Env* env, RocksdbOptions options,
                                                       Timers& timers) {
  MILLRACE_TRY(auto store, Store::open(options, env));
  return std::unique_ptr<Engine>(
      std::make_unique<RocksdbEngine>(options, std::move(store), timers));
}

}  // namespace rocks
}  // namespace millrace::engine
