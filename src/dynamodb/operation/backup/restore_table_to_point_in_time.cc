#include <nlohmann/json.hpp>

#include "aws/arn.h"
#include "dynamodb/operation/backup/backup_operations.h"
#include "dynamodb/operation/backup/backup_requests.h"
#include "dynamodb/operation/backup/restored_table.h"
#include "dynamodb/operation/table_description.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {
namespace {

struct Input {
  RestoreInput table;
  std::optional<std::string> source_arn, source_name;
  bool latest = false;
  std::optional<Timestamp> time;
};

Input read_input(RequestReader& reader) {
  Input input;
  input.table = read_restore_input(reader);
  input.source_arn = reader.string("SourceTableArn");
  input.source_name = reader.string("SourceTableName");
  input.latest = reader.boolean("UseLatestRestorableTime").value_or(false);
  input.time = read_time(reader, "RestoreDateTime");
  return input;
}

aws::Result<void> check(const Input& input) {
  ConstraintList constraints;
  check_restore_input(constraints, input.table);
  constraints.check_name(input.source_name, "sourceTableName");
  constraints.check_length(input.source_arn, "sourceTableArn", 1, 1024);
  MILLRACE_CHECK_OK(constraints.result());
  if (input.latest == input.time.has_value()) {
    return aws::validation_error(
        "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be "
        "specified, but not both");
  }
  if (input.source_arn.has_value() == input.source_name.has_value()) {
    return aws::validation_error("Must provide exactly one of: sourceTableArn, sourceTableName");
  }
  return {};
}

aws::Result<table::TablePtr> find_source(const table::TableCatalog& catalog,
                                         const aws::RequestContext& context, const Input& input,
                                         Timestamp now) {
  const std::string& given = input.source_arn ? *input.source_arn : *input.source_name;
  MILLRACE_TRY(auto source, find_for_backup(catalog, context, plain_table_name(context, given)));
  if (!source->recovery) {
    return aws::api_error(400, "PointInTimeRecoveryUnavailableException",
                          "Point in time recovery is not enabled for table '" + source->name + "'");
  }
  auto times = backup::restorable_times(*source, now);
  // Times are given and told in milliseconds.
  bool early = input.time && *input.time + std::chrono::milliseconds(1) <= times.earliest;
  if (early || (input.time && *input.time > times.latest)) {
    return aws::api_error(400, "InvalidRestoreTimeException",
                          "An invalid restore time was specified. RestoreDateTime must be between "
                          "EarliestRestorableDateTime and LatestRestorableDateTime.");
  }
  const std::string& target = *input.table.target_name;
  if (catalog.find(context.account, context.region, target)) {
    return aws::api_error(400, "TableAlreadyExistsException", "Table already exists: " + target);
  }
  return source;
}

}  // namespace

aws::OperationHandler restore_table_to_point_in_time(
    const BackupOperationDependencies& dependencies) {
  return later_operation([&catalog = dependencies.catalog, &backups = dependencies.backups,
                          &clock = dependencies.clock](const aws::RequestContext& context,
                                                       json::Value root) -> aws::Result<LaterWork> {
    MILLRACE_TRY(Input input, read_request(root, read_input));
    MILLRACE_CHECK_OK(check(input));
    MILLRACE_TRY(auto source, find_source(catalog, context, input, clock.now()));
    MILLRACE_TRY(auto definition, define_restored(context, *source, input.table));
    return LaterWork([&catalog, &backups, context, source, time = input.time,
                      definition = std::move(definition)](LaterAnswer answer) mutable {
      backups.restore(
          context, source, time, std::move(definition),
          [&catalog, answer = std::move(answer)](aws::Result<table::TablePtr> table) mutable {
            if (!table) return answer(Unexpected(std::move(table).error()));
            answer(nlohmann::json{{"TableDescription", describe(**table, catalog)}});
          });
    });
  });
}

}  // namespace millrace::dynamodb::operation
