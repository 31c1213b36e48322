#include "dynamodb/expression/update_parser.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "dynamodb/expression/token_stream.h"

namespace millrace::dynamodb::expression {

namespace {

constexpr std::array<std::string_view, 4> kSections = {"SET", "REMOVE", "ADD", "DELETE"};

using MaybeNode = std::optional<SyntaxNode>;

class UpdateParser {
 public:
  explicit UpdateParser(std::string_view text)
      : tokens_(ExpressionKind::kUpdate, text, {kSections.begin(), kSections.end()}) {}

  aws::Result<std::vector<SyntaxAction>> parse() {
    do {
      if (!parse_section()) break;
    } while (!tokens_.at_end());
    MILLRACE_CHECK_OK(tokens_.result());
    return std::move(actions_);
  }

 private:
  bool parse_section();
  bool parse_action(UpdateSection section);
  MaybeNode parse_set_value();
  MaybeNode parse_operand(bool arithmetic_allowed);
  MaybeNode parse_parenthesized(bool arithmetic_allowed);
  MaybeNode parse_function();

  TokenStream tokens_;
  std::array<bool, kSections.size()> seen_{};
  std::vector<SyntaxAction> actions_;
};

bool UpdateParser::parse_section() {
  size_t section = 0;
  while (section < kSections.size() && !tokens_.accept_keyword(kSections[section])) ++section;
  if (section == kSections.size()) return tokens_.fail();
  if (seen_[section]) {
    tokens_.findings().note(kRepeatedSection,
                            "The \"" + std::string(kSections[section]) +
                                "\" section can only be used once in an update expression;");
  }
  seen_[section] = true;
  do {
    if (!parse_action(static_cast<UpdateSection>(section))) return false;
  } while (tokens_.accept_symbol(","));
  return true;
}

bool UpdateParser::parse_action(UpdateSection section) {
  std::optional<SyntaxPath> target = tokens_.parse_path();
  if (!target) return false;
  SyntaxAction action{section, *std::move(target), {}};
  if (section == UpdateSection::kSet) {
    if (!tokens_.expect_symbol("=")) return false;
    MaybeNode value = parse_set_value();
    if (!value) return false;
    action.value.push_back(*std::move(value));
  } else if (section != UpdateSection::kRemove) {
    if (tokens_.peek().kind != TokenKind::kValue) return tokens_.fail();
    action.value.push_back({SyntaxKind::kValue, std::string(tokens_.next().text), {}, {}});
  }
  actions_.push_back(std::move(action));
  return true;
}

// operand (('+' | '-') operand)?
MaybeNode UpdateParser::parse_set_value() {
  MaybeNode left = parse_operand(true);
  if (!left || left->kind == SyntaxKind::kArithmetic) return left;
  if (!tokens_.at_symbol("+") && !tokens_.at_symbol("-")) return left;
  tokens_.count_operator();
  SyntaxNode node{SyntaxKind::kArithmetic, std::string(tokens_.next().text), {}, {}};
  MaybeNode right = parse_operand(false);
  if (!right) return std::nullopt;
  node.children.push_back(*std::move(left));
  node.children.push_back(*std::move(right));
  return node;
}

MaybeNode UpdateParser::parse_operand(bool arithmetic_allowed) {
  if (tokens_.at_symbol("(")) return parse_parenthesized(arithmetic_allowed);
  if (tokens_.at_function()) return parse_function();
  return tokens_.parse_value_or_path();
}

// Only a SET clause's whole value may be arithmetic in parentheses.
MaybeNode UpdateParser::parse_parenthesized(bool arithmetic_allowed) {
  tokens_.next();
  if (!tokens_.enter()) return std::nullopt;
  MaybeNode inner = arithmetic_allowed ? parse_set_value() : parse_operand(false);
  tokens_.leave();
  if (!inner || !tokens_.expect_symbol(")")) return std::nullopt;
  return inner;
}

MaybeNode UpdateParser::parse_function() {
  SyntaxNode node{SyntaxKind::kFunction, std::string(tokens_.next().text), {}, {}};
  tokens_.count_operator();
  if (node.text != "if_not_exists" && node.text != "list_append") {
    tokens_.findings().note(kUnknownFunction, "Invalid function name; function: " + node.text);
  }
  if (!tokens_.expect_symbol("(") || !tokens_.enter()) return std::nullopt;
  do {
    MaybeNode operand = parse_operand(false);
    if (!operand) return std::nullopt;
    if (operand->kind == SyntaxKind::kFunction && operand->text == "list_append") {
      tokens_.findings().note(
          kMisusedFunction,
          "The function is not allowed to be used this way in an expression; function: "
          "list_append");
    }
    node.children.push_back(*std::move(operand));
  } while (tokens_.accept_symbol(","));
  tokens_.leave();
  if (!tokens_.expect_symbol(")")) return std::nullopt;
  return node;
}

}  // namespace

aws::Result<std::vector<SyntaxAction>> parse_update_syntax(std::string_view text) {
  MILLRACE_CHECK_OK(check_expression_size(ExpressionKind::kUpdate, text));
  return UpdateParser(text).parse();
}

}  // namespace millrace::dynamodb::expression
