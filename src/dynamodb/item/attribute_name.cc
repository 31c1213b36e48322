#include "dynamodb/item/attribute_name.h"

namespace millrace::dynamodb {
namespace {

std::string_view subject(NamePlace place) {
  if (place == NamePlace::kMapKey) return "Map keys";
  return place == NamePlace::kMapValue ? "Map values" : "Members";
}

}  // namespace

std::string attribute_name_fault(std::string_view name, NamePlace place) {
  if (name.empty()) return "Empty attribute name";
  if (name.size() <= kAttributeNameBytesMax) return {};
  return std::string(subject(place)) +
         " must satisfy constraint: [Member must have length less than or equal to 65535]";
}

aws::Result<void> check_attribute_name(std::string_view name, NamePlace place) {
  std::string fault = attribute_name_fault(name, place);
  if (fault.empty()) return {};
  return aws::validation_error(std::move(fault));
}

}  // namespace millrace::dynamodb
