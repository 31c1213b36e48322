// From a query or scan to the engine's range: which cells, which keys. A pure function.
#pragma once

#include <string>
#include <vector>

#include "dynamodb/table/item_store.h"
#include "engine/engine.h"

namespace millrace::dynamodb::table {

struct RangePlan {
  std::vector<engine::CellId> cells;
  engine::RangeOptions options;
  bool empty = false;  // no key can be in the range
};

RangePlan plan_range(const RangeRead& read);

}  // namespace millrace::dynamodb::table
