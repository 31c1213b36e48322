// What UpdateItem charges a statement with, measured on AWS in 2026. It depends on the statement
// alone, not on the item that it changes.
#include <string>

#include "dynamodb/expression/update.h"
#include "dynamodb/expression/update_action.h"
#include "dynamodb/item/item_codec.h"

namespace millrace::dynamodb::expression {

namespace {

constexpr size_t kStatementBytes = 3;
constexpr size_t kWritingBytes = 19;  // SET, ADD
constexpr size_t kRemovingBytes = 1;  // REMOVE, DELETE
constexpr size_t kTargetStepBytes = 4;
constexpr size_t kPathBytes = 1;
constexpr size_t kPathStepBytes = 14;
constexpr size_t kIfNotExistsBytes = 39;
constexpr size_t kListAppendBytes = 37;
constexpr size_t kPlusBytes = 34;
constexpr size_t kMinusBytes = 37;

// A name's bytes, or an index's digits.
size_t element_bytes(const PathElement& element) {
  if (const auto* name = std::get_if<std::string>(&element)) return name->size();
  return std::to_string(std::get<uint32_t>(element)).size();
}

size_t target_bytes(const DocumentPath& target) {
  size_t bytes = (target.elements.size() - 1) * kTargetStepBytes;
  for (const PathElement& element : target.elements) bytes += element_bytes(element);
  return bytes;
}

size_t path_bytes(const DocumentPath& path) {
  size_t bytes = kPathBytes + path.elements.size() * kPathStepBytes;
  for (const PathElement& element : path.elements) bytes += element_bytes(element);
  return bytes;
}

size_t operand_bytes(const UpdateOperand& operand) {
  size_t bytes = 0;
  switch (operand.kind) {
    case UpdateOperandKind::kValue:
      return attribute_value_size_bytes(operand.value);
    case UpdateOperandKind::kPath:
      return path_bytes(operand.path);
    case UpdateOperandKind::kIfNotExists:
      bytes = kIfNotExistsBytes + path_bytes(operand.path);
      break;
    case UpdateOperandKind::kListAppend:
      bytes = kListAppendBytes;
      break;
    case UpdateOperandKind::kPlus:
      bytes = kPlusBytes;
      break;
    case UpdateOperandKind::kMinus:
      bytes = kMinusBytes;
      break;
  }
  for (const UpdateOperand& inner : operand.operands) bytes += operand_bytes(inner);
  return bytes;
}

size_t action_bytes(const UpdateAction& action) {
  bool writes = action.section == UpdateSection::kSet || action.section == UpdateSection::kAdd;
  if (!writes) return kRemovingBytes + target_bytes(action.target);
  return kWritingBytes + target_bytes(action.target) + operand_bytes(*action.value);
}

}  // namespace

size_t Update::charged_bytes() const {
  size_t bytes = kStatementBytes;
  for (const UpdateAction& action : actions_) {
    if (action.legacy) return 0;
    bytes += action_bytes(action);
  }
  return bytes;
}

}  // namespace millrace::dynamodb::expression
