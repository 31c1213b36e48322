// For tests only: placeholders for expressions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "dynamodb/expression/substitutions.h"
#include "dynamodb/item/testing.h"

namespace millrace::dynamodb::expression::testing {

using dynamodb::testing::item;
using dynamodb::testing::to_json;
using dynamodb::testing::value;

// Values that expressions in tests name: ":n1" and the like.
inline Substitutions substitutions() {
  std::map<std::string, AttributeValue, std::less<>> values;
  for (auto& [name, stored] : item(R"({
      "n0":{"N":"0"},"n1":{"N":"1"},"n2":{"N":"2.0"},"n3":{"N":"3"},"big":{"N":"9e125"},
      "s":{"S":"s"},"a":{"S":"a"},"ab":{"S":"ab"},"abc":{"S":"abc"},"e":{"S":""},"b":{"B":"YWI="},
      "t":{"BOOL":true},"f":{"BOOL":false},"null":{"NULL":true},
      "m":{"M":{"x":{"N":"1.0"}}},"l":{"L":[{"N":"9"}]},"el":{"L":[]},
      "ss":{"SS":["a","z"]},"ns":{"NS":["1","7"]},"bs":{"BS":["YWI="]},
      "S":{"S":"S"},"N":{"S":"N"},"M":{"S":"M"},"NULL":{"S":"NULL"},"X":{"S":"X"}})")) {
    values.emplace(":" + name, stored);
  }
  return Substitutions({{"#a", "a"}, {"#b", "b"}, {"#dot", "x.y"}, {"#status", "status"}},
                       std::move(values));
}

}  // namespace millrace::dynamodb::expression::testing
