#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// ListContributorInsights: what is enabled, of one table or of all.
aws::OperationHandler list_contributor_insights(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
