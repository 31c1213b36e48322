// An event source mapping as a value: what the user asked for, and what is stored of it
// (docs/formats/mappings.md).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "engine/engine.h"
#include "lambda/function/invoker.h"
#include "lambda/trigger/shard_machine.h"

namespace millrace::lambda {

enum class StartingPosition { kTrimHorizon, kLatest };
std::string_view to_string(StartingPosition position);  // "TRIM_HORIZON", "LATEST"
std::optional<StartingPosition> parse_starting_position(std::string_view text);

// What UpdateEventSourceMapping can change, by AWS's names and with its defaults.
struct MappingSettings {
  FunctionReference function;  // with the qualifier as given
  bool enabled = true;
  int batch_size = 100;
  int maximum_batching_window_in_seconds = 0;
  int parallelization_factor = 1;
  int maximum_record_age_in_seconds = -1;
  int maximum_retry_attempts = -1;
  bool bisect_batch_on_function_error = false;
  int tumbling_window_in_seconds = 0;
  bool report_batch_item_failures = false;
  std::vector<std::string> filters;    // patterns, as written
  std::string on_failure_destination;  // ARN; empty: none
  std::vector<std::string> metrics;    // MetricsConfig
  std::string kms_key_arn;
  bool operator==(const MappingSettings&) const = default;
};

struct Mapping {
  std::string uuid;
  uint64_t number = 0;    // names the cell and the rows of its checkpoints
  uint64_t revision = 0;  // rises with every stored change
  std::string partition = "aws";
  std::string account;
  std::string region;
  std::string event_source_arn;
  StartingPosition starting_position = StartingPosition::kTrimHorizon;
  // For LATEST: where each shard that was a leaf of the stream stood when the mapping was created.
  // Without an entry a shard is read from its beginning.
  std::map<std::string, engine::Position> start_positions;
  Timestamp created;
  Timestamp last_modified;
  bool deleting = false;
  std::map<std::string, std::string> tags;
  MappingSettings settings;

  // arn:aws:lambda:REGION:ACCOUNT:event-source-mapping:UUID
  std::string arn() const;
};

ConsumerSettings consumer_settings(const MappingSettings& settings);

std::string encode_mapping(const Mapping& mapping);
// Nothing if the bytes are not a mapping.
std::optional<Mapping> decode_mapping(std::string_view encoded);

}  // namespace millrace::lambda
