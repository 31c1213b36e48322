// DynamoDB JSON: {"id":{"S":"a"},"n":{"N":"1"}}.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "aws/api_error.h"
#include "dynamodb/item/attribute_value.h"

namespace millrace::dynamodb {

// Writing. The encoded form does not build a tree; bytes that are not an encoded item give {}.
void append_json(std::string& out, const Item& item);
void append_json(std::string& out, const AttributeValue& value);  // {"S":"a"}
void append_encoded_item_json(std::string& out, std::string_view encoded);
void append_json_string(std::string& out, std::string_view text);  // quoted and escaped

// Reading, for callers that hold a document already (tools, templates). Errors are DynamoDB's own:
// SerializationException for wrong JSON types, ValidationException for bad values. The hot path
// reads requests with item_parser.h.
aws::Result<AttributeValue> attribute_value_from_json(const nlohmann::json& document);
aws::Result<Item> item_from_json(const nlohmann::json& document);

}  // namespace millrace::dynamodb
