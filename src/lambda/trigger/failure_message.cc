#include "lambda/trigger/failure_message.h"

#include <nlohmann/json.hpp>

#include "dynamodb/stream/change_record.h"

namespace millrace::lambda {

std::string failure_message(const FailureContext& context, const FailedRecords& failed) {
  using dynamodb::stream::sequence_number;
  using json = nlohmann::ordered_json;
  bool exhausted = failed.reason == GiveUpReason::kRetryAttemptsExhausted;
  json message;
  json& request = message["requestContext"];
  request["requestId"] = failed.outcome && !failed.outcome->request_id.empty()
                             ? failed.outcome->request_id
                             : context.request_id;
  request["functionArn"] = context.function_arn;
  request["condition"] = exhausted ? "RetryAttemptsExhausted" : "RecordAgeExceeded";
  request["approximateInvokeCount"] = failed.invoke_count;
  if (exhausted && failed.outcome) {
    json& response = message["responseContext"];
    response["statusCode"] = 200;
    response["executedVersion"] = failed.outcome->executed_version;
    // Null if the function ran through and reported the records in its response.
    response["functionError"] = nullptr;
    if (!failed.outcome->function_error.empty()) {
      response["functionError"] = failed.outcome->function_error;
    }
  }
  message["version"] = "1.0";
  message["timestamp"] = to_iso8601(context.now, 3);
  json& batch = message["DDBStreamBatchInfo"];
  batch["shardId"] = context.shard_id;
  batch["startSequenceNumber"] = sequence_number(failed.first);
  batch["endSequenceNumber"] = sequence_number(failed.last);
  batch["approximateArrivalOfFirstRecord"] = to_iso8601(failed.first_time, 0);
  batch["approximateArrivalOfLastRecord"] = to_iso8601(failed.last_time, 0);
  batch["batchSize"] = failed.count;
  batch["streamArn"] = context.stream_arn;
  return message.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace millrace::lambda
