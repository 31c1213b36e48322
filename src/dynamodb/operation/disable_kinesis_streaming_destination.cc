#include "dynamodb/operation/disable_kinesis_streaming_destination.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/kept_settings.h"
#include "dynamodb/operation/kinesis_destinations.h"
#include "dynamodb/operation/table_name.h"

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

}  // namespace

aws::OperationHandler disable_kinesis_streaming_destination(const Dependencies& dependencies) {
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
        if (input.configuration) {
          return aws::validation_error(
              "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters");
        }
        MILLRACE_CHECK_OK(find_for_control(catalog, context, name));
        return SettingsChange{std::move(name),
                              [input](table::Table& table) { return apply(input, table); }};
      });
}

}  // namespace millrace::dynamodb::operation
