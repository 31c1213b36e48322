// The Kinesis data streams that a table's changes are to go to: the settings. At most one is
// active; those that were stay in the list.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "aws/operation.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::operation {

// What the operations on a table's destinations take.
struct KinesisDestinationInput {
  struct Configuration {
    std::optional<std::string> precision;
  };
  std::optional<std::string> table_name, stream_arn;
  // EnableKinesisStreamingConfiguration or UpdateKinesisStreamingConfiguration.
  std::optional<Configuration> configuration;
};
// An operation on a table's destinations. `configuration` is the name of that member; `check` is
// asked after the members' constraints and before the table is looked for, and may be null.
using KinesisDestinationCheck = aws::Result<void> (*)(const KinesisDestinationInput& input);
using KinesisDestinationEdit = aws::Result<nlohmann::json> (*)(const KinesisDestinationInput& input,
                                                               table::Table& table);
aws::OperationHandler kinesis_destination_operation(table::TableCatalog& catalog,
                                                    const std::string& configuration,
                                                    KinesisDestinationCheck check,
                                                    KinesisDestinationEdit edit);

struct KinesisDestination {
  std::string stream_arn;
  bool active = false;
  std::optional<std::string> precision;  // of times, if it was ever given
};
// The newest first.
std::vector<KinesisDestination> kinesis_destinations(const table::Table& table);
// Keeps the newest ones of too many.
void keep_kinesis_destinations(table::Table& table, std::vector<KinesisDestination> destinations);
// Null if there is none.
KinesisDestination* find_active(std::vector<KinesisDestination>& destinations);

// "Table is not in a valid state to enable Kinesis Streaming Destination: " and the text: how
// DynamoDB refuses all of the operations, not only the enabling.
Unexpected<aws::ApiError> wrong_destination_state(const std::string& text);

// The answer of an operation that changes a destination; `status` as it is for a moment on AWS.
nlohmann::json destination_answer(const table::Table& table, const std::string& stream_arn,
                                  const char* status);
nlohmann::json describe(const KinesisDestinationInput::Configuration& configuration);

}  // namespace millrace::dynamodb::operation
