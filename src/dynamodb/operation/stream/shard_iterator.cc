#include "dynamodb/operation/stream/shard_iterator.h"

#include <algorithm>
#include <chrono>

#include "base/encoding.h"
#include "base/limits.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr char kVersion = 1;
constexpr std::string_view kSeparator = "|1|";
constexpr size_t kTagBytes = 16;
constexpr size_t kFixedBytes = 1 + 8 + 8;  // version, time of issue, position

std::string tag(std::string_view arn, std::string_view body, std::string_view secret) {
  std::string text(arn);
  text += '|';
  text += body;
  return std::string(as_view(hmac_sha256(secret, text)).substr(0, kTagBytes));
}

}  // namespace

Timestamp IteratorExpiry::issued(Timestamp now) const {
  return std::max(now, expired_until_.load() + Duration(1));
}

bool IteratorExpiry::is_expired(Timestamp issued, Timestamp now) const {
  constexpr auto kLifetime = std::chrono::minutes(limits::kShardIteratorLifetimeMinutes);
  return now - issued > kLifetime || issued <= expired_until_.load();
}

std::string encode_shard_iterator(const ShardIterator& iterator, std::string_view secret) {
  std::string body(1, kVersion);
  append_u64(body, static_cast<uint64_t>(iterator.issued.time_since_epoch().count()));
  append_u64(body, iterator.after);
  body += iterator.shard_id;
  std::string text = iterator.stream_arn;
  text += kSeparator;
  append_base64(text, body + tag(iterator.stream_arn, body, secret));
  return text;
}

std::optional<ShardIterator> decode_shard_iterator(std::string_view text, std::string_view secret) {
  size_t separator = text.find(kSeparator);
  if (separator == std::string_view::npos) return std::nullopt;
  std::string_view arn = text.substr(0, separator);
  auto bytes = from_base64(text.substr(separator + kSeparator.size()));
  if (!bytes || bytes->size() < kFixedBytes + kTagBytes || (*bytes)[0] != kVersion) {
    return std::nullopt;
  }
  std::string_view body = std::string_view(*bytes).substr(0, bytes->size() - kTagBytes);
  if (!equal_constant_time(tag(arn, body, secret), std::string_view(*bytes).substr(body.size()))) {
    return std::nullopt;
  }
  ShardIterator iterator;
  iterator.stream_arn = arn;
  iterator.issued = Timestamp(Duration(static_cast<int64_t>(read_u64(body.substr(1)))));
  iterator.after = read_u64(body.substr(9));
  iterator.shard_id = body.substr(kFixedBytes);
  return iterator;
}

}  // namespace millrace::dynamodb::operation
