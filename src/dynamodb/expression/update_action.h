// One clause of an Update. Value type; made by update_parser and legacy_updates.
#pragma once

#include <optional>
#include <vector>

#include "dynamodb/expression/binder.h"
#include "dynamodb/expression/update.h"

namespace millrace::dynamodb::expression {

struct UpdateAction {
  UpdateSection section;
  DocumentPath target;
  Operand operand;  // not for REMOVE
  // SET a = operand + second, or - second.
  char arithmetic = 0;
  std::optional<Operand> second;
};

}  // namespace millrace::dynamodb::expression
