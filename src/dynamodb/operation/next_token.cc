#include "dynamodb/operation/next_token.h"

#include "base/encoding.h"
#include "dynamodb/item/item_codec.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr char kVersion = 1;

std::string digest_of(std::string_view request) {
  return std::string(as_view(sha256(request)));
}

}  // namespace

Unexpected<aws::ApiError> invalid_next_token() {
  return aws::validation_error("Invalid NextToken");
}

std::string encode_next_token(std::string_view request, const PagePlace& place) {
  std::string bytes(1, kVersion);
  bytes += digest_of(request);
  append_varint(bytes, place.range);
  bytes += encode_item(place.start_key);
  return to_base64(bytes);
}

aws::Result<PagePlace> decode_next_token(std::string_view request, std::string_view token) {
  auto bytes = from_base64(token);
  const std::string digest = digest_of(request);
  if (!bytes || bytes->size() <= digest.size() || bytes->front() != kVersion) {
    return invalid_next_token();
  }
  std::string_view rest = std::string_view(*bytes).substr(1);
  if (rest.substr(0, digest.size()) != digest) {
    return aws::validation_error("NextToken does not match request");
  }
  rest.remove_prefix(digest.size());
  auto range = take_varint(rest);
  if (!range) return invalid_next_token();
  auto start_key = decode_item(rest);
  if (!start_key) return invalid_next_token();
  return PagePlace{static_cast<size_t>(*range), std::move(*start_key)};
}

}  // namespace millrace::dynamodb::operation
