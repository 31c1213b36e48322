#include "sqs/operation/message_attributes.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "sqs/sqs_error.h"

namespace millrace::sqs::operation {
namespace {

using nlohmann::json;

// Amazon SQS Developer Guide, "Message attributes".
constexpr size_t kAttributesMax = 10;
constexpr size_t kNameBytesMax = 256;
constexpr size_t kTypeBytesMax = 256;
// A trace header is about a hundred bytes; system attributes do not count to the message's size.
constexpr size_t kTraceHeaderBytesMax = 2048;

std::string about(const std::string& name) {
  return "The message attribute '" + name + "' ";
}

aws::Result<void> check_name(const std::string& name) {
  bool characters = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
  });
  if (name.empty() || name.size() > kNameBytesMax) {
    return invalid_parameter("Length of message attribute name must be from 1 to 256 bytes.");
  }
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  bool reserved = lower.starts_with("aws.") || lower.starts_with("amazon.");
  bool periods = name.starts_with('.') || name.ends_with('.') || name.find("..") != name.npos;
  if (!characters || reserved || periods) {
    return invalid_parameter("The message attribute name '" + name +
                             "' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore "
                             "(_), hyphen (-), and period (.) characters.");
  }
  return {};
}

// "String", or "String." and a label of the sender's own; likewise the others.
bool is_type(std::string_view type, std::string_view prefix) {
  return type == prefix || (type.starts_with(prefix) && type[prefix.size()] == '.');
}

bool is_number(std::string_view text) {
  auto skip_digits = [&text] {
    size_t count = 0;
    while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
    text.remove_prefix(count);
    return count > 0;
  };
  auto skip_one_of = [&text](std::string_view characters) {
    bool found = !text.empty() && characters.find(text.front()) != characters.npos;
    if (found) text.remove_prefix(1);
    return found;
  };
  skip_one_of("+-");
  bool digits = skip_digits();
  if (skip_one_of(".")) digits = skip_digits() || digits;
  if (!digits) return false;
  if (skip_one_of("eE")) {
    skip_one_of("+-");
    if (!skip_digits()) return false;
  }
  return text.empty();
}

aws::Result<json> read_value(const std::string& name, const json& given) {
  auto type = given.value("DataType", "");
  if (type.empty()) {
    return invalid_parameter(about(name) + "must contain a non-empty message attribute type.");
  }
  bool binary = is_type(type, "Binary");
  bool number = is_type(type, "Number");
  if (type.size() > kTypeBytesMax || (!binary && !number && !is_type(type, "String"))) {
    return invalid_parameter(about(name) +
                             "has an invalid message attribute type, the set of supported type "
                             "prefixes is Binary, Number, and String.");
  }
  const char* member = binary ? "BinaryValue" : "StringValue";
  auto value = given.value(member, "");
  bool readable = binary ? from_base64(value).has_value() : is_allowed_text(value);
  if (value.empty() || !readable) {
    return invalid_parameter(about(name) +
                             "must contain a non-empty message attribute value for message "
                             "attribute type '" +
                             type + "'.");
  }
  if (number && !is_number(value)) {
    return invalid_parameter("Can't cast the value of message (user) attribute '" + name +
                             "' to a number.");
  }
  return json{{"DataType", type}, {member, value}};
}

}  // namespace

bool is_allowed_text(std::string_view text) {
  if (!is_valid_utf8(text)) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 && c != 0x9 && c != 0xa && c != 0xd) return false;
    // U+FFFE and U+FFFF are EF BF BE and EF BF BF.
    if (c == 0xef && static_cast<unsigned char>(text[i + 1]) == 0xbf &&
        static_cast<unsigned char>(text[i + 2]) >= 0xbe) {
      return false;
    }
  }
  return true;
}

aws::Result<json> read_message_attributes(const json& given) {
  if (given.size() > kAttributesMax) {
    return invalid_parameter("Number of message attributes [" + std::to_string(given.size()) +
                             "] exceeds the allowed maximum [10].");
  }
  json attributes = json::object();
  for (const auto& [name, value] : given.items()) {
    MILLRACE_CHECK_OK(check_name(name));
    MILLRACE_TRY(attributes[name], read_value(name, value));
  }
  return attributes;
}

aws::Result<json> read_system_attributes(const json& given) {
  json attributes = json::object();
  for (const auto& [name, value] : given.items()) {
    MILLRACE_TRY(json attribute, read_value(name, value));
    bool valid =
        name == "AWSTraceHeader" && attribute["DataType"] == "String" &&
        attribute["StringValue"].get_ref<const std::string&>().size() <= kTraceHeaderBytesMax;
    if (!valid) {
      return invalid_parameter("The message system attribute '" + name +
                               "' is invalid. The only one that can be sent is AWSTraceHeader, "
                               "whose type is String.");
    }
    attributes[name] = std::move(attribute);
  }
  return attributes;
}

size_t size_of_attributes(const json& attributes) {
  size_t size = 0;
  for (const auto& [name, attribute] : attributes.items()) {
    size += name.size() + attribute.value("DataType", "").size();
    size += attribute.value("StringValue", "").size();
    size += from_base64(attribute.value("BinaryValue", "")).value_or("").size();
  }
  return size;
}

}  // namespace millrace::sqs::operation
