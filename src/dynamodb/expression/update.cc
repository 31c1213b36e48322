#include "dynamodb/expression/update.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "dynamodb/expression/projection.h"
#include "dynamodb/expression/update_action.h"
#include "dynamodb/item/item_parser.h"

namespace millrace::dynamodb::expression {

namespace {

Unexpected<aws::ApiError> missing_operand_error() {
  return aws::validation_error(
      "The provided expression refers to an attribute that does not exist in the item");
}

Unexpected<aws::ApiError> operand_error() {
  return aws::validation_error("An operand in the update expression has an incorrect data type");
}

Unexpected<aws::ApiError> stored_type_error(const UpdateAction& action) {
  if (action.legacy) return aws::validation_error("Type mismatch for attribute to update");
  return operand_error();
}

Unexpected<aws::ApiError> target_error() {
  return aws::validation_error(
      "The document path provided in the update expression is invalid for update");
}

aws::Result<AttributeValue> evaluate(const UpdateOperand& operand, const Item& item);

aws::Result<AttributeValue> append_lists(const UpdateOperand& operand, const Item& item) {
  MILLRACE_TRY(AttributeValue first, evaluate(operand.operands[0], item));
  MILLRACE_TRY(AttributeValue second, evaluate(operand.operands[1], item));
  if (!first.is(AttributeType::kList) || !second.is(AttributeType::kList)) return operand_error();
  std::move(second.list().begin(), second.list().end(), std::back_inserter(first.list()));
  return first;
}

aws::Result<AttributeValue> compute(const UpdateOperand& operand, const Item& item) {
  MILLRACE_TRY(const AttributeValue left, evaluate(operand.operands[0], item));
  MILLRACE_TRY(const AttributeValue right, evaluate(operand.operands[1], item));
  if (!left.is(AttributeType::kNumber) || !right.is(AttributeType::kNumber)) {
    return operand_error();
  }
  MILLRACE_TRY(const Number result, operand.kind == UpdateOperandKind::kPlus
                                        ? Number::add(left.number(), right.number())
                                        : Number::subtract(left.number(), right.number()));
  return AttributeValue(result);
}

aws::Result<AttributeValue> evaluate(const UpdateOperand& operand, const Item& item) {
  switch (operand.kind) {
    case UpdateOperandKind::kValue:
      return operand.value;
    case UpdateOperandKind::kPath: {
      const AttributeValue* value = find_value(item, operand.path);
      if (!value) return missing_operand_error();
      return *value;
    }
    case UpdateOperandKind::kIfNotExists: {
      const AttributeValue* value = find_value(item, operand.path);
      if (value) return *value;
      return evaluate(operand.operands[0], item);
    }
    case UpdateOperandKind::kListAppend:
      return append_lists(operand, item);
    default:
      return compute(operand, item);
  }
}

// What ADD makes of the stored value; null: there is none.
aws::Result<AttributeValue> add_value(const UpdateAction& action, const AttributeValue* stored) {
  const AttributeValue& value = action.value->value;
  if (!stored) return value;
  if (!stored->is(value.type())) return stored_type_error(action);
  if (value.is(AttributeType::kNumber)) {
    MILLRACE_TRY(const Number sum, Number::add(stored->number(), value.number()));
    return AttributeValue(sum);
  }
  AttributeValue result = *stored;
  using enum AttributeType;
  switch (value.type()) {
    case kStringSet:
      std::get<AttributeValue::StringSet>(result.storage())
          .insert(value.string_set().begin(), value.string_set().end());
      break;
    case kNumberSet:
      std::get<AttributeValue::NumberSet>(result.storage())
          .insert(value.number_set().begin(), value.number_set().end());
      break;
    case kBinarySet:
      std::get<AttributeValue::BinarySet>(result.storage())
          .insert(value.binary_set().begin(), value.binary_set().end());
      break;
    default:  // lists, in AttributeUpdates only
      result.list().insert(result.list().end(), value.list().begin(), value.list().end());
  }
  return result;
}

template <class Set>
std::optional<AttributeValue> difference(const AttributeValue& stored,
                                         const AttributeValue& value) {
  Set left = std::get<Set>(stored.storage());
  for (const auto& member : std::get<Set>(value.storage())) left.erase(member);
  if (left.empty()) return std::nullopt;
  return AttributeValue(std::move(left));
}

// What DELETE leaves of the stored set: nothing if all members go, as there are no empty sets.
aws::Result<std::optional<AttributeValue>> delete_value(const UpdateAction& action,
                                                        const AttributeValue& stored) {
  const AttributeValue& value = action.value->value;
  if (!stored.is(value.type())) return stored_type_error(action);
  if (value.is(AttributeType::kStringSet)) {
    return difference<AttributeValue::StringSet>(stored, value);
  }
  if (value.is(AttributeType::kNumberSet)) {
    return difference<AttributeValue::NumberSet>(stored, value);
  }
  return difference<AttributeValue::BinarySet>(stored, value);
}

// Changes an item so that list indexes mean places in the list as it was: elements are replaced at
// once, new ones are appended and old ones are removed at the end.
class Writer {
 public:
  explicit Writer(Item item) : item_(std::move(item)) {}

  aws::Result<void> put(const DocumentPath& target, AttributeValue value) {
    if (!target.is_nested()) {
      item_.insert_or_assign(target.attribute(), std::move(value));
      return {};
    }
    AttributeValue* parent = find_parent(target);
    if (!parent) return target_error();
    if (const auto* name = std::get_if<std::string>(&target.elements.back())) {
      parent->map().insert_or_assign(*name, std::move(value));
    } else if (const auto index = std::get<uint32_t>(target.elements.back());
               index < parent->list().size()) {
      parent->list()[index] = std::move(value);
    } else {
      appends_.emplace_back(target, std::move(value));
    }
    return {};
  }

  aws::Result<void> remove(const DocumentPath& target) {
    if (!target.is_nested()) {
      item_.erase(target.attribute());
      return {};
    }
    AttributeValue* parent = find_parent(target);
    if (!parent) return target_error();
    if (const auto* name = std::get_if<std::string>(&target.elements.back())) {
      parent->map().erase(*name);
    } else if (std::get<uint32_t>(target.elements.back()) < parent->list().size()) {
      removals_.push_back(target);
    }
    return {};
  }

  // The container that `target` is in, if it is of the fitting type. REQUIRES: target is nested.
  AttributeValue* find_parent(const DocumentPath& target) {
    const auto top = item_.find(target.attribute());
    if (top == item_.end()) return nullptr;
    AttributeValue* parent = &top->second;
    for (size_t i = 1; parent && i + 1 < target.elements.size(); ++i) {
      parent = const_cast<AttributeValue*>(find_child(*parent, target.elements[i]));
    }
    if (!parent) return nullptr;
    const bool by_name = std::holds_alternative<std::string>(target.elements.back());
    return parent->is(by_name ? AttributeType::kMap : AttributeType::kList) ? parent : nullptr;
  }

  Item finish() && {
    // Several appends to one list come in the order of their indexes.
    std::stable_sort(appends_.begin(), appends_.end(), [](const auto& a, const auto& b) {
      return a.first.elements < b.first.elements;
    });
    for (auto& [target, value] : appends_) find_parent(target)->list().push_back(std::move(value));
    // From the last place to the first: a removal then moves nothing that is still to be removed.
    std::sort(removals_.begin(), removals_.end(),
              [](const auto& a, const auto& b) { return b.elements < a.elements; });
    for (const DocumentPath& target : removals_) {
      AttributeList& list = find_parent(target)->list();
      list.erase(list.begin() + std::get<uint32_t>(target.elements.back()));
    }
    return std::move(item_);
  }

 private:
  Item item_;
  std::vector<std::pair<DocumentPath, AttributeValue>> appends_;
  std::vector<DocumentPath> removals_;
};

aws::Result<void> run(const UpdateAction& action, const Item& before, Writer& writer) {
  if (action.section == UpdateSection::kSet) {
    MILLRACE_TRY(AttributeValue value, evaluate(*action.value, before));
    return writer.put(action.target, std::move(value));
  }
  if (action.section == UpdateSection::kRemove) return writer.remove(action.target);
  const AttributeValue* stored = find_value(before, action.target);
  if (action.section == UpdateSection::kAdd) {
    MILLRACE_TRY(AttributeValue value, add_value(action, stored));
    return writer.put(action.target, std::move(value));
  }
  if (!stored) {
    const bool reachable = !action.target.is_nested() || writer.find_parent(action.target);
    if (!reachable) return target_error();
    return {};
  }
  MILLRACE_TRY(std::optional<AttributeValue> left, delete_value(action, *stored));
  return left ? writer.put(action.target, *std::move(left)) : writer.remove(action.target);
}

void collect_paths(const UpdateOperand& operand, std::vector<DocumentPath>& paths) {
  if (!operand.path.elements.empty()) paths.push_back(operand.path);
  for (const UpdateOperand& inner : operand.operands) collect_paths(inner, paths);
}

}  // namespace

Update::Update(std::vector<UpdateAction> actions) : actions_(std::move(actions)) {
  for (const UpdateAction& action : actions_) targets_.push_back(action.target);
  paths_ = targets_;
  for (const UpdateAction& action : actions_) {
    if (action.value) collect_paths(*action.value, paths_);
  }
}

Update::~Update() = default;

aws::Result<Item> Update::apply(const Item& old_item, const Item& key) const {
  const bool exists = !old_item.empty();
  const Item& before = exists ? old_item : key;
  Writer writer(before);
  for (const UpdateAction& action : actions_) {
    // Removing from inside an item that does not exist is nothing to complain about.
    if (!exists && action.section == UpdateSection::kRemove && action.target.is_nested()) continue;
    MILLRACE_CHECK_OK(run(action, before, writer));
  }
  if (!exists && removes_only()) return Item();
  Item after = std::move(writer).finish();
  for (const DocumentPath& target : targets_) {
    const auto written = after.find(target.attribute());
    if (written != after.end() && nesting_levels(written->second) > kNestingLevelsMax) {
      return nesting_error();
    }
  }
  return after;
}

bool Update::removes_only() const {
  return !actions_.empty() &&
         std::all_of(actions_.begin(), actions_.end(), [](const UpdateAction& action) {
           return action.section == UpdateSection::kRemove ||
                  action.section == UpdateSection::kDelete;
         });
}

Item Update::touched(const Item& image) const {
  return Projection(targets_).apply(image);
}

aws::Result<void> Update::check_keys_untouched(
    const std::vector<std::string>& key_attributes) const {
  for (const DocumentPath& target : targets_) {
    const auto& keys = key_attributes;
    if (std::find(keys.begin(), keys.end(), target.attribute()) == keys.end()) continue;
    return aws::validation_error(
        "One or more parameter values were invalid: Cannot update attribute " + target.attribute() +
        ". This attribute is part of the key");
  }
  return {};
}

}  // namespace millrace::dynamodb::expression
