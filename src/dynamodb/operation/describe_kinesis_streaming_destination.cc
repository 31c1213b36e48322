#include "dynamodb/operation/describe_kinesis_streaming_destination.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/kinesis_destinations.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/operation/table_name.h"

namespace millrace::dynamodb::operation {

aws::OperationHandler describe_kinesis_streaming_destination(const Dependencies& dependencies) {
  table::TableCatalog& catalog = dependencies.catalog;
  return control_operation([&catalog](const aws::RequestContext& context,
                                      json::Value root) -> aws::Result<nlohmann::json> {
    MILLRACE_TRY(auto table_name, read_table_name(root));
    MILLRACE_TRY(std::string name, control_table_name(context, table_name));
    MILLRACE_TRY(table::TablePtr table, find_for_control(catalog, context, name));
    auto list = nlohmann::json::array();
    for (const auto& destination : kinesis_destinations(*table)) {
      nlohmann::json described = {
          {"StreamArn", destination.stream_arn},
          {"DestinationStatus", destination.active ? "ACTIVE" : "DISABLED"}};
      if (destination.precision) {
        described["ApproximateCreationDateTimePrecision"] = *destination.precision;
      }
      list.push_back(std::move(described));
    }
    return nlohmann::json{{"TableName", table->name},
                          {"KinesisDataStreamDestinations", std::move(list)}};
  });
}

}  // namespace millrace::dynamodb::operation
