#include "dynamodb/expression/document_path.h"

#include <algorithm>

namespace millrace::dynamodb::expression {

std::string DocumentPath::text() const {
  std::string out = "[";
  for (const auto& element : elements) {
    if (out.size() > 1) out += ", ";
    if (const auto* name = std::get_if<std::string>(&element)) {
      out += *name;
    } else {
      out += '[' + std::to_string(std::get<uint32_t>(element)) + ']';
    }
  }
  return out + ']';
}

const AttributeValue* find_value(const Item& item, const DocumentPath& path) {
  auto found = item.find(path.attribute());
  const AttributeValue* value = found == item.end() ? nullptr : &found->second;
  for (size_t i = 1; value != nullptr && i < path.elements.size(); ++i) {
    if (const auto* name = std::get_if<std::string>(&path.elements[i])) {
      if (!value->is(AttributeType::kMap)) return nullptr;
      auto member = value->map().find(*name);
      value = member == value->map().end() ? nullptr : &member->second;
    } else {
      uint32_t index = std::get<uint32_t>(path.elements[i]);
      if (!value->is(AttributeType::kList) || index >= value->list().size()) return nullptr;
      value = &value->list()[index];
    }
  }
  return value;
}

aws::Result<void> check_key_paths(const std::vector<DocumentPath>& paths,
                                  const std::vector<std::string>& key_attributes,
                                  std::string_view key_word) {
  for (const auto& path : paths) {
    bool is_key = std::find(key_attributes.begin(), key_attributes.end(), path.attribute()) !=
                  key_attributes.end();
    if (is_key && path.is_nested()) {
      return aws::validation_error(
          "Key attributes must be scalars; list random access '[]' and map "
          "lookup '.' are not allowed: " +
          std::string(key_word) + ": " + path.attribute());
    }
  }
  return {};
}

}  // namespace millrace::dynamodb::expression
