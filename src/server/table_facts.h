// What DynamoDB tells the judge of policies about tables and PartiQL statements.
#pragma once

#include "dynamodb/table/table_catalog.h"
#include "iam/required_permissions.h"

namespace millrace::server {

// What a statement does, as the parser of statements finds it; nothing for what that would not
// take.
std::optional<iam::StatementAccess> statement_access(std::string_view statement);

// The catalog must outlive the facts.
iam::TableFacts make_table_facts(const dynamodb::table::TableCatalog& catalog);

}  // namespace millrace::server
