#include "lambda/operation/function/change_operation.h"

#include "base/limits.h"
#include "lambda/function/lambda_error.h"

namespace millrace::lambda::operation {

aws::OperationHandler ChangeQueue::run_later(aws::OperationHandler handler) const {
  return [&executor = executor_, waiting = waiting_, handler = std::move(handler)](
             aws::ContextPtr context, std::string body, aws::Respond respond) {
    if (waiting->fetch_add(1) >= limits::kFunctionChangesWaitingMax) {
      waiting->fetch_sub(1);
      return respond(lambda_error(429, "TooManyRequestsException", "Rate exceeded"));
    }
    executor.post([waiting, handler, context = std::move(context), body = std::move(body),
                   respond = std::move(respond)]() mutable {
      waiting->fetch_sub(1);
      handler(std::move(context), std::move(body), std::move(respond));
    });
  };
}

}  // namespace millrace::lambda::operation
