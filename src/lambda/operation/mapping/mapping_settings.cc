#include "lambda/operation/mapping/mapping_settings.h"

#include <nlohmann/json.hpp>

#include "lambda/function/lambda_error.h"
#include "lambda/operation/function/constraints.h"
#include "lambda/operation/function/input.h"
#include "lambda/trigger/filter_pattern.h"

namespace millrace::lambda::operation {
namespace {

constexpr char kPartialResponses[] = "ReportBatchItemFailures";
// AWS's quota is 5, and raised to 10 on request.
constexpr size_t kFiltersMax = 10;
// Below a minute only -1, which means for ever, is an age.
constexpr int64_t kRecordAgeMin = 60;

const json* find_inner(const json& input, const char* outer, const char* inner) {
  const json* member = find_member(input, outer);
  return member == nullptr ? nullptr : find_member(*member, inner);
}

// As AWS prints a list: [a, b].
std::string printed(const json& list) {
  std::string text;
  for (const json& entry : list) {
    if (!text.empty()) text += ", ";
    text += entry.get<std::string>();
  }
  return '[' + text + ']';
}

void check_list(const json* list, const char* path, size_t most, std::string_view values,
                std::vector<std::string>& broken) {
  if (list == nullptr) return;
  std::string value =
      "Value '" + printed(*list) + "' at '" + path + "' failed to satisfy constraint: ";
  if (list->size() > most) {
    broken.push_back(value + "Member must have length less than or equal to " +
                     std::to_string(most));
  }
  for (const json& entry : *list) {
    std::string name = entry;
    if ((", " + std::string(values) + ',').find(", " + name + ',') != std::string::npos) continue;
    broken.push_back(value +
                     "Member must satisfy constraint: [Member must satisfy enum value set: [" +
                     std::string(values) + "]]");
    return;
  }
}

void check_filter_lengths(const json& input, std::vector<std::string>& broken) {
  const json* filters = find_inner(input, "FilterCriteria", "Filters");
  if (filters == nullptr) return;
  for (size_t i = 0; i < filters->size(); i++) {
    std::string path = "filterCriteria.filters." + std::to_string(i + 1) + ".member";
    Constraints(broken, (*filters)[i], path).length("Pattern", 0, 4096);
  }
}

}  // namespace

void check_setting_constraints(const json& input, std::vector<std::string>& broken) {
  Constraints members(broken, input);
  members.range("BatchSize", 1, 10'000);
  members.range("MaximumBatchingWindowInSeconds", 0, 300);
  members.range("ParallelizationFactor", 1, 10);
  members.range("MaximumRecordAgeInSeconds", -1, 604'800);
  members.range("MaximumRetryAttempts", -1, 10'000);
  members.range("TumblingWindowInSeconds", 0, 900);
  check_list(find_member(input, "FunctionResponseTypes"), "functionResponseTypes", 1,
             kPartialResponses, broken);
  check_list(find_inner(input, "MetricsConfig", "Metrics"), "metricsConfig.metrics", 3,
             "EventCount, ErrorCount, KafkaMetrics", broken);
  check_filter_lengths(input, broken);
  if (const json* failure = find_inner(input, "DestinationConfig", "OnFailure")) {
    Constraints(broken, *failure, "destinationConfig.onFailure").length("Destination", 0, 350);
  }
}

aws::Result<void> check_destination(const json& input, const Destination& destination) {
  const json* config = find_member(input, "DestinationConfig");
  if (config == nullptr) return {};
  const json* success = find_member(*config, "OnSuccess");
  if (success != nullptr && !success->empty()) {
    return invalid_parameter(
        "Unsupported DestinationConfig parameter for given event source mapping type.");
  }
  const json* failure = find_member(*config, "OnFailure");
  std::string arn = failure == nullptr ? "" : text_of(*failure, "Destination");
  if (arn.empty()) return {};
  if (!destination.accepts(arn)) {
    return invalid_parameter("The destination " + arn +
                             " is not supported by millrace: it must be the ARN of an SQS queue.");
  }
  if (arn.ends_with(".fifo")) {
    return invalid_parameter("FIFO queues are not supported as a destination: " + arn);
  }
  return {};
}

aws::Result<void> check_limits(const json& input) {
  if (const json* age = find_member(input, "MaximumRecordAgeInSeconds")) {
    int64_t seconds = integer(*age);
    if (seconds >= 0 && seconds < kRecordAgeMin) {
      return invalid_parameter(
          "MaximumRecordAgeInSeconds must be -1 or between 60 and 604800 seconds.");
    }
  }
  if (const json* metrics = find_inner(input, "MetricsConfig", "Metrics")) {
    for (const json& metric : *metrics) {
      if (metric != "EventCount") {
        return invalid_parameter(
            "Unsupported MetricsConfig parameter for given event source mapping type.");
      }
    }
  }
  return {};
}

aws::Result<void> check_filters(const json& input) {
  const json* filters = find_inner(input, "FilterCriteria", "Filters");
  if (filters == nullptr) return {};
  if (filters->size() > kFiltersMax) {
    return invalid_parameter("FilterCriteria can have at most " + std::to_string(kFiltersMax) +
                             " filters.");
  }
  for (const json& filter : *filters) {
    if (!compile_pattern(text_of(filter, "Pattern"))) {
      return invalid_parameter("Invalid filter pattern definition.");
    }
  }
  return {};
}

aws::Result<void> check_foreign_members(const json& input) {
  for (const char* name : {"AmazonManagedKafkaEventSourceConfig", "DocumentDBEventSourceConfig",
                           "LoggingConfig", "ProvisionedPollerConfig", "Queues", "ScalingConfig",
                           "SelfManagedEventSource", "SelfManagedKafkaEventSourceConfig",
                           "SourceAccessConfigurations", "StartingPositionTimestamp", "Topics"}) {
    const json* member = find_member(input, name);
    if (member == nullptr || (member->is_structured() && member->empty())) continue;
    return invalid_parameter("Unsupported " + std::string(name) +
                             " parameter for given event source mapping type.");
  }
  return {};
}

void apply_settings(const json& input, MappingSettings& settings) {
  auto take_number = [&](const char* name, int& setting) {
    if (const json* value = find_member(input, name)) setting = static_cast<int>(integer(*value));
  };
  auto take_flag = [&](const char* name, bool& setting) {
    if (find_member(input, name) != nullptr) setting = flag_of(input, name);
  };
  take_flag("Enabled", settings.enabled);
  take_number("BatchSize", settings.batch_size);
  take_number("MaximumBatchingWindowInSeconds", settings.maximum_batching_window_in_seconds);
  take_number("ParallelizationFactor", settings.parallelization_factor);
  take_number("MaximumRecordAgeInSeconds", settings.maximum_record_age_in_seconds);
  take_number("MaximumRetryAttempts", settings.maximum_retry_attempts);
  take_flag("BisectBatchOnFunctionError", settings.bisect_batch_on_function_error);
  take_number("TumblingWindowInSeconds", settings.tumbling_window_in_seconds);
  settings.kms_key_arn = text_of(input, "KMSKeyArn", settings.kms_key_arn);
  if (const json* types = find_member(input, "FunctionResponseTypes")) {
    settings.report_batch_item_failures = !types->empty();
  }
  // A structure that is given without its member takes the setting away.
  if (find_member(input, "FilterCriteria") != nullptr) {
    settings.filters.clear();
    if (const json* filters = find_inner(input, "FilterCriteria", "Filters")) {
      for (const json& filter : *filters) settings.filters.push_back(filter.at("Pattern"));
    }
  }
  if (find_member(input, "DestinationConfig") != nullptr) {
    const json* failure = find_inner(input, "DestinationConfig", "OnFailure");
    settings.on_failure_destination = failure == nullptr ? "" : text_of(*failure, "Destination");
  }
  if (find_member(input, "MetricsConfig") != nullptr) {
    const json* metrics = find_inner(input, "MetricsConfig", "Metrics");
    settings.metrics.clear();
    if (metrics != nullptr) settings.metrics = metrics->get<std::vector<std::string>>();
  }
}

}  // namespace millrace::lambda::operation
