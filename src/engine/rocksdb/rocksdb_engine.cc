#include "engine/rocksdb/rocksdb_engine.h"

#include "engine/rocksdb/engine_implementation.h"

namespace millrace::engine {

Result<std::unique_ptr<Engine>> open_rocksdb_engine(RocksdbOptions options, Timers& timers) {
  return rocks::open_rocksdb_engine_on(nullptr, std::move(options), timers);
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
