#include "dynamodb/expression/key_condition.h"

#include <algorithm>
#include <utility>

namespace millrace::dynamodb::expression {

namespace {

Unexpected<aws::ApiError> structure_error(std::string_view detail) {
  return expression_error(ExpressionKind::kKeyCondition, detail);
}

aws::Result<KeyClause> clause_from(const ConditionNode& node) {
  const auto key_operator = key_operator_of(node.kind);
  if (!key_operator) {
    return structure_error("Invalid operator used in KeyConditionExpression: " +
                           std::string(to_string(node.kind)));
  }
  size_t paths = 0;
  size_t path_at = 0;
  for (size_t i = 0; i < node.operands.size(); ++i) {
    if (const DocumentPath* path = node.operands[i].path()) {
      if (path->is_nested()) {
        return structure_error(
            "KeyConditionExpressions cannot have conditions on nested attributes");
      }
      ++paths;
      path_at = i;
    } else if (!node.operands[i].value()) {
      return structure_error("KeyConditionExpressions cannot contain nested operations");
    }
  }
  if (paths > 1) {
    return structure_error(
        "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
        "condition");
  }
  if (paths == 0) {
    return structure_error(
        "Invalid condition in KeyConditionExpression: No key attribute specified");
  }
  const bool first_only =
      node.kind == ConditionKind::kBetween || node.kind == ConditionKind::kBeginsWith;
  if (first_only && path_at != 0) {
    return structure_error(
        "Invalid condition in KeyConditionExpression: " + std::string(to_string(node.kind)) +
        " operator must have the key attribute as its first operand");
  }
  const size_t value_at = path_at == 0 ? 1 : 0;
  KeyClause clause{node.operands[path_at].path()->attribute(),
                   path_at == 0 ? *key_operator : mirrored(*key_operator),
                   *node.operands[value_at].value(), std::nullopt};
  if (node.kind == ConditionKind::kBetween) clause.upper = *node.operands[2].value();
  return clause;
}

aws::Result<void> collect_clauses(const ConditionNode& node, std::vector<KeyClause>& clauses) {
  if (node.kind == ConditionKind::kAnd) {
    for (const auto& child : node.children) MILLRACE_CHECK_OK(collect_clauses(*child, clauses));
    return {};
  }
  MILLRACE_TRY(KeyClause clause, clause_from(node));
  const bool repeated = std::any_of(clauses.begin(), clauses.end(), [&](const KeyClause& other) {
    return other.attribute == clause.attribute;
  });
  if (repeated) {
    return structure_error("KeyConditionExpressions must only contain one condition per key");
  }
  clauses.push_back(std::move(clause));
  return {};
}

const KeyClause* find_clause(const KeyCondition& condition, std::string_view attribute) {
  for (const KeyClause& clause : condition.clauses) {
    if (clause.attribute == attribute) return &clause;
  }
  return nullptr;
}

// The sort key attributes that have a clause: a prefix of the schema's, equalities but for the
// last.
aws::Result<std::vector<KeyClause>> resolve_sort(const KeyCondition& condition,
                                                 const KeySchema& schema) {
  std::vector<KeyClause> sort;
  std::string without_equality;
  for (const KeyAttribute& attribute : schema.sort) {
    const KeyClause* clause = find_clause(condition, attribute.name);
    if (clause && !without_equality.empty()) {
      return aws::validation_error(
          "RANGE key attributes " + without_equality +
          " must have equality conditions specified in the query because a condition is present "
          "on key attribute " +
          attribute.name);
    }
    if (clause) sort.push_back(*clause);
    if (!clause || clause->key_operator != KeyOperator::kEqual) {
      if (!without_equality.empty()) without_equality += ", ";
      without_equality += attribute.name;
    }
  }
  return sort;
}

aws::Result<void> check_value(const AttributeValue& value, const KeyAttribute& attribute) {
  if (!value.is(attribute.type)) {
    return aws::validation_error(
        "One or more parameter values were invalid: Condition parameter type does not match schema "
        "type");
  }
  const bool empty = (value.is(AttributeType::kString) && value.string().empty()) ||
                     (value.is(AttributeType::kBinary) && value.binary().empty());
  if (!empty) return {};
  return aws::validation_error(
      std::string("One or more parameter values are not valid. The AttributeValue for a key "
                  "attribute cannot contain an empty ") +
      (value.is(AttributeType::kString) ? "string" : "binary") + " value. Key: " + attribute.name);
}

aws::Result<void> check_clause(const KeyClause& clause, const KeyAttribute& attribute) {
  MILLRACE_CHECK_OK(check_value(clause.value, attribute));
  if (clause.upper) MILLRACE_CHECK_OK(check_value(*clause.upper, attribute));
  return {};
}

}  // namespace

std::optional<KeyOperator> key_operator_of(ConditionKind kind) {
  switch (kind) {
    case ConditionKind::kEqual:
      return KeyOperator::kEqual;
    case ConditionKind::kLess:
      return KeyOperator::kLess;
    case ConditionKind::kLessOrEqual:
      return KeyOperator::kLessOrEqual;
    case ConditionKind::kGreater:
      return KeyOperator::kGreater;
    case ConditionKind::kGreaterOrEqual:
      return KeyOperator::kGreaterOrEqual;
    case ConditionKind::kBetween:
      return KeyOperator::kBetween;
    case ConditionKind::kBeginsWith:
      return KeyOperator::kBeginsWith;
    default:
      return std::nullopt;
  }
}

KeyOperator mirrored(KeyOperator key_operator) {
  switch (key_operator) {
    case KeyOperator::kLess:
      return KeyOperator::kGreater;
    case KeyOperator::kLessOrEqual:
      return KeyOperator::kGreaterOrEqual;
    case KeyOperator::kGreater:
      return KeyOperator::kLess;
    case KeyOperator::kGreaterOrEqual:
      return KeyOperator::kLessOrEqual;
    default:
      return key_operator;
  }
}

aws::Result<KeyCondition> parse_key_condition(std::string_view text, Substitutions& substitutions) {
  MILLRACE_TRY(const ConditionNodePtr root,
               parse_condition_tree(ExpressionKind::kKeyCondition, text, substitutions));
  KeyCondition condition;
  MILLRACE_CHECK_OK(collect_clauses(*root, condition.clauses));
  return condition;
}

aws::Result<KeyRange> resolve_key_condition(const KeyCondition& condition,
                                            const KeySchema& schema) {
  const size_t keys = schema.partition.size() + schema.sort.size();
  const size_t clauses = condition.clauses.size();
  // One condition too many on a key without sort attributes is refused below, with another text.
  if (clauses > std::max<size_t>(keys, 2)) {
    return aws::validation_error("The number of query conditions (" + std::to_string(clauses) +
                                 ") exceeds the number of key attributes defined in the schema (" +
                                 std::to_string(keys) + ")");
  }
  constexpr std::string_view kMissed = "Query condition missed key schema element: ";
  constexpr std::string_view kNotSupported = "Query key condition not supported";
  KeyRange range;
  for (const KeyAttribute& attribute : schema.partition) {
    const KeyClause* clause = find_clause(condition, attribute.name);
    if (!clause) return aws::validation_error(std::string(kMissed) + attribute.name);
    if (clause->key_operator != KeyOperator::kEqual) {
      return aws::validation_error(std::string(kNotSupported));
    }
    range.partition.push_back(clause->value);
  }
  MILLRACE_TRY(range.sort, resolve_sort(condition, schema));
  if (range.partition.size() + range.sort.size() < clauses) {
    if (schema.sort.empty()) return aws::validation_error(std::string(kNotSupported));
    const auto missed =
        std::find_if(schema.sort.begin(), schema.sort.end(), [&](const KeyAttribute& attribute) {
          return find_clause(condition, attribute.name) == nullptr;
        });
    return aws::validation_error(std::string(kMissed) + missed->name);
  }
  for (const auto* attributes : {&schema.partition, &schema.sort}) {
    for (const KeyAttribute& attribute : *attributes) {
      const KeyClause* clause = find_clause(condition, attribute.name);
      if (clause) MILLRACE_CHECK_OK(check_clause(*clause, attribute));
    }
  }
  return range;
}

}  // namespace millrace::dynamodb::expression
