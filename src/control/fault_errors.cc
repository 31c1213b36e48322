#include "control/fault_errors.h"

#include <algorithm>
#include <array>

namespace millrace::control {
namespace {

constexpr std::string_view kThroughputExceeded =
    "The level of configured provisioned throughput for the table was exceeded. Consider "
    "increasing your provisioning level with the UpdateTable API.";

// Operations of DynamoDB that spend a table's throughput.
constexpr std::array<std::string_view, 13> kDataOperations = {"BatchExecuteStatement",
                                                              "BatchGetItem",
                                                              "BatchWriteItem",
                                                              "DeleteItem",
                                                              "ExecuteStatement",
                                                              "ExecuteTransaction",
                                                              "GetItem",
                                                              "PutItem",
                                                              "Query",
                                                              "Scan",
                                                              "TransactGetItems",
                                                              "TransactWriteItems",
                                                              "UpdateItem"};

}  // namespace

aws::ApiError throttling_error_of(std::string_view service, std::string_view operation) {
  if (service == "dynamodb") {
    if (std::find(kDataOperations.begin(), kDataOperations.end(), operation) !=
        kDataOperations.end()) {
      return {400, "ProvisionedThroughputExceededException", std::string(kThroughputExceeded), {}};
    }
    return {400, "ThrottlingException", "Rate of requests exceeds the allowed throughput.", {}};
  }
  if (service == "lambda") {
    return {429,
            "TooManyRequestsException",
            "Rate exceeded",
            {{"Reason", R"("CallerRateLimitExceeded")"}, {"Type", R"("User")"}}};
  }
  if (service == "sqs") {
    return {403, "RequestThrottled", "The request was denied due to request throttling.", {}};
  }
  return {400, "ThrottlingException", "Rate exceeded", {}};
}

aws::ApiError error_of(const Fault& fault, std::string_view service, std::string_view operation) {
  if (fault.kind == FaultKind::kThrottle) return throttling_error_of(service, operation);
  return {fault.http_status, fault.error_type, fault.error_message, {}};
}

KnownError known_error(std::string_view type) {
  struct Row {
    std::string_view type;
    KnownError error;
  };
  static constexpr Row kRows[] = {
      {"InternalServerError", {500, "Internal server error"}},
      {"ServiceException", {500, "The request failed because of an internal service error."}},
      {"InternalFailure", {500, "The request processing has failed because of an unknown error."}},
      {"ServiceUnavailable", {503, "The service is temporarily unavailable."}},
      {"ProvisionedThroughputExceededException", {400, kThroughputExceeded}},
      {"ThrottlingException", {400, "Rate exceeded"}},
      {"ConditionalCheckFailedException", {400, "The conditional request failed"}},
      {"ResourceNotFoundException", {400, "Requested resource not found"}},
      {"ExpiredIteratorException", {400, "The provided iterator exceeds the maximum age allowed."}},
      {"TrimmedDataAccessException", {400, "The data you are trying to access has been trimmed"}},
  };
  for (const Row& row : kRows) {
    if (row.type == type) return row.error;
  }
  return {400, "This error was asked for by a test."};
}

}  // namespace millrace::control
