// A PartiQL statement as a tree, parameters put in. Value types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dynamodb/expression/condition_node.h"
#include "dynamodb/expression/document_path.h"
#include "dynamodb/expression/update_action.h"
#include "dynamodb/item/attribute_value.h"

namespace millrace::dynamodb::partiql {

enum class StatementKind : uint8_t {
  kSelect,
  kInsert,
  kUpdate,
  kDelete,
  kExists,  // EXISTS(SELECT ...), the condition check of a transaction
};

struct Source {
  std::string table;
  std::optional<std::string> index;
};

struct OrderTerm {
  std::string attribute;
  bool descending = false;
};

enum class Returning : uint8_t { kNone, kAllOld, kAllNew, kModifiedOld, kModifiedNew };

struct Statement {
  StatementKind kind = StatementKind::kSelect;
  Source source;
  std::vector<expression::DocumentPath> columns;  // SELECT; empty: all attributes
  expression::ConditionNodePtr where;             // null: none
  std::vector<OrderTerm> order;                   // SELECT
  Item item;                                      // INSERT
  std::vector<expression::UpdateAction> actions;  // UPDATE; no two targets overlap
  Returning returning = Returning::kNone;         // UPDATE, DELETE

  bool is_read() const { return kind == StatementKind::kSelect; }
};

}  // namespace millrace::dynamodb::partiql
