#include "dynamodb/operation/constraint_list.h"

#include <algorithm>

#include "aws/listed_values.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr size_t kReportedMax = 10;
constexpr size_t kNameLengthMax = 255;
constexpr size_t kEchoedMax = 200;  // a bound on the message

}  // namespace

std::string length_at_least(size_t length) {
  return "Member must have length greater than or equal to " + std::to_string(length);
}

std::string length_at_most(size_t length) {
  return "Member must have length less than or equal to " + std::to_string(length);
}

std::string value_at_least(int64_t value) {
  return "Member must have value greater than or equal to " + std::to_string(value);
}

std::string value_at_most(int64_t value) {
  return "Member must have value less than or equal to " + std::to_string(value);
}

std::string matches_name_pattern() {
  return "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
}

std::string one_of(std::string_view values) {
  return "Member must satisfy enum value set: [" + std::string(values) + "]";
}

std::string map_keys_are_table_names() {
  return "Map keys must satisfy constraint: [" + length_at_most(kNameLengthMax) + ", " +
         length_at_least(3) + ", " + matches_name_pattern() + "]";
}

std::string map_values_have_length(size_t minimum, size_t maximum) {
  return "Map value must satisfy constraint: [" + length_at_most(maximum) + ", " +
         length_at_least(minimum) + "]";
}

std::string echoed_list(std::string_view shape, size_t size) {
  std::string text = "[";
  for (size_t i = 0; i < std::min(size, kEchoedMax); ++i) {
    if (i > 0) text += ", ";
    text += "com.amazonaws.dynamodb.v20120810." + std::string(shape) + '@' + std::to_string(i + 1);
  }
  return text + "]";
}

std::string broken_constraint(std::string_view value, std::string_view path,
                              std::string_view constraint) {
  return "Value '" + std::string(value) + "' at '" + std::string(path) +
         "' failed to satisfy constraint: " + std::string(constraint);
}

std::string broken_constraint_at(std::string_view path, std::string_view constraint) {
  return "Value at '" + std::string(path) +
         "' failed to satisfy constraint: " + std::string(constraint);
}

std::string missing_member(std::string_view path) {
  return "Value null at '" + std::string(path) +
         "' failed to satisfy constraint: Member must not be null";
}

std::string in_envelope(std::string_view text) {
  return "1 validation error detected: " + std::string(text);
}

bool has_name_characters(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  });
}

void ConstraintList::check_one_of(const std::optional<std::string>& value, std::string_view path,
                                  std::string_view values) {
  if (value && !aws::is_one_of(*value, values))
    add(broken_constraint(*value, path, one_of(values)));
}

void ConstraintList::check_range(const std::optional<int64_t>& value, std::string_view path,
                                 int64_t minimum, int64_t maximum) {
  if (!value) return;
  if (*value < minimum) {
    add(broken_constraint(std::to_string(*value), path, value_at_least(minimum)));
  } else if (*value > maximum) {
    add(broken_constraint(std::to_string(*value), path, value_at_most(maximum)));
  }
}

void ConstraintList::check_length(const std::optional<std::string>& value, std::string_view path,
                                  size_t minimum, size_t maximum) {
  if (!value) return;
  if (value->size() < minimum) {
    add(broken_constraint(*value, path, length_at_least(minimum)));
  } else if (value->size() > maximum) {
    add(broken_constraint(*value, path, length_at_most(maximum)));
  }
}

void ConstraintList::check_name(const std::optional<std::string>& value, std::string_view path,
                                size_t minimum) {
  if (!value) return;
  if (!value->empty() && !has_name_characters(*value)) {
    add(broken_constraint(*value, path, matches_name_pattern()));
  }
  check_length(value, path, minimum, kNameLengthMax);
}

aws::Result<void> ConstraintList::result() const {
  if (broken_.empty()) return {};
  std::string text =
      std::to_string(broken_.size()) +
      (broken_.size() == 1 ? " validation error detected: " : " validation errors detected: ");
  for (size_t i = 0; i < std::min(broken_.size(), kReportedMax); ++i) {
    if (i > 0) text += "; ";
    text += broken_[i];
  }
  return aws::validation_error(std::move(text));
}

}  // namespace millrace::dynamodb::operation
