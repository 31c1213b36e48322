#include "logs/json_filter.h"

#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "aws/json_text.h"

namespace millrace::logs {
namespace {

using nlohmann::json;

using Condition = std::function<bool(const json&)>;
constexpr int kDepthMax = 32;

// '*' stands for any characters.
bool wildcard_match(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::optional<double> to_number(const std::string& text) {
  char* end = nullptr;
  double number = std::strtod(text.c_str(), &end);
  if (text.empty() || end != text.c_str() + text.size()) return std::nullopt;
  return number;
}

struct Step {
  std::string member;
  size_t element = 0;
  bool is_element = false;
};

const json* select(const json& document, const std::vector<Step>& steps) {
  const json* value = &document;
  for (const Step& step : steps) {
    if (step.is_element) {
      if (!value->is_array() || step.element >= value->size()) return nullptr;
      value = &(*value)[step.element];
    } else {
      if (!value->is_object()) return nullptr;
      auto found = value->find(step.member);
      if (found == value->end()) return nullptr;
      value = &*found;
    }
  }
  return value;
}

bool compare(const json& value, const std::string& comparison, const std::string& operand) {
  std::optional<double> number = to_number(operand);
  if (comparison == "=" || comparison == "!=") {
    bool equal = false;
    if (value.is_number()) equal = number && value.get<double>() == *number;
    if (value.is_string()) equal = wildcard_match(operand, value.get_ref<const std::string&>());
    if (value.is_boolean()) equal = operand == (value.get<bool>() ? "true" : "false");
    return equal == (comparison == "=");
  }
  if (!number || !value.is_number()) return false;
  double actual = value.get<double>();
  if (comparison == "<") return actual < *number;
  if (comparison == "<=") return actual <= *number;
  if (comparison == ">") return actual > *number;
  return actual >= *number;
}

// Recursive descent; nothing means a syntax error.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<Condition> parse() {
    if (!take("{")) return std::nullopt;
    auto condition = any();
    if (!condition || !take("}")) return std::nullopt;
    skip_space();
    return text_.empty() ? condition : std::nullopt;
  }

 private:
  void skip_space() {
    while (!text_.empty() && isspace(static_cast<unsigned char>(text_.front())) != 0) {
      text_.remove_prefix(1);
    }
  }
  bool take(std::string_view token) {
    skip_space();
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }

  std::optional<Condition> any() {
    auto left = all();
    while (left && take("||")) {
      auto right = all();
      if (!right) return std::nullopt;
      left = [a = *left, b = *right](const json& document) { return a(document) || b(document); };
    }
    return left;
  }

  std::optional<Condition> all() {
    auto left = one();
    while (left && take("&&")) {
      auto right = one();
      if (!right) return std::nullopt;
      left = [a = *left, b = *right](const json& document) { return a(document) && b(document); };
    }
    return left;
  }

  std::optional<Condition> one() {
    if (take("(")) {
      if (++depth_ > kDepthMax) return std::nullopt;
      auto inner = any();
      --depth_;
      return inner && take(")") ? inner : std::nullopt;
    }
    auto steps = selector();
    if (!steps) return std::nullopt;
    if (take("NOT EXISTS")) {
      return [path = *steps](const json& document) { return select(document, path) == nullptr; };
    }
    if (take("IS")) return literal(*steps);
    for (std::string comparison : {"!=", "<=", ">=", "=", "<", ">"}) {
      if (!take(comparison)) continue;
      auto operand = value();
      if (!operand) return std::nullopt;
      return [path = *steps, comparison, operand = *operand](const json& document) {
        const json* selected = select(document, path);
        return selected != nullptr && compare(*selected, comparison, operand);
      };
    }
    return std::nullopt;
  }

  std::optional<Condition> literal(const std::vector<Step>& steps) {
    json wanted;
    if (take("TRUE")) {
      wanted = true;
    } else if (take("FALSE")) {
      wanted = false;
    } else if (!take("NULL")) {
      return std::nullopt;
    }
    return [steps, wanted](const json& document) {
      const json* selected = select(document, steps);
      return selected != nullptr && *selected == wanted;
    };
  }

  std::optional<std::vector<Step>> selector() {
    if (!take("$")) return std::nullopt;
    std::vector<Step> steps;
    for (;;) {
      if (text_.starts_with('.')) {
        text_.remove_prefix(1);
        Step step{word(".[=!<>() \t&|}")};
        if (step.member.empty()) return std::nullopt;
        steps.push_back(step);
      } else if (text_.starts_with('[')) {
        text_.remove_prefix(1);
        Step step;
        if (text_.starts_with('"')) {
          auto member = quoted();
          if (!member) return std::nullopt;
          step.member = *member;
        } else {
          std::string digits = word("]");
          if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos) {
            return std::nullopt;
          }
          step.is_element = true;
          step.element = std::strtoull(digits.c_str(), nullptr, 10);
        }
        if (!take("]")) return std::nullopt;
        steps.push_back(step);
      } else {
        return steps;
      }
    }
  }

  std::string word(std::string_view stops) {
    size_t end = std::min(text_.find_first_of(stops), text_.size());
    std::string result(text_.substr(0, end));
    text_.remove_prefix(end);
    return result;
  }

  std::optional<std::string> quoted() {
    std::string result;
    for (size_t i = 1; i < text_.size(); ++i) {
      if (text_[i] == '"') {
        text_.remove_prefix(i + 1);
        return result;
      }
      if (text_[i] == '\\' && i + 1 < text_.size()) ++i;
      result += text_[i];
    }
    return std::nullopt;
  }

  std::optional<std::string> value() {
    skip_space();
    if (text_.starts_with('"')) return quoted();
    std::string result = word(" \t\r\n)&|}");
    if (result.empty() || result.front() == '%') return std::nullopt;
    return result;
  }

  std::string_view text_;
  int depth_ = 0;
};

class JsonFilter final : public FilterPattern {
 public:
  explicit JsonFilter(Condition condition) : condition_(std::move(condition)) {}
  bool matches(std::string_view message) const override {
    json document = aws::parse_json(message);
    return (document.is_object() || document.is_array()) && condition_(document);
  }

 private:
  Condition condition_;
};

}  // namespace

Result<std::shared_ptr<const FilterPattern>, std::string> parse_json_filter(std::string_view text) {
  auto condition = Parser(text).parse();
  if (!condition) return Unexpected(std::string("Invalid filter pattern"));
  return std::shared_ptr<const FilterPattern>(std::make_shared<JsonFilter>(*std::move(condition)));
}

}  // namespace millrace::logs
