// JSON as filter patterns need it: members in the order written, duplicates kept, and numbers as
// their own text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::lambda {

struct PatternJson {
  enum class Kind { kNull, kBoolean, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  std::string text;  // the token of a scalar; a string's characters
  double number = 0;
  struct Member;
  std::vector<Member> members;

  bool is_string() const { return kind == Kind::kString; }
  // The value as JSON again.
  std::string written() const;

  // Nothing if the text is not one JSON value.
  static std::optional<PatternJson> parse(std::string_view text);
};

struct PatternJson::Member {
  std::string name;  // empty in an array
  PatternJson value;
};

}  // namespace millrace::lambda
