#include "dynamodb/expression/lexer.h"

namespace millrace::dynamodb::expression {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_word(char c) {
  return is_letter(c) || is_digit(c) || c == '_';
}

size_t skip(std::string_view text, size_t position, bool (*accepts)(char)) {
  while (position < text.size() && accepts(text[position])) ++position;
  return position;
}

bool is_symbol(char c) {
  return std::string_view("()[].,=<>+-").find(c) != std::string_view::npos;
}

Token token_at(std::string_view text, size_t begin) {
  const char c = text[begin];
  TokenKind kind = TokenKind::kUnknown;
  size_t end = begin + 1;
  if (is_letter(c)) {
    kind = TokenKind::kIdentifier;
    end = skip(text, end, is_word);
  } else if (is_digit(c)) {
    kind = TokenKind::kDigits;
    end = skip(text, end, is_digit);
  } else if (c == '#' || c == ':') {
    end = skip(text, end, is_word);
    if (end > begin + 1) kind = c == '#' ? TokenKind::kName : TokenKind::kValue;
  } else if (is_symbol(c)) {
    kind = TokenKind::kSymbol;
    const std::string_view two = text.substr(begin, 2);
    if (two == "<>" || two == "<=" || two == ">=") end = begin + 2;
  } else {
    // Whole UTF-8 characters, so that error texts stay well-formed.
    end = skip(text, end, [](char byte) { return (static_cast<uint8_t>(byte) & 0xc0) == 0x80; });
  }
  return {kind, text.substr(begin, end - begin), begin, end};
}

}  // namespace

std::vector<Token> tokenize(std::string_view text) {
  std::vector<Token> tokens;
  size_t position = 0;
  while ((position = skip(text, position, is_space)) < text.size()) {
    tokens.push_back(token_at(text, position));
    position = tokens.back().end;
  }
  tokens.push_back({TokenKind::kEnd, "<EOF>", text.size(), text.size()});
  return tokens;
}

}  // namespace millrace::dynamodb::expression
