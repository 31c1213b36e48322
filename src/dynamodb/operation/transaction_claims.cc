#include "dynamodb/operation/transaction_claims.h"

#include "dynamodb/item/item_codec.h"

namespace millrace::dynamodb::operation {
namespace {

std::string scoped(const table::Table& table, const std::string& token) {
  return table.account + '/' + table.region + '/' + token;
}

aws::ApiError conflict() {
  return aws::api_error(400, "TransactionConflictException", "Transaction is ongoing for the item")
      .error;
}

}  // namespace

std::vector<table::WriteFailure> TransactionClaims::claim(
    const std::vector<table::ItemWrite>& writes, const std::string& token) {
  std::vector<ItemId> ids;
  for (const auto& write : writes) ids.emplace_back(write.table->number, encode_item(write.key));
  const table::Table& table = *writes.front().table;
  std::lock_guard lock(mutex_);
  if (!token.empty() && tokens_.count(scoped(table, token)) > 0) {
    return {{table::WriteFailure::kWholeCall,
             aws::api_error(400, "TransactionInProgressException",
                            "The transaction with the given request token is already in progress.")
                 .error}};
  }
  std::vector<table::WriteFailure> failures;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (items_.count(ids[i]) > 0) failures.push_back({i, conflict()});
  }
  if (!failures.empty()) return failures;
  for (auto& id : ids) items_.insert(std::move(id));
  if (!token.empty()) tokens_.insert(scoped(table, token));
  count_ = items_.size();
  return {};
}

void TransactionClaims::release(const std::vector<table::ItemWrite>& writes,
                                const std::string& token) {
  std::lock_guard lock(mutex_);
  for (const auto& write : writes) items_.erase({write.table->number, encode_item(write.key)});
  if (!token.empty()) tokens_.erase(scoped(*writes.front().table, token));
  count_ = items_.size();
}

aws::Result<void> TransactionClaims::check(const table::Table& table, const Item& key) const {
  if (count_ == 0) return {};
  std::lock_guard lock(mutex_);
  if (items_.count({table.number, encode_item(key)}) == 0) return {};
  return Unexpected(conflict());
}

}  // namespace millrace::dynamodb::operation
