#include "dynamodb/operation/key_schema.h"

#include <algorithm>

namespace millrace::dynamodb::operation {
namespace {

constexpr size_t kPartitionAttributesMax = 4;
constexpr size_t kSortAttributesMax = 4;

AttributeType key_type(const std::string& letter) {
  if (letter == "S") return AttributeType::kString;
  return letter == "N" ? AttributeType::kNumber : AttributeType::kBinary;
}

const table::KeyDefinition* find_definition(const std::vector<table::KeyDefinition>& definitions,
                                            const std::string& name) {
  auto found = std::find_if(definitions.begin(), definitions.end(),
                            [&](const auto& definition) { return definition.name == name; });
  return found == definitions.end() ? nullptr : &*found;
}

aws::Result<void> check_defined(const std::vector<KeySchemaElementInput>& elements,
                                const std::vector<table::KeyDefinition>& definitions) {
  std::vector<std::string> keys, defined;
  for (const auto& element : elements) keys.push_back(*element.attribute_name);
  for (const auto& definition : definitions) defined.push_back(definition.name);
  bool complete = std::all_of(keys.begin(), keys.end(), [&](const std::string& key) {
    return find_definition(definitions, key) != nullptr;
  });
  if (complete) return {};
  return invalid_parameter(
      "Some index key attributes are not defined in AttributeDefinitions. Keys: " +
      bracketed(keys) + ", AttributeDefinitions: " + bracketed(defined));
}

bool is_hash(const KeySchemaElementInput& element) {
  return *element.key_type == "HASH";
}

aws::Result<void> check_types(const std::vector<KeySchemaElementInput>& elements) {
  if (!is_hash(elements[0])) {
    return aws::validation_error(
        "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  }
  if (elements.size() > 1 && is_hash(elements[1])) {
    return aws::validation_error(
        "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  }
  return {};
}

aws::Result<void> check_multi_attribute_types(const std::vector<KeySchemaElementInput>& elements) {
  if (!is_hash(elements[0])) return check_types(elements);
  if (!std::is_partitioned(elements.begin(), elements.end(), is_hash)) {
    return invalid_parameter(
        "All HASH key attributes must precede RANGE key attributes in the KeySchema");
  }
  auto hashes = static_cast<size_t>(std::count_if(elements.begin(), elements.end(), is_hash));
  if (hashes > kPartitionAttributesMax) {
    return invalid_parameter(
        "The KeySchema exceeds the maximum allowed number of HASH key attributes");
  }
  if (elements.size() - hashes > kSortAttributesMax) {
    return invalid_parameter(
        "The KeySchema exceeds the maximum allowed number of RANGE key attributes");
  }
  return {};
}

}  // namespace

std::string bracketed(const std::vector<std::string>& names) {
  std::string text = "[";
  for (const auto& name : names) text += (text.size() > 1 ? ", " : "") + name;
  return text + "]";
}

Unexpected<aws::ApiError> invalid_parameter(const std::string& text) {
  return aws::validation_error("One or more parameter values were invalid: " + text);
}

aws::Result<std::vector<table::KeyDefinition>> resolve_definitions(
    const std::vector<AttributeDefinitionInput>& inputs) {
  std::vector<table::KeyDefinition> definitions;
  for (const auto& input : inputs) {
    if (find_definition(definitions, *input.attribute_name) != nullptr) {
      return aws::validation_error("Attribute Name is duplicated: " + *input.attribute_name);
    }
    definitions.push_back({*input.attribute_name, key_type(*input.attribute_type)});
  }
  return definitions;
}

aws::Result<KeySchema> resolve_key_schema(const std::vector<KeySchemaElementInput>& elements,
                                          const std::vector<table::KeyDefinition>& definitions,
                                          bool multi_attribute) {
  MILLRACE_CHECK_OK(check_defined(elements, definitions));
  for (size_t i = 0; i < elements.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (*elements[i].attribute_name == *elements[j].attribute_name) {
        return aws::validation_error(
            "Both the Hash Key and the Range Key element in the KeySchema have the same name");
      }
    }
  }
  MILLRACE_CHECK_OK(multi_attribute ? check_multi_attribute_types(elements)
                                    : check_types(elements));
  KeySchema schema;
  for (const auto& element : elements) {
    auto& part = is_hash(element) ? schema.partition : schema.sort;
    part.push_back(*find_definition(definitions, *element.attribute_name));
  }
  return schema;
}

}  // namespace millrace::dynamodb::operation
