#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// DescribeContributorInsights: of a table or global index.
aws::OperationHandler describe_contributor_insights(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
