#include "dynamodb/operation/enable_kinesis_streaming_destination.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/kept_settings.h"
#include "dynamodb/operation/kinesis_destinations.h"
#include "dynamodb/operation/table_name.h"

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
  table::TableCatalog& catalog = dependencies.catalog;
  return settings_operation(
      catalog,
      [&catalog](const aws::RequestContext& context,
                 json::Value root) -> aws::Result<SettingsChange> {
        MILLRACE_TRY(auto input, read_request(root, [](RequestReader& reader) {
                       return read_kinesis_destination(reader,
                                                       "EnableKinesisStreamingConfiguration");
                     }));
        MILLRACE_TRY(std::string name, control_table_name(context, input.table_name));
        MILLRACE_CHECK_OK(check_kinesis_destination(input, "enableKinesisStreamingConfiguration"));
        MILLRACE_CHECK_OK(find_for_control(catalog, context, name));
        return SettingsChange{std::move(name),
                              [input](table::Table& table) { return apply(input, table); }};
      });
}

}  // namespace millrace::dynamodb::operation
