#include "dynamodb/partiql/key_plan.h"

#include <algorithm>
#include <compare>

namespace millrace::dynamodb::partiql {
namespace {

using expression::ConditionKind;
using expression::ConditionNode;
using expression::KeyClause;
using expression::KeyCondition;
using expression::KeyOperator;
using expression::KeyRange;
using expression::KeySchema;

constexpr size_t kPartitionsMax = 50;  // AWS: partition key values in IN

using Terms = std::vector<const ConditionNode*>;

void flatten(const ConditionNode& node, ConditionKind kind, Terms& terms) {
  if (node.kind != kind) {
    terms.push_back(&node);
    return;
  }
  for (const auto& child : node.children) flatten(*child, kind, terms);
}

Terms terms_of(const ConditionNode& node, ConditionKind kind) {
  Terms terms;
  flatten(node, kind, terms);
  return terms;
}

bool is_attribute(const expression::Operand& operand, const std::string& name) {
  const auto* path = operand.path();
  return path != nullptr && !path->is_nested() && path->attribute() == name;
}

// The term as a clause about this key attribute.
std::optional<KeyClause> clause_about(const ConditionNode& node, const std::string& name) {
  auto key_operator = key_operator_of(node.kind);
  if (!key_operator) return std::nullopt;
  const auto& operands = node.operands;
  bool values_follow = is_attribute(operands[0], name) && operands[1].value() != nullptr;
  if (*key_operator == KeyOperator::kBetween) {
    if (!values_follow || operands[2].value() == nullptr) return std::nullopt;
    return KeyClause{name, *key_operator, *operands[1].value(), *operands[2].value()};
  }
  if (values_follow) return KeyClause{name, *key_operator, *operands[1].value(), std::nullopt};
  if (*key_operator == KeyOperator::kBeginsWith || !is_attribute(operands[1], name) ||
      operands[0].value() == nullptr) {
    return std::nullopt;
  }
  return KeyClause{name, mirrored(*key_operator), *operands[0].value(), std::nullopt};
}

// The values that one term allows a partition key to have; empty: any.
AttributeList partition_values(const ConditionNode& node, const std::string& name) {
  AttributeList values;
  if (node.kind == ConditionKind::kIn && is_attribute(node.operands[0], name)) {
    for (size_t i = 1; i < node.operands.size(); ++i) {
      if (node.operands[i].value() == nullptr) return {};
      const AttributeValue& value = *node.operands[i].value();
      if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
    }
    return values;
  }
  auto clause = clause_about(node, name);
  if (clause && clause->key_operator == KeyOperator::kEqual) values.push_back(clause->value);
  return values;
}

Unexpected<aws::ApiError> overlapping() {
  return aws::validation_error(
      "Overlapping conditions with range keys are not supported in where clause");
}

// The ranges of one branch of an OR; empty if it leaves the partition key open.
aws::Result<std::vector<KeyRange>> plan_branch(const ConditionNode& branch,
                                               const KeySchema& schema) {
  Terms terms = terms_of(branch, ConditionKind::kAnd);
  AttributeList partitions;
  for (const ConditionNode* term : terms) {
    partitions = partition_values(*term, schema.partition.front().name);
    if (!partitions.empty()) break;
  }
  std::vector<KeyRange> ranges;
  if (partitions.empty()) return ranges;
  std::optional<KeyClause> sort;
  for (const ConditionNode* term : terms) {
    if (schema.sort.empty()) break;
    auto clause = clause_about(*term, schema.sort.front().name);
    if (!clause) continue;
    if (sort) return overlapping();
    sort = std::move(clause);
  }
  for (const AttributeValue& value : partitions) {
    KeyCondition condition;
    condition.clauses.push_back(
        {schema.partition.front().name, KeyOperator::kEqual, value, std::nullopt});
    if (sort) condition.clauses.push_back(*sort);
    MILLRACE_TRY(KeyRange range, expression::resolve_key_condition(condition, schema));
    ranges.push_back(std::move(range));
  }
  return ranges;
}

// REQUIRES: both are of one key type.
std::strong_ordering compare(const AttributeValue& a, const AttributeValue& b) {
  if (a.is(AttributeType::kNumber)) return a.number() <=> b.number();
  if (a.is(AttributeType::kString)) return a.string() <=> b.string();
  return a.binary() <=> b.binary();
}

// Where the values that a clause allows begin and end; null: at no value.
const AttributeValue* lower_of(const KeyRange& range) {
  if (range.sort.empty()) return nullptr;
  const KeyClause& clause = range.sort.front();
  bool open =
      clause.key_operator == KeyOperator::kLess || clause.key_operator == KeyOperator::kLessOrEqual;
  return open ? nullptr : &clause.value;
}
const AttributeValue* upper_of(const KeyRange& range) {
  if (range.sort.empty()) return nullptr;
  const KeyClause& clause = range.sort.front();
  if (clause.key_operator == KeyOperator::kBetween) return &*clause.upper;
  bool open = clause.key_operator == KeyOperator::kGreater ||
              clause.key_operator == KeyOperator::kGreaterOrEqual ||
              clause.key_operator == KeyOperator::kBeginsWith;
  return open ? nullptr : &clause.value;
}

bool is_exclusive(const KeyRange& range) {
  KeyOperator key_operator = range.sort.front().key_operator;
  return key_operator == KeyOperator::kLess || key_operator == KeyOperator::kGreater;
}

bool has_prefix(const KeyRange& range) {
  return !range.sort.empty() && range.sort.front().key_operator == KeyOperator::kBeginsWith;
}

bool begins_with(const AttributeValue& value, const AttributeValue& prefix) {
  if (value.is(AttributeType::kString)) return value.string().starts_with(prefix.string());
  return value.binary().starts_with(prefix.binary());
}

// Whether `a` ends before `b` begins.
bool is_before(const KeyRange& a, const KeyRange& b) {
  const AttributeValue* lower = lower_of(b);
  if (lower == nullptr) return false;
  if (has_prefix(a)) {
    return compare(*lower, a.sort.front().value) > 0 && !begins_with(*lower, a.sort.front().value);
  }
  const AttributeValue* upper = upper_of(a);
  if (upper == nullptr) return false;
  auto order = compare(*upper, *lower);
  return order < 0 || (order == 0 && (is_exclusive(a) || is_exclusive(b)));
}

bool is_earlier(const KeyRange& a, const KeyRange& b) {
  const AttributeValue* left = lower_of(a);
  const AttributeValue* right = lower_of(b);
  if (left == nullptr || right == nullptr) return left == nullptr && right != nullptr;
  return compare(*left, *right) < 0;
}

}  // namespace

aws::Result<std::vector<KeyRange>> plan_ranges(const ConditionNode* where,
                                               const KeySchema& schema) {
  std::vector<KeyRange> ranges;
  if (where == nullptr) return ranges;
  for (const ConditionNode* branch : terms_of(*where, ConditionKind::kOr)) {
    MILLRACE_TRY(std::vector<KeyRange> planned, plan_branch(*branch, schema));
    if (planned.empty()) return std::vector<KeyRange>();
    for (KeyRange& range : planned) {
      bool overlaps = std::any_of(ranges.begin(), ranges.end(), [&](const KeyRange& other) {
        return other.partition == range.partition && !is_before(other, range) &&
               !is_before(range, other);
      });
      if (overlaps) return overlapping();
      ranges.push_back(std::move(range));
    }
  }
  if (ranges.size() > kPartitionsMax) {
    return aws::validation_error(
        "The IN operator is provided with too many operands; number of operands: " +
        std::to_string(ranges.size()));
  }
  return ranges;
}

aws::Result<bool> order_ranges(std::vector<KeyRange>& ranges, const KeySchema& schema,
                               const Statement& statement) {
  if (statement.order.empty()) return false;
  if (statement.where == nullptr) {
    return aws::validation_error(
        "Must have WHERE clause in the statement when using ORDER BY clause.");
  }
  if (ranges.empty()) {
    return aws::validation_error(
        "Must have at least one non-optional hash key condition in WHERE clause when using ORDER "
        "BY clause.");
  }
  std::optional<bool> partitions_descend, sorts_descend;
  for (const OrderTerm& term : statement.order) {
    if (term.attribute == schema.partition.front().name) {
      partitions_descend = term.descending;
    } else if (!schema.sort.empty() && term.attribute == schema.sort.front().name) {
      sorts_descend = term.descending;
    } else {
      return aws::validation_error("Variable reference " + term.attribute +
                                   " in ORDER BY clause must be part of the primary key");
    }
  }
  bool by_partition = statement.order.front().attribute == schema.partition.front().name;
  bool one_partition = std::all_of(ranges.begin(), ranges.end(), [&](const KeyRange& range) {
    return range.partition == ranges.front().partition;
  });
  if (!by_partition && !one_partition) {
    return aws::validation_error(
        "ORDER BY must name the partition key first when several partition key values are read");
  }
  std::stable_sort(ranges.begin(), ranges.end(), [&](const KeyRange& a, const KeyRange& b) {
    auto order = compare(a.partition.front(), b.partition.front());
    if (order != 0) return partitions_descend.value_or(false) ? order > 0 : order < 0;
    return sorts_descend.value_or(false) ? is_earlier(b, a) : is_earlier(a, b);
  });
  return sorts_descend.value_or(false);
}

std::optional<Item> full_key(const ConditionNode* where, const KeySchema& schema) {
  if (where == nullptr) return std::nullopt;
  Terms terms = terms_of(*where, ConditionKind::kAnd);
  Item key;
  for (const auto* attributes : {&schema.partition, &schema.sort}) {
    for (const auto& attribute : *attributes) {
      for (const ConditionNode* term : terms) {
        auto clause = clause_about(*term, attribute.name);
        if (!clause || clause->key_operator != KeyOperator::kEqual) continue;
        key.emplace(attribute.name, std::move(clause->value));
        break;
      }
    }
  }
  if (key.size() < schema.partition.size() + schema.sort.size()) return std::nullopt;
  return key;
}

bool says_more_than_key(const ConditionNode& where, const KeySchema& schema) {
  return terms_of(where, ConditionKind::kAnd).size() > schema.partition.size() + schema.sort.size();
}

}  // namespace millrace::dynamodb::partiql
