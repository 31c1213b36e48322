#include "dynamodb/item/item_json.h"

#include <array>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "dynamodb/item/encoded_cursor.h"
#include "dynamodb/item/item_parser.h"

namespace millrace::dynamodb {

namespace {

// What must be escaped in JSON: quotes, backslashes and control characters.
constexpr auto kEscapes = [] {
  std::array<bool, 256> escapes{};
  for (size_t c = 0; c < 0x20; ++c) escapes[c] = true;
  escapes['"'] = true;
  escapes['\\'] = true;
  return escapes;
}();

// Where the first character that must be escaped stands at or after `from`; the size if none does.
// Eight bytes at a time: nearly all text has none.
size_t find_escape(std::string_view text, size_t from) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
  for (; from + 8 <= text.size(); from += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + from, 8);
    const uint64_t quote = word ^ (kOnes * '"'), backslash = word ^ (kOnes * '\\');
    // A byte's high bit is left where the byte was below 0x20, or zero; bytes above 0x7f are not.
    const uint64_t control = (word - kOnes * 0x20) & ~word;
    const uint64_t special = ((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash);
    if (((control | special) & kHighs) != 0) break;
  }
  while (from < text.size() && !kEscapes[static_cast<uint8_t>(text[from])]) ++from;
  return from;
}

void append_escape(std::string& out, char c) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
    case '\\':
      out += '\\';
      out += c;
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[static_cast<uint8_t>(c) >> 4];
      out += kHex[static_cast<uint8_t>(c) & 15];
  }
}

void append_quoted_base64(std::string& out, std::string_view bytes) {
  out += '"';
  append_base64(out, bytes);
  out += '"';
}

void append_quoted_number(std::string& out, const Number& number) {
  out += '"';
  out += number.to_string();
  out += '"';
}

struct JsonAppender {
  std::string& out;

  void operator()(const std::string& text) const { append_json_string(out, text); }
  void operator()(const Number& number) const { append_quoted_number(out, number); }
  void operator()(const Binary& binary) const { append_quoted_base64(out, binary.bytes); }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(Null) const { out += "true"; }
  void operator()(const AttributeMap& map) const { append_json(out, map); }
  void operator()(const AttributeList& list) const {
    append_array(list, [this](const AttributeValue& value) { append_json(out, value); });
  }
  template <class Member>
  void operator()(const std::set<Member>& set) const {
    append_array(set, *this);
  }

  template <class Container, class Append>
  void append_array(const Container& container, Append append) const {
    char separator = '[';
    for (const auto& member : container) {
      out += separator;
      append(member);
      separator = ',';
    }
    if (separator == '[') out += '[';
    out += ']';
  }
};

// The same from encoded bytes. False if they are malformed; `out` is then of no use.
class EncodedJsonAppender {
 public:
  explicit EncodedJsonAppender(std::string& out) : out_(out) {}

  bool append_map(EncodedEntries entries, int level) {
    out_ += '{';
    for (uint64_t i = 0; i < entries.count; ++i) {
      if (i > 0) out_ += ',';
      const auto name = take_sized(entries.bytes);
      if (!name) return false;
      append_json_string(out_, *name);
      out_ += ':';
      if (!append_value(entries.bytes, level)) return false;
    }
    out_ += '}';
    return true;
  }

 private:
  bool append_value(std::string_view& bytes, int level) {
    static constexpr std::array<std::string_view, 12> kNames = {
        "", "S", "N", "B", "BOOL", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"};
    const auto tag = take_tag(bytes);
    if (!tag || level > kDecodeLevelsMax) return false;
    out_ += "{\"";
    out_ += kNames[static_cast<size_t>(*tag)];
    out_ += "\":";
    const bool good = append_payload(bytes, *tag, level);
    out_ += '}';
    return good;
  }

  bool append_payload(std::string_view& bytes, ValueTag tag, int level) {
    switch (tag) {
      case ValueTag::kString:
      case ValueTag::kNumber:
      case ValueTag::kBinary:
        return append_scalar(bytes, tag);
      case ValueTag::kFalse:
        out_ += "false";
        return true;
      case ValueTag::kTrue:
      case ValueTag::kNull:
        out_ += "true";
        return true;
      default:
        break;
    }
    auto entries = take_entries(bytes);
    if (!entries) return false;
    if (tag == ValueTag::kMap) return append_map(*entries, level + 1);
    out_ += '[';
    for (uint64_t i = 0; i < entries->count; ++i) {
      if (i > 0) out_ += ',';
      const bool good = tag == ValueTag::kList ? append_value(entries->bytes, level + 1)
                                               : append_scalar(entries->bytes, member_tag(tag));
      if (!good) return false;
    }
    out_ += ']';
    return true;
  }

  static ValueTag member_tag(ValueTag set) {
    return set == ValueTag::kStringSet   ? ValueTag::kString
           : set == ValueTag::kNumberSet ? ValueTag::kNumber
                                         : ValueTag::kBinary;
  }

  bool append_scalar(std::string_view& bytes, ValueTag tag) {
    if (tag == ValueTag::kNumber) {
      const auto number = Number::take_compact(bytes);
      if (!number) return false;
      append_quoted_number(out_, *number);
      return true;
    }
    const auto view = take_sized(bytes);
    if (!view) return false;
    tag == ValueTag::kString ? append_json_string(out_, *view) : append_quoted_base64(out_, *view);
    return true;
  }

  std::string& out_;
};

// The tools' documents take the same way as requests, so that there is one set of rules.
aws::Result<json::Document> reparse(const nlohmann::json& document) {
  return json::Document::parse(
      document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  size_t start = 0;
  for (size_t i; (i = find_escape(text, start)) < text.size(); start = i + 1) {
    out += text.substr(start, i - start);
    append_escape(out, text[i]);
  }
  out += text.substr(start);
  out += '"';
}

void append_json(std::string& out, const AttributeValue& value) {
  out += "{\"";
  out += to_string(value.type());
  out += "\":";
  std::visit(JsonAppender{out}, value.storage());
  out += '}';
}

void append_json(std::string& out, const Item& item) {
  out += '{';
  bool first = true;
  for (const auto& [name, value] : item) {
    if (!first) out += ',';
    first = false;
    append_json_string(out, name);
    out += ':';
    append_json(out, value);
  }
  out += '}';
}

void append_encoded_item_json(std::string& out, std::string_view encoded) {
  const size_t start = out.size();
  const auto entries = open_item(encoded);
  if (entries && EncodedJsonAppender(out).append_map(*entries, 1)) return;
  out.resize(start);
  out += "{}";
}

aws::Result<AttributeValue> attribute_value_from_json(const nlohmann::json& document) {
  MILLRACE_TRY(const json::Document text, reparse(document));
  MILLRACE_TRY(ParsedValue parsed, parse_attribute_value(text.root(), ValueLayer::kCurrent));
  if (parsed.fault) return Unexpected(*std::move(parsed.fault));
  return std::move(parsed.value);
}

aws::Result<Item> item_from_json(const nlohmann::json& document) {
  MILLRACE_TRY(const json::Document text, reparse(document));
  MILLRACE_TRY(ParsedItem parsed, parse_item(text.root(), ValueLayer::kCurrent));
  return std::move(parsed).take();
}

}  // namespace millrace::dynamodb
