#include "lambda/operation/mapping/mapping_answer.h"

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "lambda/function/lambda_error.h"
#include "lambda/operation/function/input.h"

namespace millrace::lambda::operation {

json mapping_answer(const MappingView& view) {
  const Mapping& mapping = *view.mapping;
  const MappingSettings& settings = mapping.settings;
  json failure = json::object();
  if (!settings.on_failure_destination.empty()) {
    failure["Destination"] = settings.on_failure_destination;
  }
  json response_types = json::array();
  if (settings.report_batch_item_failures) response_types.push_back("ReportBatchItemFailures");
  json answer = {{"UUID", mapping.uuid},
                 {"EventSourceMappingArn", mapping.arn()},
                 {"EventSourceArn", mapping.event_source_arn},
                 {"FunctionArn", settings.function.arn()},
                 {"StartingPosition", to_string(mapping.starting_position)},
                 {"BatchSize", settings.batch_size},
                 {"MaximumBatchingWindowInSeconds", settings.maximum_batching_window_in_seconds},
                 {"ParallelizationFactor", settings.parallelization_factor},
                 {"MaximumRecordAgeInSeconds", settings.maximum_record_age_in_seconds},
                 {"MaximumRetryAttempts", settings.maximum_retry_attempts},
                 {"BisectBatchOnFunctionError", settings.bisect_batch_on_function_error},
                 {"TumblingWindowInSeconds", settings.tumbling_window_in_seconds},
                 {"FunctionResponseTypes", std::move(response_types)},
                 {"DestinationConfig", {{"OnFailure", std::move(failure)}}},
                 {"LastModified", static_cast<double>(to_unix_millis(view.last_modified)) / 1000},
                 {"LastProcessingResult", view.last_processing_result},
                 {"State", to_string(view.state)},
                 {"StateTransitionReason", "User action"}};
  if (!settings.filters.empty()) {
    json& filters = answer["FilterCriteria"]["Filters"] = json::array();
    for (const std::string& pattern : settings.filters) filters.push_back({{"Pattern", pattern}});
  }
  if (!settings.metrics.empty()) answer["MetricsConfig"]["Metrics"] = settings.metrics;
  if (!settings.kms_key_arn.empty()) answer["KMSKeyArn"] = settings.kms_key_arn;
  return answer;
}

Unexpected<aws::ApiError> mapping_not_found() {
  return resource_not_found("The resource you requested does not exist.");
}

aws::Result<MappingView> find_mapping(const MappingManager& manager,
                                      const aws::RequestContext& context, const json& input) {
  auto view = manager.find(text_of(input, "UUID"));
  if (!view || view->mapping->account != context.account ||
      view->mapping->region != context.region) {
    return mapping_not_found();
  }
  return *std::move(view);
}

Unexpected<aws::ApiError> catalog_error(const CatalogFailure& failure, const std::string& verb,
                                        const std::string& event_source_arn,
                                        const FunctionReference& function) {
  switch (failure.kind) {
    case CatalogFailure::Kind::kNotFound:
      return mapping_not_found();
    case CatalogFailure::Kind::kBusy:
      return lambda_error(400, "ResourceInUseException",
                          "Cannot " + verb + " the event source mapping because it is in use.");
    case CatalogFailure::Kind::kDuplicate: {
      std::string name = function.name;
      if (!function.qualifier.empty()) name += ':' + function.qualifier;
      return resource_conflict("The event source arn (\" " + event_source_arn +
                               " \") and function (\" " + name +
                               " \") provided mapping already exists. Please update or delete the "
                               "existing mapping with UUID " +
                               failure.uuid);
    }
    case CatalogFailure::Kind::kTooMany:
      return invalid_parameter("This server can have at most " +
                               std::to_string(limits::kMappingsMax) + " event source mappings.");
    case CatalogFailure::Kind::kStorage:
      break;  // logged where it happened
  }
  return service_exception();
}

}  // namespace millrace::lambda::operation
