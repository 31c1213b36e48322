#include "dynamodb/operation/kinesis_destinations.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/kept_settings.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr const char* kSetting = "KinesisDataStreamDestinations";
constexpr size_t kDestinationsMax = 20;
constexpr size_t kStreamArnLengthMin = 37;
constexpr size_t kStreamArnLengthMax = 1024;

KinesisDestinationInput read_input(RequestReader& reader, const std::string& configuration) {
  KinesisDestinationInput input;
  input.table_name = reader.string("TableName");
  input.stream_arn = reader.string("StreamArn");
  input.configuration = reader.structure(configuration, configuration, [](RequestReader& members) {
    return KinesisDestinationInput::Configuration{
        members.string("ApproximateCreationDateTimePrecision")};
  });
  return input;
}

// Member constraints but for TableName.
aws::Result<void> check_input(const KinesisDestinationInput& input, std::string configuration) {
  ConstraintList constraints;
  constraints.require(input.stream_arn, "streamArn");
  constraints.check_length(input.stream_arn, "streamArn", kStreamArnLengthMin, kStreamArnLengthMax);
  if (input.configuration) {
    configuration[0] = static_cast<char>(std::tolower(configuration[0]));
    constraints.check_one_of(input.configuration->precision,
                             configuration + ".approximateCreationDateTimePrecision",
                             "MICROSECOND, MILLISECOND");
  }
  return constraints.result();
}

}  // namespace

aws::OperationHandler kinesis_destination_operation(table::TableCatalog& catalog,
                                                    const std::string& configuration,
                                                    KinesisDestinationCheck check,
                                                    KinesisDestinationEdit edit) {
  return settings_operation(
      catalog,
      [&catalog, configuration, check, edit](const aws::RequestContext& context,
                                             json::Value root) -> aws::Result<SettingsChange> {
        MILLRACE_TRY(auto input, read_request(root, [&](RequestReader& reader) {
                       return read_input(reader, configuration);
                     }));
        MILLRACE_TRY(std::string name, control_table_name(context, input.table_name));
        MILLRACE_CHECK_OK(check_input(input, configuration));
        if (check != nullptr) MILLRACE_CHECK_OK(check(input));
        MILLRACE_CHECK_OK(find_for_control(catalog, context, name));
        return SettingsChange{std::move(name),
                              [input, edit](table::Table& table) { return edit(input, table); }};
      });
}

std::vector<KinesisDestination> kinesis_destinations(const table::Table& table) {
  std::vector<KinesisDestination> destinations;
  for (const auto& kept : kept_setting(table, kSetting)) {
    KinesisDestination destination;
    destination.stream_arn = kept.value("StreamArn", "");
    destination.active = kept.value("Active", false);
    if (kept.contains("Precision")) destination.precision = kept.value("Precision", "");
    destinations.push_back(std::move(destination));
  }
  return destinations;
}

void keep_kinesis_destinations(table::Table& table, std::vector<KinesisDestination> destinations) {
  auto list = nlohmann::json::array();
  for (const auto& destination : destinations) {
    if (list.size() == kDestinationsMax && !destination.active) continue;
    nlohmann::json kept = {{"StreamArn", destination.stream_arn}, {"Active", destination.active}};
    if (destination.precision) kept["Precision"] = *destination.precision;
    list.push_back(std::move(kept));
  }
  keep_setting(table, kSetting, list);
}

KinesisDestination* find_active(std::vector<KinesisDestination>& destinations) {
  auto found = std::find_if(destinations.begin(), destinations.end(),
                            [](const KinesisDestination& each) { return each.active; });
  return found == destinations.end() ? nullptr : &*found;
}

Unexpected<aws::ApiError> wrong_destination_state(const std::string& text) {
  return aws::validation_error(
      "Table is not in a valid state to enable Kinesis Streaming Destination: " + text);
}

nlohmann::json destination_answer(const table::Table& table, const std::string& stream_arn,
                                  const char* status) {
  return {{"TableName", table.name}, {"StreamArn", stream_arn}, {"DestinationStatus", status}};
}

nlohmann::json describe(const KinesisDestinationInput::Configuration& configuration) {
  auto document = nlohmann::json::object();
  if (configuration.precision) {
    document["ApproximateCreationDateTimePrecision"] = *configuration.precision;
  }
  return document;
}

}  // namespace millrace::dynamodb::operation
