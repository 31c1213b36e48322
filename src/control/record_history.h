// What became of single records in a mapping: read from its attempt log, its checkpoints and its
// filters, told as JSON. See change_routes.h for the members.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dynamodb/stream/change_search.h"
#include "lambda/trigger/attempt_log.h"
#include "lambda/trigger/filter_pattern.h"
#include "lambda/trigger/mapping_manager.h"

namespace millrace::control {

struct RecordHistory {
  std::vector<lambda::Attempt> attempts;  // that the record was part of, in their order
  std::optional<Timestamp> checkpointed;  // the first checkpoint at or beyond it that is remembered
};
// By shard id and position.
using RecordHistories = std::map<std::pair<std::string, engine::Position>, RecordHistory>;

// Fills in the histories of the records that `histories` names.
engine::Result<void> read_histories(const lambda::AttemptLog& log, RecordHistories& histories);

// A record and the JSON that functions get for it.
struct ExaminedRecord {
  dynamodb::stream::FoundRecord found;
  std::string json;  // with FilterSet::kPadding bytes of room behind it
};

nlohmann::json describe_outcome(const lambda::MappingStatus& status, const ExaminedRecord& record,
                                const RecordHistory& history, const lambda::FilterSet& filters,
                                Timestamp now);

nlohmann::json describe_attempt(const lambda::Attempt& attempt);

}  // namespace millrace::control
