// JSON values to XML elements.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "aws/protocol/shape.h"

namespace millrace::aws {

// Escapes what XML does not allow in text or attribute values; control characters, which it does
// not allow at all, become U+FFFD.
void append_xml_text(std::string& out, std::string_view text);
void append_xml_element(std::string& out, std::string_view name, std::string_view text);

// The members of an object, written as that structure.
void append_xml_members(std::string& out, const nlohmann::json& object, const Shape& structure);

}  // namespace millrace::aws
