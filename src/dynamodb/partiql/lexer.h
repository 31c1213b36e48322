// The words of a PartiQL statement. Pure functions; tokens own their text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "aws/api_error.h"

namespace millrace::dynamodb::partiql {

enum class TokenKind : uint8_t {
  kWord,       // a bare name or a keyword
  kName,       // "double quoted", quotes taken off
  kString,     // 'single quoted', quotes taken off
  kNumber,     // without sign
  kSymbol,     // an operator or bracket
  kParameter,  // ?
  kEnd,
};

struct Token {
  TokenKind kind;
  std::string text;
  // Where it was written, as error texts show it: lines and columns count from 1.
  size_t line = 1, column = 1, length = 0;

  // " at 1:34:6"
  std::string place() const;
};

// Ends with a kEnd token. Comments (-- to the end of the line, and /* */) are left out. Errors:
// ValidationException for characters that begin nothing, and for what is not terminated.
aws::Result<std::vector<Token>> split_tokens(std::string_view statement);

// "Statement wasn't well formed, can't be processed: " and the detail.
Unexpected<aws::ApiError> syntax_error(std::string_view detail);

}  // namespace millrace::dynamodb::partiql
