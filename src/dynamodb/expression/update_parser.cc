// UpdateExpression texts: see update.h.
#include <array>

#include "dynamodb/expression/token_stream.h"
#include "dynamodb/expression/update_action.h"

namespace millrace::dynamodb::expression {
namespace {

constexpr auto kKind = ExpressionKind::kUpdate;
constexpr std::array<std::string_view, 4> kSections = {"SET", "REMOVE", "ADD", "DELETE"};

struct WrittenAction {
  UpdateSection section;
  SyntaxPath target;
  std::optional<SyntaxNode> first, second;
  char arithmetic = 0;
};

class UpdateParser {
 public:
  explicit UpdateParser(std::string_view text)
      : tokens_(kKind, text, {"SET", "REMOVE", "ADD", "DELETE"}) {}

  aws::Result<std::vector<WrittenAction>> parse() {
    do {
      if (!parse_section()) break;
    } while (!tokens_.at_end());
    MILLRACE_CHECK_OK(tokens_.result());
    return std::move(actions_);
  }

 private:
  bool parse_section() {
    for (size_t i = 0; i < kSections.size(); ++i) {
      if (!tokens_.accept_keyword(kSections[i])) continue;
      if (seen_[i]) {
        tokens_.findings().note(kRepeatedSection,
                                "The \"" + std::string(kSections[i]) +
                                    "\" section can only be used once in an update expression;");
      }
      seen_[i] = true;
      do {
        if (!parse_action(static_cast<UpdateSection>(i))) return false;
      } while (tokens_.accept_symbol(","));
      return true;
    }
    return tokens_.fail();
  }

  bool parse_action(UpdateSection section) {
    auto target = tokens_.parse_path();
    if (!target) return false;
    WrittenAction action{section, *std::move(target), {}, {}, 0};
    tokens_.count_operator();
    if (section == UpdateSection::kSet) {
      if (!tokens_.expect_symbol("=") || !parse_set_value(action)) return false;
    } else if (section != UpdateSection::kRemove) {
      if (tokens_.peek().kind != TokenKind::kValue) return tokens_.fail();
      action.first = SyntaxNode{SyntaxKind::kValue, std::string(tokens_.next().text), {}, {}};
    }
    actions_.push_back(std::move(action));
    return true;
  }

  bool parse_set_value(WrittenAction& action) {
    // The whole right-hand side may stand in parentheses, and so may one operand of it.
    bool parenthesized = tokens_.accept_symbol("(");
    action.first = parse_operand(parenthesized);
    if (!action.first || !parse_arithmetic(action)) return false;
    if (parenthesized) {
      if (!tokens_.expect_symbol(")")) return false;
      if (action.arithmetic == 0 && !parse_arithmetic(action)) return false;
    }
    return true;
  }

  bool parse_arithmetic(WrittenAction& action) {
    if (!tokens_.at_symbol("+") && !tokens_.at_symbol("-")) return true;
    action.arithmetic = tokens_.next().text[0];
    tokens_.count_operator();
    action.second = parse_operand(false);
    return action.second.has_value();
  }

  std::optional<SyntaxNode> parse_operand(bool parenthesized) {
    if (tokens_.at_symbol("(")) {
      if (parenthesized) {
        tokens_.findings().note(kRedundantParentheses, "The expression has redundant parentheses;");
      }
      if (!tokens_.enter()) return std::nullopt;
      tokens_.next();
      auto inner = parse_operand(true);
      tokens_.leave();
      if (!inner || !tokens_.expect_symbol(")")) return std::nullopt;
      return inner;
    }
    if (tokens_.at_function()) return parse_function();
    if (tokens_.peek().kind == TokenKind::kValue) {
      return SyntaxNode{SyntaxKind::kValue, std::string(tokens_.next().text), {}, {}};
    }
    auto path = tokens_.parse_path();
    if (!path) return std::nullopt;
    return SyntaxNode{SyntaxKind::kPath, "", *std::move(path), {}};
  }

  std::optional<SyntaxNode> parse_function() {
    SyntaxNode node{SyntaxKind::kFunction, std::string(tokens_.next().text), {}, {}};
    if (node.text != "if_not_exists" && node.text != "list_append") {
      tokens_.findings().note(kUnknownFunction, "Invalid function name; function: " + node.text);
    }
    if (!tokens_.expect_symbol("(") || !tokens_.enter()) return std::nullopt;
    do {
      auto operand = parse_operand(false);
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

  TokenStream tokens_;
  std::array<bool, 4> seen_{};
  std::vector<WrittenAction> actions_;
};

std::string_view long_name(AttributeType type) {
  switch (type) {
    case AttributeType::kString:
      return "STRING";
    case AttributeType::kNumber:
      return "NUMBER";
    case AttributeType::kBinary:
      return "BINARY";
    case AttributeType::kBoolean:
      return "BOOLEAN";
    case AttributeType::kNull:
      return "NULL";
    case AttributeType::kMap:
      return "MAP";
    case AttributeType::kList:
      return "LIST";
    default:
      return to_string(type);
  }
}

bool is_set(AttributeType type) {
  return type >= AttributeType::kStringSet;
}

aws::Result<void> check_add_or_delete(const UpdateAction& action) {
  AttributeType type = action.operand.value.type();
  bool add = action.section == UpdateSection::kAdd;
  if (is_set(type) || (add && type == AttributeType::kNumber)) return {};
  return expression_error(kKind, "Incorrect operand type for operator or function; operator: " +
                                     std::string(add ? "ADD" : "DELETE") +
                                     ", operand type: " + std::string(long_name(type)));
}

aws::Result<void> check_function(const Operand& operand) {
  if (operand.kind != SyntaxKind::kFunction) return {};
  MILLRACE_CHECK_OK(check_operand_count(kKind, operand.function, operand.arguments.size(), 2));
  if (operand.function == "if_not_exists" && !operand.arguments[0].is_path()) {
    return expression_error(
        kKind,
        "Operator or function requires a document path; operator or function: if_not_exists");
  }
  for (const auto& argument : operand.arguments) {
    if (operand.function == "list_append" && argument.is_value() &&
        !argument.value.is(AttributeType::kList)) {
      return operand_type_error(kKind, operand.function, argument.value);
    }
    MILLRACE_CHECK_OK(check_function(argument));
  }
  return {};
}

aws::Result<void> check_set(const UpdateAction& action) {
  MILLRACE_CHECK_OK(check_function(action.operand));
  if (!action.second) return {};
  MILLRACE_CHECK_OK(check_function(*action.second));
  for (const Operand* operand : {&action.operand, &*action.second}) {
    if (operand->is_value() && !operand->value.is(AttributeType::kNumber)) {
      return operand_type_error(kKind, std::string(1, action.arithmetic), operand->value);
    }
  }
  return {};
}

}  // namespace

aws::Result<UpdatePtr> parse_update(std::string_view text, Substitutions& substitutions) {
  MILLRACE_CHECK_OK(check_expression_size(kKind, text));
  MILLRACE_TRY(auto written, UpdateParser(text).parse());
  std::vector<UpdateAction> actions;
  std::vector<DocumentPath> targets;
  for (const auto& one : written) {
    UpdateAction action{one.section, {}, {}, one.arithmetic, {}};
    MILLRACE_TRY(action.target, bind_path(kKind, one.target, substitutions));
    if (one.first) {
      MILLRACE_TRY(action.operand, bind_operand(kKind, *one.first, substitutions));
    }
    if (one.second) {
      MILLRACE_TRY(action.second, bind_operand(kKind, *one.second, substitutions));
    }
    targets.push_back(action.target);
    actions.push_back(std::move(action));
  }
  MILLRACE_CHECK_OK(check_disjoint(kKind, targets));
  for (const auto& action : actions) {
    if (action.section == UpdateSection::kSet) {
      MILLRACE_CHECK_OK(check_set(action));
    } else if (action.section != UpdateSection::kRemove) {
      MILLRACE_CHECK_OK(check_add_or_delete(action));
    }
  }
  return UpdatePtr(std::make_shared<Update>(std::move(actions)));
}

}  // namespace millrace::dynamodb::expression
