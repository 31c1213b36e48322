// Properties of AWS::DynamoDB::Table that CreateTable does not take: each has operations of its
// own.
#pragma once

#include "cloudformation/resource_type.h"

namespace millrace::cloudformation {

// Makes the settings of the table those of `after`, given that they are those of `before` (an empty
// object for a new table). `description`: the table as DescribeTable tells it.
aws::Result<void> apply_table_settings(const ResourceContext& context, const json& description,
                                       const json& before, const json& after);

}  // namespace millrace::cloudformation
