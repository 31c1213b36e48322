#include "dynamodb/operation/transaction_answer.h"

#include <map>

#include "dynamodb/item/item_json.h"

namespace millrace::dynamodb::operation {
namespace {

std::string reason_code(const aws::ApiError& error) {
  if (error.type == "ConditionalCheckFailedException") return "ConditionalCheckFailed";
  if (error.type == "TransactionConflictException") return "TransactionConflict";
  if (error.type == "ItemCollectionSizeLimitExceededException") {
    return "ItemCollectionSizeLimitExceeded";
  }
  return "ValidationError";
}

}  // namespace

aws::ApiError cancelled(size_t actions, std::vector<table::WriteFailure> failures) {
  std::map<size_t, aws::ApiError> by_action;
  for (auto& failure : failures) {
    if (failure.index == table::WriteFailure::kWholeCall) return std::move(failure.error);
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
      continue;
    }
    const aws::ApiError& error = found->second;
    codes += reason_code(error);
    reasons += R"({"Code":")" + reason_code(error) + R"(","Message":)";
    append_json_string(reasons, error.message);
    for (const auto& [name, text] : error.members) reasons += ",\"" + name + "\":" + text;
    reasons += '}';
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
