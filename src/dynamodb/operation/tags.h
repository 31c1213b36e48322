// Tags of tables: what a client may set, and whose they are.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::operation {

using Tags = std::map<std::string, std::string>;

// Errors: ValidationException for an illegal or repeated key or value, also of tags that mean
// something here (dynamodb/table/table_tags.h).
aws::Result<Tags> check_tags(const std::vector<TagInput>& tags);
// A table keeps at most 50.
aws::Result<void> check_tag_count(const Tags& tags);

// The table that a ResourceArn names. Errors: ValidationException for what is not a table's ARN,
// AccessDeniedException for another account's, ResourceNotFoundException.
aws::Result<table::TablePtr> find_tagged_table(const table::TableCatalog& catalog,
                                               const aws::RequestContext& context,
                                               const std::optional<std::string>& resource_arn);

}  // namespace millrace::dynamodb::operation
