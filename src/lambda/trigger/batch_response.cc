#include "lambda/trigger/batch_response.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "aws/json_text.h"
#include "dynamodb/stream/change_record.h"

namespace millrace::lambda {
namespace {

using nlohmann::json;
using Kind = InvokeOutcome::Kind;

// The index of the record that the entry names; `last` if it names none of [first, last).
size_t failed_record(const json& entry, const Batch& batch, size_t first, size_t last) {
  if (!entry.is_object()) return last;
  auto identifier = entry.find("itemIdentifier");
  if (identifier == entry.end() || !identifier->is_string()) return last;
  auto position =
      dynamodb::stream::parse_sequence_number(identifier->get_ref<const std::string&>());
  if (!position) return last;
  size_t index = batch.find(*position);
  return index >= first && index < last ? index : last;
}

void judge_response(InvokeOutcome& outcome, const std::string& payload, const Batch& batch,
                    size_t first, size_t last) {
  json response = aws::parse_json(payload);
  outcome.kind = Kind::kSucceeded;
  if (payload.empty() || response.is_null()) return;
  bool is_empty_value = (response.is_array() && response.empty()) ||
                        (response.is_string() && response.get_ref<const std::string&>().empty());
  if (is_empty_value) return;
  if (response.is_object()) {
    auto failures = response.find("batchItemFailures");
    if (failures == response.end() || failures->is_null()) return;
    if (failures->is_array()) {
      size_t lowest = last;
      for (const json& entry : *failures) {
        size_t index = failed_record(entry, batch, first, last);
        if (index == last) {
          outcome.kind = Kind::kFailed;
          outcome.error = "The response names a record that is not in the batch";
          return;
        }
        lowest = std::min(lowest, index);
      }
      if (lowest == last) return;
      outcome.kind = Kind::kFailedFrom;
      outcome.failed_from = lowest;
      outcome.error = "The function reported failed records";
      return;
    }
  }
  outcome.kind = Kind::kFailed;
  outcome.error = "The response is not a batch response";
}

std::string describe_error(const InvocationResult& result) {
  constexpr size_t kErrorBytesMax = 500;
  json document = aws::parse_json(result.payload);
  std::string type, message;
  if (document.is_object()) {
    if (auto found = document.find("errorType"); found != document.end() && found->is_string()) {
      type = found->get<std::string>();
    }
    if (auto found = document.find("errorMessage"); found != document.end() && found->is_string()) {
      message = found->get<std::string>();
    }
  }
  if (type.empty() && message.empty()) return "The function failed";
  std::string text = type.empty() ? message : type + ": " + message;
  return text.substr(0, kErrorBytesMax);
}

}  // namespace

InvokeOutcome judge_result(const InvocationResult& result, const Batch& batch, size_t first,
                           size_t last, bool partial_responses) {
  InvokeOutcome outcome;
  outcome.request_id = result.request_id;
  outcome.executed_version = result.executed_version;
  outcome.function_error = result.function_error;
  switch (result.outcome) {
    case InvocationResult::Outcome::kSuccess:
      outcome.kind = Kind::kSucceeded;
      if (partial_responses) judge_response(outcome, result.payload, batch, first, last);
      break;
    case InvocationResult::Outcome::kFunctionError:
      outcome.kind = Kind::kFailed;
      if (outcome.function_error.empty()) outcome.function_error = "Unhandled";
      outcome.error = describe_error(result);
      break;
    case InvocationResult::Outcome::kThrottled:
      outcome.error = "The function is throttled";
      break;
    case InvocationResult::Outcome::kNotFound:
      outcome.error = "The function does not exist";
      break;
    case InvocationResult::Outcome::kUnavailable:
      outcome.error = "The function could not be started";
      break;
  }
  return outcome;
}

void judge_state(InvokeOutcome& outcome, const std::string& response) {
  if (outcome.kind != Kind::kSucceeded && outcome.kind != Kind::kFailedFrom) return;
  json document = aws::parse_json(response);
  if (document.is_object()) {
    auto state = document.find("state");
    if (state != document.end() && state->is_object()) {
      outcome.state = state->dump(-1, ' ', false, json::error_handler_t::replace);
      return;
    }
  }
  outcome.kind = Kind::kFailed;
  outcome.error = "The response has no state of the window";
}

}  // namespace millrace::lambda
