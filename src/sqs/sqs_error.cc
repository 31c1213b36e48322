#include "sqs/sqs_error.h"

#include "base/log.h"

namespace millrace::sqs {

aws::ApiError storage_error(const engine::Error& error, std::string_view doing,
                            std::string_view request_id) {
  log_error("queue storage failed", {{"request_id", request_id},
                                     {"doing", doing},
                                     {"code", engine::to_string(error.code)},
                                     {"reason", error.message}});
  bool passing =
      error.code == engine::ErrorCode::kUnavailable || error.code == engine::ErrorCode::kConflict;
  if (passing) {
    return {503, "ServiceUnavailable", "The request could not be served. Try again.", {}};
  }
  return aws::internal_error().error;
}

}  // namespace millrace::sqs
