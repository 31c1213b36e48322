#include "iam/wildcard.h"

#include <cctype>

namespace millrace::iam {
namespace {

bool equal(char a, char b, Case text_case) {
  if (text_case == Case::kSensitive) return a == b;
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

}  // namespace

bool matches_wildcard(std::string_view pattern, std::string_view text, Case text_case) {
  size_t p = 0, t = 0;
  // Where to go on when the text after the last star did not match: one character later.
  size_t star = std::string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || equal(pattern[p], text[t], text_case))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace millrace::iam
