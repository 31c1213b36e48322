// Splits cells that have grown too large or are written too often (docs/decisions/0003-splits.md).
// Looks at every interval of the clock. Thread-safe.
#pragma once

#include <chrono>
#include <memory>

#include "base/executor.h"
#include "base/unique_function.h"
#include "dynamodb/table/table_catalog.h"
#include "engine/engine.h"

namespace millrace::dynamodb::table {

// What a partition takes on AWS.
struct PartitionWatchOptions {
  Duration interval = std::chrono::minutes(5);
  int64_t bytes_max = 10'000'000'000;
  // On average since the last look. Only of tables whose changes are logged.
  int64_t changes_per_second_max = 1000;
};

// Runs until destroyed. Destruction waits for a look that is under way, not for splits that it has
// asked for.
class PartitionWatch {
 public:
  // All references must outlive the object.
  static std::unique_ptr<PartitionWatch> start(engine::Engine& engine, TableCatalog& catalog,
                                               Executor& executor, Timers& timers,
                                               PartitionWatchOptions options);
  virtual ~PartitionWatch() = default;
};

}  // namespace millrace::dynamodb::table
