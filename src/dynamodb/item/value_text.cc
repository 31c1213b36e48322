#include "dynamodb/item/value_text.h"

#include "base/encoding.h"

namespace millrace::dynamodb {

std::string value_text(const AttributeValue& value) {
  std::string out = "AttributeValue: {";
  out += to_string(value.type());
  out += ':';
  out += value.is(AttributeType::kString)   ? value.string()
         : value.is(AttributeType::kNumber) ? value.number().to_string()
                                            : to_base64(value.binary());
  return out + '}';
}

}  // namespace millrace::dynamodb
