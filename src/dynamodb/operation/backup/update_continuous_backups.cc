#include <nlohmann/json.hpp>

#include "dynamodb/operation/backup/backup_operations.h"
#include "dynamodb/operation/backup/backup_requests.h"
#include "dynamodb/operation/backup/continuous_backups.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr int kPeriodDaysMax = 35;

struct Specification {
  std::optional<bool> enabled;
  std::optional<int64_t> days;
};
struct Input {
  std::optional<std::string> table_name;
  std::optional<Specification> specification;
};

Input read_input(RequestReader& reader) {
  return {reader.string("TableName"),
          reader.structure("PointInTimeRecoverySpecification", "PointInTimeRecoverySpecification",
                           [](RequestReader& specification) {
                             return Specification{
                                 specification.boolean("PointInTimeRecoveryEnabled"),
                                 specification.integer("RecoveryPeriodInDays")};
                           })};
}

aws::Result<void> check(const Input& input) {
  const std::string path = "pointInTimeRecoverySpecification";
  ConstraintList constraints;
  constraints.require(input.specification, path);
  if (input.specification) {
    constraints.require(input.specification->enabled, path + ".pointInTimeRecoveryEnabled");
    constraints.check_range(input.specification->days, path + ".recoveryPeriodInDays", 1,
                            kPeriodDaysMax);
  }
  MILLRACE_CHECK_OK(constraints.result());
  if (!*input.specification->enabled && input.specification->days) {
    return aws::validation_error(
        "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time "
        "recovery.");
  }
  return {};
}

}  // namespace

aws::OperationHandler update_continuous_backups(const BackupOperationDependencies& dependencies) {
  return later_operation([&catalog = dependencies.catalog, &backups = dependencies.backups,
                          &clock = dependencies.clock](const aws::RequestContext& context,
                                                       json::Value root) -> aws::Result<LaterWork> {
    MILLRACE_TRY(Input input, read_request(root, read_input));
    MILLRACE_TRY(std::string name, control_table_name(context, input.table_name));
    MILLRACE_CHECK_OK(check(input));
    MILLRACE_TRY(auto table, find_for_backup(catalog, context, name));
    if (table->status == table::TableStatus::kCreating) {
      return aws::api_error(
          400, "ContinuousBackupsUnavailableException",
          "Backups are being enabled for the table: " + name + ". Please retry later");
    }
    std::optional<int> days;
    if (*input.specification->enabled) {
      days = static_cast<int>(input.specification->days.value_or(kPeriodDaysMax));
    }
    return LaterWork([&backups, &clock, context, name, days](LaterAnswer answer) {
      backups.set_recovery(
          context, name, days,
          [&clock, answer = std::move(answer)](aws::Result<table::TablePtr> updated) mutable {
            if (!updated) return answer(Unexpected(std::move(updated).error()));
            answer(nlohmann::json{
                {"ContinuousBackupsDescription", describe_recovery(**updated, clock.now())}});
          });
    });
  });
}

}  // namespace millrace::dynamodb::operation
