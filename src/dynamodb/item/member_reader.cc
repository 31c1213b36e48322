#include "dynamodb/item/member_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace millrace::dynamodb {

namespace {

using json::Kind;

constexpr std::string_view kUnexpectedFieldType = "Unexpected field type";
constexpr std::string_view kStructureNotExpected =
    "Start of structure or map found where not expected";
constexpr std::string_view kShapePackage = "com.amazonaws.dynamodb.v20120810.";

// The error for a value that is not of scalar type `type` (a Java class without its package).
Unexpected<aws::ApiError> scalar_error(json::Value value, std::string_view type) {
  std::string_view token;
  switch (value.kind()) {
    case Kind::kTrue:
      token = "TRUE_VALUE";
      break;
    case Kind::kFalse:
      token = "FALSE_VALUE";
      break;
    case Kind::kInteger:
      token = "NUMBER_VALUE";
      break;
    case Kind::kDecimal:
      token = "DECIMAL_VALUE";
      break;
    case Kind::kString:
      token = "STRING_VALUE";
      break;
    case Kind::kArray:
      return serialization_error("Unrecognized collection type class java.lang." +
                                 std::string(type));
    case Kind::kObject:
    case Kind::kNull:
      return serialization_error(std::string(kStructureNotExpected));
  }
  return serialization_error(std::string(token) + " cannot be converted to " + std::string(type));
}

std::optional<bool> boolean_from_text(std::string_view text) {
  std::string lower(text.substr(0, 6));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (lower == "true" || lower == "1" || lower == "yes") return true;
  if (lower == "false" || lower == "0" || lower == "no") return false;
  return std::nullopt;
}

aws::Result<std::optional<int64_t>> read_number(json::Value object, std::string_view name,
                                                std::string_view type) {
  const auto member = object.find(name);
  if (!member) return std::optional<int64_t>();
  if (!member->is(Kind::kInteger) && !member->is(Kind::kDecimal)) {
    return scalar_error(*member, type);
  }
  return std::optional(member->integer());
}

}  // namespace

Unexpected<aws::ApiError> serialization_error(std::string message) {
  return aws::api_error(400, "SerializationException", std::move(message));
}

aws::Result<void> check_request_object(json::Value root) {
  if (!root.is(Kind::kObject)) return serialization_error("");
  return {};
}

aws::Result<std::string_view> check_string(json::Value value) {
  if (!value.is(Kind::kString)) return scalar_error(value, "String");
  return value.string();
}

aws::Result<bool> check_boolean(json::Value value) {
  if (value.is(Kind::kTrue)) return true;
  if (value.is(Kind::kFalse)) return false;
  if (!value.is(Kind::kString)) return scalar_error(value, "Boolean");
  const auto parsed = boolean_from_text(value.string());
  if (!parsed) return serialization_error("Unexpected token received from parser");
  return *parsed;
}

aws::Result<void> check_structure(json::Value value, std::string_view shape) {
  if (value.is(Kind::kObject)) return {};
  if (value.is(Kind::kArray)) {
    return serialization_error("Unrecognized collection type class " + std::string(kShapePackage) +
                               std::string(shape));
  }
  return serialization_error("Unexpected value type in payload");
}

aws::Result<void> check_list(json::Value value) {
  if (value.is(Kind::kArray)) return {};
  return serialization_error(
      std::string(value.is(Kind::kObject) ? kStructureNotExpected : kUnexpectedFieldType));
}

aws::Result<void> check_map(json::Value value, std::string_view value_class) {
  if (value.is(Kind::kObject)) return {};
  if (value.is(Kind::kArray)) {
    return serialization_error("Unrecognized collection type java.util.Map<java.lang.String, " +
                               std::string(value_class) + ">");
  }
  return serialization_error(std::string(kUnexpectedFieldType));
}

aws::Result<std::optional<std::string_view>> read_string(json::Value object,
                                                         std::string_view name) {
  const auto member = object.find(name);
  if (!member) return std::optional<std::string_view>();
  MILLRACE_TRY(const std::string_view text, check_string(*member));
  return std::optional(text);
}

aws::Result<std::optional<bool>> read_boolean(json::Value object, std::string_view name) {
  const auto member = object.find(name);
  if (!member) return std::optional<bool>();
  MILLRACE_TRY(const bool value, check_boolean(*member));
  return std::optional(value);
}

aws::Result<std::optional<int32_t>> read_integer(json::Value object, std::string_view name) {
  MILLRACE_TRY(const std::optional<int64_t> value, read_number(object, name, "Integer"));
  if (!value) return std::optional<int32_t>();
  using Limits = std::numeric_limits<int32_t>;
  return std::optional(
      static_cast<int32_t>(std::clamp<int64_t>(*value, Limits::min(), Limits::max())));
}

aws::Result<std::optional<int64_t>> read_long(json::Value object, std::string_view name) {
  return read_number(object, name, "Long");
}

aws::Result<std::optional<json::Value>> read_structure(json::Value object, std::string_view name,
                                                       std::string_view shape) {
  const auto member = object.find(name);
  if (!member) return std::optional<json::Value>();
  if (!member->is(Kind::kObject) && !member->is(Kind::kArray)) {
    return serialization_error(std::string(kUnexpectedFieldType));
  }
  MILLRACE_CHECK_OK(check_structure(*member, shape));
  return member;
}

aws::Result<std::optional<json::Value>> read_list(json::Value object, std::string_view name) {
  const auto member = object.find(name);
  if (member) MILLRACE_CHECK_OK(check_list(*member));
  return member;
}

aws::Result<std::optional<json::Value>> read_map(json::Value object, std::string_view name,
                                                 std::string_view value_class) {
  const auto member = object.find(name);
  if (member) MILLRACE_CHECK_OK(check_map(*member, value_class));
  return member;
}

aws::Result<std::optional<std::vector<std::string>>> read_string_list(json::Value object,
                                                                      std::string_view name) {
  MILLRACE_TRY(const std::optional<json::Value> list, read_list(object, name));
  if (!list) return std::optional<std::vector<std::string>>();
  std::vector<std::string> strings;
  for (const json::Value element : list->elements()) {
    MILLRACE_TRY(const std::string_view text, check_string(element));
    strings.emplace_back(text);
  }
  return std::optional(std::move(strings));
}

aws::Result<std::optional<StringPairs>> read_string_map(json::Value object, std::string_view name) {
  MILLRACE_TRY(const std::optional<json::Value> map, read_map(object, name, "java.lang.String"));
  if (!map) return std::optional<StringPairs>();
  StringPairs pairs;
  for (const json::Member& member : map->members()) {
    if (member.value.is(Kind::kNull)) continue;
    MILLRACE_TRY(const std::string_view text, check_string(member.value));
    const auto same = std::find_if(pairs.begin(), pairs.end(),
                                   [&](const auto& pair) { return pair.first == member.name; });
    if (same != pairs.end()) {
      same->second = text;
    } else {
      pairs.emplace_back(member.name, text);
    }
  }
  return std::optional(std::move(pairs));
}

}  // namespace millrace::dynamodb
