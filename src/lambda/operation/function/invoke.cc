// Invoke: waits for the function (RequestResponse), queues the event (Event) or only looks whether
// it could (DryRun).
#include "base/encoding.h"
#include "base/limits.h"
#include "lambda/function/lambda_error.h"
#include "lambda/operation/function/constraints.h"
#include "lambda/operation/function/input.h"
#include "lambda/operation/function/operations.h"

namespace millrace::lambda::operation {
namespace {

using Outcome = InvocationResult::Outcome;

// Checking a payload of this size takes an I/O thread well below a millisecond.
constexpr size_t kCheckedInlineMax = 64 * 1024;
// "Up to 3,583 bytes of base64-encoded data" (API reference).
constexpr size_t kClientContextBytesMax = 3583;

struct Request {
  FunctionReference function;
  FunctionPtr configured;
  std::string type;
};

aws::Result<Request> read_request(const Dependencies& d, const aws::RequestContext& context) {
  json parameters(context.parameters);
  std::vector<std::string> broken;
  Constraints members(broken, parameters);
  members.one_of("InvocationType", "Event, RequestResponse, DryRun");
  members.one_of("LogType", "None, Tail");
  MILLRACE_CHECK_OK(result_of(broken));
  Request request;
  MILLRACE_TRY(request.function, read_reference(context, parameters));
  MILLRACE_TRY(request.configured, d.catalog.find_or_error(request.function));
  request.type = text_of(parameters, "InvocationType", "RequestResponse");
  return request;
}

aws::Result<void> check_payload(const Request& request, const std::string& payload) {
  size_t bytes_max =
      request.type == "Event" ? limits::kAsyncPayloadBytesMax : limits::kInvokePayloadBytesMax;
  if (payload.size() > bytes_max) {
    return lambda_error(413, "RequestTooLargeException",
                        "Request must be smaller than " + std::to_string(bytes_max) +
                            " bytes for the InvokeFunction operation");
  }
  if (!json::accept(payload)) {
    return lambda_error(400, "InvalidRequestContentException",
                        "Could not parse request body into json: Could not parse payload into "
                        "json: the payload is not valid JSON");
  }
  return {};
}

aws::Result<void> check_client_context(const aws::RequestContext& context) {
  auto encoded = context.parameter("ClientContext");
  if (!encoded) return {};
  auto text = from_base64(*encoded);
  if (encoded->size() <= kClientContextBytesMax && text && json::accept(*text)) return {};
  return lambda_error(400, "InvalidRequestContentException",
                      "Client context must be a valid Base64-encoded JSON object.");
}

aws::Result<aws::Output> to_output(const Request& request, InvocationResult result) {
  switch (result.outcome) {
    case Outcome::kNotFound:
      return resource_not_found("Function not found: " + request.function.arn());
    case Outcome::kUnavailable:
      return service_exception();
    case Outcome::kThrottled: {
      auto error = lambda_error(429, "TooManyRequestsException", "Rate Exceeded.");
      error.error.members.emplace_back(
          "Reason", request.configured->reserved_concurrency
                        ? R"("ReservedFunctionConcurrentInvocationLimitExceeded")"
                        : R"("ConcurrentInvocationLimitExceeded")");
      return error;
    }
    case Outcome::kSuccess:
    case Outcome::kFunctionError:
      break;
  }
  aws::Output output;
  output.body = std::move(result.payload);
  output.headers.emplace_back("X-Amz-Executed-Version", result.executed_version);
  if (!result.function_error.empty()) {
    output.headers.emplace_back("X-Amz-Function-Error", result.function_error);
  }
  if (!result.log_tail.empty()) {
    output.headers.emplace_back("X-Amz-Log-Result", to_base64(result.log_tail));
  }
  return output;
}

aws::Output empty_output(int status) {
  aws::Output output;
  output.http_status = status;
  return output;
}

void run(const Dependencies& d, const aws::RequestContext& context, std::string payload,
         aws::Respond respond) {
  auto request = read_request(d, context);
  if (!request) return respond(Unexpected(std::move(request).error()));
  if (payload.empty()) payload = "{}";
  auto checked = check_payload(*request, payload);
  if (checked) checked = check_client_context(context);
  if (!checked) return respond(Unexpected(std::move(checked).error()));
  if (request->type == "DryRun") return respond(empty_output(204));

  Invocation invocation;
  invocation.function = request->function;
  invocation.payload = std::move(payload);
  invocation.client_context = context.parameter("ClientContext").value_or("");
  invocation.request_id = context.request_id;
  if (request->type == "Event") {
    if (d.asynchronous.submit(std::move(invocation))) return respond(empty_output(202));
    return respond(lambda_error(429, "TooManyRequestsException", "Rate Exceeded."));
  }
  invocation.tail_log = context.parameter("LogType").value_or("") == "Tail";
  d.invoker.invoke(
      std::move(invocation),
      [request = *std::move(request), respond = std::move(respond)](
          InvocationResult result) mutable { respond(to_output(request, std::move(result))); });
}

}  // namespace

aws::OperationHandler invoke(const Dependencies& d) {
  return [d](aws::ContextPtr context, std::string payload, aws::Respond respond) {
    if (payload.size() <= kCheckedInlineMax) {
      return run(d, *context, std::move(payload), std::move(respond));
    }
    d.workers.post([d, context = std::move(context), payload = std::move(payload),
                    respond = std::move(respond)]() mutable {
      run(d, *context, std::move(payload), std::move(respond));
    });
  };
}

}  // namespace millrace::lambda::operation
