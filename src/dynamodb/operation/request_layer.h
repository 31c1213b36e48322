// How each data operation words its request errors. Since 2026 DynamoDB runs two generations of
// request validation side by side; which one answers is a property of the operation. All of it is
// decided here, for the texts of us-east-1, so that a later change on AWS is a change of one table.
#pragma once

#include <string>
#include <string_view>

#include "aws/api_error.h"
#include "dynamodb/item/number.h"

namespace millrace::dynamodb::operation {

enum class RequestLayer {
  // PutItem, UpdateItem, DeleteItem: current texts inside "1 validation error detected: ".
  kSingleWrite,
  // GetItem, BatchGetItem, Query: the same texts without it.
  kRead,
  // Scan, BatchWriteItem, TransactWriteItems, TransactGetItems: the texts of before 2026, without
  // it.
  kOlder,
};

constexpr bool has_envelope(RequestLayer layer) {
  return layer == RequestLayer::kSingleWrite;
}
constexpr bool has_current_texts(RequestLayer layer) {
  return layer != RequestLayer::kOlder;
}
// Which texts it has for bad attribute values.
constexpr ValueLayer value_layer(RequestLayer layer) {
  return has_current_texts(layer) ? ValueLayer::kCurrent : ValueLayer::kOlder;
}

// A ValidationException for a request that is malformed in itself. Faults that need the table's
// schema or the stored item never carry the envelope: those are plain aws::validation_error.
Unexpected<aws::ApiError> request_error(RequestLayer layer, std::string text);
// The same for an error that a parser made. Only ValidationExceptions change, and of these not the
// ones for an AttributeValue with no type or several.
aws::ApiError enveloped(RequestLayer layer, aws::ApiError error);

}  // namespace millrace::dynamodb::operation
