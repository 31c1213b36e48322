#include "sqs/message.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace millrace::sqs {
namespace {

// First byte of every stored value and of receipt handles.
constexpr char kFormatVersion = 1;

void append_time(std::string& out, Timestamp time) {
  append_u64(out, static_cast<uint64_t>(time.time_since_epoch().count()));
}

Timestamp take_time(std::string_view& bytes) {
  Timestamp time(Duration(static_cast<int64_t>(read_u64(bytes))));
  bytes.remove_prefix(8);
  return time;
}

// Takes as many length-prefixed texts as there are targets.
bool take_texts(std::string_view& bytes, std::initializer_list<std::string*> targets) {
  for (std::string* target : targets) {
    auto text = take_sized(bytes);
    if (!text) return false;
    *target = *text;
  }
  return true;
}

void append_digest_part(std::string& out, std::string_view text) {
  append_u32(out, static_cast<uint32_t>(text.size()));
  out += text;
}

}  // namespace

std::string encode(const MessageContent& content) {
  std::string bytes(1, kFormatVersion);
  for (const std::string* text : {&content.body, &content.attributes, &content.system_attributes,
                                  &content.group_id, &content.sender_id}) {
    append_sized(bytes, *text);
  }
  return bytes;
}

std::optional<MessageContent> decode_content(std::string_view bytes) {
  if (!bytes.starts_with(kFormatVersion)) return std::nullopt;
  bytes.remove_prefix(1);
  MessageContent content;
  if (!take_texts(bytes, {&content.body, &content.attributes, &content.system_attributes,
                          &content.group_id, &content.sender_id})) {
    return std::nullopt;
  }
  return content;
}

std::string encode(const MessageState& state) {
  std::string bytes(1, kFormatVersion);
  append_time(bytes, state.sent);
  append_time(bytes, state.visible_at);
  append_time(bytes, state.first_received);
  append_u64(bytes, state.receipt);
  append_u32(bytes, state.receive_count);
  append_u32(bytes, state.earlier_receives);
  append_u32(bytes, state.chunks);
  append_u64(bytes, state.content_bytes);
  append_sized(bytes, state.id);
  append_sized(bytes, state.dead_letter_source);
  return bytes;
}

std::optional<MessageState> decode_state(std::string_view bytes) {
  constexpr size_t kFixedBytes = 1 + 3 * 8 + 8 + 3 * 4 + 8;
  if (bytes.size() < kFixedBytes || bytes[0] != kFormatVersion) return std::nullopt;
  bytes.remove_prefix(1);
  MessageState state;
  state.sent = take_time(bytes);
  state.visible_at = take_time(bytes);
  state.first_received = take_time(bytes);
  state.receipt = read_u64(bytes);
  state.receive_count = read_u32(bytes.substr(8));
  state.earlier_receives = read_u32(bytes.substr(12));
  state.chunks = read_u32(bytes.substr(16));
  state.content_bytes = read_u64(bytes.substr(20));
  bytes.remove_prefix(28);
  if (!take_texts(bytes, {&state.id, &state.dead_letter_source})) return std::nullopt;
  return state;
}

std::string body_digest(std::string_view body) {
  return to_hex(as_view(md5(body)));
}

// Amazon SQS Developer Guide, "Calculating the MD5 message digest for message attributes": sorted
// by name; length and bytes of name, type and value, the value's preceded by its transport type.
std::string attributes_digest(const nlohmann::json& attributes) {
  constexpr char kText = 1;
  constexpr char kBinary = 2;
  std::string bytes;
  for (const auto& [name, attribute] : attributes.items()) {
    append_digest_part(bytes, name);
    append_digest_part(bytes, attribute.value("DataType", ""));
    if (attribute.contains("BinaryValue")) {
      bytes += kBinary;
      append_digest_part(bytes, from_base64(attribute.value("BinaryValue", "")).value_or(""));
    } else {
      bytes += kText;
      append_digest_part(bytes, attribute.value("StringValue", ""));
    }
  }
  return to_hex(as_view(md5(bytes)));
}

std::string to_handle(const Receipt& receipt) {
  std::string bytes(1, kFormatVersion);
  append_u64(bytes, receipt.cell);
  append_u64(bytes, receipt.sequence);
  append_u64(bytes, receipt.receipt);
  append_u32(bytes, crc32(bytes));
  return to_base64(bytes);
}

std::optional<Receipt> parse_handle(std::string_view handle) {
  constexpr size_t kBodyBytes = 1 + 3 * 8;
  auto bytes = from_base64(handle);
  if (!bytes || bytes->size() != kBodyBytes + 4 || (*bytes)[0] != kFormatVersion) {
    return std::nullopt;
  }
  std::string_view view = *bytes;
  if (read_u32(view.substr(kBodyBytes)) != crc32(view.substr(0, kBodyBytes))) return std::nullopt;
  return Receipt{read_u64(view.substr(1)), read_u64(view.substr(9)), read_u64(view.substr(17))};
}

}  // namespace millrace::sqs
