#include "logs/operation/page_token.h"

#include <charconv>
#include <cstdio>

#include "base/encoding.h"
#include "logs/log_errors.h"

namespace millrace::logs::operation {
namespace {

constexpr size_t kPositionDigits = 40;
constexpr size_t kIndexDigits = 16;

template <class Number>
bool parse(std::string_view digits, Number& number) {
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size();
}

}  // namespace

std::string cursor_token(const LogCursor& cursor) {
  char text[kPositionDigits + kIndexDigits + 1];
  snprintf(text, sizeof text, "%040llu%016u", static_cast<unsigned long long>(cursor.position),
           cursor.index);
  return text;
}

std::optional<LogCursor> parse_cursor_token(std::string_view token) {
  if (token.size() != kPositionDigits + kIndexDigits) return std::nullopt;
  LogCursor cursor;
  if (!parse(token.substr(0, kPositionDigits), cursor.position) ||
      !parse(token.substr(kPositionDigits), cursor.index)) {
    return std::nullopt;
  }
  return cursor;
}

std::string list_token(const ListKey& key) {
  std::string bytes;
  append_u64(bytes, static_cast<uint64_t>(key.first));
  return to_base64(bytes + key.second);
}

aws::Result<ListKey> parse_list_token(std::string_view token) {
  auto bytes = from_base64(token);
  if (!bytes || bytes->size() < sizeof(uint64_t)) return invalid_token();
  return ListKey{static_cast<int64_t>(read_u64(*bytes)), bytes->substr(sizeof(uint64_t))};
}

Unexpected<aws::ApiError> invalid_token() {
  return invalid_parameter("The specified nextToken is invalid.");
}

}  // namespace millrace::logs::operation
