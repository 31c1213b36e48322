// The words that DynamoDB reserves in expressions (developer guide, "Reserved words").
#pragma once

#include <string_view>

namespace millrace::dynamodb::expression {

// Whatever its case.
bool is_reserved_word(std::string_view name);

}  // namespace millrace::dynamodb::expression
