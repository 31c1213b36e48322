#include "logs/filter_pattern.h"

#include <vector>

#include "logs/json_filter.h"

namespace millrace::logs {
namespace {

constexpr size_t kPatternLengthMax = 1024;  // AWS

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

class TermFilter final : public FilterPattern {
 public:
  bool matches(std::string_view message) const override {
    auto contains = [&](const std::string& term) {
      return message.find(term) != std::string_view::npos;
    };
    for (const auto& term : excluded_) {
      if (contains(term)) return false;
    }
    for (const auto& term : required_) {
      if (!contains(term)) return false;
    }
    // Optional terms beside required ones do not narrow the search.
    if (!required_.empty() || optional_.empty()) return true;
    for (const auto& term : optional_) {
      if (contains(term)) return true;
    }
    return false;
  }

  // False if a quotation is not closed.
  bool read(std::string_view text) {
    while (!(text = trimmed(text)).empty()) {
      std::vector<std::string>* terms = &required_;
      if (text.front() == '?') terms = &optional_;
      if (text.front() == '-') terms = &excluded_;
      if (terms != &required_) text.remove_prefix(1);
      std::string term;
      if (!text.empty() && text.front() == '"') {
        if (!take_quoted(text, term)) return false;
      } else {
        size_t end = std::min(text.find_first_of(" \t\r\n"), text.size());
        term = text.substr(0, end);
        text.remove_prefix(end);
      }
      if (!term.empty()) terms->push_back(std::move(term));
    }
    return true;
  }

 private:
  static bool take_quoted(std::string_view& text, std::string& term) {
    for (size_t i = 1; i < text.size(); ++i) {
      if (text[i] == '"') {
        text.remove_prefix(i + 1);
        return true;
      }
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      term += text[i];
    }
    return false;
  }

  std::vector<std::string> required_, optional_, excluded_;
};

}  // namespace

Result<std::shared_ptr<const FilterPattern>, std::string> FilterPattern::parse(
    std::string_view text) {
  if (text.size() > kPatternLengthMax) return Unexpected(std::string("Invalid filter pattern"));
  text = trimmed(text);
  if (text.starts_with('{')) return parse_json_filter(text);
  if (text.starts_with('[')) {
    return Unexpected(
        std::string("Filter patterns for fields between spaces ([...]) are not available here"));
  }
  if (text.starts_with('%') && text.size() > 1 && text.ends_with('%')) {
    return Unexpected(std::string("Regular expressions in filter patterns are not available here"));
  }
  auto filter = std::make_shared<TermFilter>();
  if (!filter->read(text)) return Unexpected(std::string("Invalid filter pattern"));
  return std::shared_ptr<const FilterPattern>(std::move(filter));
}

}  // namespace millrace::logs
