// What a client is told when the storage engine fails.
#pragma once

#include <string_view>

#include "aws/api_error.h"
#include "engine/engine.h"

namespace millrace::dynamodb::table {

// Logs the error once, with the request's id, and gives the client's: InternalServerError, or
// ServiceUnavailable while the engine stops. kTooLarge is the caller's to explain.
aws::ApiError storage_error(const engine::Error& error, std::string_view request_id,
                            std::string_view doing);

}  // namespace millrace::dynamodb::table
