// The binary form of items (docs/formats/items.md), in which rows and change records keep them.
// Equal items have equal bytes. Pure functions; none trusts the bytes it is given: what is not an
// encoded item gives nothing, never undefined behaviour.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dynamodb/item/attribute_value.h"

namespace millrace::dynamodb {

std::string encode_item(const Item& item);
// Nothing if the bytes are not an encoded item (version byte, structure, trailing bytes).
std::optional<Item> decode_item(std::string_view encoded);

// One top-level attribute without decoding the rest; nothing if it is absent or the bytes are bad.
std::optional<AttributeValue> find_attribute(std::string_view encoded, std::string_view name);
// Several of them, those that exist. `sorted_names` ascending, without repeats.
Item find_attributes(std::string_view encoded, const std::vector<std::string>& sorted_names);
// An encoded item of only these attributes, copied without decoding: index projections, keys.
std::string project_encoded_item(std::string_view encoded,
                                 const std::vector<std::string>& sorted_names);

// Item size as DynamoDB counts it (names and values), for the 400 KB limit and capacity units.
size_t item_size_bytes(const Item& item);
size_t attribute_value_size_bytes(const AttributeValue& value);
// 0 if the bytes are bad.
size_t encoded_item_size_bytes(std::string_view encoded);

}  // namespace millrace::dynamodb
