// From the syntax of a condition to its tree, with the checks that need names and values.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "dynamodb/expression/binder.h"
#include "dynamodb/expression/condition_node.h"
#include "dynamodb/expression/condition_parser.h"
#include "dynamodb/item/value_text.h"

namespace millrace::dynamodb::expression {

namespace {

// The left operand and this many more (AWS documents 100 values).
constexpr size_t kInOperandsMax = 100;
// As DynamoDB prints them, in its own order.
constexpr std::string_view kTypesOfPathOperand = "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}";
constexpr std::string_view kValidTypes = "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}";

constexpr AttributeType kEveryType[] = {AttributeType::kString,    AttributeType::kNumber,
                                        AttributeType::kBinary,    AttributeType::kBoolean,
                                        AttributeType::kNull,      AttributeType::kMap,
                                        AttributeType::kList,      AttributeType::kStringSet,
                                        AttributeType::kNumberSet, AttributeType::kBinarySet};

bool is_orderable(AttributeType type) {
  return type == AttributeType::kString || type == AttributeType::kNumber ||
         type == AttributeType::kBinary;
}

bool greater(const AttributeValue& a, const AttributeValue& b) {
  if (a.is(AttributeType::kNumber)) return a.number() > b.number();
  return a.is(AttributeType::kString) ? a.string() > b.string() : a.binary() > b.binary();
}

class ConditionBinder {
 public:
  ConditionBinder(ExpressionKind kind, Substitutions& substitutions)
      : binder_(kind, substitutions) {}

  ConditionNodePtr bind(const SyntaxNode& syntax);
  aws::Result<void> result() const { return binder_.result(); }

 private:
  Operand bind_operand(const SyntaxNode& syntax);
  void bind_function(const SyntaxNode& syntax, ConditionNode& node);
  void check_distinct(const ConditionNode& node, std::string_view operation);
  void check_orderable(const ConditionNode& node, std::string_view operation);
  void check_between(const ConditionNode& node);
  void check_attribute_type(const ConditionNode& node);
  void check_begins_with(const ConditionNode& node);
  void note_type(std::string_view operation, std::string_view type) {
    binder_.findings().note(kOperandType, operand_type_detail(operation, type));
  }

  Binder binder_;
};

ConditionNodePtr ConditionBinder::bind(const SyntaxNode& syntax) {
  auto node = std::make_unique<ConditionNode>();
  if (syntax.kind == SyntaxKind::kFunction) {
    bind_function(syntax, *node);
    return node;
  }
  if (syntax.kind >= SyntaxKind::kAnd) {
    node->kind = syntax.kind == SyntaxKind::kAnd  ? ConditionKind::kAnd
                 : syntax.kind == SyntaxKind::kOr ? ConditionKind::kOr
                                                  : ConditionKind::kNot;
    for (const SyntaxNode& child : syntax.children) node->children.push_back(bind(child));
    return node;
  }
  for (const SyntaxNode& child : syntax.children) node->operands.push_back(bind_operand(child));
  if (syntax.kind == SyntaxKind::kBetween) {
    node->kind = ConditionKind::kBetween;
    check_between(*node);
  } else if (syntax.kind == SyntaxKind::kIn) {
    node->kind = ConditionKind::kIn;
    if (node->operands.size() > kInOperandsMax + 1) {
      binder_.findings().note(
          kOperandCount,
          "The IN operator is provided with too many operands; number of operands: " +
              std::to_string(node->operands.size() - 1));
    }
    check_distinct(*node, "IN");
  } else {
    node->kind = *find_comparator(syntax.text);
    check_distinct(*node, syntax.text);
    if (node->kind > ConditionKind::kNotEqual) check_orderable(*node, syntax.text);
  }
  return node;
}

Operand ConditionBinder::bind_operand(const SyntaxNode& syntax) {
  if (syntax.kind == SyntaxKind::kPath) return {binder_.bind_path(syntax.path)};
  if (syntax.kind == SyntaxKind::kValue) return {binder_.bind_value(syntax.text)};
  // Parsing lets no other function but size() stand for a value.
  std::vector<Operand> operands;
  for (const SyntaxNode& child : syntax.children) operands.push_back(bind_operand(child));
  if (operands.size() != 1) {
    binder_.findings().note(kOperandCount, operand_count_detail(syntax.text, operands.size()));
  }
  if (const AttributeValue* value = operands.front().value()) {
    using enum AttributeType;
    if (value->is(kNumber) || value->is(kBoolean) || value->is(kNull)) {
      note_type(syntax.text, to_string(value->type()));
    }
  } else if (!operands.front().path()) {  // a size, which is a number
    note_type(syntax.text, to_string(AttributeType::kNumber));
  }
  return {SizeOf{std::make_unique<const Operand>(std::move(operands.front()))}};
}

void ConditionBinder::bind_function(const SyntaxNode& syntax, ConditionNode& node) {
  for (const SyntaxNode& child : syntax.children) node.operands.push_back(bind_operand(child));
  node.kind = *find_function(syntax.text);
  if (node.operands.size() != operand_count(node.kind)) {
    binder_.findings().note(kOperandCount, operand_count_detail(syntax.text, node.operands.size()));
    return;
  }
  switch (node.kind) {
    case ConditionKind::kAttributeExists:
    case ConditionKind::kAttributeNotExists:
      if (!node.operands[0].path()) {
        binder_.findings().note(kOperandType, document_path_detail(syntax.text));
      }
      break;
    case ConditionKind::kAttributeType:
      check_attribute_type(node);
      break;
    case ConditionKind::kBeginsWith:
      check_distinct(node, syntax.text);
      check_begins_with(node);
      break;
    default:
      check_distinct(node, syntax.text);
  }
}

void ConditionBinder::check_distinct(const ConditionNode& node, std::string_view operation) {
  const DocumentPath* first = node.operands[0].path();
  if (!first) return;
  for (size_t i = 1; i < node.operands.size(); ++i) {
    const DocumentPath* other = node.operands[i].path();
    if (!other || !(*other == *first)) continue;
    binder_.findings().note(
        kOperandNotDistinct,
        "The first operand must be distinct from the remaining operands for this operator or "
        "function; operator: " +
            std::string(operation) + ", first operand: " + first->text());
    return;
  }
}

void ConditionBinder::check_orderable(const ConditionNode& node, std::string_view operation) {
  for (const Operand& operand : node.operands) {
    const AttributeValue* value = operand.value();
    if (value && !is_orderable(value->type())) note_type(operation, to_string(value->type()));
  }
}

void ConditionBinder::check_between(const ConditionNode& node) {
  check_orderable(node, "BETWEEN");
  const AttributeValue* lower = node.operands[1].value();
  const AttributeValue* upper = node.operands[2].value();
  if (!lower || !upper || !is_orderable(lower->type()) || !is_orderable(upper->type())) return;
  const std::string bounds = "; lower bound operand: " + value_text(*lower) +
                             ", upper bound operand: " + value_text(*upper);
  if (!lower->is(upper->type())) {
    binder_.findings().note(
        kOperandType,
        "The BETWEEN operator requires same data type for lower and upper bounds" + bounds);
  } else if (greater(*lower, *upper)) {
    binder_.findings().note(
        kOperandType,
        "The BETWEEN operator requires upper bound to be greater than or equal to lower bound" +
            bounds);
  }
}

void ConditionBinder::check_attribute_type(const ConditionNode& node) {
  const Operand& type = node.operands[1];
  const AttributeValue* value = type.value();
  if (!value) {
    note_type("attribute_type", type.path() ? kTypesOfPathOperand : std::string_view("N"));
    return;
  }
  if (!value->is(AttributeType::kString)) {
    note_type("attribute_type", to_string(value->type()));
    return;
  }
  const std::string& name = value->string();
  const bool known = std::any_of(std::begin(kEveryType), std::end(kEveryType),
                                 [&](AttributeType each) { return to_string(each) == name; });
  if (known) return;
  binder_.findings().note(kOperandType, "Invalid attribute type name found; type: " + name +
                                            ", valid types: " + std::string(kValidTypes));
}

void ConditionBinder::check_begins_with(const ConditionNode& node) {
  for (const Operand& operand : node.operands) {
    const AttributeValue* value = operand.value();
    if (value && !value->is(AttributeType::kString) && !value->is(AttributeType::kBinary)) {
      note_type("begins_with", to_string(value->type()));
    }
  }
}

}  // namespace

std::string_view to_string(ConditionKind kind) {
  static constexpr std::array<std::string_view, 16> kNames = {"AND",
                                                              "OR",
                                                              "NOT",
                                                              "=",
                                                              "<>",
                                                              "<",
                                                              "<=",
                                                              ">",
                                                              ">=",
                                                              "BETWEEN",
                                                              "IN",
                                                              "attribute_exists",
                                                              "attribute_not_exists",
                                                              "attribute_type",
                                                              "begins_with",
                                                              "contains"};
  return kNames[static_cast<size_t>(kind)];
}

std::optional<ConditionKind> find_comparator(std::string_view text) {
  using enum ConditionKind;
  for (ConditionKind kind : {kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual}) {
    if (to_string(kind) == text) return kind;
  }
  return std::nullopt;
}

std::optional<ConditionKind> find_function(std::string_view name) {
  using enum ConditionKind;
  for (ConditionKind kind :
       {kAttributeExists, kAttributeNotExists, kAttributeType, kBeginsWith, kContains}) {
    if (to_string(kind) == name) return kind;
  }
  return std::nullopt;
}

size_t operand_count(ConditionKind function) {
  bool is_about_path_only =
      function == ConditionKind::kAttributeExists || function == ConditionKind::kAttributeNotExists;
  return is_about_path_only ? 1 : 2;
}

aws::Result<ConditionNodePtr> parse_condition_tree(ExpressionKind kind, std::string_view text,
                                                   Substitutions& substitutions) {
  MILLRACE_TRY(const SyntaxNode syntax, parse_condition_syntax(kind, text));
  ConditionBinder binder(kind, substitutions);
  ConditionNodePtr node = binder.bind(syntax);
  MILLRACE_CHECK_OK(binder.result());
  return node;
}

}  // namespace millrace::dynamodb::expression
