// Key schemas of tables and indexes: from the elements that a client gives to typed key attributes.
#pragma once

#include <string>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::operation {

struct KeySchema {
  std::vector<table::KeyDefinition> partition;
  std::vector<table::KeyDefinition> sort;
};

// Every attribute has a definition, no name comes twice, partition before sort keys. The elements
// have passed the member constraints. `multi_attribute`: several of each may be there (global
// indexes).
aws::Result<KeySchema> resolve_key_schema(const std::vector<KeySchemaElementInput>& elements,
                                          const std::vector<table::KeyDefinition>& definitions,
                                          bool multi_attribute);

// AttributeDefinitions as typed definitions. Error: an attribute named twice.
aws::Result<std::vector<table::KeyDefinition>> resolve_definitions(
    const std::vector<AttributeDefinitionInput>& definitions);

// "[a, b, c]"
std::string bracketed(const std::vector<std::string>& names);
// A ValidationException that begins "One or more parameter values were invalid: ".
Unexpected<aws::ApiError> invalid_parameter(const std::string& text);

}  // namespace millrace::dynamodb::operation
