// What the handlers of control operations (tables, tags, limits) have in common: their answers are
// small, so they are made as documents.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "aws/operation.h"
#include "dynamodb/item/json_reader.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::operation {

// An operation whose answer is known when it returns.
using ControlFunction = std::function<aws::Result<nlohmann::json>(
    const aws::RequestContext& context, json::Value input)>;
aws::OperationHandler control_operation(ControlFunction function);

// An operation whose answer comes later: what is to be done, now that the input has turned out
// valid. It is given what to call with the answer.
using LaterAnswer = UniqueFunction<void(aws::Result<nlohmann::json>)>;
using LaterWork = UniqueFunction<void(LaterAnswer)>;
using LaterFunction =
    std::function<aws::Result<LaterWork>(const aws::RequestContext& context, json::Value input)>;
aws::OperationHandler later_operation(LaterFunction function);

// An operation that changes a table: what the catalog is to do, now that the input has turned out
// valid. The answer is the table as the catalog gives it, as TableDescription, or an empty body.
using CatalogChange = UniqueFunction<void(table::TableCatalog::Completion done)>;
using ChangeFunction = std::function<aws::Result<CatalogChange>(const aws::RequestContext& context,
                                                                json::Value input)>;
enum class ChangeAnswer { kTableDescription, kDeletedTable, kNothing };
aws::OperationHandler catalog_operation(const table::TableCatalog& catalog, ChangeFunction function,
                                        ChangeAnswer answer = ChangeAnswer::kTableDescription);

// One that answers with something else: the change, and a JSON document that is known before it.
struct AnsweredChange {
  CatalogChange change;
  std::string answer;
};
using AnsweredChangeFunction = std::function<aws::Result<AnsweredChange>(
    const aws::RequestContext& context, json::Value input)>;
aws::OperationHandler answered_operation(AnsweredChangeFunction function);

}  // namespace millrace::dynamodb::operation
