#include "dynamodb/partiql/where_parser.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "dynamodb/expression/binder.h"

namespace millrace::dynamodb::partiql {
namespace {

using expression::ConditionKind;
using expression::ConditionNode;
using expression::ConditionNodePtr;
using expression::Operand;
using expression::SizeOf;

// How deep parentheses and NOTs may be nested: the trees are walked recursively.
constexpr int kLevelsMax = 100;
constexpr size_t kInOperandsMax = 100;  // AWS: PartiQL's IN takes as many values

// After IS. PartiQL has more types than DynamoDB.
constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {"NULL", "NULL"}, {"BOOL", "BOOL"}, {"BOOLEAN", "BOOL"}, {"STRING", "S"},
    {"NUMBER", "N"},  {"LIST", "L"},    {"STRUCT", "M"},     {"BLOB", "B"}};
constexpr std::string_view kOtherTypes[] = {
    "INT",     "INTEGER", "SMALLINT", "FLOAT", "REAL", "DECIMAL", "NUMERIC", "TIMESTAMP", "CHAR",
    "VARCHAR", "SYMBOL",  "CLOB",     "BAG",   "SEXP", "TUPLE",   "ANY",     "DATE",      "TIME"};

ConditionNodePtr make_node(ConditionKind kind, std::vector<Operand> operands) {
  auto node = std::make_unique<ConditionNode>();
  node->kind = kind;
  node->operands = std::move(operands);
  return node;
}

ConditionNodePtr join(ConditionKind kind, std::vector<ConditionNodePtr> children) {
  if (children.size() == 1) return std::move(children.front());
  auto node = std::make_unique<ConditionNode>();
  node->kind = kind;
  node->children = std::move(children);
  return node;
}

ConditionNodePtr negate(ConditionNodePtr child) {
  auto node = std::make_unique<ConditionNode>();
  node->kind = ConditionKind::kNot;
  node->children.push_back(std::move(child));
  return node;
}

bool is_orderable(const Operand& operand) {
  const AttributeValue* value = operand.value();
  return value == nullptr || value->is(AttributeType::kString) ||
         value->is(AttributeType::kNumber) || value->is(AttributeType::kBinary);
}

aws::Result<void> check_orderable(const std::vector<Operand>& operands,
                                  std::string_view operation) {
  for (const Operand& operand : operands) {
    if (is_orderable(operand)) continue;
    return aws::validation_error(
        expression::operand_type_detail(operation, to_string(operand.value()->type())));
  }
  return {};
}

class WhereParser {
 public:
  explicit WhereParser(TokenReader& reader) : reader_(reader) {}

  aws::Result<ConditionNodePtr> parse_or() {
    return parse_joined("OR", ConditionKind::kOr, &WhereParser::parse_and);
  }

 private:
  using Parse = aws::Result<ConditionNodePtr> (WhereParser::*)();

  aws::Result<ConditionNodePtr> parse_and() {
    return parse_joined("AND", ConditionKind::kAnd, &WhereParser::parse_not);
  }

  aws::Result<ConditionNodePtr> parse_joined(std::string_view word, ConditionKind kind,
                                             Parse parse) {
    std::vector<ConditionNodePtr> children;
    do {
      if (!children.empty() && reader_.at_end()) {
        return syntax_error("Missing right-hand side expression of infix operator");
      }
      MILLRACE_TRY(ConditionNodePtr child, (this->*parse)());
      children.push_back(std::move(child));
    } while (reader_.accept_word(word));
    return join(kind, std::move(children));
  }

  aws::Result<ConditionNodePtr> parse_not() {
    if (++levels_ > kLevelsMax) return syntax_error("Unexpected term");
    auto node = parse_term();
    --levels_;
    return node;
  }

  aws::Result<ConditionNodePtr> parse_term() {
    if (reader_.accept_word("NOT")) {
      MILLRACE_TRY(ConditionNodePtr child, parse_not());
      return negate(std::move(child));
    }
    if (reader_.accept_symbol("(")) {
      MILLRACE_TRY(ConditionNodePtr inside, parse_or());
      MILLRACE_CHECK_OK(reader_.expect_symbol(")"));
      return inside;
    }
    if (reader_.is_function() && !reader_.is_word("SIZE")) return parse_function();
    return parse_comparison();
  }

  aws::Result<Operand> parse_operand() {
    if (reader_.is_word("SIZE") && reader_.is_function()) {
      reader_.next();
      reader_.next();
      if (!reader_.is_name()) {
        return aws::validation_error(expression::document_path_detail("size"));
      }
      MILLRACE_TRY(DocumentPath path, reader_.read_path());
      MILLRACE_CHECK_OK(reader_.expect_symbol(")"));
      return Operand{SizeOf{std::make_unique<const Operand>(Operand{std::move(path)})}};
    }
    if (reader_.is_function()) return unrecognized_function();
    if (reader_.is_name()) {
      MILLRACE_TRY(DocumentPath path, reader_.read_path());
      return Operand{std::move(path)};
    }
    if (!reader_.begins_value()) return reader_.unexpected();
    MILLRACE_TRY(AttributeValue value, reader_.read_value());
    return Operand{std::move(value)};
  }

  Unexpected<aws::ApiError> unrecognized_function() const {
    const Token& name = reader_.peek();
    return aws::validation_error("Unrecognized function: " + name.text + name.place());
  }

  aws::Result<ConditionNodePtr> parse_function();
  aws::Result<ConditionNodePtr> parse_comparison();
  aws::Result<ConditionNodePtr> parse_comparator(Operand left);
  aws::Result<ConditionNodePtr> parse_between(Operand left);
  aws::Result<ConditionNodePtr> parse_in(Operand left);
  aws::Result<ConditionNodePtr> parse_is(Operand left);

  TokenReader& reader_;
  int levels_ = 0;
};

aws::Result<void> check_function(ConditionKind function, const std::vector<Operand>& operands) {
  if (operands.size() != expression::operand_count(function)) {
    return aws::validation_error(
        expression::operand_count_detail(to_string(function), operands.size()));
  }
  if (operands.front().path() == nullptr) {
    return aws::validation_error(expression::document_path_detail(to_string(function)));
  }
  if (operands.size() < 2 || function == ConditionKind::kContains) return {};
  const AttributeValue* value = operands[1].value();
  bool is_type = function == ConditionKind::kAttributeType;
  if (value == nullptr && !is_type) return {};
  bool fits = value != nullptr && (value->is(AttributeType::kString) ||
                                   (!is_type && value->is(AttributeType::kBinary)));
  if (fits) return {};
  return aws::validation_error(expression::operand_type_detail(
      to_string(function), value == nullptr ? "NULL" : to_string(value->type())));
}

aws::Result<ConditionNodePtr> WhereParser::parse_function() {
  const Token name = reader_.peek();
  std::string lower = name.text;
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  auto function = expression::find_function(lower);
  if (!function) return unrecognized_function();
  reader_.next();
  reader_.next();
  std::vector<Operand> operands;
  while (!reader_.accept_symbol(")")) {
    if (!operands.empty()) MILLRACE_CHECK_OK(reader_.expect_symbol(","));
    MILLRACE_TRY(Operand operand, parse_operand());
    operands.push_back(std::move(operand));
  }
  MILLRACE_CHECK_OK(check_function(*function, operands));
  return make_node(*function, std::move(operands));
}

aws::Result<ConditionNodePtr> WhereParser::parse_comparison() {
  MILLRACE_TRY(Operand left, parse_operand());
  if (reader_.accept_word("BETWEEN")) return parse_between(std::move(left));
  if (reader_.accept_word("IN")) return parse_in(std::move(left));
  if (reader_.accept_word("IS")) return parse_is(std::move(left));
  if (reader_.is_word("NOT") && reader_.is_word("IN", 1)) {
    reader_.next();
    reader_.next();
    MILLRACE_TRY(ConditionNodePtr in, parse_in(std::move(left)));
    return negate(std::move(in));
  }
  if (reader_.is_word("NOT") && reader_.is_word("BETWEEN", 1)) {
    reader_.next();
    reader_.next();
    MILLRACE_TRY(ConditionNodePtr between, parse_between(std::move(left)));
    return negate(std::move(between));
  }
  return parse_comparator(std::move(left));
}

aws::Result<ConditionNodePtr> WhereParser::parse_comparator(Operand left) {
  const Token& token = reader_.peek();
  // SQL has a second way to write "<>".
  const std::string comparator = token.text == "!=" ? "<>" : token.text;
  auto kind =
      token.kind == TokenKind::kSymbol ? expression::find_comparator(comparator) : std::nullopt;
  if (!kind) {
    if (reader_.at_end()) return syntax_error("Unexpected term");
    return reader_.unexpected();
  }
  reader_.next();
  if (reader_.at_end()) {
    return syntax_error("Missing right-hand side expression of infix operator");
  }
  MILLRACE_TRY(Operand right, parse_operand());
  std::vector<ConditionNodePtr> parts;
  // Unlike in filter expressions, nothing is different from what is not there.
  if (*kind == ConditionKind::kNotEqual) {
    for (const Operand* side : {&left, &right}) {
      if (side->path() == nullptr) continue;
      std::vector<Operand> path;
      path.push_back(Operand{*side->path()});
      parts.push_back(make_node(ConditionKind::kAttributeExists, std::move(path)));
    }
  }
  std::vector<Operand> operands;
  operands.push_back(std::move(left));
  operands.push_back(std::move(right));
  if (*kind > ConditionKind::kNotEqual) {
    MILLRACE_CHECK_OK(check_orderable(operands, comparator));
  }
  parts.push_back(make_node(*kind, std::move(operands)));
  return join(ConditionKind::kAnd, std::move(parts));
}

aws::Result<ConditionNodePtr> WhereParser::parse_between(Operand left) {
  MILLRACE_TRY(Operand lower, parse_operand());
  MILLRACE_CHECK_OK(reader_.expect_word("AND"));
  MILLRACE_TRY(Operand upper, parse_operand());
  std::vector<Operand> operands;
  operands.push_back(std::move(left));
  operands.push_back(std::move(lower));
  operands.push_back(std::move(upper));
  MILLRACE_CHECK_OK(check_orderable(operands, "BETWEEN"));
  return make_node(ConditionKind::kBetween, std::move(operands));
}

aws::Result<ConditionNodePtr> WhereParser::parse_in(Operand left) {
  std::vector<Operand> operands;
  operands.push_back(std::move(left));
  // One list parameter stands for its members.
  if (reader_.peek().kind == TokenKind::kParameter) {
    MILLRACE_TRY(AttributeValue list, reader_.read_value());
    if (!list.is(AttributeType::kList)) {
      return aws::validation_error(expression::operand_type_detail("IN", to_string(list.type())));
    }
    for (AttributeValue& member : list.list()) operands.push_back(Operand{std::move(member)});
  } else {
    std::string_view close = reader_.is_symbol("[") ? "]" : ")";
    if (!reader_.accept_symbol("[") && !reader_.accept_symbol("(")) return reader_.unexpected();
    while (!reader_.accept_symbol(close)) {
      if (operands.size() > 1) MILLRACE_CHECK_OK(reader_.expect_symbol(","));
      MILLRACE_TRY(Operand operand, parse_operand());
      operands.push_back(std::move(operand));
    }
  }
  if (operands.size() > kInOperandsMax + 1) {
    return aws::validation_error(
        "The IN operator is provided with too many operands; number of operands: " +
        std::to_string(operands.size() - 1));
  }
  return make_node(ConditionKind::kIn, std::move(operands));
}

aws::Result<ConditionNodePtr> WhereParser::parse_is(Operand left) {
  bool negated = reader_.accept_word("NOT");
  if (left.path() == nullptr) return aws::validation_error("Unsupported operation: IsType");
  if (reader_.peek().kind != TokenKind::kWord) return syntax_error("Expected type name");
  std::string type = upper_case(reader_.next().text);
  std::vector<Operand> operands;
  operands.push_back(std::move(left));
  if (type == "MISSING") {
    return make_node(negated ? ConditionKind::kAttributeExists : ConditionKind::kAttributeNotExists,
                     std::move(operands));
  }
  auto found = std::find_if(std::begin(kTypes), std::end(kTypes),
                            [&](const auto& each) { return each.first == type; });
  if (found == std::end(kTypes)) {
    bool known =
        std::find(std::begin(kOtherTypes), std::end(kOtherTypes), type) != std::end(kOtherTypes);
    if (!known) return syntax_error("Expected type name");
    return aws::validation_error("Unsupported operation: IsType");
  }
  operands.push_back(Operand{AttributeValue(std::string(found->second))});
  ConditionNodePtr node = make_node(ConditionKind::kAttributeType, std::move(operands));
  return negated ? negate(std::move(node)) : std::move(node);
}

}  // namespace

aws::Result<ConditionNodePtr> parse_where(TokenReader& reader) {
  if (reader.at_end()) return syntax_error("Unexpected term");
  return WhereParser(reader).parse_or();
}

}  // namespace millrace::dynamodb::partiql
