#include "dynamodb/partiql/token_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "dynamodb/item/item_parser.h"

namespace millrace::dynamodb::partiql {
namespace {

// Words that the grammar itself uses, so they name attributes only in double quotes.
constexpr std::array<std::string_view, 30> kKeywords = {
    "ALL",    "AND",   "AS",    "ASC",   "BETWEEN",   "BY",     "DELETE", "DESC",
    "EXISTS", "FALSE", "FROM",  "IN",    "INSERT",    "INTO",   "IS",     "MISSING",
    "NOT",    "NULL",  "OR",    "ORDER", "RETURNING", "SELECT", "SET",    "TRUE",
    "UPDATE", "VALUE", "WHERE", "INNER", "GROUP",     "LIKE"};
constexpr size_t kIndexDigitsMax = 9;  // what fits into 32 bits, far above the longest list

bool is_keyword(std::string_view text) {
  return std::find(kKeywords.begin(), kKeywords.end(), upper_case(text)) != kKeywords.end();
}

Unexpected<aws::ApiError> wrong_parameters() {
  return aws::validation_error("Number of parameters in request and statement don't match.");
}

}  // namespace

std::string upper_case(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

bool TokenReader::is_word(std::string_view word, size_t ahead) const {
  const Token& token = peek(ahead);
  return token.kind == TokenKind::kWord && upper_case(token.text) == word;
}

bool TokenReader::is_symbol(std::string_view symbol, size_t ahead) const {
  const Token& token = peek(ahead);
  return token.kind == TokenKind::kSymbol && token.text == symbol;
}

bool TokenReader::accept_word(std::string_view word) {
  if (!is_word(word)) return false;
  next();
  return true;
}

bool TokenReader::accept_symbol(std::string_view symbol) {
  if (!is_symbol(symbol)) return false;
  next();
  return true;
}

aws::Result<void> TokenReader::expect_word(std::string_view word) {
  if (accept_word(word)) return {};
  return unexpected();
}

aws::Result<void> TokenReader::expect_symbol(std::string_view symbol) {
  if (accept_symbol(symbol)) return {};
  return unexpected();
}

bool TokenReader::is_name(size_t ahead) const {
  const Token& token = peek(ahead);
  if (token.kind == TokenKind::kName) return true;
  return token.kind == TokenKind::kWord && !is_keyword(token.text);
}

bool TokenReader::begins_value() const {
  const Token& token = peek();
  switch (token.kind) {
    case TokenKind::kString:
    case TokenKind::kNumber:
    case TokenKind::kParameter:
      return true;
    case TokenKind::kWord:
      return is_word("TRUE") || is_word("FALSE") || is_word("NULL");
    case TokenKind::kSymbol:
      return is_symbol("[") || is_symbol("{") || is_symbol("<<") || is_symbol("-") ||
             is_symbol("+");
    default:
      return false;
  }
}

Unexpected<aws::ApiError> TokenReader::unexpected() const {
  const Token& token = peek();
  if (token.kind == TokenKind::kWord && is_keyword(token.text)) {
    return syntax_error("Unexpected keyword");
  }
  if (token.kind == TokenKind::kSymbol) return syntax_error("Unexpected operator");
  return syntax_error("Unexpected term");
}

aws::Result<DocumentPath> TokenReader::read_path() {
  const Token& first = next();
  if (first.text.empty()) {
    return aws::validation_error("Path component cannot be an empty string");
  }
  DocumentPath path{{first.text}};
  while (true) {
    if (accept_symbol(".")) {
      if (!is_name()) return syntax_error("Invalid path dot component");
      path.elements.emplace_back(next().text);
    } else if (accept_symbol("[")) {
      const Token& inside = next();
      if (inside.kind == TokenKind::kString) {
        path.elements.emplace_back(inside.text);
      } else if (inside.kind == TokenKind::kNumber && inside.text.size() <= kIndexDigitsMax &&
                 inside.text.find_first_not_of("0123456789") == std::string::npos) {
        path.elements.emplace_back(static_cast<uint32_t>(std::stoul(inside.text)));
      } else {
        return syntax_error("Unexpected term");
      }
      MILLRACE_CHECK_OK(expect_symbol("]"));
    } else {
      return path;
    }
  }
}

aws::Result<AttributeValue> TokenReader::read_value(const std::string& place) {
  const Token& token = peek();
  if (token.kind == TokenKind::kString) return AttributeValue(next().text);
  if (token.kind == TokenKind::kNumber) return read_number(place, false);
  if (token.kind == TokenKind::kParameter) return read_parameter();
  if (accept_word("TRUE")) return AttributeValue(true);
  if (accept_word("FALSE")) return AttributeValue(false);
  if (accept_word("NULL")) return AttributeValue(Null{});
  if (accept_symbol("-")) return read_number(place, true);
  if (accept_symbol("+")) return read_number(place, false);
  if (accept_symbol("<<")) return read_set(place);
  bool is_list = accept_symbol("[");
  if (!is_list && !accept_symbol("{")) return unexpected();
  if (++levels_ > kNestingLevelsMax) return nesting_error();
  auto value = is_list ? read_list(place) : read_map(place);
  --levels_;
  return value;
}

aws::Result<AttributeValue> TokenReader::read_number(const std::string& place, bool negative) {
  if (peek().kind != TokenKind::kNumber) return unexpected();
  auto number = Number::parse((negative ? "-" : "") + next().text);
  if (!number) return aws::validation_error(number.error().message + " under " + place);
  return AttributeValue(*number);
}

aws::Result<AttributeValue> TokenReader::read_list(const std::string& place) {
  AttributeList list;
  while (!accept_symbol("]")) {
    if (!list.empty()) MILLRACE_CHECK_OK(expect_symbol(","));
    MILLRACE_TRY(AttributeValue value, read_value(place + '[' + std::to_string(list.size()) + ']'));
    list.push_back(std::move(value));
  }
  return AttributeValue(std::move(list));
}

aws::Result<AttributeValue> TokenReader::read_map(const std::string& place) {
  AttributeMap map;
  bool first = true;
  while (!accept_symbol("}")) {
    if (!std::exchange(first, false)) MILLRACE_CHECK_OK(expect_symbol(","));
    if (peek().kind != TokenKind::kString) return unexpected();
    std::string name = next().text;
    MILLRACE_CHECK_OK(expect_symbol(":"));
    MILLRACE_TRY(AttributeValue value, read_value(place + '.' + name));
    map.insert_or_assign(std::move(name), std::move(value));
  }
  return AttributeValue(std::move(map));
}

// Of strings, numbers or binaries; the latter only as parameters.
aws::Result<AttributeValue> TokenReader::read_set(const std::string& place) {
  AttributeList members;
  while (!accept_symbol(">>")) {
    if (!members.empty()) MILLRACE_CHECK_OK(expect_symbol(","));
    if (!begins_value() || is_symbol("[") || is_symbol("{") || is_symbol("<<")) return unexpected();
    MILLRACE_TRY(AttributeValue value, read_value(place));
    members.push_back(std::move(value));
  }
  if (members.empty()) return aws::validation_error("Empty bags are not supported");
  AttributeValue::StringSet strings;
  AttributeValue::NumberSet numbers;
  AttributeValue::BinarySet binaries;
  for (const AttributeValue& member : members) {
    if (member.is(AttributeType::kString)) strings.insert(member.string());
    if (member.is(AttributeType::kNumber)) numbers.insert(member.number());
    if (member.is(AttributeType::kBinary)) binaries.insert(Binary{member.binary()});
  }
  if (strings.size() == members.size()) return AttributeValue(std::move(strings));
  if (numbers.size() == members.size()) return AttributeValue(std::move(numbers));
  if (binaries.size() == members.size()) return AttributeValue(std::move(binaries));
  return aws::validation_error(
      "Bags must hold different values that are all strings, all numbers or all binary values");
}

aws::Result<AttributeValue> TokenReader::read_parameter() {
  next();
  if (parameters_used_ == parameters_.size()) return wrong_parameters();
  return parameters_[parameters_used_++];
}

aws::Result<void> TokenReader::check_parameters() const {
  if (parameters_used_ == parameters_.size()) return {};
  return wrong_parameters();
}

}  // namespace millrace::dynamodb::partiql
