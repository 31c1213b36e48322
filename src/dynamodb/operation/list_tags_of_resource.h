#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// ListTagsOfResource: of a table, ten a page.
aws::OperationHandler list_tags_of_resource(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
