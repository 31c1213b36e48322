// Values as DynamoDB's error texts show them.
#pragma once

#include <string>

#include "dynamodb/item/attribute_value.h"

namespace millrace::dynamodb {

// "AttributeValue: {S:a}". REQUIRES: a string, number or binary value.
std::string value_text(const AttributeValue& value);

}  // namespace millrace::dynamodb
