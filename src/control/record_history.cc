#include "control/record_history.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dynamodb/stream/change_record.h"

namespace millrace::control {
namespace {

using dynamodb::stream::sequence_number;
using engine::Position;
using lambda::Attempt;
using lambda::GiveUpReason;
using lambda::InvokeOutcome;
using lambda::ShardStatus;
using nlohmann::json;

const char* to_string(InvokeOutcome::Kind kind) {
  switch (kind) {
    case InvokeOutcome::Kind::kSucceeded:
      return "succeeded";
    case InvokeOutcome::Kind::kFailedFrom:
      return "partlySucceeded";
    case InvokeOutcome::Kind::kFailed:
      return "failed";
    case InvokeOutcome::Kind::kNotStarted:
      return "notStarted";
  }
  return "";
}

bool has_succeeded(const Attempt& attempt, Position position) {
  if (attempt.outcome == InvokeOutcome::Kind::kSucceeded) return true;
  return attempt.outcome == InvokeOutcome::Kind::kFailedFrom && position < attempt.failed_from;
}

// What ended the record's way, by this attempt; empty if it did not.
std::string ending(const Attempt& attempt, Position position) {
  switch (attempt.kind) {
    case Attempt::Kind::kInvoked:
      return has_succeeded(attempt, position) ? "succeeded" : "";
    case Attempt::Kind::kRedriven:
      return has_succeeded(attempt, position) ? "redriven" : "";
    case Attempt::Kind::kFiltered:
      return "filtered";
    case Attempt::Kind::kExpired:
      return "expired";
    case Attempt::Kind::kGivenUp:
      return attempt.fate == Attempt::Fate::kSent ? "sentToDestination" : "dropped";
  }
  return "";
}

const ShardStatus* find_shard(const lambda::MappingStatus& status, const std::string& id) {
  auto found = std::find_if(status.shards.begin(), status.shards.end(),
                            [&](const ShardStatus& shard) { return shard.shard_id == id; });
  return found == status.shards.end() ? nullptr : &*found;
}

// The mapping began after the record was written.
bool precedes_start(const lambda::Mapping& mapping, const ExaminedRecord& record) {
  if (mapping.starting_position != lambda::StartingPosition::kLatest) return false;
  auto start = mapping.start_positions.find(record.found.shard.id);
  if (start != mapping.start_positions.end()) {
    return record.found.record.position <= start->second;
  }
  return record.found.record.change.time < mapping.created;
}

std::string plural(uint64_t count, const std::string& noun) {
  return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

std::string why_pending(const lambda::MappingStatus& status, const ShardStatus* shard) {
  if (!status.view.mapping->settings.enabled) return "the mapping is disabled";
  if (shard == nullptr || shard->phase == ShardStatus::Phase::kWaiting) {
    return "its shard's parent is not finished";
  }
  if (!shard->progress.blocked.empty()) {
    const auto& one = shard->progress.blocked.front();
    return "record " + sequence_number(one.position) + " blocks the shard: " + one.error;
  }
  if (shard->progress.in_flight > 0) {
    return "the function is running with " + plural(shard->progress.in_flight, "record");
  }
  return "waiting to be handed over";
}

// Of a record that nothing in the log has ended.
void describe_unended(const lambda::MappingStatus& status, const ExaminedRecord& record,
                      const RecordHistory& history, const std::string& clause, json& outcome) {
  const ShardStatus* shard = find_shard(status, record.found.shard.id);
  Position position = record.found.record.position;
  bool finished = shard != nullptr && shard->phase == ShardStatus::Phase::kFinished;
  if (precedes_start(*status.view.mapping, record)) {
    outcome["outcome"] = "notRead";
    outcome["detail"] = "The mapping reads from LATEST and was created after this change.";
  } else if (finished || (shard != nullptr && position <= shard->progress.handled)) {
    if (!clause.empty()) {
      outcome["outcome"] = "filtered";
      return;
    }
    outcome["outcome"] = "handled";
    outcome["detail"] = "It is behind the checkpoint; how it got there is no longer remembered.";
  } else if (!history.attempts.empty()) {
    outcome["outcome"] = "failing";
    outcome["detail"] = why_pending(status, shard);
  } else {
    outcome["outcome"] = "pending";
    Position handled = shard == nullptr ? record.found.shard.after : shard->progress.handled;
    outcome["behind"] = position - std::min(position, handled + 1);
    outcome["detail"] = why_pending(status, shard);
  }
}

}  // namespace

engine::Result<void> read_histories(const lambda::AttemptLog& log, RecordHistories& histories) {
  return log.read([&](const lambda::AttemptPage& page) {
    auto record = histories.lower_bound({page.shard_id, 0});
    for (; record != histories.end() && record->first.first == page.shard_id; ++record) {
      Position position = record->first.second;
      RecordHistory& history = record->second;
      for (const Attempt& attempt : page.attempts) {
        if (attempt.records.contains(position)) history.attempts.push_back(attempt);
      }
      if (page.checkpoint >= position && !history.checkpointed) history.checkpointed = page.time;
    }
    return true;
  });
}

json describe_attempt(const Attempt& attempt) {
  static const std::map<Attempt::Kind, const char*> kNames = {
      {Attempt::Kind::kInvoked, "invoked"},   {Attempt::Kind::kFiltered, "filtered"},
      {Attempt::Kind::kGivenUp, "givenUp"},   {Attempt::Kind::kExpired, "expired"},
      {Attempt::Kind::kRedriven, "redriven"},
  };
  json described = {{"kind", kNames.at(attempt.kind)}, {"time", to_iso8601(attempt.time)}};
  if (attempt.kind == Attempt::Kind::kGivenUp) {
    described["reason"] = attempt.reason == GiveUpReason::kRecordAgeExceeded
                              ? "RecordAgeExceeded"
                              : "RetryAttemptsExhausted";
    described["destination"] = attempt.fate == Attempt::Fate::kSent      ? "delivered"
                               : attempt.fate == Attempt::Fate::kNotSent ? "not delivered"
                                                                         : "none";
  }
  if (attempt.kind != Attempt::Kind::kInvoked && attempt.kind != Attempt::Kind::kRedriven) {
    return described;
  }
  described["outcome"] = to_string(attempt.outcome);
  described["durationSeconds"] = to_seconds(attempt.duration);
  described["records"] = attempt.records.count();
  if (!attempt.records.empty()) {
    described["firstSequenceNumber"] = sequence_number(attempt.records.first());
    described["lastSequenceNumber"] = sequence_number(attempt.records.last());
  }
  if (attempt.outcome == InvokeOutcome::Kind::kFailedFrom) {
    described["failedFromSequenceNumber"] = sequence_number(attempt.failed_from);
  }
  if (!attempt.request_id.empty()) described["requestId"] = attempt.request_id;
  if (!attempt.error.empty()) described["error"] = attempt.error;
  return described;
}

json describe_outcome(const lambda::MappingStatus& status, const ExaminedRecord& record,
                      const RecordHistory& history, const lambda::FilterSet& filters,
                      Timestamp now) {
  const lambda::Mapping& mapping = *status.view.mapping;
  Position position = record.found.record.position;
  json outcome = {{"uuid", mapping.uuid},
                  {"functionArn", mapping.settings.function.arn()},
                  {"state", lambda::to_string(status.view.state)},
                  {"attempts", json::array()}};
  std::string ended_as;
  uint64_t failure = 0;
  for (const Attempt& attempt : history.attempts) {
    std::string ended = ending(attempt, position);
    if (!ended.empty()) ended_as = ended;
    if (attempt.kind == Attempt::Kind::kGivenUp) failure = attempt.failure;
    outcome["attempts"].push_back(describe_attempt(attempt));
  }
  std::string clause;
  bool passes = filters.matches(record.json, &clause);
  if (passes) clause.clear();
  if (ended_as.empty()) {
    describe_unended(status, record, history, clause, outcome);
  } else {
    outcome["outcome"] = ended_as;
  }
  if (!clause.empty()) outcome["failedClause"] = clause;
  if (outcome["outcome"] == "filtered" && passes) {
    outcome["detail"] = "The mapping had other filters then: those of now let it through.";
  }
  if (history.checkpointed) outcome["checkpointed"] = to_iso8601(*history.checkpointed);
  if (failure != 0 && ended_as != "redriven") {
    outcome["failureId"] = std::to_string(mapping.number) + '-' + std::to_string(failure);
  }
  for (const ShardStatus& shard : status.shards) {
    if (shard.shard_id != record.found.shard.id) continue;
    for (const auto& blocked : shard.progress.blocked) {
      if (blocked.position != position) continue;
      outcome["blocksShardForSeconds"] = to_seconds(now - blocked.since);
    }
  }
  return outcome;
}

}  // namespace millrace::control
