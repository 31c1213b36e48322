// The Kinesis data streams that a table's changes are to go to: the settings. At most one is
// active; those that were stay in the list.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/table/table.h"

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
// `configuration`: the name of that member.
KinesisDestinationInput read_kinesis_destination(RequestReader& reader, const char* configuration);
// Member constraints but for TableName.
aws::Result<void> check_kinesis_destination(const KinesisDestinationInput& input,
                                            const std::string& configuration_path);

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
