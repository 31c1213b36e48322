// From the syntax of an update to its actions, with the checks that need names and values.
#include <algorithm>
#include <string>
#include <utility>

#include "dynamodb/expression/binder.h"
#include "dynamodb/expression/update.h"
#include "dynamodb/expression/update_action.h"
#include "dynamodb/expression/update_parser.h"

namespace millrace::dynamodb::expression {

namespace {

bool is_set(AttributeType type) {
  return type == AttributeType::kStringSet || type == AttributeType::kNumberSet ||
         type == AttributeType::kBinarySet;
}

// The errors of ADD and DELETE spell most types out.
std::string_view spelt_out(AttributeType type) {
  switch (type) {
    case AttributeType::kString:
      return "STRING";
    case AttributeType::kNumber:
      return "NUMBER";
    case AttributeType::kBinary:
      return "BINARY";
    case AttributeType::kBoolean:
      return "BOOLEAN";
    case AttributeType::kList:
      return "LIST";
    case AttributeType::kMap:
      return "MAP";
    default:
      return to_string(type);
  }
}

class UpdateBinder {
 public:
  explicit UpdateBinder(Substitutions& substitutions)
      : binder_(ExpressionKind::kUpdate, substitutions) {}

  aws::Result<std::vector<UpdateAction>> bind(const std::vector<SyntaxAction>& syntax) {
    std::vector<UpdateAction> actions;
    std::vector<DocumentPath> targets;
    for (const SyntaxAction& action : syntax) {
      actions.push_back(bind_action(action));
      targets.push_back(actions.back().target);
    }
    binder_.check_overlaps(targets);
    MILLRACE_CHECK_OK(binder_.result());
    return actions;
  }

 private:
  UpdateAction bind_action(const SyntaxAction& syntax);
  UpdateOperand bind_operand(const SyntaxNode& syntax);
  void bind_arithmetic(const SyntaxNode& syntax, UpdateOperand& operand);
  void bind_function(const SyntaxNode& syntax, UpdateOperand& operand);
  void check_literal(const UpdateOperand& operand, AttributeType type,
                     const std::string& operation);
  void check_set_member(const UpdateAction& action);

  Binder binder_;
};

UpdateAction UpdateBinder::bind_action(const SyntaxAction& syntax) {
  UpdateAction action{syntax.section, binder_.bind_path(syntax.target), std::nullopt};
  if (!syntax.value.empty()) action.value = bind_operand(syntax.value.front());
  check_set_member(action);
  return action;
}

// ADD takes numbers and sets, DELETE sets.
void UpdateBinder::check_set_member(const UpdateAction& action) {
  const bool add = action.section == UpdateSection::kAdd;
  if (!add && action.section != UpdateSection::kDelete) return;
  const AttributeType type = action.value->value.type();
  if (is_set(type) || (add && type == AttributeType::kNumber)) return;
  binder_.findings().note(
      kActionOperand, std::string("Incorrect operand type for operator or function; operator: ") +
                          (add ? "ADD" : "DELETE") +
                          ", operand type: " + std::string(spelt_out(type)));
}

UpdateOperand UpdateBinder::bind_operand(const SyntaxNode& syntax) {
  UpdateOperand operand{UpdateOperandKind::kPath, {}, {}, {}};
  switch (syntax.kind) {
    case SyntaxKind::kPath:
      operand.path = binder_.bind_path(syntax.path);
      break;
    case SyntaxKind::kValue:
      operand.kind = UpdateOperandKind::kValue;
      operand.value = binder_.bind_value(syntax.text);
      break;
    case SyntaxKind::kArithmetic:
      bind_arithmetic(syntax, operand);
      break;
    default:
      bind_function(syntax, operand);
  }
  return operand;
}

void UpdateBinder::bind_arithmetic(const SyntaxNode& syntax, UpdateOperand& operand) {
  operand.kind = syntax.text == "+" ? UpdateOperandKind::kPlus : UpdateOperandKind::kMinus;
  for (const SyntaxNode& child : syntax.children) {
    operand.operands.push_back(bind_operand(child));
    check_literal(operand.operands.back(), AttributeType::kNumber, syntax.text);
  }
}

void UpdateBinder::bind_function(const SyntaxNode& syntax, UpdateOperand& operand) {
  std::vector<UpdateOperand> operands;
  for (const SyntaxNode& child : syntax.children) operands.push_back(bind_operand(child));
  if (operands.size() != 2) {
    binder_.findings().note(kOperandCount, operand_count_detail(syntax.text, operands.size()));
    return;
  }
  if (syntax.text == "list_append") {
    operand.kind = UpdateOperandKind::kListAppend;
    for (const UpdateOperand& list : operands) {
      check_literal(list, AttributeType::kList, syntax.text);
    }
    operand.operands = std::move(operands);
    return;
  }
  operand.kind = UpdateOperandKind::kIfNotExists;
  if (operands[0].kind != UpdateOperandKind::kPath) {
    binder_.findings().note(kOperandType, document_path_detail(syntax.text));
  }
  operand.path = std::move(operands[0].path);
  operand.operands.push_back(std::move(operands[1]));
}

void UpdateBinder::check_literal(const UpdateOperand& operand, AttributeType type,
                                 const std::string& operation) {
  if (operand.kind != UpdateOperandKind::kValue || operand.value.is(type)) return;
  binder_.findings().note(kOperandType,
                          operand_type_detail(operation, to_string(operand.value.type())));
}

}  // namespace

aws::Result<UpdatePtr> parse_update(std::string_view text, Substitutions& substitutions) {
  MILLRACE_TRY(const std::vector<SyntaxAction> syntax, parse_update_syntax(text));
  MILLRACE_TRY(std::vector<UpdateAction> actions, UpdateBinder(substitutions).bind(syntax));
  return UpdatePtr(std::make_shared<const Update>(std::move(actions)));
}

}  // namespace millrace::dynamodb::expression
