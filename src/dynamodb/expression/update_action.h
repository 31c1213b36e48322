// What an Update does, names and values put in. Value types; immutable once an Update holds them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dynamodb/expression/document_path.h"
#include "dynamodb/expression/syntax.h"
#include "dynamodb/item/attribute_value.h"

namespace millrace::dynamodb::expression {

enum class UpdateOperandKind : uint8_t {
  kPath,
  kValue,
  kIfNotExists,  // path, operands[0]
  kListAppend,   // operands[0], operands[1]
  kPlus,         // operands[0], operands[1]
  kMinus,
};

struct UpdateOperand {
  UpdateOperandKind kind;
  DocumentPath path;
  AttributeValue value;
  std::vector<UpdateOperand> operands;
};

struct UpdateAction {
  UpdateSection section;
  DocumentPath target;
  std::optional<UpdateOperand> value;  // not in REMOVE; a kValue in ADD and DELETE
  // From AttributeUpdates: a stored value of the wrong type has another error text.
  bool legacy = false;
};

}  // namespace millrace::dynamodb::expression
