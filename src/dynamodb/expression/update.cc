#include "dynamodb/expression/update.h"

#include <algorithm>

#include "dynamodb/expression/projection.h"
#include "dynamodb/expression/update_action.h"
#include "dynamodb/item/item_parser.h"

namespace millrace::dynamodb::expression {
namespace {

Unexpected<aws::ApiError> missing_attribute() {
  return aws::validation_error(
      "The provided expression refers to an attribute that does not exist in the item");
}
Unexpected<aws::ApiError> wrong_type() {
  return aws::validation_error("An operand in the update expression has an incorrect data type");
}
Unexpected<aws::ApiError> invalid_path() {
  return aws::validation_error(
      "The document path provided in the update expression is invalid for update");
}

aws::Result<AttributeValue> evaluate(const Operand& operand, const Item& before) {
  if (operand.is_value()) return operand.value;
  if (operand.is_path()) {
    const AttributeValue* value = find_value(before, operand.path);
    if (value == nullptr) return missing_attribute();
    return *value;
  }
  if (operand.function == "if_not_exists") {
    const AttributeValue* value = find_value(before, operand.arguments[0].path);
    if (value != nullptr) return *value;
    return evaluate(operand.arguments[1], before);
  }
  MILLRACE_TRY(auto first, evaluate(operand.arguments[0], before));
  MILLRACE_TRY(auto second, evaluate(operand.arguments[1], before));
  if (!first.is(AttributeType::kList) || !second.is(AttributeType::kList)) return wrong_type();
  first.list().insert(first.list().end(), second.list().begin(), second.list().end());
  return first;
}

aws::Result<AttributeValue> set_value(const UpdateAction& action, const Item& before) {
  MILLRACE_TRY(auto first, evaluate(action.operand, before));
  if (!action.second) return first;
  MILLRACE_TRY(auto second, evaluate(*action.second, before));
  if (!first.is(AttributeType::kNumber) || !second.is(AttributeType::kNumber)) return wrong_type();
  MILLRACE_TRY(auto sum, action.arithmetic == '+'
                             ? Number::add(first.number(), second.number())
                             : Number::subtract(first.number(), second.number()));
  return AttributeValue(sum);
}

template <class Set>
AttributeValue united(const AttributeValue& a, const AttributeValue& b) {
  Set set = std::get<Set>(a.storage());
  const Set& more = std::get<Set>(b.storage());
  set.insert(more.begin(), more.end());
  return AttributeValue(std::move(set));
}

// Nothing if no member is left.
template <class Set>
std::optional<AttributeValue> without(const AttributeValue& a, const AttributeValue& b) {
  Set set = std::get<Set>(a.storage());
  for (const auto& member : std::get<Set>(b.storage())) set.erase(member);
  if (set.empty()) return std::nullopt;
  return AttributeValue(std::move(set));
}

aws::Result<AttributeValue> add_value(const AttributeValue* stored, const AttributeValue& operand) {
  if (stored == nullptr) return operand;
  if (stored->type() != operand.type()) return wrong_type();
  switch (operand.type()) {
    case AttributeType::kNumber: {
      MILLRACE_TRY(auto sum, Number::add(stored->number(), operand.number()));
      return AttributeValue(sum);
    }
    case AttributeType::kStringSet:
      return united<AttributeValue::StringSet>(*stored, operand);
    case AttributeType::kNumberSet:
      return united<AttributeValue::NumberSet>(*stored, operand);
    case AttributeType::kBinarySet:
      return united<AttributeValue::BinarySet>(*stored, operand);
    default:
      return wrong_type();
  }
}

aws::Result<std::optional<AttributeValue>> delete_value(const AttributeValue& stored,
                                                        const AttributeValue& operand) {
  if (stored.type() != operand.type()) return wrong_type();
  switch (operand.type()) {
    case AttributeType::kStringSet:
      return without<AttributeValue::StringSet>(stored, operand);
    case AttributeType::kNumberSet:
      return without<AttributeValue::NumberSet>(stored, operand);
    default:
      return without<AttributeValue::BinarySet>(stored, operand);
  }
}

// The container of a nested target; null if a parent is missing or no container.
AttributeValue* find_parent(Item& item, const DocumentPath& target) {
  DocumentPath parent{{target.elements.begin(), target.elements.end() - 1}};
  return const_cast<AttributeValue*>(find_value(item, parent));
}

bool fits(const AttributeValue& parent, const PathElement& element) {
  return parent.is(std::holds_alternative<std::string>(element) ? AttributeType::kMap
                                                                : AttributeType::kList);
}

// Where values go. Appends past a list's end wait until all of them are known, so that they end up
// in the order of their indexes.
class Writer {
 public:
  explicit Writer(Item item) : item_(std::move(item)) {}

  aws::Result<void> put(const DocumentPath& target, AttributeValue value) {
    if (!target.is_nested()) {
      item_.insert_or_assign(target.attribute(), std::move(value));
      return {};
    }
    AttributeValue* parent = find_parent(item_, target);
    const PathElement& last = target.elements.back();
    if (parent == nullptr || !fits(*parent, last)) return invalid_path();
    if (const auto* name = std::get_if<std::string>(&last)) {
      parent->map().insert_or_assign(*name, std::move(value));
    } else if (uint32_t index = std::get<uint32_t>(last); index < parent->list().size()) {
      parent->list()[index] = std::move(value);
    } else {
      appended_.push_back({target, std::move(value)});
    }
    return {};
  }

  aws::Result<void> remove(const DocumentPath& target) {
    if (!target.is_nested()) {
      item_.erase(target.attribute());
      return {};
    }
    AttributeValue* parent = find_parent(item_, target);
    const PathElement& last = target.elements.back();
    if (parent == nullptr || !fits(*parent, last)) {
      if (item_.empty() || find_value(item_, target) == nullptr) {
        return parent == nullptr && starts_from_nothing_ ? aws::Result<void>() : invalid_path();
      }
    }
    if (const auto* name = std::get_if<std::string>(&last)) {
      parent->map().erase(*name);
    } else {
      removed_.push_back(target);
    }
    return {};
  }

  void start_from_nothing() { starts_from_nothing_ = true; }

  Item finish() && {
    std::stable_sort(appended_.begin(), appended_.end(), [](const auto& a, const auto& b) {
      return std::get<uint32_t>(a.first.elements.back()) <
             std::get<uint32_t>(b.first.elements.back());
    });
    // Removals name places of the old list: appends go behind first, then the highest is removed
    // first.
    for (auto& [target, value] : appended_) {
      find_parent(item_, target)->list().push_back(std::move(value));
    }
    std::sort(removed_.begin(), removed_.end(), [](const auto& a, const auto& b) {
      return std::get<uint32_t>(a.elements.back()) > std::get<uint32_t>(b.elements.back());
    });
    for (const auto& target : removed_) {
      AttributeList& list = find_parent(item_, target)->list();
      uint32_t index = std::get<uint32_t>(target.elements.back());
      if (index < list.size()) list.erase(list.begin() + index);
    }
    return std::move(item_);
  }

 private:
  Item item_;
  bool starts_from_nothing_ = false;
  std::vector<std::pair<DocumentPath, AttributeValue>> appended_;
  std::vector<DocumentPath> removed_;
};

aws::Result<void> run(const UpdateAction& action, const Item& before, Writer& writer) {
  const AttributeValue* stored = find_value(before, action.target);
  switch (action.section) {
    case UpdateSection::kSet: {
      MILLRACE_TRY(auto value, set_value(action, before));
      return writer.put(action.target, std::move(value));
    }
    case UpdateSection::kRemove:
      return writer.remove(action.target);
    case UpdateSection::kAdd: {
      MILLRACE_TRY(auto value, add_value(stored, action.operand.value));
      return writer.put(action.target, std::move(value));
    }
    case UpdateSection::kDelete: {
      if (stored == nullptr) return {};
      MILLRACE_TRY(auto left, delete_value(*stored, action.operand.value));
      return left ? writer.put(action.target, *std::move(left)) : writer.remove(action.target);
    }
  }
  return {};
}

}  // namespace

Update::Update(std::vector<UpdateAction> actions) : actions_(std::move(actions)) {
  for (const auto& action : actions_) {
    targets_.push_back(action.target);
    paths_.push_back(action.target);
  }
  for (const auto& action : actions_) {
    collect_paths(action.operand, paths_);
    if (action.second) collect_paths(*action.second, paths_);
  }
}

Update::~Update() = default;

aws::Result<Item> Update::apply(const Item& old_item, const Item& key) const {
  Writer writer(old_item.empty() ? key : old_item);
  if (old_item.empty()) writer.start_from_nothing();
  for (const auto& action : actions_) MILLRACE_CHECK_OK(run(action, old_item, writer));
  Item updated = std::move(writer).finish();
  for (const auto& path : targets_) {
    auto found = updated.find(path.attribute());
    if (found != updated.end() && nesting_levels(found->second) > kNestingLevelsMax) {
      return nesting_error();
    }
  }
  return updated;
}

Item Update::touched(const Item& image) const {
  return targets_.empty() ? Item() : Projection(targets_).apply(image);
}

aws::Result<void> Update::check_keys_untouched(
    const std::vector<std::string>& key_attributes) const {
  for (const auto& target : targets_) {
    if (std::find(key_attributes.begin(), key_attributes.end(), target.attribute()) !=
        key_attributes.end()) {
      return aws::validation_error(
          "One or more parameter values were invalid: Cannot update attribute " +
          target.attribute() + ". This attribute is part of the key");
    }
  }
  return {};
}

}  // namespace millrace::dynamodb::expression
