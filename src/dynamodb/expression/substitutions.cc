#include "dynamodb/expression/substitutions.h"

#include <algorithm>

#include "dynamodb/item/attribute_name.h"
#include "dynamodb/item/item_parser.h"

namespace millrace::dynamodb::expression {

namespace {

constexpr std::string_view kNames = "ExpressionAttributeNames";
constexpr std::string_view kValues = "ExpressionAttributeValues";
constexpr size_t kPlaceholderBytesMax = 255;  // AWS quota, with the prefix

std::string joined(const std::vector<std::string_view>& names) {
  std::string out = "{";
  for (const std::string_view name : names) {
    if (out.size() > 1) out += ", ";
    out += name;
  }
  return out + '}';
}

bool is_placeholder(std::string_view text, char prefix) {
  if (text.size() < 2 || text.size() > kPlaceholderBytesMax || text.front() != prefix) return false;
  return std::all_of(text.begin() + 1, text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

aws::Result<void> check_placeholder(std::string_view text, char prefix, std::string_view member) {
  if (is_placeholder(text, prefix)) return {};
  return aws::validation_error(std::string(member) +
                               " contains invalid key: Syntax error; key: \"" + std::string(text) +
                               "\"");
}

// The keys in `order` that `used` does not have, as the error's text.
aws::Result<void> check_used(const std::vector<std::string>& order,
                             const std::set<std::string, std::less<>>& used,
                             std::string_view member) {
  std::vector<std::string_view> unused;
  for (const std::string& key : order) {
    if (used.count(key) == 0) unused.push_back(key);
  }
  if (unused.empty()) return {};
  return aws::validation_error("Value provided in " + std::string(member) +
                               " unused in expressions: keys: " + joined(unused));
}

aws::Result<std::optional<std::vector<SubstitutionMembers::Value>>> read_values(json::Value request,
                                                                                ValueLayer layer) {
  using Values = std::vector<SubstitutionMembers::Value>;
  MILLRACE_TRY(const std::optional<json::Value> map,
               read_map(request, kValues, "com.amazonaws.dynamodb.v20120810.AttributeValue"));
  if (!map) return std::optional<Values>();
  Values values;
  for (const json::Member& member : map->members()) {
    MILLRACE_TRY(ParsedValue parsed, parse_expression_value(member.value, layer));
    const auto same = std::find_if(values.begin(), values.end(),
                                   [&](const auto& value) { return value.key == member.name; });
    SubstitutionMembers::Value value{std::string(member.name), std::move(parsed.value),
                                     std::move(parsed.fault)};
    if (same != values.end()) {
      *same = std::move(value);
    } else {
      values.push_back(std::move(value));
    }
  }
  return std::optional(std::move(values));
}

}  // namespace

aws::Result<SubstitutionMembers> read_substitutions(json::Value request, ValueLayer layer) {
  SubstitutionMembers members;
  members.layer = layer;
  MILLRACE_TRY(members.names, read_string_map(request, kNames));
  MILLRACE_TRY(members.values, read_values(request, layer));
  return members;
}

aws::Result<void> check_expression_members(const ExpressionMembers& members,
                                           const SubstitutionMembers& substitutions) {
  if (!members.non_expression.empty() && !members.expression.empty()) {
    return aws::validation_error(
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: " +
        joined(members.non_expression) + " Expression parameters: " + joined(members.expression));
  }
  if (substitutions.names && members.expression.empty()) {
    return aws::validation_error(
        "ExpressionAttributeNames can only be specified when using expressions");
  }
  if (substitutions.values && !members.takes_values) {
    bool names_them = substitutions.layer == ValueLayer::kOlder && !members.missing.empty();
    return aws::validation_error(
        "ExpressionAttributeValues can only be specified when using expressions" +
        (names_them ? ": " + std::string(members.missing) : std::string()));
  }
  if (substitutions.names && substitutions.names->empty()) {
    return aws::validation_error("ExpressionAttributeNames must not be empty");
  }
  if (substitutions.values && substitutions.values->empty()) {
    return aws::validation_error("ExpressionAttributeValues must not be empty");
  }
  return {};
}

aws::Result<Substitutions> Substitutions::create(SubstitutionMembers members) {
  Substitutions substitutions;
  if (members.names) {
    for (const auto& [key, name] : *members.names) {
      MILLRACE_CHECK_OK(check_placeholder(key, '#', kNames));
      std::string fault = attribute_name_fault(name, NamePlace::kMapValue);
      if (!fault.empty()) {
        return aws::validation_error("ExpressionAttributeNames contains invalid value: " + fault +
                                     " for key " + key);
      }
    }
    for (auto& [key, name] : *members.names) {
      substitutions.name_order_.push_back(key);
      substitutions.names_.insert_or_assign(std::move(key), std::move(name));
    }
  }
  if (!members.values) return substitutions;
  for (const auto& value : *members.values) {
    MILLRACE_CHECK_OK(check_placeholder(value.key, ':', kValues));
  }
  for (auto& value : *members.values) {
    if (value.fault) {
      if (members.layer == ValueLayer::kOlder) {
        value.fault->message =
            "ExpressionAttributeValues contains invalid value: " + value.fault->message +
            " for key " + value.key;
      }
      return Unexpected(*std::move(value.fault));
    }
    substitutions.value_order_.push_back(value.key);
    substitutions.values_.insert_or_assign(std::move(value.key), std::move(value.value));
  }
  return substitutions;
}

Substitutions::Substitutions(std::map<std::string, std::string, std::less<>> names,
                             std::map<std::string, AttributeValue, std::less<>> values)
    : names_(std::move(names)), values_(std::move(values)) {
  for (const auto& [key, name] : names_) name_order_.push_back(key);
  for (const auto& [key, value] : values_) value_order_.push_back(key);
}

const std::string* Substitutions::use_name(std::string_view placeholder) {
  const auto found = names_.find(placeholder);
  if (found == names_.end()) return nullptr;
  used_.insert(found->first);
  return &found->second;
}

const AttributeValue* Substitutions::use_value(std::string_view placeholder) {
  const auto found = values_.find(placeholder);
  if (found == values_.end()) return nullptr;
  used_.insert(found->first);
  return &found->second;
}

aws::Result<void> Substitutions::check_all_used() const {
  MILLRACE_CHECK_OK(check_used(name_order_, used_, kNames));
  return check_used(value_order_, used_, kValues);
}

}  // namespace millrace::dynamodb::expression
