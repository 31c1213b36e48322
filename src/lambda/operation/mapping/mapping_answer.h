// What the operations on mappings answer with.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "lambda/trigger/mapping_manager.h"

namespace millrace::lambda::operation {

// An EventSourceMappingConfiguration.
nlohmann::json mapping_answer(const MappingView& view);

// ResourceNotFoundException for a UUID that no mapping of the caller has.
Unexpected<aws::ApiError> mapping_not_found();

// The mapping that the UUID of the input names. Mappings of another account or region do not exist
// for the caller.
aws::Result<MappingView> find_mapping(const MappingManager& manager,
                                      const aws::RequestContext& context,
                                      const nlohmann::json& input);

// Why a mapping could not be stored, for the client; `verb` is what was tried ("update", "delete").
Unexpected<aws::ApiError> catalog_error(const CatalogFailure& failure, const std::string& verb,
                                        const std::string& event_source_arn,
                                        const FunctionReference& function);

}  // namespace millrace::lambda::operation
