// Members of requests by their modelled type. Each wrong JSON type gives the SerializationException
// that DynamoDB's own deserializer gives for it. Absent and null members give nothing. Pure
// functions; string_views live as long as the document.
//
// An operation reads all its members before it validates any of them: type errors come first.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/item/json_reader.h"

namespace millrace::dynamodb {

// `object` must be an object in all of these: check a request's root with check_request_object().
aws::Result<void> check_request_object(json::Value root);

aws::Result<std::optional<std::string_view>> read_string(json::Value object, std::string_view name);
// Also takes the strings true/1/yes and false/0/no in any case.
aws::Result<std::optional<bool>> read_boolean(json::Value object, std::string_view name);
// Clamped to the type's range.
aws::Result<std::optional<int32_t>> read_integer(json::Value object, std::string_view name);
aws::Result<std::optional<int64_t>> read_long(json::Value object, std::string_view name);

// A structure: an object. `shape` is its modelled name: "ProvisionedThroughput".
aws::Result<std::optional<json::Value>> read_structure(json::Value object, std::string_view name,
                                                       std::string_view shape);
// A list: an array. Its elements are checked by check_string or check_structure.
aws::Result<std::optional<json::Value>> read_list(json::Value object, std::string_view name);
// A map: an object. `value_class` is the value's Java class as in DynamoDB's text:
// "java.lang.String", "com.amazonaws.dynamodb.v20120810.AttributeValue".
aws::Result<std::optional<json::Value>> read_map(json::Value object, std::string_view name,
                                                 std::string_view value_class);

// The same for a value that is already at hand, as inside lists and maps.
aws::Result<std::string_view> check_string(json::Value value);
aws::Result<bool> check_boolean(json::Value value);
aws::Result<void> check_structure(json::Value value, std::string_view shape);
aws::Result<void> check_list(json::Value value);
aws::Result<void> check_map(json::Value value, std::string_view value_class);

aws::Result<std::optional<std::vector<std::string>>> read_string_list(json::Value object,
                                                                      std::string_view name);
// In the order of the document; of repeated names the last one counts.
using StringPairs = std::vector<std::pair<std::string, std::string>>;
aws::Result<std::optional<StringPairs>> read_string_map(json::Value object, std::string_view name);

Unexpected<aws::ApiError> serialization_error(std::string message);

}  // namespace millrace::dynamodb
