#include "dynamodb/expression/condition_parser.h"

#include <optional>
#include <utility>

#include "dynamodb/expression/condition_node.h"
#include "dynamodb/expression/token_stream.h"

namespace millrace::dynamodb::expression {

namespace {

constexpr std::string_view kOnlyOperandFunction = "size";

bool is_update_function(std::string_view name) {
  return name == "if_not_exists" || name == "list_append";
}

using MaybeNode = std::optional<SyntaxNode>;

class ConditionParser {
 public:
  ConditionParser(ExpressionKind kind, std::string_view text)
      : tokens_(kind, text, {"AND", "OR", "NOT", "IN", "BETWEEN"}) {}

  aws::Result<SyntaxNode> parse() {
    MaybeNode root = parse_or(false);
    MILLRACE_CHECK_OK(tokens_.result());
    return *std::move(root);
  }

 private:
  // `operand_allowed`: directly inside parentheses, which may hold an operand as well as a
  // condition.
  MaybeNode parse_or(bool operand_allowed);
  MaybeNode parse_and(bool operand_allowed);
  MaybeNode parse_not(bool operand_allowed);
  MaybeNode parse_condition(bool operand_allowed);
  MaybeNode parse_comparison(SyntaxNode first);
  MaybeNode parse_between(SyntaxNode first);
  MaybeNode parse_in(SyntaxNode first);
  MaybeNode parse_parenthesized(bool operand_only);
  MaybeNode parse_operand();
  MaybeNode parse_function();
  MaybeNode as_operand(MaybeNode node);
  void note_misused(const std::string& function) {
    tokens_.findings().note(
        kMisusedFunction,
        "The function is not allowed to be used this way in an expression; function: " + function);
  }

  TokenStream tokens_;
};

MaybeNode ConditionParser::parse_or(bool operand_allowed) {
  MaybeNode first = parse_and(operand_allowed);
  if (!first || !tokens_.at_keyword("OR")) return first;
  SyntaxNode node{SyntaxKind::kOr, "OR", {}, {}};
  node.children.push_back(*std::move(first));
  while (tokens_.accept_keyword("OR")) {
    tokens_.count_operator();
    MaybeNode more = parse_and(false);
    if (!more) return std::nullopt;
    node.children.push_back(*std::move(more));
  }
  return node;
}

MaybeNode ConditionParser::parse_and(bool operand_allowed) {
  MaybeNode first = parse_not(operand_allowed);
  if (!first || !tokens_.at_keyword("AND")) return first;
  SyntaxNode node{SyntaxKind::kAnd, "AND", {}, {}};
  node.children.push_back(*std::move(first));
  while (tokens_.accept_keyword("AND")) {
    tokens_.count_operator();
    MaybeNode more = parse_not(false);
    if (!more) return std::nullopt;
    node.children.push_back(*std::move(more));
  }
  return node;
}

MaybeNode ConditionParser::parse_not(bool operand_allowed) {
  if (!tokens_.accept_keyword("NOT")) return parse_condition(operand_allowed);
  tokens_.count_operator();
  if (!tokens_.enter()) return std::nullopt;
  MaybeNode inner = parse_not(false);
  tokens_.leave();
  if (!inner) return std::nullopt;
  SyntaxNode node{SyntaxKind::kNot, "NOT", {}, {}};
  node.children.push_back(*std::move(inner));
  return node;
}

MaybeNode ConditionParser::parse_condition(bool operand_allowed) {
  MaybeNode first = tokens_.at_symbol("(") ? parse_parenthesized(false) : parse_operand();
  if (!first || !first->is_operand()) return first;
  const Token& token = tokens_.peek();
  if (token.kind == TokenKind::kSymbol && find_comparator(token.text)) {
    return parse_comparison(*std::move(first));
  }
  if (tokens_.at_keyword("BETWEEN")) return parse_between(*std::move(first));
  if (tokens_.at_keyword("IN")) return parse_in(*std::move(first));
  if (operand_allowed && tokens_.at_symbol(")")) return first;
  if (first->kind == SyntaxKind::kFunction) {
    tokens_.count_operator();
    if (first->text == kOnlyOperandFunction) note_misused(first->text);
    return first;
  }
  tokens_.fail();
  return std::nullopt;
}

MaybeNode ConditionParser::parse_comparison(SyntaxNode first) {
  SyntaxNode node{SyntaxKind::kComparison, std::string(tokens_.next().text), {}, {}};
  tokens_.count_operator();
  MaybeNode left = as_operand(std::move(first));
  MaybeNode right = as_operand(parse_operand());
  if (!left || !right) return std::nullopt;
  node.children.push_back(*std::move(left));
  node.children.push_back(*std::move(right));
  return node;
}

MaybeNode ConditionParser::parse_between(SyntaxNode first) {
  tokens_.next();
  tokens_.count_operator();
  MaybeNode operand = as_operand(std::move(first));
  MaybeNode lower = as_operand(parse_operand());
  if (!operand || !lower) return std::nullopt;
  if (!tokens_.accept_keyword("AND")) {
    tokens_.fail();
    return std::nullopt;
  }
  MaybeNode upper = as_operand(parse_operand());
  if (!upper) return std::nullopt;
  SyntaxNode node{SyntaxKind::kBetween, "BETWEEN", {}, {}};
  node.children.push_back(*std::move(operand));
  node.children.push_back(*std::move(lower));
  node.children.push_back(*std::move(upper));
  return node;
}

MaybeNode ConditionParser::parse_in(SyntaxNode first) {
  tokens_.next();
  tokens_.count_operator();
  MaybeNode operand = as_operand(std::move(first));
  if (!operand || !tokens_.expect_symbol("(")) return std::nullopt;
  SyntaxNode node{SyntaxKind::kIn, "IN", {}, {}};
  node.children.push_back(*std::move(operand));
  do {
    MaybeNode candidate = as_operand(parse_operand());
    if (!candidate) return std::nullopt;
    node.children.push_back(*std::move(candidate));
  } while (tokens_.accept_symbol(","));
  if (!tokens_.expect_symbol(")")) return std::nullopt;
  return node;
}

// A condition or an operand in parentheses; a path may go on after them: (a).b
MaybeNode ConditionParser::parse_parenthesized(bool operand_only) {
  if (!tokens_.expect_symbol("(") || !tokens_.enter()) return std::nullopt;
  MaybeNode inner = operand_only ? parse_operand() : parse_or(true);
  tokens_.leave();
  if (!inner || !tokens_.expect_symbol(")")) return std::nullopt;
  if (inner->parenthesized) {
    tokens_.findings().note(kRedundantParentheses, "The expression has redundant parentheses;");
  }
  inner->parenthesized = true;
  if (inner->kind == SyntaxKind::kPath && (tokens_.at_symbol(".") || tokens_.at_symbol("["))) {
    inner->parenthesized = false;
    if (!tokens_.parse_path_suffixes(inner->path)) return std::nullopt;
  }
  return inner;
}

MaybeNode ConditionParser::parse_operand() {
  if (tokens_.at_symbol("(")) return parse_parenthesized(true);
  if (tokens_.at_function()) return parse_function();
  return tokens_.parse_value_or_path();
}

MaybeNode ConditionParser::parse_function() {
  SyntaxNode node{SyntaxKind::kFunction, std::string(tokens_.next().text), {}, {}};
  if (is_update_function(node.text)) {
    note_misused(node.text);
  } else if (node.text != kOnlyOperandFunction && !find_function(node.text)) {
    tokens_.findings().note(kUnknownFunction, "Invalid function name; function: " + node.text);
  }
  if (!tokens_.expect_symbol("(") || !tokens_.enter()) return std::nullopt;
  do {
    MaybeNode operand = as_operand(parse_operand());
    if (!operand) return std::nullopt;
    node.children.push_back(*std::move(operand));
  } while (tokens_.accept_symbol(","));
  tokens_.leave();
  if (!tokens_.expect_symbol(")")) return std::nullopt;
  return node;
}

// Where a value is needed, of all functions only size() may stand.
MaybeNode ConditionParser::as_operand(MaybeNode node) {
  if (node && node->kind == SyntaxKind::kFunction && node->text != kOnlyOperandFunction) {
    note_misused(node->text);
  }
  return node;
}

}  // namespace

aws::Result<SyntaxNode> parse_condition_syntax(ExpressionKind kind, std::string_view text) {
  MILLRACE_CHECK_OK(check_expression_size(kind, text));
  return ConditionParser(kind, text).parse();
}

}  // namespace millrace::dynamodb::expression
