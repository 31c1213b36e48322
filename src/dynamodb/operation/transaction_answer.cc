#include "dynamodb/operation/transaction_answer.h"

#include <map>

#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/item_json.h"
#include "dynamodb/operation/transaction_claims.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr std::string_view kValidationError = "ValidationError";
constexpr double kUnitsMin = 2;  // of a transactional read

void append_reason(std::string& out, const aws::ApiError& error) {
  out += R"({"Code":")";
  out += reason_code(error);
  out += R"(","Message":)";
  append_json_string(out, error.message);
  for (const auto& [name, text] : error.members) {
    if (name == "Item") out += ",\"Item\":" + text;
  }
  out += '}';
}

}  // namespace

aws::Result<void> take_transaction_reads(const Dependencies& dependencies,
                                         const std::vector<table::ItemKey>& keys) {
  std::vector<table::WriteFailure> failures;
  for (size_t i = 0; i < keys.size(); ++i) {
    auto taken = dependencies.claims->check(*keys[i].table, keys[i].key);
    if (taken) taken = dependencies.meter->take_read(*keys[i].table, nullptr, kUnitsMin);
    if (!taken) failures.push_back({i, std::move(taken).error()});
  }
  if (failures.empty()) return {};
  return Unexpected(cancelled(keys.size(), std::move(failures)));
}

double settle_transaction_read(ThroughputMeter& meter, const table::Table& table,
                               const table::StoredItem& item) {
  size_t bytes = item.exists() ? encoded_item_size_bytes(item.encoded()) : 0;
  double units = read_units(bytes, ReadConsistency::kTransactional);
  ConsumedCapacity consumed;
  consumed.add_table(units);
  meter.settle_read(table, nullptr, consumed, kUnitsMin);
  return units;
}

std::string_view reason_code(const aws::ApiError& error) {
  if (error.type == "ConditionalCheckFailedException") return "ConditionalCheckFailed";
  if (error.type == "DuplicateItemException") return "DuplicateItem";
  if (error.type == "TransactionConflictException") return "TransactionConflict";
  if (error.type == "ItemCollectionSizeLimitExceededException") {
    return "ItemCollectionSizeLimitExceeded";
  }
  if (error.type == "ProvisionedThroughputExceededException") {
    return "ProvisionedThroughputExceeded";
  }
  if (error.type == "ThrottlingException") return "ThrottlingError";
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
