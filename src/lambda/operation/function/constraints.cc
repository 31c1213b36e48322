#include "lambda/operation/function/constraints.h"

#include <nlohmann/json.hpp>

#include "aws/listed_values.h"
#include "lambda/operation/function/input.h"

namespace millrace::lambda::operation {

std::string Constraints::path_of(const char* name) const {
  std::string text = path_;
  if (!text.empty()) text += '.';
  size_t first = text.size();
  text += name;
  // As the service's own members are called; only KMSKeyArn begins with more than one capital.
  if (text.compare(first, 3, "KMS") == 0) {
    text[first] = 'k';
    text[first + 1] = 'M';
    text[first + 2] = 'S';
  } else {
    text[first] = static_cast<char>(text[first] | 0x20);
  }
  return text;
}

void Constraints::add_value(const std::string& value, const char* name,
                            std::string_view constraint) {
  add("Value '" + value + "' at '" + path_of(name) +
      "' failed to satisfy constraint: " + std::string(constraint));
}

void Constraints::required(const char* name) {
  if (find_member(members_, name) != nullptr) return;
  add("Value null at '" + path_of(name) +
      "' failed to satisfy constraint: Member must not be null");
}

void Constraints::range(const char* name, int64_t least, int64_t most) {
  const json* value = find_member(members_, name);
  if (value == nullptr) return;
  int64_t number = integer(*value);
  if (number < least) {
    add_value(std::to_string(number), name,
              "Member must have value greater than or equal to " + std::to_string(least));
  } else if (number > most) {
    add_value(std::to_string(number), name,
              "Member must have value less than or equal to " + std::to_string(most));
  }
}

void Constraints::length(const char* name, size_t least, size_t most) {
  const json* value = find_member(members_, name);
  if (value == nullptr) return;
  const std::string& text = value->get_ref<const std::string&>();
  if (text.size() < least) {
    add_value(text, name,
              "Member must have length greater than or equal to " + std::to_string(least));
  } else if (text.size() > most) {
    add_value(text, name, "Member must have length less than or equal to " + std::to_string(most));
  }
}

void Constraints::one_of(const char* name, std::string_view values) {
  const json* value = find_member(members_, name);
  if (value == nullptr) return;
  const std::string& text = value->get_ref<const std::string&>();
  if (aws::is_one_of(text, values)) return;
  add_value(text, name, "Member must satisfy enum value set: [" + std::string(values) + ']');
}

void Constraints::pattern(const char* name, std::string_view printed,
                          const std::function<bool(std::string_view)>& matches) {
  const json* value = find_member(members_, name);
  if (value == nullptr) return;
  const std::string& text = value->get_ref<const std::string&>();
  if (matches(text)) return;
  add_value(text, name, "Member must satisfy regular expression pattern: " + std::string(printed));
}

aws::Result<void> result_of(const std::vector<std::string>& broken) {
  if (broken.empty()) return {};
  std::string text =
      std::to_string(broken.size()) +
      (broken.size() == 1 ? " validation error detected: " : " validation errors detected: ");
  for (size_t i = 0; i < broken.size(); ++i) {
    if (i > 0) text += "; ";
    text += broken[i];
  }
  return aws::validation_error(std::move(text));
}

}  // namespace millrace::lambda::operation
