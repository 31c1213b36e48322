// The rules for attribute names, wherever a request has one. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "aws/api_error.h"

namespace millrace::dynamodb {

inline constexpr size_t kAttributeNameBytesMax = 65535;

// Where the name stands decides about the words for one that is too long.
enum class NamePlace { kMapKey, kMapValue, kListMember };

// What is wrong with the name; empty: nothing.
std::string attribute_name_fault(std::string_view name, NamePlace place);
// The same as a ValidationException.
aws::Result<void> check_attribute_name(std::string_view name, NamePlace place);

}  // namespace millrace::dynamodb
