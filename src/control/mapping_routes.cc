#include "control/mapping_routes.h"

#include <cmath>

#include "control/control_request.h"
#include "control/mapping_report.h"
#include "dynamodb/stream/change_record.h"

namespace millrace::control {
namespace {

constexpr double kTimeoutSecondsMax = 600;

Result<AwaitRequest> parse_await(const std::string& body) {
  MILLRACE_TRY(json input, parse_object(body));
  MILLRACE_CHECK_OK(check_members(input, {"timeoutSeconds", "functionName", "uuid",
                                          "eventSourceArn", "sequenceNumber", "settle"}));
  AwaitRequest request;
  MILLRACE_TRY(auto timeout, number_member(input, "timeoutSeconds"));
  if (timeout) {
    if (*timeout < 0 || *timeout > kTimeoutSecondsMax) {
      return Unexpected(std::string("timeoutSeconds must be between 0 and 600."));
    }
    request.timeout = Duration(std::llround(*timeout * 1e6));
  }
  MILLRACE_TRY(auto function_name, text_member(input, "functionName"));
  MILLRACE_TRY(auto uuid, text_member(input, "uuid"));
  MILLRACE_TRY(auto event_source_arn, text_member(input, "eventSourceArn"));
  MILLRACE_TRY(auto sequence_number, text_member(input, "sequenceNumber"));
  MILLRACE_TRY(auto settle, bool_member(input, "settle"));
  request.function_name = function_name.value_or("");
  request.uuid = uuid.value_or("");
  request.event_source_arn = event_source_arn.value_or("");
  request.settle = settle.value_or(false);
  if (sequence_number) {
    request.position = dynamodb::stream::parse_sequence_number(*sequence_number);
    if (!request.position) {
      return Unexpected(std::string("sequenceNumber must be one that a stream record has."));
    }
  }
  return request;
}

json describe_mappings(const std::vector<lambda::MappingStatus>& statuses,
                       const dynamodb::stream::StreamStore& streams, Timestamp now) {
  json mappings = json::array();
  for (const auto& status : statuses) mappings.push_back(describe_mapping(status, streams, now));
  return mappings;
}

}  // namespace

void add_mapping_routes(aws::AdminRoutes& routes, StatusSource status,
                        const dynamodb::stream::StreamStore& streams, Awaiter& awaiter,
                        Executor& executor, const Clock& clock) {
  routes.add(
      "GET", "/_millrace/status", aws::AdminAccess::kCredentials,
      [status, &streams, &executor, &clock](const aws::HttpRequest&, aws::HttpRespond respond) {
        executor.post([status, &streams, &clock, respond = std::move(respond)]() mutable {
          respond(json_answer({{"now", to_iso8601(clock.now())},
                               {"mappings", describe_mappings(status(), streams, clock.now())}}));
        });
      });
  routes.add(
      "POST", "/_millrace/await", aws::AdminAccess::kCredentials,
      [&streams, &awaiter, &clock](const aws::HttpRequest& request, aws::HttpRespond respond) {
        auto parsed = parse_await(request.body);
        if (!parsed) {
          respond(error_answer(parsed.error()));
          return;
        }
        awaiter.await(std::move(*parsed), [&streams, &clock, respond = std::move(respond)](
                                              AwaitResult result) mutable {
          json document = {{"done", result.done},
                           {"mappings", describe_mappings(result.mappings, streams, clock.now())}};
          if (!result.done) document["stuck"] = result.stuck;
          respond(json_answer(document, result.done ? 200 : 504));
        });
      });
}

}  // namespace millrace::control
