#include <nlohmann/json.hpp>

#include "aws/arn.h"
#include "lambda/function/function_name.h"
#include "lambda/function/lambda_error.h"
#include "lambda/function/tag_owner.h"
#include "lambda/operation/function/constraints.h"
#include "lambda/operation/function/input.h"
#include "lambda/operation/mapping/mapping_answer.h"
#include "lambda/operation/mapping/mapping_settings.h"
#include "lambda/operation/mapping/operations.h"

namespace millrace::lambda::operation {
namespace {

aws::Result<void> check_constraints(const json& input) {
  std::vector<std::string> broken;
  Constraints members(broken, input);
  members.required("FunctionName");
  members.one_of("StartingPosition", "LATEST, AT_TIMESTAMP, TRIM_HORIZON");
  check_setting_constraints(input, broken);
  return result_of(broken);
}

aws::Result<std::string> read_event_source(const json& input) {
  std::string text = text_of(input, "EventSourceArn");
  auto arn = aws::Arn::parse(text);
  if (!arn) {
    if (find_member(input, "SelfManagedEventSource") != nullptr) {
      return invalid_parameter(
          "Self-managed event sources are not supported by millrace: a mapping reads the stream of "
          "a DynamoDB table.");
    }
    return invalid_parameter("Unrecognized event source.");
  }
  for (std::string_view other : {"sqs", "kinesis", "kafka", "mq", "rds", "docdb"}) {
    if (arn->service != other) continue;
    return invalid_parameter("Event sources of " + arn->service +
                             " are not supported by millrace: a mapping reads the stream of a "
                             "DynamoDB table.");
  }
  bool is_stream = arn->service == "dynamodb" && arn->resource.starts_with("table/") &&
                   arn->resource.find("/stream/") != std::string::npos;
  if (!is_stream) return invalid_parameter("Unrecognized event source.");
  return text;
}

aws::Result<StartingPosition> read_starting_position(const json& input, const std::string& source) {
  std::string text = text_of(input, "StartingPosition");
  if (text.empty()) {
    return invalid_parameter(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
        "constraint: Member must not be null.");
  }
  auto position = parse_starting_position(text);
  if (!position) return invalid_parameter("Unsupported starting position for arn type: " + source);
  return *position;
}

aws::Result<FunctionReference> read_function(const FunctionDirectory& functions,
                                             const aws::RequestContext& context,
                                             const json& input) {
  MILLRACE_TRY(auto function, parse_function_name(context, text_of(input, "FunctionName")));
  if (!functions.find(function)) return invalid_parameter("Function does not exist");
  return function;
}

aws::Result<void> check_stream(const dynamodb::stream::StreamStore& streams,
                               const aws::RequestContext& context, const std::string& arn) {
  auto stream = streams.find(arn);
  if (!stream || stream->account != context.account || stream->region != context.region) {
    return invalid_parameter("Stream not found: " + arn);
  }
  return {};
}

aws::Result<Mapping> read_mapping(const MappingDependencies& d, const aws::RequestContext& context,
                                  const json& input) {
  MILLRACE_CHECK_OK(check_constraints(input));
  MILLRACE_CHECK_OK(check_destination(input, d.destination));
  Mapping mapping;
  MILLRACE_TRY(mapping.event_source_arn, read_event_source(input));
  MILLRACE_TRY(mapping.starting_position, read_starting_position(input, mapping.event_source_arn));
  MILLRACE_CHECK_OK(check_foreign_members(input));
  MILLRACE_CHECK_OK(check_limits(input));
  MILLRACE_CHECK_OK(check_filters(input));
  MILLRACE_TRY(mapping.settings.function, read_function(d.functions, context, input));
  MILLRACE_CHECK_OK(check_stream(d.streams, context, mapping.event_source_arn));
  mapping.partition = context.partition;
  mapping.account = context.account;
  mapping.region = context.region;
  mapping.tags = string_map_of(input, "Tags");
  if (mapping.tags.size() > kTagsMax) {
    return invalid_parameter("A resource can have at most " + std::to_string(kTagsMax) + " tags.");
  }
  apply_settings(input, mapping.settings);
  return mapping;
}

}  // namespace

aws::OperationHandler create_event_source_mapping(const MappingDependencies& d) {
  return aws::async_json_operation([d](const aws::ContextPtr& context, const json& input,
                                       aws::JsonRespond respond) {
    auto mapping = read_mapping(d, *context, input);
    if (!mapping) return respond(Unexpected(std::move(mapping).error()));
    std::string source = mapping->event_source_arn;
    FunctionReference function = mapping->settings.function;
    d.manager.create(std::move(mapping).value(),
                     [respond = std::move(respond), source = std::move(source),
                      function = std::move(function)](CatalogResult<MappingView> result) mutable {
                       if (result) return respond(mapping_answer(*result));
                       if (result.error().kind == CatalogFailure::Kind::kNotFound) {
                         // It expired since it was looked up.
                         return respond(invalid_parameter("Stream not found: " + source));
                       }
                       respond(catalog_error(result.error(), "create", source, function));
                     });
  });
}

}  // namespace millrace::lambda::operation
