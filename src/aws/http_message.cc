#include "aws/http_message.h"

#include <algorithm>

#include "base/encoding.h"

namespace millrace::aws {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

}  // namespace

void HttpRequest::add_header(std::string_view name, std::string_view value) {
  Field field{};
  field.name_begin = static_cast<uint32_t>(text_.size());
  field.name_size = static_cast<uint32_t>(name.size());
  text_.append(name);
  field.value_begin = static_cast<uint32_t>(text_.size());
  field.value_size = static_cast<uint32_t>(value.size());
  text_.append(value);
  fields_.push_back(field);
}

std::optional<std::string_view> HttpRequest::find_header(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_ignoring_case(name_of(field), name)) return value_of(field);
  }
  return std::nullopt;
}

std::string_view HttpRequest::header(std::string_view name) const {
  return find_header(name).value_or(std::string_view());
}

std::vector<std::pair<std::string_view, std::string_view>> HttpRequest::headers() const {
  std::vector<std::pair<std::string_view, std::string_view>> all;
  all.reserve(fields_.size());
  for (const Field& field : fields_) all.emplace_back(name_of(field), value_of(field));
  return all;
}

std::string_view HttpRequest::path() const {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string_view HttpRequest::query() const {
  size_t mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::string to_lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = lower(c);
  return lowered;
}

std::string_view trim(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

NameValues parse_name_values(std::string_view text, bool plus_is_space) {
  NameValues values;
  while (!text.empty()) {
    size_t end = std::min(text.find('&'), text.size());
    std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    size_t equals = pair.find('=');
    std::string_view value =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    values.emplace_back(percent_decode(pair.substr(0, equals), plus_is_space),
                        percent_decode(value, plus_is_space));
  }
  return values;
}

std::optional<std::string> find_value(const NameValues& values, std::string_view name) {
  for (const auto& [key, value] : values) {
    if (key == name) return value;
  }
  return std::nullopt;
}

}  // namespace millrace::aws
