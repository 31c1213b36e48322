#include "dynamodb/expression/token_stream.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "dynamodb/expression/reserved_words.h"

namespace millrace::dynamodb::expression {

namespace {

constexpr int kOperatorsMax = 300;       // AWS quota
constexpr int kDepthMax = 320;           // more than kOperatorsMax: see enter()
constexpr size_t kPathElementsMax = 32;  // AWS: as levels of nesting in items

}  // namespace

std::string to_upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

TokenStream::TokenStream(ExpressionKind kind, std::string_view text,
                         std::vector<std::string_view> keywords)
    : kind_(kind), text_(text), keywords_(std::move(keywords)), tokens_(tokenize(text)) {}

const Token& TokenStream::peek(size_t ahead) const {
  return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
}

const Token& TokenStream::next() {
  const Token& token = peek();
  if (position_ + 1 < tokens_.size()) ++position_;
  return token;
}

bool TokenStream::at_symbol(std::string_view symbol, size_t ahead) const {
  return peek(ahead).kind == TokenKind::kSymbol && peek(ahead).text == symbol;
}

bool TokenStream::accept_symbol(std::string_view symbol) {
  if (!at_symbol(symbol)) return false;
  next();
  return true;
}

bool TokenStream::at_keyword(std::string_view keyword) const {
  return peek().kind == TokenKind::kIdentifier && peek().text.size() == keyword.size() &&
         to_upper(peek().text) == keyword;
}

bool TokenStream::accept_keyword(std::string_view keyword) {
  if (!at_keyword(keyword)) return false;
  next();
  return true;
}

bool TokenStream::expect_symbol(std::string_view symbol) {
  return accept_symbol(symbol) || fail();
}

bool TokenStream::at_identifier() const {
  return peek().kind == TokenKind::kIdentifier &&
         std::none_of(keywords_.begin(), keywords_.end(),
                      [this](std::string_view keyword) { return at_keyword(keyword); });
}

bool TokenStream::parse_path_name(SyntaxPath& path) {
  if (!at_path()) return fail();
  const Token& token = next();
  if (token.kind == TokenKind::kIdentifier && is_reserved_word(token.text)) {
    // Updates report reserved words before anything else, conditions after their functions.
    findings_.note(
        kind_ == ExpressionKind::kUpdate ? kReservedWordInUpdate : kReservedWord,
        "Attribute name is a reserved keyword; reserved keyword: " + std::string(token.text));
  }
  path.push_back({std::string(token.text)});
  return true;
}

std::optional<SyntaxPath> TokenStream::parse_path() {
  SyntaxPath path;
  if (!parse_path_name(path) || !parse_path_suffixes(path)) return std::nullopt;
  return path;
}

std::optional<SyntaxNode> TokenStream::parse_value_or_path() {
  if (peek().kind == TokenKind::kValue) {
    return SyntaxNode{SyntaxKind::kValue, std::string(next().text), {}, {}};
  }
  std::optional<SyntaxPath> path = parse_path();
  if (!path) return std::nullopt;
  return SyntaxNode{SyntaxKind::kPath, "", *std::move(path), {}};
}

bool TokenStream::parse_path_suffixes(SyntaxPath& path) {
  while (true) {
    if (accept_symbol(".")) {
      if (!parse_path_name(path)) return false;
    } else if (at_symbol("[")) {
      next();
      if (peek().kind != TokenKind::kDigits) return fail();
      const std::string_view digits = next().text;
      uint32_t index = 0;
      const auto [end, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), index);
      if (error != std::errc() || index > std::numeric_limits<int32_t>::max()) {
        findings_.note(kIndexRange, "List index is not within the allowable range; index: [" +
                                        std::string(digits) + "]");
      }
      if (!expect_symbol("]")) return false;
      path.push_back({"", index, true});
    } else {
      break;
    }
  }
  if (path.size() > kPathElementsMax) {
    findings_.note(kPathTooDeep, "The document path has too many nesting levels; nesting levels: " +
                                     std::to_string(path.size()));
  }
  return true;
}

bool TokenStream::fail() {
  if (syntax_error_) return false;
  const size_t before = position_ > 0 ? position_ - 1 : position_;
  const bool has_next =
      position_ + 1 < tokens_.size() && tokens_[position_ + 1].kind != TokenKind::kEnd;
  const bool has_this = tokens_[position_].kind != TokenKind::kEnd;
  const size_t after = has_next ? position_ + 1 : has_this ? position_ : before;
  const size_t begin = tokens_[before].begin;
  const size_t end = std::max(tokens_[after].end, begin);
  syntax_error_ = "Syntax error; token: \"" + std::string(peek().text) + "\", near: \"" +
                  std::string(text_.substr(begin, end - begin)) + "\"";
  return false;
}

bool TokenStream::enter() {
  if (++depth_ <= kDepthMax) return true;
  if (!syntax_error_) {
    syntax_error_ = operators_ > kOperatorsMax
                        ? "The expression contains too many operators; operator count: " +
                              std::to_string(operators_)
                        : "The expression has redundant parentheses;";
  }
  return false;
}

aws::Result<void> TokenStream::result() {
  if (!syntax_error_ && !at_end()) fail();
  if (syntax_error_) return expression_error(kind_, *syntax_error_);
  if (operators_ > kOperatorsMax) {
    findings_.note(kTooManyOperators,
                   "The expression contains too many operators; operator count: " +
                       std::to_string(operators_));
  }
  return findings_.result(kind_);
}

}  // namespace millrace::dynamodb::expression
