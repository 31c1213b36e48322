#include "dynamodb/expression/document_path.h"

#include <algorithm>

namespace millrace::dynamodb::expression {

std::string DocumentPath::text() const {
  std::string out;
  for (const PathElement& element : elements) {
    out += out.empty() ? "[" : ", ";
    if (const auto* name = std::get_if<std::string>(&element)) {
      out += *name;
    } else {
      out += '[' + std::to_string(std::get<uint32_t>(element)) + ']';
    }
  }
  return out + ']';
}

const AttributeValue* find_child(const AttributeValue& parent, const PathElement& element) {
  if (const auto* name = std::get_if<std::string>(&element)) {
    if (!parent.is(AttributeType::kMap)) return nullptr;
    const auto found = parent.map().find(*name);
    return found == parent.map().end() ? nullptr : &found->second;
  }
  const size_t index = std::get<uint32_t>(element);
  if (!parent.is(AttributeType::kList) || index >= parent.list().size()) return nullptr;
  return &parent.list()[index];
}

const AttributeValue* find_value(const Item& item, const DocumentPath& path) {
  const auto top = item.find(path.attribute());
  if (top == item.end()) return nullptr;
  const AttributeValue* value = &top->second;
  for (size_t i = 1; value && i < path.elements.size(); ++i) {
    value = find_child(*value, path.elements[i]);
  }
  return value;
}

aws::Result<void> check_key_paths(const std::vector<DocumentPath>& paths,
                                  const std::vector<std::string>& key_attributes,
                                  std::string_view key_word) {
  for (const DocumentPath& path : paths) {
    if (!path.is_nested()) continue;
    const auto& keys = key_attributes;
    if (std::find(keys.begin(), keys.end(), path.attribute()) == keys.end()) continue;
    return aws::validation_error(
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
        "allowed: " +
        std::string(key_word) + ": " + path.attribute());
  }
  return {};
}

}  // namespace millrace::dynamodb::expression
