// AWS::Lambda::EventSourceMapping.
#include "cloudformation/resource_type.h"

namespace millrace::cloudformation {
namespace {

json api_input(json properties) {
  coerce_numbers(properties,
                 {"BatchSize", "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds",
                  "MaximumRetryAttempts", "ParallelizationFactor", "TumblingWindowInSeconds",
                  "StartingPositionTimestamp", "MaximumConcurrency"});
  coerce_booleans(properties, {"Enabled", "BisectBatchOnFunctionError"});
  if (properties.contains("KmsKeyArn")) {
    properties["KMSKeyArn"] = properties["KmsKeyArn"];
    properties.erase("KmsKeyArn");
  }
  if (properties.contains("Tags")) properties["Tags"] = tags_as_map(properties["Tags"]);
  return properties;
}

class EventSourceMappingType final : public ResourceType {
 public:
  std::string_view name() const override { return "AWS::Lambda::EventSourceMapping"; }

  const std::set<std::string>& properties() const override {
    static const std::set<std::string> names = {"BatchSize",
                                                "BisectBatchOnFunctionError",
                                                "DestinationConfig",
                                                "Enabled",
                                                "EventSourceArn",
                                                "FilterCriteria",
                                                "FunctionName",
                                                "FunctionResponseTypes",
                                                "KmsKeyArn",
                                                "MaximumBatchingWindowInSeconds",
                                                "MaximumRecordAgeInSeconds",
                                                "MaximumRetryAttempts",
                                                "MetricsConfig",
                                                "ParallelizationFactor",
                                                "ScalingConfig",
                                                "StartingPosition",
                                                "StartingPositionTimestamp",
                                                "Tags",
                                                "TumblingWindowInSeconds"};
    return names;
  }
  const std::set<std::string>& required() const override {
    static const std::set<std::string> names = {"FunctionName"};
    return names;
  }
  const std::set<std::string>& replacing() const override {
    static const std::set<std::string> names = {"EventSourceArn", "StartingPosition",
                                                "StartingPositionTimestamp"};
    return names;
  }

  aws::Result<CreatedResource> create(const ResourceContext& context,
                                      const json& properties) const override {
    MILLRACE_TRY(auto answer,
                 context.caller.call("lambda", "CreateEventSourceMapping", api_input(properties)));
    return created(answer);
  }

  aws::Result<CreatedResource> update(const ResourceContext& context,
                                      const CreatedResource& existing, const json&,
                                      const json& after) const override {
    json input = api_input(after);
    for (const char* fixed :
         {"EventSourceArn", "StartingPosition", "StartingPositionTimestamp", "Tags"}) {
      input.erase(fixed);
    }
    if (!input.contains("FilterCriteria")) input["FilterCriteria"] = json::object();
    input["UUID"] = existing.physical_id;
    MILLRACE_TRY(auto answer, context.caller.call("lambda", "UpdateEventSourceMapping", input));
    return created(answer);
  }

  aws::Result<void> remove(const ResourceContext& context,
                           const CreatedResource& existing) const override {
    auto answer =
        context.caller.call("lambda", "DeleteEventSourceMapping", {{"UUID", existing.physical_id}});
    if (!answer && !is_missing(answer.error())) return Unexpected(std::move(answer).error());
    return {};
  }

 private:
  static CreatedResource created(const json& answer) {
    std::string id = answer["UUID"];
    return {
        id, id, {{"Id", id}, {"EventSourceMappingArn", answer.value("EventSourceMappingArn", "")}}};
  }
};

}  // namespace

std::unique_ptr<ResourceType> make_event_source_mapping_type() {
  return std::make_unique<EventSourceMappingType>();
}

}  // namespace millrace::cloudformation
