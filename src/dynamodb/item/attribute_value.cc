#include "dynamodb/item/attribute_value.h"

#include <array>

namespace millrace::dynamodb {

std::string_view to_string(AttributeType type) {
  static constexpr std::array<std::string_view, 10> kNames = {"S", "N", "B",  "BOOL", "NULL",
                                                              "M", "L", "SS", "NS",   "BS"};
  return kNames[static_cast<size_t>(type)];
}

}  // namespace millrace::dynamodb
