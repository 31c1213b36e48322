#include "dynamodb/operation/transaction_answer.h"

#include <map>

#include "dynamodb/item/item_json.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr std::string_view kValidationError = "ValidationError";

void append_reason(std::string& out, const aws::ApiError& error) {
  out += R"({"Code":")";
  out += reason_code(error);
  out += R"(","Message":)";
  append_json_string(out, error.message);
  for (const auto& [name, text] : error.members) out += ",\"" + name + "\":" + text;
  out += '}';
}

}  // namespace

std::string_view reason_code(const aws::ApiError& error) {
  if (error.type == "ConditionalCheckFailedException") return "ConditionalCheckFailed";
  if (error.type == "DuplicateItemException") return "DuplicateItem";
  if (error.type == "TransactionConflictException") return "TransactionConflict";
  if (error.type == "ItemCollectionSizeLimitExceededException") {
    return "ItemCollectionSizeLimitExceeded";
  }
  return kValidationError;
}

aws::ApiError cancelled(size_t actions, std::vector<table::WriteFailure> failures) {
  std::map<size_t, aws::ApiError> by_action;
  for (auto& failure : failures) {
    if (failure.index == table::WriteFailure::kWholeCall) return std::move(failure.error);
    // The first invalid action ends the evaluation, so it is the only one that is reported.
    if (reason_code(failure.error) == kValidationError) {
      by_action.clear();
      by_action.emplace(failure.index, std::move(failure.error));
      break;
    }
    by_action.emplace(failure.index, std::move(failure.error));
  }
  std::string codes, reasons;
  for (size_t i = 0; i < actions; ++i) {
    if (i > 0) {
      codes += ", ";
      reasons += ',';
    }
    auto found = by_action.find(i);
    if (found == by_action.end()) {
      codes += "None";
      reasons += R"({"Code":"None"})";
    } else {
      codes += reason_code(found->second);
      append_reason(reasons, found->second);
    }
  }
  aws::ApiError error;
  error.type = "TransactionCanceledException";
  error.message =
      "Transaction cancelled, please refer cancellation reasons for specific reasons [" + codes +
      ']';
  error.members.emplace_back("CancellationReasons", '[' + reasons + ']');
  return error;
}

}  // namespace millrace::dynamodb::operation
