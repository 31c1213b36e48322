#include <algorithm>
#include <nlohmann/json.hpp>

#include "dynamodb/operation/backup/backup_operations.h"
#include "dynamodb/operation/backup/backup_requests.h"
#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr int64_t kLimitMax = 100;

struct Input {
  std::optional<std::string> table_name, start_arn, type;
  std::optional<int64_t> limit;
  std::optional<Timestamp> lower, upper;
};

Input read_input(RequestReader& reader) {
  Input input;
  input.table_name = reader.string("TableName");
  input.start_arn = reader.string("ExclusiveStartBackupArn");
  input.type = reader.string("BackupType");
  input.limit = reader.integer("Limit");
  input.lower = read_time(reader, "TimeRangeLowerBound");
  input.upper = read_time(reader, "TimeRangeUpperBound");
  return input;
}

aws::Result<void> check(const Input& input) {
  ConstraintList constraints;
  constraints.check_range(input.limit, "limit", 1, kLimitMax);
  constraints.check_length(input.start_arn, "exclusiveStartBackupArn", 37, 1024);
  constraints.check_one_of(input.type, "backupType", "SYSTEM, USER, AWS_BACKUP, ALL");
  MILLRACE_CHECK_OK(constraints.result());
  if (input.start_arn) return check_is_backup_arn(*input.start_arn);
  return {};
}

bool matches(const backup::Backup& backup, const Input& input, const std::string& table_name) {
  std::string type = input.type.value_or("USER");
  if (type != "ALL" && type != to_string(backup.type)) return false;
  if (!table_name.empty() && backup.table->name != table_name) return false;
  if (input.lower && backup.created < *input.lower) return false;
  return !input.upper || backup.created < *input.upper;
}

}  // namespace

aws::OperationHandler list_backups(const BackupOperationDependencies& dependencies) {
  return control_operation(
      [&backups = dependencies.backups](const aws::RequestContext& context,
                                        json::Value root) -> aws::Result<nlohmann::json> {
        MILLRACE_TRY(Input input, read_request(root, read_input));
        std::string name;
        if (input.table_name) {
      MILLRACE_TRY(name, control_table_name(context, input.table_name));
    }
        MILLRACE_CHECK_OK(check(input));
        // By creation, and those of one moment by their ARNs: a page begins behind any ARN.
        std::vector<backup::BackupPtr> found;
        for (auto& backup : backups.list(context.account, context.region)) {
          if (matches(*backup, input, name)) found.push_back(std::move(backup));
        }
        auto begin = found.begin();
        if (input.start_arn) {
          begin = std::find_if(found.begin(), found.end(), [&](const backup::BackupPtr& backup) {
            return backup->arn == *input.start_arn;
          });
          if (begin != found.end()) ++begin;
        }
        auto left = static_cast<int64_t>(found.end() - begin);
        auto end = begin + std::min(left, input.limit.value_or(kLimitMax));
        nlohmann::json answer = {{"BackupSummaries", nlohmann::json::array()}};
        for (auto each = begin; each != end; ++each) {
          answer["BackupSummaries"].push_back(backup_summary(**each));
        }
        if (end != found.end()) answer["LastEvaluatedBackupArn"] = (*std::prev(end))->arn;
        return answer;
      });
}

}  // namespace millrace::dynamodb::operation
