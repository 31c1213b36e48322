#pragma once

#include "dynamodb/operation/operations.h"

namespace millrace::dynamodb::operation {

// UpdateContributorInsights: of a table or global index, enabled or disabled at once.
aws::OperationHandler update_contributor_insights(const Dependencies& dependencies);

}  // namespace millrace::dynamodb::operation
