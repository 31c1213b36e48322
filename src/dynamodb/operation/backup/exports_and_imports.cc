#include <nlohmann/json.hpp>

#include "aws/arn.h"
#include "dynamodb/operation/backup/backup_operations.h"
#include "dynamodb/operation/backup/backup_requests.h"
#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr int64_t kPageMax = 25;

Unexpected<aws::ApiError> needs_s3(const char* what) {
  return aws::validation_error(std::string(what) +
                               " needs Amazon S3, which this server does not provide");
}

// Describe of what never exists.
aws::OperationHandler describe_missing(const char* member, const char* path, const char* kind) {
  return control_operation([member, path, kind](const aws::RequestContext&,
                                                json::Value root) -> aws::Result<nlohmann::json> {
    MILLRACE_TRY(auto arn, read_request(root, [member](RequestReader& reader) {
                   return reader.string(member);
                 }));
    ConstraintList constraints;
    constraints.require(arn, path);
    constraints.check_length(arn, path, 37, 1024);
    MILLRACE_CHECK_OK(constraints.result());
    return aws::api_error(400, std::string(kind) + "NotFoundException",
                          std::string(kind) + " not found: " + *arn);
  });
}

// List of what never exists.
aws::OperationHandler list_none(const char* limit_member, const char* limit_path,
                                const char* answer) {
  struct Input {
    std::optional<std::string> table_arn;
    std::optional<int64_t> limit;
    std::optional<std::string> next_token;
  };
  return control_operation(
      [=](const aws::RequestContext&, json::Value root) -> aws::Result<nlohmann::json> {
        MILLRACE_TRY(Input input, read_request(root, [limit_member](RequestReader& reader) {
                       return Input{reader.string("TableArn"), reader.integer(limit_member),
                                    reader.string("NextToken")};
                     }));
        ConstraintList constraints;
        constraints.check_length(input.table_arn, "tableArn", 1, 1024);
        constraints.check_range(input.limit, limit_path, 1, kPageMax);
        MILLRACE_CHECK_OK(constraints.result());
        // No answer of this server has had one.
        if (input.next_token) return aws::validation_error("Invalid NextToken");
        return nlohmann::json{{answer, nlohmann::json::array()}};
      });
}

}  // namespace

aws::OperationHandler export_table_to_point_in_time(
    const BackupOperationDependencies& dependencies) {
  struct Input {
    std::optional<std::string> table_arn, bucket, format, type, encryption;
  };
  return control_operation([&catalog = dependencies.catalog](
                               const aws::RequestContext& context,
                               json::Value root) -> aws::Result<nlohmann::json> {
    MILLRACE_TRY(Input input, read_request(root, [](RequestReader& reader) {
                   return Input{reader.string("TableArn"), reader.string("S3Bucket"),
                                reader.string("ExportFormat"), reader.string("ExportType"),
                                reader.string("S3SseAlgorithm")};
                 }));
    ConstraintList constraints;
    constraints.require(input.table_arn, "tableArn");
    constraints.check_length(input.table_arn, "tableArn", 1, 1024);
    constraints.require(input.bucket, "s3Bucket");
    constraints.check_length(input.bucket, "s3Bucket", 0, 255);
    constraints.check_one_of(input.format, "exportFormat", "DYNAMODB_JSON, ION");
    constraints.check_one_of(input.type, "exportType", "FULL_EXPORT, INCREMENTAL_EXPORT");
    constraints.check_one_of(input.encryption, "s3SseAlgorithm", "AES256, KMS");
    MILLRACE_CHECK_OK(constraints.result());
    MILLRACE_TRY(auto table,
                 find_for_backup(catalog, context, plain_table_name(context, *input.table_arn)));
    if (!table->recovery) {
      return aws::api_error(
          400, "PointInTimeRecoveryUnavailableException",
          "Point in time recovery is not enabled for table '" + table->name + "'");
    }
    return needs_s3("ExportTableToPointInTime");
  });
}

aws::OperationHandler describe_export() {
  return describe_missing("ExportArn", "exportArn", "Export");
}

aws::OperationHandler list_exports() {
  return list_none("MaxResults", "maxResults", "ExportSummaries");
}

aws::OperationHandler import_table() {
  struct Input {
    std::optional<std::string> format, compression;
    bool has_source, has_parameters;
  };
  return control_operation([](const aws::RequestContext&,
                              json::Value root) -> aws::Result<nlohmann::json> {
    MILLRACE_TRY(Input input, read_request(root, [](RequestReader& reader) {
                   return Input{reader.string("InputFormat"), reader.string("InputCompressionType"),
                                reader.has("S3BucketSource"),
                                reader.has("TableCreationParameters")};
                 }));
    ConstraintList constraints;
    if (!input.has_source) constraints.add(missing_member("s3BucketSource"));
    constraints.require(input.format, "inputFormat");
    constraints.check_one_of(input.format, "inputFormat", "DYNAMODB_JSON, ION, CSV");
    constraints.check_one_of(input.compression, "inputCompressionType", "GZIP, ZSTD, NONE");
    if (!input.has_parameters) constraints.add(missing_member("tableCreationParameters"));
    MILLRACE_CHECK_OK(constraints.result());
    return needs_s3("ImportTable");
  });
}

aws::OperationHandler describe_import() {
  return describe_missing("ImportArn", "importArn", "Import");
}

aws::OperationHandler list_imports() {
  return list_none("PageSize", "pageSize", "ImportSummaryList");
}

}  // namespace millrace::dynamodb::operation
