#include "aws/protocol/shape.h"

namespace millrace::aws {
namespace {

Shape of_kind(Shape::Kind kind) {
  Shape shape;
  shape.kind = kind;
  return shape;
}

}  // namespace

Shape Shape::any() {
  return {};
}

Shape Shape::string() {
  return of_kind(Kind::kString);
}
Shape Shape::integer() {
  return of_kind(Kind::kInteger);
}
Shape Shape::boolean() {
  return of_kind(Kind::kBoolean);
}
Shape Shape::timestamp() {
  return of_kind(Kind::kTimestamp);
}

Shape Shape::structure(std::vector<Member> members) {
  Shape shape = of_kind(Kind::kStructure);
  shape.members = std::move(members);
  return shape;
}

Shape Shape::list(Shape element) {
  Shape shape = of_kind(Kind::kList);
  shape.element.push_back(std::move(element));
  return shape;
}

Shape Shape::flat_list(Shape element) {
  Shape shape = list(std::move(element));
  shape.flattened = true;
  return shape;
}

Shape Shape::map(Shape value) {
  Shape shape = of_kind(Kind::kMap);
  shape.element.push_back(std::move(value));
  return shape;
}

Shape Shape::flat_map(std::string key_name, std::string value_name, Shape value) {
  Shape shape = map(std::move(value));
  shape.flattened = true;
  shape.key_name = std::move(key_name);
  shape.value_name = std::move(value_name);
  return shape;
}

const Member* Shape::find(std::string_view name) const {
  for (const Member& member : members) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

void QueryShapes::add(std::string service, std::string operation, Shape input, Shape output) {
  operations_[{std::move(service), std::move(operation)}] =
      Operation{std::move(input), std::move(output)};
}

const QueryShapes::Operation& QueryShapes::find(std::string_view service,
                                                std::string_view operation) const {
  static const Operation untyped;
  auto found = operations_.find({std::string(service), std::string(operation)});
  return found == operations_.end() ? untyped : found->second;
}

}  // namespace millrace::aws
