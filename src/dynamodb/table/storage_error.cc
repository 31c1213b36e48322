#include "dynamodb/table/storage_error.h"

#include "base/log.h"

namespace millrace::dynamodb::table {

aws::ApiError storage_error(const engine::Error& error, std::string_view request_id,
                            std::string_view doing) {
  log_error("storage failed", {{"request_id", request_id},
                               {"doing", doing},
                               {"code", engine::to_string(error.code)},
                               {"message", error.message}});
  if (error.code == engine::ErrorCode::kUnavailable) {
    return {503, "ServiceUnavailable", "The service is currently unavailable.", {}};
  }
  return aws::internal_error().error;
}

}  // namespace millrace::dynamodb::table
