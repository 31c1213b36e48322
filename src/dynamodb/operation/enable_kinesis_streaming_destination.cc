#include "dynamodb/operation/enable_kinesis_streaming_destination.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/kinesis_destinations.h"

namespace millrace::dynamodb::operation {
namespace {

aws::Result<nlohmann::json> apply(const KinesisDestinationInput& input, table::Table& table) {
  auto destinations = kinesis_destinations(table);
  if (find_active(destinations) != nullptr) {
    return wrong_destination_state(
        "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE "
        "operation.");
  }
  std::erase_if(destinations, [&](const KinesisDestination& each) {
    return each.stream_arn == *input.stream_arn;
  });
  auto configuration = input.configuration.value_or(KinesisDestinationInput::Configuration{});
  destinations.insert(destinations.begin(),
                      KinesisDestination{*input.stream_arn, true, configuration.precision});
  keep_kinesis_destinations(table, std::move(destinations));
  nlohmann::json answer = destination_answer(table, *input.stream_arn, "ENABLING");
  answer["EnableKinesisStreamingConfiguration"] = describe(configuration);
  return answer;
}

}  // namespace

aws::OperationHandler enable_kinesis_streaming_destination(const Dependencies& dependencies) {
  return kinesis_destination_operation(dependencies.catalog, "EnableKinesisStreamingConfiguration",
                                       nullptr, apply);
}

}  // namespace millrace::dynamodb::operation
