// Backups, point-in-time recovery, and tables restored from either
// (docs/decisions/0007-going-back.md). Thread-safe.
//
// Changes are durable before they answer. Copies (item_copy.h) are made in the background and go on
// after a restart. What is wrong comes back as DynamoDB's error.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/request_context.h"
#include "base/executor.h"
#include "base/random.h"
#include "dynamodb/backup/backup.h"
#include "dynamodb/stream/stream_store.h"
#include "dynamodb/table/table_catalog.h"
#include "engine/engine.h"

namespace millrace::dynamodb::backup {

// The times that a table with point-in-time recovery can go back to.
struct RestorableTimes {
  Timestamp earliest, latest;
};
// REQUIRES: table.recovery
RestorableTimes restorable_times(const table::Table& table, Timestamp now);

class BackupStore {
 public:
  // Goes on with what was under way. All references must outlive the store, whose end waits for the
  // steps that are under way.
  static engine::Result<std::shared_ptr<BackupStore>> open(engine::Engine& engine,
                                                           stream::StreamStore& streams,
                                                           table::TableCatalog& catalog,
                                                           Random& random, Executor& executor,
                                                           Timers& timers);
  virtual ~BackupStore() = default;

  // Null if there is none (any more).
  virtual BackupPtr find(std::string_view arn) const = 0;
  // All of the account and region, the oldest first.
  virtual std::vector<BackupPtr> list(std::string_view account, std::string_view region) const = 0;

  using Completion = UniqueFunction<void(aws::Result<BackupPtr>)>;
  // Of the table as it is when the change is made. Answers once that is durable, with a backup that
  // may not be available yet. TableNotFoundException.
  virtual void create(const aws::RequestContext& context, const std::string& table_name,
                      const std::string& backup_name, Completion done) = 0;
  // Answers with the backup as it was. BackupNotFoundException; BackupInUseException while it is
  // being made or restored.
  virtual void remove(const std::string& arn, Completion done) = 0;

  using TableCompletion = table::TableCatalog::Completion;
  // Creates the table (its status is CREATING) and fills it with the backup's items. The definition
  // must have the backup's keys. BackupNotFoundException, BackupInUseException,
  // TableAlreadyExistsException.
  virtual void restore(const aws::RequestContext& context, const std::string& arn,
                       table::TableDefinition definition, TableCompletion done) = 0;
  // The same with the items that `source`, which has had point-in-time recovery since then, had
  // after the changes of that millisecond; without a time, as they are when the call is made.
  virtual void restore(const aws::RequestContext& context, table::TablePtr source,
                       std::optional<Timestamp> time, table::TableDefinition definition,
                       TableCompletion done) = 0;

  // Switches point-in-time recovery on for so many days, or off. TableNotFoundException.
  virtual void set_recovery(const aws::RequestContext& context, const std::string& table_name,
                            std::optional<int> days, TableCompletion done) = 0;
};

// TableNotFoundException, which this family has instead of ResourceNotFoundException.
aws::ApiError table_not_found(const std::string& name);

}  // namespace millrace::dynamodb::backup
