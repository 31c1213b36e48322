#include "aws/protocol/form.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace millrace::aws {
namespace {

using nlohmann::json;

// Deepest member of any AWS query operation is below ten; more is an attack on the stack.
constexpr int kDepthMax = 32;

// One level of dotted names.
struct Node {
  std::string value;
  std::map<std::string, Node, std::less<>> children;

  const Node* child(std::string_view name) const {
    auto found = children.find(name);
    return found == children.end() ? nullptr : &found->second;
  }
};

std::optional<int64_t> to_integer(std::string_view text) {
  int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Unexpected<ApiError> malformed(const std::string& value, std::string_view expected) {
  return api_error(400, "MalformedInput",
                   "The value '" + value + "' can not be read as " + std::string(expected) + '.');
}

// The children "1", "2", ... in the order of their numbers. AWS skips gaps.
std::vector<const Node*> numbered(const Node& node) {
  std::vector<std::pair<int64_t, const Node*>> found;
  for (const auto& [name, child] : node.children) {
    if (auto number = to_integer(name)) found.emplace_back(*number, &child);
  }
  std::sort(found.begin(), found.end());
  std::vector<const Node*> nodes;
  for (const auto& [number, child] : found) nodes.push_back(child);
  return nodes;
}

Result<json> convert(const Node& node, const Shape& shape);

Result<json> convert_structure(const Node& node, const Shape& shape) {
  json object = json::object();
  for (const auto& [name, child] : node.children) {
    const Member* known = nullptr;
    for (const Member& member : shape.members) {
      if (member.wire_name == name) known = &member;
    }
    MILLRACE_TRY(json value, convert(child, known != nullptr ? known->shape : Shape::any()));
    object[known != nullptr ? known->name : name] = std::move(value);
  }
  return object;
}

Result<json> convert_list(const Node& node, const Shape& shape) {
  const Node* parent = shape.flattened ? &node : node.child("member");
  json array = json::array();
  if (parent == nullptr) return array;
  for (const Node* item : numbered(*parent)) {
    MILLRACE_TRY(json value, convert(*item, shape.element[0]));
    array.push_back(std::move(value));
  }
  return array;
}

Result<json> convert_map(const Node& node, const Shape& shape) {
  const Node* parent = shape.flattened ? &node : node.child("entry");
  json object = json::object();
  if (parent == nullptr) return object;
  for (const Node* entry : numbered(*parent)) {
    const Node* key = entry->child(shape.key_name);
    const Node* value = entry->child(shape.value_name);
    if (key == nullptr) continue;
    MILLRACE_TRY(json converted, convert(value != nullptr ? *value : Node(), shape.element[0]));
    object[key->value] = std::move(converted);
  }
  return object;
}

Result<json> convert_untyped(const Node& node) {
  if (node.children.empty()) return json(node.value);
  if (node.children.size() == 1 && node.child("member") != nullptr) {
    return convert_list(node, Shape::list(Shape::any()));
  }
  return convert_structure(node, Shape::any());
}

Result<json> convert(const Node& node, const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::kAny:
      return convert_untyped(node);
    case Shape::Kind::kString:
    case Shape::Kind::kTimestamp:
      return json(node.value);
    case Shape::Kind::kInteger:
      if (auto number = to_integer(node.value)) return json(*number);
      return malformed(node.value, "a number");
    case Shape::Kind::kBoolean:
      if (equal_ignoring_case(node.value, "true")) return json(true);
      if (equal_ignoring_case(node.value, "false")) return json(false);
      return malformed(node.value, "true or false");
    case Shape::Kind::kStructure:
      return convert_structure(node, shape);
    case Shape::Kind::kList:
      return convert_list(node, shape);
    case Shape::Kind::kMap:
      return convert_map(node, shape);
  }
  return convert_untyped(node);
}

}  // namespace

Result<json> form_to_json(const NameValues& form, const Shape& structure) {
  Node root;
  for (const auto& [name, value] : form) {
    if (name == "Action" || name == "Version" || name.starts_with("X-Amz-")) continue;
    Node* node = &root;
    std::string_view rest = name;
    int depth = 0;
    while (!rest.empty()) {
      if (++depth > kDepthMax) return malformed(name, "a parameter name");
      size_t dot = std::min(rest.find('.'), rest.size());
      node = &node->children[std::string(rest.substr(0, dot))];
      rest.remove_prefix(std::min(dot + 1, rest.size()));
    }
    node->value = value;
  }
  return convert(root, structure);
}

}  // namespace millrace::aws
