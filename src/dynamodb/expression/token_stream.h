// Reading tokens one after another: what the three grammars share. Parsers return nothing after a
// syntax error; the first one is kept here, with the findings that the grammar itself does not
// forbid.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/expression/expression_kind.h"
#include "dynamodb/expression/lexer.h"
#include "dynamodb/expression/syntax.h"

namespace millrace::dynamodb::expression {

// Ranks of what parsing finds, as DynamoDB orders them.
enum ParseFinding {
  kTooManyOperators,
  kRedundantParentheses,
  kIndexRange,
  kReservedWordInUpdate,
  kUnknownFunction,
  kMisusedFunction,
  kRepeatedSection,
  kReservedWord,
  kPathTooDeep,
};

class TokenStream {
 public:
  // `keywords` (upper case) are not names in this grammar.
  TokenStream(ExpressionKind kind, std::string_view text, std::vector<std::string_view> keywords);

  ExpressionKind kind() const { return kind_; }
  const Token& peek(size_t ahead = 0) const;
  bool at_end() const { return peek().kind == TokenKind::kEnd; }
  const Token& next();

  bool at_symbol(std::string_view symbol, size_t ahead = 0) const;
  bool accept_symbol(std::string_view symbol);
  // `keyword` in upper case.
  bool at_keyword(std::string_view keyword) const;
  bool accept_keyword(std::string_view keyword);
  // Accepts it, or fails.
  bool expect_symbol(std::string_view symbol);

  // A name that is not a keyword.
  bool at_identifier() const;
  bool at_function() const { return at_identifier() && at_symbol("(", 1); }
  bool at_path() const { return at_identifier() || peek().kind == TokenKind::kName; }

  // path := (identifier | #name) suffixes
  std::optional<SyntaxPath> parse_path();
  // A :value or a path: what both grammars have for operands.
  std::optional<SyntaxNode> parse_value_or_path();
  // ( '.' (identifier | #name) | '[' digits ']' )*
  bool parse_path_suffixes(SyntaxPath& path);

  // Notes a syntax error at the current token, unless there is one already. Always false.
  bool fail();
  Findings& findings() { return findings_; }
  void count_operator() { ++operators_; }

  // Nesting of parentheses and the like is bounded: deeper texts have too many operators or
  // redundant parentheses in any case. False, and failed, if it is too deep.
  bool enter();
  void leave() { --depth_; }

  // The error of the whole text, if any: call it at the end.
  aws::Result<void> result();

 private:
  bool parse_path_name(SyntaxPath& path);

  ExpressionKind kind_;
  std::string_view text_;
  std::vector<std::string_view> keywords_;
  std::vector<Token> tokens_;
  size_t position_ = 0;
  int depth_ = 0;
  int operators_ = 0;
  std::optional<std::string> syntax_error_;
  Findings findings_;
};

// Upper case of ASCII letters, for comparing keywords.
std::string to_upper(std::string_view text);

}  // namespace millrace::dynamodb::expression
