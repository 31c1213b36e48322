#include "cli/change_text.h"

#include <nlohmann/json.hpp>

#include "base/clock.h"

namespace millrace::cli {
namespace {

using nlohmann::json;

constexpr size_t kValueWidthMax = 100;

// {"S":"ada"} as "ada", {"N":"7"} as 7, everything else as it is written in JSON.
std::string value_text(const json& value) {
  std::string text;
  if (value.is_object() && value.size() == 1) {
    const auto& [type, inner] = *value.items().begin();
    text = type == "N" && inner.is_string() ? inner.get<std::string>()
           : type == "NULL"                 ? "null"
                                            : inner.dump();
  } else {
    text = value.dump();
  }
  if (text.size() <= kValueWidthMax) return text;
  size_t end = kValueWidthMax;
  // Not within a character.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

const json& member(const json& object, const char* name) {
  static const json kEmpty = json::object();
  auto found = object.find(name);
  return found == object.end() ? kEmpty : *found;
}

std::string attribute_lines(const json& before, const json& after) {
  std::string lines;
  for (const auto& [name, value] : before.items()) {
    if (after.contains(name)) continue;
    lines += "  - " + name + ' ' + value_text(value) + '\n';
  }
  for (const auto& [name, value] : after.items()) {
    auto old = before.find(name);
    if (old == before.end()) {
      lines += "  + " + name + ' ' + value_text(value) + '\n';
    } else if (*old != value) {
      lines += "  ~ " + name + ' ' + value_text(*old) + " -> " + value_text(value) + '\n';
    }
  }
  return lines;
}

const char* color_of(const std::string& kind) {
  if (kind == "INSERT") return "\x1b[32m";
  return kind == "REMOVE" ? "\x1b[31m" : "\x1b[33m";
}

}  // namespace

std::string format_change(const json& record, bool color) {
  const json& change = member(record, "dynamodb");
  std::string kind = record.value("eventName", "");
  double seconds = change.value("ApproximateCreationDateTime", 0.0);
  Timestamp time = from_unix_millis(static_cast<int64_t>(seconds * 1000));
  std::string text = to_iso8601(time).substr(11, 12) + "  ";
  text += color ? color_of(kind) + kind + "\x1b[0m" : kind;
  for (const auto& [name, value] : member(change, "Keys").items()) {
    text += "  " + name + '=' + value_text(value);
  }
  if (record.contains("userIdentity")) text += "  (time to live)";
  text += '\n';
  json before = member(change, "OldImage"), after = member(change, "NewImage");
  // The key stands in the first line.
  for (const auto& [name, value] : member(change, "Keys").items()) {
    before.erase(name);
    after.erase(name);
  }
  bool has_both = change.contains("OldImage") && change.contains("NewImage");
  if (kind == "MODIFY" && !has_both) {
    // Only one image is in the stream: what differs can not be told.
    for (const auto& [name, value] : (after.empty() ? before : after).items()) {
      text += "    " + name + ' ' + value_text(value) + '\n';
    }
    return text;
  }
  return text + attribute_lines(before, after);
}

}  // namespace millrace::cli
