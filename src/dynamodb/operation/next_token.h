// NextToken of ExecuteStatement: where the next page begins, bound to the statement that it
// continues. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "aws/api_error.h"
#include "dynamodb/item/attribute_value.h"

namespace millrace::dynamodb::operation {

struct PagePlace {
  size_t range = 0;  // of those that the statement reads
  Item start_key;    // the last one read in it
};

// `request` stands for the statement and its parameters.
std::string encode_next_token(std::string_view request, const PagePlace& place);
// Errors: ValidationException. The start key is well-formed, but may fit another table.
aws::Result<PagePlace> decode_next_token(std::string_view request, std::string_view token);

Unexpected<aws::ApiError> invalid_next_token();

}  // namespace millrace::dynamodb::operation
