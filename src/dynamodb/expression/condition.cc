#include "dynamodb/expression/condition.h"

#include <algorithm>

#include "dynamodb/expression/condition_node.h"
#include "dynamodb/expression/condition_parser.h"
#include "dynamodb/item/item_codec.h"

namespace millrace::dynamodb::expression {
namespace {

// A string's length in UTF-16 code units, as size() counts it.
size_t utf16_length(std::string_view text) {
  size_t units = 0;
  for (char c : text) {
    auto byte = static_cast<uint8_t>(c);
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

// The operand's value for this item; null if there is none. `scratch` holds a computed one.
const AttributeValue* value_of(const Operand& operand, const Item& item, AttributeValue& scratch) {
  if (operand.is_value()) return &operand.value;
  if (operand.is_path()) return find_value(item, operand.path);
  AttributeValue inner;
  const AttributeValue* argument = value_of(operand.arguments[0], item, inner);
  auto size = argument == nullptr ? std::nullopt : size_of(*argument);
  if (!size) return nullptr;
  scratch = AttributeValue(Number::from_int(static_cast<int64_t>(*size)));
  return &scratch;
}

bool compare(const AttributeValue* a, std::string_view comparator, const AttributeValue* b) {
  if (comparator == "<>") return a == nullptr || b == nullptr || !(*a == *b);
  if (a == nullptr || b == nullptr) return false;
  if (comparator == "=") return *a == *b;
  return compare_values(*a, comparator, *b);
}

bool evaluate_function(const ConditionNode& node, const Item& item) {
  AttributeValue first_scratch, second_scratch;
  const AttributeValue* first = value_of(node.operands[0], item, first_scratch);
  if (node.name == "attribute_exists") return first != nullptr;
  if (node.name == "attribute_not_exists") return first == nullptr;
  const AttributeValue* second = value_of(node.operands[1], item, second_scratch);
  if (first == nullptr || second == nullptr) return false;
  if (node.name == "attribute_type") {
    return second->is(AttributeType::kString) && to_string(first->type()) == second->string();
  }
  if (node.name == "begins_with") return begins_with_value(*first, *second);
  return contains_value(*first, *second);
}

}  // namespace

bool compare_values(const AttributeValue& a, std::string_view comparator, const AttributeValue& b) {
  if (a.type() != b.type()) return false;
  int order = 0;
  if (a.is(AttributeType::kString)) {
    order = a.string().compare(b.string());
  } else if (a.is(AttributeType::kBinary)) {
    order = a.binary().compare(b.binary());
  } else if (a.is(AttributeType::kNumber)) {
    auto numbers = a.number() <=> b.number();
    order = numbers < 0 ? -1 : numbers > 0 ? 1 : 0;
  } else {
    return false;
  }
  if (comparator == "<") return order < 0;
  if (comparator == "<=") return order <= 0;
  return comparator == ">" ? order > 0 : order >= 0;
}

bool contains_value(const AttributeValue& container, const AttributeValue& element) {
  switch (container.type()) {
    case AttributeType::kString:
      return element.is(AttributeType::kString) &&
             container.string().find(element.string()) != std::string::npos;
    case AttributeType::kBinary:
      return element.is(AttributeType::kBinary) &&
             container.binary().find(element.binary()) != std::string::npos;
    case AttributeType::kStringSet:
      return element.is(AttributeType::kString) &&
             container.string_set().count(element.string()) > 0;
    case AttributeType::kNumberSet:
      return element.is(AttributeType::kNumber) &&
             container.number_set().count(element.number()) > 0;
    case AttributeType::kBinarySet:
      return element.is(AttributeType::kBinary) &&
             container.binary_set().count(Binary{element.binary()}) > 0;
    case AttributeType::kList:
      return std::find(container.list().begin(), container.list().end(), element) !=
             container.list().end();
    default:
      return false;
  }
}

bool begins_with_value(const AttributeValue& value, const AttributeValue& prefix) {
  if (value.type() != prefix.type()) return false;
  if (value.is(AttributeType::kString)) return value.string().rfind(prefix.string(), 0) == 0;
  return value.is(AttributeType::kBinary) && value.binary().rfind(prefix.binary(), 0) == 0;
}

bool evaluate_node(const ConditionNode& node, const Item& item) {
  auto holds = [&item](const ConditionNode& child) { return evaluate_node(child, item); };
  AttributeValue scratch[3];
  switch (node.kind) {
    case SyntaxKind::kAnd:
      return std::all_of(node.children.begin(), node.children.end(), holds);
    case SyntaxKind::kOr:
      return std::any_of(node.children.begin(), node.children.end(), holds);
    case SyntaxKind::kNot:
      return !holds(node.children[0]);
    case SyntaxKind::kComparison:
      return compare(value_of(node.operands[0], item, scratch[0]), node.name,
                     value_of(node.operands[1], item, scratch[1]));
    case SyntaxKind::kBetween: {
      const auto* value = value_of(node.operands[0], item, scratch[0]);
      return compare(value, ">=", value_of(node.operands[1], item, scratch[1])) &&
             compare(value, "<=", value_of(node.operands[2], item, scratch[2]));
    }
    case SyntaxKind::kIn: {
      const auto* value = value_of(node.operands[0], item, scratch[0]);
      return std::any_of(node.operands.begin() + 1, node.operands.end(), [&](const auto& operand) {
        return compare(value, "=", value_of(operand, item, scratch[1]));
      });
    }
    default:
      return evaluate_function(node, item);
  }
}

void collect_paths(const ConditionNode& node, std::vector<DocumentPath>& paths) {
  for (const auto& operand : node.operands) collect_paths(operand, paths);
  for (const auto& child : node.children) collect_paths(child, paths);
}

Condition::Condition(std::unique_ptr<const ConditionNode> root) : root_(std::move(root)) {
  collect_paths(*root_, paths_);
  for (const auto& path : paths_) attributes_.push_back(path.attribute());
  std::sort(attributes_.begin(), attributes_.end());
  attributes_.erase(std::unique(attributes_.begin(), attributes_.end()), attributes_.end());
}

Condition::~Condition() = default;

bool Condition::evaluate(const Item& item) const {
  return evaluate_node(*root_, item);
}

bool Condition::evaluate_encoded(std::string_view encoded) const {
  if (encoded.empty()) return evaluate(Item());
  return evaluate(find_attributes(encoded, attributes_));
}

namespace {

aws::Result<ConditionPtr> parse(ExpressionKind kind, std::string_view text,
                                Substitutions& substitutions) {
  MILLRACE_TRY(auto syntax, parse_condition_syntax(kind, text));
  MILLRACE_TRY(auto root, bind_condition(kind, syntax, substitutions));
  return ConditionPtr(
      std::make_shared<Condition>(std::make_unique<const ConditionNode>(std::move(root))));
}

}  // namespace

aws::Result<ConditionPtr> parse_condition(std::string_view text, Substitutions& substitutions) {
  return parse(ExpressionKind::kCondition, text, substitutions);
}

aws::Result<ConditionPtr> parse_filter(std::string_view text, Substitutions& substitutions) {
  return parse(ExpressionKind::kFilter, text, substitutions);
}

aws::Result<void> check_no_key_attributes(const Condition& filter,
                                          const std::vector<std::string>& key_attributes,
                                          std::string_view parameter) {
  for (const auto& path : filter.paths()) {
    if (std::find(key_attributes.begin(), key_attributes.end(), path.attribute()) !=
        key_attributes.end()) {
      return aws::validation_error(std::string(parameter) +
                                   " can only contain non-primary key attributes: Primary key "
                                   "attribute: " +
                                   path.attribute());
    }
  }
  return {};
}

}  // namespace millrace::dynamodb::expression
