// Walks a statement's tokens: what the parsers of its clauses share. Puts parameters in the places
// of question marks as they are met. Not thread-safe; lives while one statement is parsed.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/expression/document_path.h"
#include "dynamodb/item/attribute_value.h"
#include "dynamodb/partiql/lexer.h"

namespace millrace::dynamodb::partiql {

using expression::DocumentPath;
using Parameters = std::vector<AttributeValue>;

class TokenReader {
 public:
  // `parameters` must outlive the reader.
  TokenReader(std::vector<Token> tokens, const Parameters& parameters)
      : tokens_(std::move(tokens)), parameters_(parameters) {}

  const Token& peek(size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  const Token& next() {
    const Token& token = peek();
    if (at_ + 1 < tokens_.size()) ++at_;
    return token;
  }
  bool at_end() const { return peek().kind == TokenKind::kEnd; }

  // Keywords in any case; `word` in upper case.
  bool is_word(std::string_view word, size_t ahead = 0) const;
  bool is_symbol(std::string_view symbol, size_t ahead = 0) const;
  bool accept_word(std::string_view word);
  bool accept_symbol(std::string_view symbol);
  aws::Result<void> expect_word(std::string_view word);
  aws::Result<void> expect_symbol(std::string_view symbol);

  // A bare name that is no keyword, or a quoted one.
  bool is_name(size_t ahead = 0) const;
  bool is_function() const { return peek().kind == TokenKind::kWord && is_symbol("(", 1); }
  bool begins_value() const;

  // a.b[0]."c d". REQUIRES: is_name()
  aws::Result<DocumentPath> read_path();
  // A literal or a parameter. `place` is how an error names it: "root.x[1]".
  aws::Result<AttributeValue> read_value(const std::string& place = "root");
  // All parameters have been used.
  aws::Result<void> check_parameters() const;

  // The error for a token that cannot be here.
  Unexpected<aws::ApiError> unexpected() const;

 private:
  aws::Result<AttributeValue> read_number(const std::string& place, bool negative);
  aws::Result<AttributeValue> read_list(const std::string& place);
  aws::Result<AttributeValue> read_map(const std::string& place);
  aws::Result<AttributeValue> read_set(const std::string& place);
  aws::Result<AttributeValue> read_parameter();

  std::vector<Token> tokens_;
  const Parameters& parameters_;
  size_t at_ = 0;
  size_t parameters_used_ = 0;
  int levels_ = 0;  // of lists and maps that are open
};

// In upper case, ASCII letters only.
std::string upper_case(std::string_view text);

}  // namespace millrace::dynamodb::partiql
