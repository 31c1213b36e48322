#include "dynamodb/partiql/lexer.h"

#include <algorithm>

namespace millrace::dynamodb::partiql {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool begins_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  aws::Result<std::vector<Token>> split() {
    std::vector<Token> tokens;
    while (true) {
      if (!skip_blanks()) return syntax_error("");
      Token token;
      token.line = line_;
      token.column = column_;
      size_t begin = at_;
      if (at_ == text_.size()) {
        token.kind = TokenKind::kEnd;
        tokens.push_back(std::move(token));
        return tokens;
      }
      if (!read(token)) return syntax_error("");
      token.length = at_ - begin;
      tokens.push_back(std::move(token));
    }
  }

 private:
  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  void advance(size_t count = 1) {
    for (; count > 0 && at_ < text_.size(); --count, ++at_) {
      if (text_[at_] == '\n') {
        ++line_;
        column_ = 1;
      } else {
        ++column_;
      }
    }
  }

  // False if a comment does not end.
  bool skip_blanks() {
    while (at_ < text_.size()) {
      if (std::string_view(" \t\r\n").find(peek()) != std::string_view::npos) {
        advance();
      } else if (text_.substr(at_, 2) == "--") {
        while (at_ < text_.size() && peek() != '\n') advance();
      } else if (text_.substr(at_, 2) == "/*") {
        size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return false;
        advance(end + 2 - at_);
      } else {
        break;
      }
    }
    return true;
  }

  bool read(Token& token) {
    char first = peek();
    if (first == '\'' || first == '"') {
      token.kind = first == '"' ? TokenKind::kName : TokenKind::kString;
      return read_quoted(token.text, first);
    }
    if (is_digit(first) || (first == '.' && is_digit(peek(1)))) {
      token.kind = TokenKind::kNumber;
      return read_number(token.text);
    }
    if (begins_word(first)) {
      token.kind = TokenKind::kWord;
      while (begins_word(peek()) || is_digit(peek())) take(token.text);
      return true;
    }
    if (first == '?') {
      token.kind = TokenKind::kParameter;
      take(token.text);
      return true;
    }
    token.kind = TokenKind::kSymbol;
    return read_symbol(token.text);
  }

  void take(std::string& out) {
    out += peek();
    advance();
  }

  // A quote inside is written twice.
  bool read_quoted(std::string& out, char quote) {
    advance();
    while (at_ < text_.size()) {
      if (peek() != quote) {
        take(out);
      } else if (peek(1) == quote) {
        out += quote;
        advance(2);
      } else {
        advance();
        return true;
      }
    }
    return false;
  }

  bool read_number(std::string& out) {
    while (is_digit(peek())) take(out);
    if (peek() == '.') take(out);
    while (is_digit(peek())) take(out);
    if (peek() != 'e' && peek() != 'E') return !begins_word(peek());
    take(out);
    if (peek() == '+' || peek() == '-') take(out);
    if (!is_digit(peek())) return false;
    while (is_digit(peek())) take(out);
    return !begins_word(peek());
  }

  bool read_symbol(std::string& out) {
    constexpr std::string_view kPairs[] = {"<<", ">>", "<=", ">=", "<>", "!="};
    for (std::string_view pair : kPairs) {
      if (text_.substr(at_, 2) != pair) continue;
      out = pair;
      advance(2);
      return true;
    }
    if (std::string_view("()[]{},.:;=<>+-*/").find(peek()) == std::string_view::npos) return false;
    take(out);
    return true;
  }

  std::string_view text_;
  size_t at_ = 0, line_ = 1, column_ = 1;
};

}  // namespace

std::string Token::place() const {
  return " at " + std::to_string(line) + ':' + std::to_string(column) + ':' +
         std::to_string(length);
}

aws::Result<std::vector<Token>> split_tokens(std::string_view statement) {
  return Lexer(statement).split();
}

Unexpected<aws::ApiError> syntax_error(std::string_view detail) {
  return aws::validation_error("Statement wasn't well formed, can't be processed: " +
                               std::string(detail));
}

}  // namespace millrace::dynamodb::partiql
