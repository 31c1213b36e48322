#include "dynamodb/expression/substitutions.h"

#include <algorithm>

#include "dynamodb/item/item_parser.h"

namespace millrace::dynamodb::expression {
namespace {

std::string joined(const std::vector<std::string_view>& names) {
  std::string text;
  for (auto name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

bool is_placeholder(std::string_view key, char first) {
  if (key.size() < 2 || key[0] != first) return false;
  return std::all_of(key.begin() + 1, key.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
  });
}

aws::Result<void> check_used(const std::vector<std::string>& order,
                             const std::set<std::string, std::less<>>& used,
                             std::string_view member) {
  std::string unused;
  for (const auto& key : order) {
    if (used.count(key) == 0) unused += (unused.empty() ? "" : ", ") + key;
  }
  if (unused.empty()) return {};
  return aws::validation_error("Value provided in " + std::string(member) +
                               " unused in expressions: keys: {" + unused + "}");
}

}  // namespace

aws::Result<SubstitutionMembers> read_substitutions(json::Value request, ValueLayer layer) {
  SubstitutionMembers members;
  members.layer = layer;
  MILLRACE_TRY(members.names, read_string_map(request, "ExpressionAttributeNames"));
  MILLRACE_TRY(auto values, read_map(request, "ExpressionAttributeValues",
                                     "com.amazonaws.dynamodb.v20120810.AttributeValue"));
  if (!values) return members;
  members.values.emplace();
  for (const auto member : values->members()) {
    if (member.value.is(json::Kind::kNull)) continue;
    MILLRACE_TRY(auto parsed, parse_attribute_value(member.value, layer));
    members.values->push_back(
        {std::string(member.name), std::move(parsed.value), std::move(parsed.fault)});
  }
  return members;
}

aws::Result<void> check_expression_members(const ExpressionMembers& members,
                                           const SubstitutionMembers& substitutions) {
  if (!members.expression.empty() && !members.non_expression.empty()) {
    return aws::validation_error(
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {" +
        joined(members.non_expression) + "} Expression parameters: {" + joined(members.expression) +
        "}");
  }
  if (substitutions.names && members.expression.empty()) {
    return aws::validation_error(
        "ExpressionAttributeNames can only be specified when using expressions");
  }
  if (substitutions.values && !members.takes_values) {
    return aws::validation_error(
        "ExpressionAttributeValues can only be specified when using expressions");
  }
  if (substitutions.names && substitutions.names->empty()) {
    return aws::validation_error("ExpressionAttributeNames must not be empty");
  }
  if (substitutions.values && substitutions.values->empty()) {
    return aws::validation_error("ExpressionAttributeValues must not be empty");
  }
  return {};
}

Substitutions::Substitutions(std::map<std::string, std::string, std::less<>> names,
                             std::map<std::string, AttributeValue, std::less<>> values)
    : names_(std::move(names)), values_(std::move(values)) {
  for (const auto& [key, name] : names_) name_order_.push_back(key);
  for (const auto& [key, value] : values_) value_order_.push_back(key);
}

aws::Result<Substitutions> Substitutions::create(SubstitutionMembers members) {
  Substitutions result;
  if (members.names) {
    for (auto& [key, name] : *members.names) {
      if (!is_placeholder(key, '#')) {
        return aws::validation_error(
            "ExpressionAttributeNames contains invalid key: Syntax error; key: \"" + key + "\"");
      }
      if (result.names_.emplace(key, name).second) result.name_order_.push_back(key);
    }
  }
  if (members.values) {
    for (auto& entry : *members.values) {
      if (!is_placeholder(entry.key, ':')) {
        return aws::validation_error(
            "ExpressionAttributeValues contains invalid key: Syntax error; key: \"" + entry.key +
            "\"");
      }
      if (entry.fault) {
        if (members.layer == ValueLayer::kCurrent) return Unexpected(std::move(*entry.fault));
        return aws::validation_error("ExpressionAttributeValues contains invalid value: " +
                                     entry.fault->message + " for key " + entry.key);
      }
      if (result.values_.count(entry.key) == 0) result.value_order_.push_back(entry.key);
      result.values_.insert_or_assign(entry.key, std::move(entry.value));
    }
  }
  return result;
}

const std::string* Substitutions::use_name(std::string_view placeholder) {
  auto found = names_.find(placeholder);
  if (found == names_.end()) return nullptr;
  used_.insert(found->first);
  return &found->second;
}

const AttributeValue* Substitutions::use_value(std::string_view placeholder) {
  auto found = values_.find(placeholder);
  if (found == values_.end()) return nullptr;
  used_.insert(found->first);
  return &found->second;
}

aws::Result<void> Substitutions::check_all_used() const {
  MILLRACE_CHECK_OK(check_used(name_order_, used_, "ExpressionAttributeNames"));
  return check_used(value_order_, used_, "ExpressionAttributeValues");
}

}  // namespace millrace::dynamodb::expression
