// Naming a table in a request: by name, or by its ARN wherever a name is taken.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/request_layer.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::operation {

// TableName of a data operation, as a table's name. A bad one is reported alone, before all other
// constraints. The ARN of another account's or region's table stays an ARN: it names no table here.
aws::Result<std::string> data_table_name(const aws::RequestContext& context, RequestLayer layer,
                                         const std::optional<std::string>& table_name);
// Adds what is wrong with a table name inside a batch or transaction. Present names only.
void check_table_name(ConstraintList& constraints, const std::optional<std::string>& table_name,
                      std::string_view path);
// The name that a well-formed TableName stands for.
std::string plain_table_name(const aws::RequestContext& context, std::string_view name_or_arn);

// TableName of a control operation (CreateTable and the like).
aws::Result<std::string> control_table_name(const aws::RequestContext& context,
                                            const std::optional<std::string>& table_name);

// ResourceNotFoundException of data operations: also for tables that cannot serve data yet or any
// more.
aws::Result<table::TablePtr> find_for_data(const table::TableCatalog& catalog,
                                           const aws::RequestContext& context,
                                           std::string_view name);
// ResourceNotFoundException of control operations.
aws::Result<table::TablePtr> find_for_control(const table::TableCatalog& catalog,
                                              const aws::RequestContext& context,
                                              std::string_view name);

}  // namespace millrace::dynamodb::operation
