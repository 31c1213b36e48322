#include "dynamodb/expression/key_condition.h"

#include <algorithm>
#include <map>

#include "dynamodb/expression/condition_node.h"
#include "dynamodb/expression/condition_parser.h"

namespace millrace::dynamodb::expression {
namespace {

constexpr auto kKind = ExpressionKind::kKeyCondition;

Unexpected<aws::ApiError> invalid_operator(const std::string& name) {
  return expression_error(kKind, "Invalid operator used in KeyConditionExpression: " + name);
}

std::optional<KeyOperator> to_operator(std::string_view comparator, bool mirrored) {
  static const std::map<std::string_view, std::pair<KeyOperator, KeyOperator>> kOperators = {
      {"=", {KeyOperator::kEqual, KeyOperator::kEqual}},
      {"<", {KeyOperator::kLess, KeyOperator::kGreater}},
      {"<=", {KeyOperator::kLessOrEqual, KeyOperator::kGreaterOrEqual}},
      {">", {KeyOperator::kGreater, KeyOperator::kLess}},
      {">=", {KeyOperator::kGreaterOrEqual, KeyOperator::kLessOrEqual}}};
  auto found = kOperators.find(comparator);
  if (found == kOperators.end()) return std::nullopt;
  return mirrored ? found->second.second : found->second.first;
}

// The attribute of a clause and its values; the attribute may stand second in a comparison.
aws::Result<KeyClause> make_clause(const ConditionNode& node, KeyOperator key_operator,
                                   size_t path_at) {
  const Operand& path = node.operands[path_at];
  if (!path.is_path()) {
    bool has_path = std::any_of(node.operands.begin(), node.operands.end(),
                                [](const Operand& operand) { return operand.is_path(); });
    return expression_error(
        kKind,
        "Invalid condition in KeyConditionExpression: " +
            (has_path ? node.name + " operator must have the key attribute as its first operand"
                      : std::string("No key attribute specified")));
  }
  if (path.path.is_nested()) {
    return expression_error(kKind,
                            "KeyConditionExpressions cannot have conditions on nested attributes");
  }
  KeyClause clause{path.path.attribute(), key_operator, {}, {}};
  std::vector<AttributeValue> values;
  for (size_t i = 0; i < node.operands.size(); ++i) {
    if (i == path_at) continue;
    if (node.operands[i].is_path()) {
      return expression_error(
          kKind,
          "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
          "condition");
    }
    if (!node.operands[i].is_value()) {
      return expression_error(kKind, "KeyConditionExpressions cannot contain nested operations");
    }
    values.push_back(node.operands[i].value);
  }
  clause.value = values[0];
  if (values.size() > 1) clause.upper = values[1];
  return clause;
}

aws::Result<void> collect_clauses(const ConditionNode& node, KeyCondition& condition) {
  std::optional<KeyOperator> key_operator;
  size_t path_at = 0;
  switch (node.kind) {
    case SyntaxKind::kAnd:
      for (const auto& child : node.children) MILLRACE_CHECK_OK(collect_clauses(child, condition));
      return {};
    case SyntaxKind::kComparison:
      path_at = node.operands[0].is_value() && node.operands[1].is_path() ? 1 : 0;
      key_operator = to_operator(node.name, path_at == 1);
      break;
    case SyntaxKind::kBetween:
      key_operator = KeyOperator::kBetween;
      break;
    case SyntaxKind::kFunction:
      if (node.name == "begins_with") key_operator = KeyOperator::kBeginsWith;
      break;
    default:
      break;
  }
  if (!key_operator) return invalid_operator(node.name);
  MILLRACE_TRY(auto clause, make_clause(node, *key_operator, path_at));
  for (const auto& other : condition.clauses) {
    if (other.attribute == clause.attribute) {
      return expression_error(kKind,
                              "KeyConditionExpressions must only contain one condition per key");
    }
  }
  condition.clauses.push_back(std::move(clause));
  return {};
}

bool is_empty_value(const AttributeValue& value) {
  return (value.is(AttributeType::kString) && value.string().empty()) ||
         (value.is(AttributeType::kBinary) && value.binary().empty());
}

aws::Result<void> check_value(const KeyAttribute& key, const AttributeValue& value) {
  if (value.type() != key.type) {
    return aws::validation_error(
        "One or more parameter values were invalid: Condition parameter type does not match schema "
        "type");
  }
  if (is_empty_value(value)) {
    return aws::validation_error(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
        "contain an empty " +
        std::string(value.is(AttributeType::kString) ? "string" : "binary") +
        " value. Key: " + key.name);
  }
  return {};
}

}  // namespace

aws::Result<KeyCondition> parse_key_condition(std::string_view text, Substitutions& substitutions) {
  MILLRACE_TRY(auto syntax, parse_condition_syntax(kKind, text));
  MILLRACE_TRY(auto root, bind_condition(kKind, syntax, substitutions));
  KeyCondition condition;
  MILLRACE_CHECK_OK(collect_clauses(root, condition));
  return condition;
}

aws::Result<KeyRange> resolve_key_condition(const KeyCondition& condition,
                                            const KeySchema& schema) {
  auto clause_of = [&condition](const KeyAttribute& key) {
    return std::find_if(condition.clauses.begin(), condition.clauses.end(),
                        [&](const KeyClause& clause) { return clause.attribute == key.name; });
  };
  KeyRange range;
  size_t used = 0;
  for (const auto& key : schema.partition) {
    auto clause = clause_of(key);
    if (clause == condition.clauses.end()) {
      return aws::validation_error("Query condition missed key schema element: " + key.name);
    }
    if (clause->key_operator != KeyOperator::kEqual) {
      return aws::validation_error("Query key condition not supported");
    }
    MILLRACE_CHECK_OK(check_value(key, clause->value));
    range.partition.push_back(clause->value);
    ++used;
  }
  bool ended = false;  // sort keys are given from the left, equalities before the last
  for (const auto& key : schema.sort) {
    auto clause = clause_of(key);
    if (clause == condition.clauses.end()) {
      ended = true;
      continue;
    }
    if (ended) return aws::validation_error("Query key condition not supported");
    MILLRACE_CHECK_OK(check_value(key, clause->value));
    if (clause->upper) MILLRACE_CHECK_OK(check_value(key, *clause->upper));
    if (clause->key_operator == KeyOperator::kBeginsWith && key.type == AttributeType::kNumber) {
      return aws::validation_error(
          "One or more parameter values were invalid: ComparisonOperator BEGINS_WITH is not valid "
          "for N AttributeValue type");
    }
    ended = clause->key_operator != KeyOperator::kEqual;
    range.sort.push_back(*clause);
    ++used;
  }
  if (used < condition.clauses.size()) {
    if (schema.sort.empty() || range.sort.size() == schema.sort.size()) {
      return aws::validation_error("Query key condition not supported");
    }
    return aws::validation_error("Query condition missed key schema element: " +
                                 schema.sort[range.sort.size()].name);
  }
  return range;
}

}  // namespace millrace::dynamodb::expression
