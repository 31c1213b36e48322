// Tags of tables: what a client may set, for CreateTable and TagResource.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/operation/table_input.h"

namespace millrace::dynamodb::operation {

using Tags = std::map<std::string, std::string>;

// Errors: ValidationException for an illegal or repeated key or value.
aws::Result<Tags> check_tags(const std::vector<TagInput>& tags);
// A table keeps at most 50.
aws::Result<void> check_tag_count(const Tags& tags);

}  // namespace millrace::dynamodb::operation
