#include "dynamodb/operation/backup/backup_requests.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "aws/arn.h"
#include "dynamodb/operation/table_description.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr size_t kBackupArnLengthMin = 37;
constexpr size_t kBackupArnLengthMax = 1024;

aws::Result<std::optional<double>> read_seconds(json::Value root, std::string_view name) {
  auto member = root.find(name);
  if (!member) return std::optional<double>();
  if (!member->is(json::Kind::kInteger) && !member->is(json::Kind::kDecimal)) {
    return aws::api_error(400, "SerializationException",
                          "Only a number of seconds is convertible to Timestamp");
  }
  return std::optional(member->decimal());
}

// Those of `names` that the description has.
nlohmann::json members_of(const nlohmann::json& description,
                          std::initializer_list<const char*> names) {
  auto members = nlohmann::json::object();
  for (const char* name : names) {
    if (auto found = description.find(name); found != description.end()) members[name] = *found;
  }
  return members;
}

nlohmann::json source_details(const nlohmann::json& table, const backup::Backup& backup) {
  nlohmann::json details = members_of(table, {"TableName", "TableId", "TableArn", "KeySchema"});
  details["TableCreationDateTime"] = table.at("CreationDateTime");
  const table::Throughput& throughput = backup.table->throughput;
  details["ProvisionedThroughput"] = {{"ReadCapacityUnits", throughput.read_units},
                                      {"WriteCapacityUnits", throughput.write_units}};
  details["ItemCount"] = backup.items;
  details["TableSizeBytes"] = backup.bytes;
  details["BillingMode"] = to_string(backup.table->billing_mode);
  if (auto limits = table.find("OnDemandThroughput"); limits != table.end()) {
    details["OnDemandThroughput"] = *limits;
  }
  return details;
}

nlohmann::json feature_details(const nlohmann::json& table, const backup::Backup& backup) {
  auto details = nlohmann::json::object();
  for (const char* list : {"LocalSecondaryIndexes", "GlobalSecondaryIndexes"}) {
    auto found = table.find(list);
    if (found == table.end()) continue;
    details[list] = nlohmann::json::array();
    for (const auto& index : *found) {
      auto info = members_of(index, {"IndexName", "KeySchema", "Projection", "OnDemandThroughput"});
      const table::Index* defined =
          backup.table->find_index(index.at("IndexName").get<std::string>());
      if (defined != nullptr && defined->throughput) {
        info["ProvisionedThroughput"] = {{"ReadCapacityUnits", defined->throughput->read_units},
                                         {"WriteCapacityUnits", defined->throughput->write_units}};
      }
      details[list].push_back(std::move(info));
    }
  }
  if (auto stream = table.find("StreamSpecification"); stream != table.end()) {
    details["StreamDescription"] = *stream;
  }
  if (auto encryption = table.find("SSEDescription"); encryption != table.end()) {
    details["SSEDescription"] = *encryption;
  }
  if (const auto& expiry = backup.table->time_to_live) {
    details["TimeToLiveDescription"] = {{"TimeToLiveStatus", "ENABLED"},
                                        {"AttributeName", expiry->attribute}};
  }
  return details;
}

}  // namespace

aws::Result<table::TablePtr> find_for_backup(const table::TableCatalog& catalog,
                                             const aws::RequestContext& context,
                                             const std::string& name) {
  table::TablePtr table = catalog.find(context.account, context.region, name);
  if (table) return table;
  return Unexpected(backup::table_not_found(name));
}

void check_backup_arn(ConstraintList& constraints, const std::optional<std::string>& arn) {
  constraints.require(arn, "backupArn");
  constraints.check_length(arn, "backupArn", kBackupArnLengthMin, kBackupArnLengthMax);
}

aws::Result<void> check_is_backup_arn(const std::string& arn) {
  auto parsed = aws::Arn::parse(arn);
  bool is_one = parsed && parsed->service == "dynamodb" && parsed->resource.starts_with("table/") &&
                parsed->resource.find("/backup/") != std::string::npos;
  if (is_one) return {};
  return aws::validation_error("Invalid Backup ARN");
}

aws::Result<std::string> read_backup_arn(json::Value root) {
  MILLRACE_TRY(auto arn, read_request(root, [](RequestReader& reader) {
                 return reader.string("BackupArn");
               }));
  ConstraintList constraints;
  check_backup_arn(constraints, arn);
  MILLRACE_CHECK_OK(constraints.result());
  MILLRACE_CHECK_OK(check_is_backup_arn(*arn));
  return *arn;
}

std::optional<Timestamp> read_time(RequestReader& reader, std::string_view name) {
  auto seconds = reader.keep(read_seconds(reader.object(), name));
  if (!seconds) return std::nullopt;
  constexpr double kSecondsMax = 1e11;  // the year 5138; keeps the microseconds within 64 bits
  double bounded = std::clamp(*seconds, -kSecondsMax, kSecondsMax);
  return from_unix_millis(static_cast<int64_t>(std::floor(bounded * 1000.0 + 0.5)));
}

nlohmann::json backup_details(const backup::Backup& backup) {
  nlohmann::json details = {{"BackupArn", backup.arn},
                            {"BackupName", backup.name},
                            {"BackupSizeBytes", backup.bytes},
                            {"BackupStatus", backup.available ? "AVAILABLE" : "CREATING"},
                            {"BackupType", to_string(backup.type)},
                            {"BackupCreationDateTime", timestamp_seconds(backup.created)}};
  if (auto expires = backup.expires()) {
    details["BackupExpiryDateTime"] = timestamp_seconds(*expires);
  }
  return details;
}

nlohmann::json backup_summary(const backup::Backup& backup) {
  nlohmann::json summary = backup_details(backup);
  summary["TableName"] = backup.table->name;
  summary["TableId"] = backup.table->id;
  summary["TableArn"] = backup.table->arn;
  return summary;
}

nlohmann::json backup_description(const backup::Backup& backup,
                                  const table::TableCatalog& catalog) {
  nlohmann::json table = describe(*backup.table, catalog);
  return {{"BackupDetails", backup_details(backup)},
          {"SourceTableDetails", source_details(table, backup)},
          {"SourceTableFeatureDetails", feature_details(table, backup)}};
}

}  // namespace millrace::dynamodb::operation
