#include "dynamodb/expression/condition.h"

#include <algorithm>
#include <compare>
#include <optional>

#include "dynamodb/expression/condition_node.h"
#include "dynamodb/item/item_codec.h"

namespace millrace::dynamodb::expression {

namespace {

// DynamoDB counts a string's size in UTF-16 code units.
size_t utf16_length(std::string_view text) {
  size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if ((byte & 0xc0) != 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

std::optional<size_t> size_of(const AttributeValue& value) {
  switch (value.type()) {
    case AttributeType::kString:
      return utf16_length(value.string());
    case AttributeType::kBinary:
      return value.binary().size();
    case AttributeType::kMap:
      return value.map().size();
    case AttributeType::kList:
      return value.list().size();
    case AttributeType::kStringSet:
      return value.string_set().size();
    case AttributeType::kNumberSet:
      return value.number_set().size();
    case AttributeType::kBinarySet:
      return value.binary_set().size();
    default:
      return std::nullopt;
  }
}

// What an operand stands for in one item: nothing, a value of the item or tree, or a computed one.
class Resolved {
 public:
  Resolved(const Operand& operand, const Item& item) {
    if (const DocumentPath* path = operand.path()) {
      value_ = find_value(item, *path);
    } else if (const AttributeValue* literal = operand.value()) {
      value_ = literal;
    } else {
      const Resolved inner(*std::get<SizeOf>(operand.source).operand, item);
      const auto size = inner.get() ? size_of(*inner.get()) : std::nullopt;
      has_no_size_ = !size.has_value();
      if (size) computed_.emplace(Number::from_int(static_cast<int64_t>(*size)));
    }
  }
  // Null if there is nothing.
  const AttributeValue* get() const { return computed_ ? &*computed_ : value_; }
  // size() of something that has none: makes any comparison false.
  bool has_no_size() const { return has_no_size_; }

 private:
  const AttributeValue* value_ = nullptr;
  std::optional<AttributeValue> computed_;
  bool has_no_size_ = false;
};

// Nothing if the two are not of one orderable type.
std::optional<std::strong_ordering> compare(const AttributeValue& a, const AttributeValue& b) {
  if (!a.is(b.type())) return std::nullopt;
  switch (a.type()) {
    case AttributeType::kString:
      return a.string() <=> b.string();
    case AttributeType::kNumber:
      return a.number() <=> b.number();
    case AttributeType::kBinary:
      return a.binary() <=> b.binary();
    default:
      return std::nullopt;
  }
}

bool satisfies(ConditionKind kind, std::strong_ordering order) {
  switch (kind) {
    case ConditionKind::kLess:
      return order < 0;
    case ConditionKind::kLessOrEqual:
      return order <= 0;
    case ConditionKind::kGreater:
      return order > 0;
    default:
      return order >= 0;
  }
}

bool evaluate_comparison(const ConditionNode& node, const Item& item) {
  const Resolved left(node.operands[0], item);
  const Resolved right(node.operands[1], item);
  if (left.has_no_size() || right.has_no_size()) return false;
  const bool both = left.get() && right.get();
  if (node.kind == ConditionKind::kEqual) return both && *left.get() == *right.get();
  if (node.kind == ConditionKind::kNotEqual) return !both || !(*left.get() == *right.get());
  if (!both) return false;
  const auto order = compare(*left.get(), *right.get());
  return order && satisfies(node.kind, *order);
}

bool evaluate_between(const ConditionNode& node, const Item& item) {
  const Resolved value(node.operands[0], item);
  const Resolved lower(node.operands[1], item);
  const Resolved upper(node.operands[2], item);
  if (!value.get() || !lower.get() || !upper.get()) return false;
  const auto above = compare(*value.get(), *lower.get());
  const auto below = compare(*value.get(), *upper.get());
  return above && below && *above >= 0 && *below <= 0;
}

bool evaluate_in(const ConditionNode& node, const Item& item) {
  const Resolved value(node.operands[0], item);
  if (!value.get()) return false;
  for (size_t i = 1; i < node.operands.size(); ++i) {
    const Resolved candidate(node.operands[i], item);
    if (candidate.get() && *candidate.get() == *value.get()) return true;
  }
  return false;
}

bool evaluate_attribute_type(const ConditionNode& node, const Item& item) {
  const Resolved value(node.operands[0], item);
  const Resolved type(node.operands[1], item);
  return value.get() && type.get() && to_string(value.get()->type()) == type.get()->string();
}

bool evaluate_begins_with(const ConditionNode& node, const Item& item) {
  const Resolved value(node.operands[0], item);
  const Resolved prefix(node.operands[1], item);
  if (!value.get() || !prefix.get() || !value.get()->is(prefix.get()->type())) return false;
  if (value.get()->is(AttributeType::kString)) {
    return value.get()->string().starts_with(prefix.get()->string());
  }
  return value.get()->is(AttributeType::kBinary) &&
         value.get()->binary().starts_with(prefix.get()->binary());
}

bool evaluate_contains(const ConditionNode& node, const Item& item) {
  const Resolved container(node.operands[0], item);
  const Resolved member(node.operands[1], item);
  if (!container.get() || !member.get()) return false;
  const AttributeValue& whole = *container.get();
  const AttributeValue& part = *member.get();
  using enum AttributeType;
  switch (whole.type()) {
    case kString:
      return part.is(kString) && whole.string().find(part.string()) != std::string::npos;
    case kBinary:
      return part.is(kBinary) && whole.binary().find(part.binary()) != std::string::npos;
    case kStringSet:
      return part.is(kString) && whole.string_set().count(part.string()) > 0;
    case kNumberSet:
      return part.is(kNumber) && whole.number_set().count(part.number()) > 0;
    case kBinarySet:
      return part.is(kBinary) && whole.binary_set().count(Binary{part.binary()}) > 0;
    case kList:
      return std::find(whole.list().begin(), whole.list().end(), part) != whole.list().end();
    default:
      return false;
  }
}

void collect_paths(const Operand& operand, std::vector<DocumentPath>& paths) {
  if (const DocumentPath* path = operand.path()) paths.push_back(*path);
  if (const auto* size = std::get_if<SizeOf>(&operand.source)) collect_paths(*size->operand, paths);
}

void collect_paths(const ConditionNode& node, std::vector<DocumentPath>& paths) {
  for (const Operand& operand : node.operands) collect_paths(operand, paths);
  for (const auto& child : node.children) collect_paths(*child, paths);
}

aws::Result<ConditionPtr> parse(ExpressionKind kind, std::string_view text,
                                Substitutions& substitutions) {
  MILLRACE_TRY(ConditionNodePtr root, parse_condition_tree(kind, text, substitutions));
  return ConditionPtr(std::make_shared<const Condition>(std::move(root)));
}

}  // namespace

bool evaluate(const ConditionNode& node, const Item& item) {
  const auto child_holds = [&](const ConditionNodePtr& child) { return evaluate(*child, item); };
  switch (node.kind) {
    case ConditionKind::kAnd:
      return std::all_of(node.children.begin(), node.children.end(), child_holds);
    case ConditionKind::kOr:
      return std::any_of(node.children.begin(), node.children.end(), child_holds);
    case ConditionKind::kNot:
      return !child_holds(node.children.front());
    case ConditionKind::kBetween:
      return evaluate_between(node, item);
    case ConditionKind::kIn:
      return evaluate_in(node, item);
    case ConditionKind::kAttributeExists:
      return Resolved(node.operands[0], item).get() != nullptr;
    case ConditionKind::kAttributeNotExists:
      return Resolved(node.operands[0], item).get() == nullptr;
    case ConditionKind::kAttributeType:
      return evaluate_attribute_type(node, item);
    case ConditionKind::kBeginsWith:
      return evaluate_begins_with(node, item);
    case ConditionKind::kContains:
      return evaluate_contains(node, item);
    default:
      return evaluate_comparison(node, item);
  }
}

Condition::Condition(std::unique_ptr<const ConditionNode> root) : root_(std::move(root)) {
  collect_paths(*root_, paths_);
  for (const DocumentPath& path : paths_) attributes_.push_back(path.attribute());
  std::sort(attributes_.begin(), attributes_.end());
  attributes_.erase(std::unique(attributes_.begin(), attributes_.end()), attributes_.end());
}

Condition::~Condition() = default;

bool Condition::evaluate(const Item& item) const {
  return expression::evaluate(*root_, item);
}

bool Condition::evaluate_encoded(std::string_view encoded) const {
  return evaluate(find_attributes(encoded, attributes_));
}

aws::Result<ConditionPtr> parse_condition(std::string_view text, Substitutions& substitutions) {
  return parse(ExpressionKind::kCondition, text, substitutions);
}

aws::Result<ConditionPtr> parse_filter(std::string_view text, Substitutions& substitutions) {
  return parse(ExpressionKind::kFilter, text, substitutions);
}

aws::Result<void> check_no_key_attributes(const Condition& filter,
                                          const std::vector<std::string>& key_attributes,
                                          std::string_view parameter) {
  for (const DocumentPath& path : filter.paths()) {
    const auto& keys = key_attributes;
    if (std::find(keys.begin(), keys.end(), path.attribute()) == keys.end()) continue;
    return aws::validation_error(std::string(parameter) +
                                 " can only contain non-primary key attributes: Primary key "
                                 "attribute: " +
                                 path.attribute());
  }
  return {};
}

}  // namespace millrace::dynamodb::expression
