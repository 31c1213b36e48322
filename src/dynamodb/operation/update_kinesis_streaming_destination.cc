#include "dynamodb/operation/update_kinesis_streaming_destination.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/kinesis_destinations.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr const char* kDefaultPrecision = "MILLISECOND";

aws::Result<nlohmann::json> apply(const KinesisDestinationInput& input, table::Table& table) {
  const std::string& precision = *input.configuration->precision;
  auto destinations = kinesis_destinations(table);
  KinesisDestination* active = find_active(destinations);
  if (active == nullptr || active->stream_arn != *input.stream_arn) {
    return wrong_destination_state(
        "Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state. "
        "TableName: " +
        table.name + ", kdsArn: " + *input.stream_arn);
  }
  if (active->precision.value_or(kDefaultPrecision) == precision) {
    return aws::validation_error(
        "Invalid Request: Precision is already set to the desired value "
        "of " +
        precision + " for tableId: " + table.id + ", kdsArn: " + *input.stream_arn);
  }
  active->precision = precision;
  keep_kinesis_destinations(table, std::move(destinations));
  nlohmann::json answer = destination_answer(table, *input.stream_arn, "UPDATING");
  answer["UpdateKinesisStreamingConfiguration"] = describe(*input.configuration);
  return answer;
}

aws::Result<void> check(const KinesisDestinationInput& input) {
  if (input.configuration && input.configuration->precision) return {};
  return aws::validation_error(
      "Streaming destination cannot be updated with given parameters: "
      "UpdateKinesisStreamingConfiguration cannot be null or contain only null values");
}

}  // namespace

aws::OperationHandler update_kinesis_streaming_destination(const Dependencies& dependencies) {
  return kinesis_destination_operation(dependencies.catalog, "UpdateKinesisStreamingConfiguration",
                                       check, apply);
}

}  // namespace millrace::dynamodb::operation
