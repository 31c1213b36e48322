// For tests only: items from JSON text, and random ones.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "base/random.h"
#include "dynamodb/item/item_json.h"
#include "dynamodb/item/item_parser.h"

namespace millrace::dynamodb::testing {

// {"id":{"S":"a"}}. Throws if it is not an item.
inline Item item(std::string_view text) {
  auto document = json::Document::parse(text);
  if (!document) throw std::invalid_argument("not JSON: " + std::string(text));
  auto parsed = parse_item(document->root(), ValueLayer::kCurrent);
  if (!parsed) throw std::invalid_argument(parsed.error().message);
  if (parsed->fault) throw std::invalid_argument(parsed->fault->message);
  return std::move(parsed->item);
}

// {"S":"a"}
inline AttributeValue value(std::string_view text) {
  return item("{\"v\":" + std::string(text) + "}").at("v");
}

inline Number number(std::string_view text) {
  auto parsed = Number::parse(text);
  if (!parsed) throw std::invalid_argument(parsed.error().message);
  return *parsed;
}

inline std::string to_json(const Item& item) {
  std::string out;
  append_json(out, item);
  return out;
}
inline std::string to_json(const AttributeValue& value) {
  std::string out;
  append_json(out, value);
  return out;
}

// Short strings over few characters, so that prefixes and equal ones are common.
inline std::string random_text(Random& random, size_t length_max) {
  static constexpr std::string_view kAlphabet(
      "\0\x01"
      "ab\"\\\n\xc3\xa9",
      9);
  std::string text;
  for (uint64_t i = random.below(length_max + 1); i > 0; --i) {
    const size_t at = random.below(8);
    text += at < 7 ? std::string(1, kAlphabet[at]) : std::string(kAlphabet.substr(7));
  }
  return text;
}

inline Number random_number(Random& random) {
  std::string text = random.below(2) ? "-" : "";
  for (uint64_t i = 1 + random.below(random.below(3) ? 4 : 38); i > 0; --i) {
    text += static_cast<char>('0' + random.below(10));
  }
  const bool wide = random.below(4) == 0;
  text += "e" + std::to_string(static_cast<int>(random.below(wide ? 200 : 9)) - (wide ? 120 : 4));
  auto parsed = Number::parse(text);
  return parsed ? *parsed : Number();
}

inline AttributeValue random_value(Random& random, int depth);

inline AttributeMap random_map(Random& random, int depth) {
  AttributeMap map;
  for (uint64_t i = random.below(4); i > 0; --i) {
    std::string name = random_text(random, 1) + (random.below(2) ? "a" : "b");
    map.insert_or_assign(std::move(name), random_value(random, depth - 1));
  }
  return map;
}

inline AttributeValue random_value(Random& random, int depth) {
  switch (random.below(depth > 0 ? 10 : 5)) {
    case 0:
      return AttributeValue(random_text(random, 6));
    case 1:
      return AttributeValue(random_number(random));
    case 2:
      return AttributeValue(Binary{random_text(random, 6)});
    case 3:
      return AttributeValue(random.below(2) == 1);
    case 4:
      return AttributeValue();
    case 5:
      return AttributeValue(random_map(random, depth));
    case 6: {
      AttributeList list;
      for (uint64_t i = random.below(4); i > 0; --i)
        list.push_back(random_value(random, depth - 1));
      return AttributeValue(std::move(list));
    }
    case 7:
      return AttributeValue(AttributeValue::StringSet{random_text(random, 3), "x"});
    case 8:
      return AttributeValue(AttributeValue::NumberSet{random_number(random), Number()});
    default:
      return AttributeValue(AttributeValue::BinarySet{Binary{random_text(random, 3)}});
  }
}

inline Item random_item(Random& random) {
  return random_map(random, 3);
}

}  // namespace millrace::dynamodb::testing
