#include "dynamodb/table/idempotency_token.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "engine/cells.h"

namespace millrace::dynamodb::table {

namespace {

// DynamoDB's promise for ClientRequestToken.
constexpr Duration kLifetime = std::chrono::minutes(10);
// More than are added, so that the expired ones run out.
constexpr size_t kErasedPerWrite = 4;
constexpr char kVersion = 1;

struct Remembered {
  int64_t expires_millis;
  std::string request_digest;
};

std::string encode(const Remembered& remembered) {
  std::string bytes(1, kVersion);
  append_u64(bytes, static_cast<uint64_t>(remembered.expires_millis));
  bytes += remembered.request_digest;
  return bytes;
}

engine::Result<Remembered> decode(std::string_view bytes) {
  if (bytes.size() < 9 || bytes[0] != kVersion) {
    return Unexpected(engine::Error{engine::ErrorCode::kCorrupt, "an idempotency token's row"});
  }
  return Remembered{static_cast<int64_t>(read_u64(bytes.substr(1))), std::string(bytes.substr(9))};
}

std::string key_of_kind(char kind) {
  return {static_cast<char>(engine::KeyPrefix::kIdempotency), kind};
}

std::string token_key_of(std::string_view name) {
  std::string key = key_of_kind('T');
  key += name;
  return key;
}

}  // namespace

TokenRow::TokenRow(std::string_view account, std::string_view region, std::string_view token,
                   std::string request_digest)
    : request_digest_(std::move(request_digest)) {
  std::string name(account);
  name.push_back('\0');
  name += region;
  name.push_back('\0');
  name += token;
  Digest256 digest = sha256(name);
  std::copy_n(digest.begin(), name_.size(), name_.begin());
}

engine::CellId TokenRow::cell() const {
  return engine::CellId{engine::kFirstIdempotencyCell + name_[0] % engine::kIdempotencyCells};
}

std::string TokenRow::token_key() const {
  return token_key_of(as_view(name_));
}

// 'X' cell expiry:8 token-name:16, so that a cell's oldest tokens come first.
std::string TokenRow::expiry_key(int64_t expires_millis) const {
  std::string key = key_of_kind('X');
  append_u64(key, static_cast<uint64_t>(cell()));
  append_u64(key, static_cast<uint64_t>(expires_millis));
  key += as_view(name_);
  return key;
}

engine::Result<TokenRow::Seen> TokenRow::look(engine::Reader& reader, Timestamp now) const {
  MILLRACE_TRY(auto stored, reader.get(cell(), token_key()));
  if (!stored) return Seen::kNever;
  MILLRACE_TRY(auto remembered, decode(*stored));
  if (remembered.expires_millis <= to_unix_millis(now)) return Seen::kNever;
  return remembered.request_digest == request_digest_ ? Seen::kSameRequest : Seen::kOtherRequest;
}

engine::Result<void> TokenRow::put(engine::Transaction& transaction, Timestamp now) const {
  MILLRACE_CHECK_OK(erase_expired(transaction, now));
  // One that has expired but was not among those erased: its expiry must not take the new one away.
  MILLRACE_TRY(auto stored, transaction.get(cell(), token_key()));
  if (stored) {
    MILLRACE_TRY(auto remembered, decode(*stored));
    transaction.erase(cell(), expiry_key(remembered.expires_millis));
  }
  int64_t expires = to_unix_millis(now + kLifetime);
  transaction.put(cell(), token_key(), encode({expires, request_digest_}));
  transaction.put(cell(), expiry_key(expires), {});
  return {};
}

engine::Result<void> TokenRow::erase_expired(engine::Transaction& transaction,
                                             Timestamp now) const {
  engine::RangeOptions options;
  options.begin = key_of_kind('X');
  append_u64(options.begin, static_cast<uint64_t>(cell()));
  options.end = options.begin;
  append_u64(options.end, static_cast<uint64_t>(to_unix_millis(now)) + 1);
  options.rows_max = kErasedPerWrite;
  std::vector<std::string> expired;
  MILLRACE_CHECK_OK(
      transaction.range({cell()}, options, [&](std::string_view key, std::string_view) {
        expired.emplace_back(key);
        return true;
      }));
  for (const auto& key : expired) {
    transaction.erase(cell(), key);
    transaction.erase(cell(), token_key_of(std::string_view(key).substr(key.size() - 16)));
  }
  return {};
}

}  // namespace millrace::dynamodb::table
