// Expression texts as tokens. Views into the text. Never fails: what no token begins with becomes
// an unknown token of one character, which no grammar accepts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace millrace::dynamodb::expression {

enum class TokenKind : uint8_t {
  kIdentifier,  // a letter, then letters, digits, underscores
  kName,        // #name
  kValue,       // :value
  kDigits,
  kSymbol,  // ( ) [ ] . , = <> < <= > >= + -
  kUnknown,
  kEnd,
};

struct Token {
  TokenKind kind;
  std::string_view text;  // "<EOF>" at the end
  size_t begin, end;      // in the text
};

// Ends with exactly one kEnd.
std::vector<Token> tokenize(std::string_view text);

}  // namespace millrace::dynamodb::expression
