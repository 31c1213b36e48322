#include "dynamodb/expression/binder.h"

#include <algorithm>

namespace millrace::dynamodb::expression {

aws::Result<DocumentPath> bind_path(ExpressionKind kind, const SyntaxPath& path,
                                    Substitutions& substitutions) {
  DocumentPath bound;
  for (const auto& element : path) {
    if (element.is_index) {
      bound.elements.emplace_back(element.index);
    } else if (element.name[0] == '#') {
      const std::string* name = substitutions.use_name(element.name);
      if (name == nullptr) {
        return expression_error(kind,
                                "An expression attribute name used in the document path is not "
                                "defined; attribute name: " +
                                    element.name);
      }
      bound.elements.emplace_back(*name);
    } else {
      bound.elements.emplace_back(element.name);
    }
  }
  return bound;
}

aws::Result<Operand> bind_operand(ExpressionKind kind, const SyntaxNode& node,
                                  Substitutions& substitutions) {
  Operand operand;
  operand.kind = node.kind;
  if (node.kind == SyntaxKind::kPath) {
    MILLRACE_TRY(operand.path, bind_path(kind, node.path, substitutions));
  } else if (node.kind == SyntaxKind::kValue) {
    const AttributeValue* value = substitutions.use_value(node.text);
    if (value == nullptr) {
      return expression_error(
          kind,
          "An expression attribute value used in expression is not defined; attribute value: " +
              node.text);
    }
    operand.value = *value;
  } else {
    operand.function = node.text;
    for (const auto& child : node.children) {
      MILLRACE_TRY(auto argument, bind_operand(kind, child, substitutions));
      operand.arguments.push_back(std::move(argument));
    }
  }
  return operand;
}

aws::Result<void> check_operand_count(ExpressionKind kind, const std::string& function,
                                      size_t actual, size_t count) {
  if (actual == count) return {};
  return expression_error(
      kind, "Incorrect number of operands for operator or function; operator or function: " +
                function + ", number of operands: " + std::to_string(actual));
}

Unexpected<aws::ApiError> operand_type_error(ExpressionKind kind, const std::string& function,
                                             const AttributeValue& value) {
  return expression_error(
      kind, "Incorrect operand type for operator or function; operator or function: " + function +
                ", operand type: " + std::string(to_string(value.type())));
}

aws::Result<void> check_disjoint(ExpressionKind kind, const std::vector<DocumentPath>& paths) {
  for (size_t i = 0; i < paths.size(); ++i) {
    for (size_t j = i + 1; j < paths.size(); ++j) {
      const auto& one = paths[i].elements;
      const auto& two = paths[j].elements;
      size_t shared = 0;
      while (shared < std::min(one.size(), two.size()) && one[shared] == two[shared]) ++shared;
      std::string_view fault;
      if (shared == std::min(one.size(), two.size())) {
        fault = "overlap";
      } else if (one[shared].index() != two[shared].index()) {
        fault = "conflict";
      } else {
        continue;
      }
      return expression_error(kind, "Two document paths " + std::string(fault) +
                                        " with each other; must remove or rewrite one of these "
                                        "paths; path one: " +
                                        paths[i].text() + ", path two: " + paths[j].text());
    }
  }
  return {};
}

void collect_paths(const Operand& operand, std::vector<DocumentPath>& paths) {
  if (operand.is_path()) paths.push_back(operand.path);
  for (const auto& argument : operand.arguments) collect_paths(argument, paths);
}

}  // namespace millrace::dynamodb::expression
