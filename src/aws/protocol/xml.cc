#include "aws/protocol/xml.h"

#include <nlohmann/json.hpp>

#include "base/clock.h"

namespace millrace::aws {
namespace {

using nlohmann::json;

// Control characters are not in XML 1.0, not even as references: one would spoil the whole
// document.
bool is_forbidden(char c) {
  return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

std::string scalar_text(const json& value, const Shape& shape) {
  if (shape.kind == Shape::Kind::kTimestamp && value.is_number()) {
    return to_iso8601(from_unix_millis(static_cast<int64_t>(value.get<double>() * 1000)));
  }
  if (value.is_string()) return value.get<std::string>();
  return value.dump();
}

void append_value(std::string& out, std::string_view name, const json& value, const Shape& shape);

void append_tagged(std::string& out, std::string_view name, const json& value, const Shape& shape) {
  out.append("<").append(name).append(">");
  if (value.is_object()) {
    append_xml_members(out, value, shape);
  } else {
    append_xml_text(out, scalar_text(value, shape));
  }
  out.append("</").append(name).append(">");
}

void append_list(std::string& out, std::string_view name, const json& array, const Shape& shape) {
  const Shape element = shape.element.empty() ? Shape::any() : shape.element[0];
  if (!shape.flattened) out.append("<").append(name).append(">");
  for (const json& item : array) {
    append_value(out, shape.flattened ? name : "member", item, element);
  }
  if (!shape.flattened) out.append("</").append(name).append(">");
}

void append_map(std::string& out, std::string_view name, const json& object, const Shape& shape) {
  if (!shape.flattened) out.append("<").append(name).append(">");
  for (const auto& [key, value] : object.items()) {
    std::string_view entry = shape.flattened ? name : "entry";
    out.append("<").append(entry).append(">");
    append_xml_element(out, shape.key_name, key);
    append_value(out, shape.value_name, value, shape.element[0]);
    out.append("</").append(entry).append(">");
  }
  if (!shape.flattened) out.append("</").append(name).append(">");
}

void append_value(std::string& out, std::string_view name, const json& value, const Shape& shape) {
  if (value.is_null()) return;
  if (value.is_array()) {
    append_list(out, name, value, shape);
  } else if (shape.kind == Shape::Kind::kMap && value.is_object()) {
    append_map(out, name, value, shape);
  } else {
    append_tagged(out, name, value, shape);
  }
}

}  // namespace

void append_xml_text(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\r':
        out += "&#xD;";
        break;  // a parser would turn a bare one into a line feed
      default:
        if (is_forbidden(c)) {
          out += "\xEF\xBF\xBD";
        } else {
          out += c;
        }
    }
  }
}

void append_xml_element(std::string& out, std::string_view name, std::string_view text) {
  out.append("<").append(name).append(">");
  append_xml_text(out, text);
  out.append("</").append(name).append(">");
}

void append_xml_members(std::string& out, const json& object, const Shape& structure) {
  for (const auto& [name, value] : object.items()) {
    const Member* member = structure.find(name);
    if (member != nullptr) {
      append_value(out, member->wire_name, value, member->shape);
    } else {
      append_value(out, name, value, Shape::any());
    }
  }
}

}  // namespace millrace::aws
