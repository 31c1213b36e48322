// What transactions answer when they are cancelled.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/table/item_store.h"

namespace millrace::dynamodb::operation {

// TransactionCanceledException with a reason for each of `actions` actions: "None" where no failure
// names it. A failure of the whole call is returned as it is.
aws::ApiError cancelled(size_t actions, std::vector<table::WriteFailure> failures);

// "ConditionalCheckFailed" and the like: the code of an error inside an answer.
std::string_view reason_code(const aws::ApiError& error);

}  // namespace millrace::dynamodb::operation
