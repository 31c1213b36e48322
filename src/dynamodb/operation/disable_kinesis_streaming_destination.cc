#include "dynamodb/operation/disable_kinesis_streaming_destination.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/kinesis_destinations.h"

namespace millrace::dynamodb::operation {
namespace {

aws::Result<nlohmann::json> apply(const KinesisDestinationInput& input, table::Table& table) {
  auto destinations = kinesis_destinations(table);
  KinesisDestination* active = find_active(destinations);
  if (active == nullptr || active->stream_arn != *input.stream_arn) {
    return wrong_destination_state(
        "KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.");
  }
  active->active = false;
  keep_kinesis_destinations(table, std::move(destinations));
  return destination_answer(table, *input.stream_arn, "DISABLING");
}

aws::Result<void> check(const KinesisDestinationInput& input) {
  if (!input.configuration) return {};
  return aws::validation_error(
      "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters");
}

}  // namespace

aws::OperationHandler disable_kinesis_streaming_destination(const Dependencies& dependencies) {
  return kinesis_destination_operation(dependencies.catalog, "EnableKinesisStreamingConfiguration",
                                       check, apply);
}

}  // namespace millrace::dynamodb::operation
