// Primary keys as row keys (docs/formats/keys.md): sort(encode(x)) == encode(sort(x)) per sort key
// type. A partition key enters as a 128-bit hash, which also spreads items over cells; the key
// itself is in the stored item.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "dynamodb/item/attribute_value.h"

namespace millrace::dynamodb {

// The hash of a partition key value (S, N or B), for placement and row keys. Numbers hash by value.
// REQUIRES: value is S, N or B.
Digest128 hash_partition_key(const AttributeValue& value);
// The same for keys of several attributes; for one attribute equal to the above.
Digest128 hash_partition_key(const std::vector<AttributeValue>& values);
// The leading 64 bits of the hash: cells own ranges of these.
uint64_t hash_prefix(const Digest128& hash);

// Order-preserving, self-delimiting bytes of a key attribute value (S, N, B).
void append_ordered_value(std::string& out, const AttributeValue& value);
// What the ordered bytes of all strings (or binaries) that begin with `prefix` begin with.
void append_ordered_prefix(std::string& out, std::string_view prefix);
// Removes a value from the front of `bytes`; nothing, and `bytes` as they were, if it is malformed.
std::optional<AttributeValue> take_ordered_value(std::string_view& bytes, AttributeType type);

}  // namespace millrace::dynamodb
