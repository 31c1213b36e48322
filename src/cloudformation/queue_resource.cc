// AWS::SQS::Queue.
#include "cloudformation/resource_type.h"

namespace millrace::cloudformation {
namespace {

// The API takes every attribute as text, objects as JSON.
json attributes_of(const json& properties) {
  json attributes = json::object();
  for (const auto& [name, value] : properties.items()) {
    if (name == "QueueName" || name == "Tags") continue;
    if (name == "FifoQueue" && (value == false || value == "false")) continue;  // the default
    attributes[name] = value.is_string() ? value : json(value.dump());
  }
  return attributes;
}

class QueueType final : public ResourceType {
 public:
  std::string_view name() const override { return "AWS::SQS::Queue"; }

  const std::set<std::string>& properties() const override {
    static const std::set<std::string> names = {"ContentBasedDeduplication",
                                                "DeduplicationScope",
                                                "DelaySeconds",
                                                "FifoQueue",
                                                "FifoThroughputLimit",
                                                "KmsDataKeyReusePeriodSeconds",
                                                "KmsMasterKeyId",
                                                "MaximumMessageSize",
                                                "MessageRetentionPeriod",
                                                "QueueName",
                                                "ReceiveMessageWaitTimeSeconds",
                                                "RedriveAllowPolicy",
                                                "RedrivePolicy",
                                                "SqsManagedSseEnabled",
                                                "Tags",
                                                "VisibilityTimeout"};
    return names;
  }
  const std::set<std::string>& required() const override {
    static const std::set<std::string> names;
    return names;
  }
  const std::set<std::string>& replacing() const override {
    static const std::set<std::string> names = {"QueueName", "FifoQueue"};
    return names;
  }

  aws::Result<CreatedResource> create(const ResourceContext& context,
                                      const json& properties) const override {
    std::string name = properties.contains("QueueName") ? properties["QueueName"].get<std::string>()
                                                        : context.generated_name(80);
    json input = {{"QueueName", name}, {"Attributes", attributes_of(properties)}};
    if (properties.contains("Tags")) input["tags"] = tags_as_map(properties["Tags"]);
    MILLRACE_TRY(auto answer, context.caller.call("sqs", "CreateQueue", input));
    std::string url = answer["QueueUrl"];
    MILLRACE_TRY(auto described,
                 context.caller.call("sqs", "GetQueueAttributes",
                                     {{"QueueUrl", url}, {"AttributeNames", {"QueueArn"}}}));
    return CreatedResource{
        url,
        url,
        {{"Arn", described["Attributes"]["QueueArn"]}, {"QueueName", name}, {"QueueUrl", url}}};
  }

  aws::Result<CreatedResource> update(const ResourceContext& context,
                                      const CreatedResource& existing, const json& before,
                                      const json& after) const override {
    json old_attributes = attributes_of(before), changed = json::object();
    for (const auto& [name, value] : attributes_of(after).items()) {
      if (old_attributes.value(name, json()) != value) changed[name] = value;
    }
    if (!changed.empty()) {
      MILLRACE_CHECK_OK(
          context.caller.call("sqs", "SetQueueAttributes",
                              {{"QueueUrl", existing.physical_id}, {"Attributes", changed}}));
    }
    return existing;
  }

  aws::Result<void> remove(const ResourceContext& context,
                           const CreatedResource& existing) const override {
    auto answer = context.caller.call("sqs", "DeleteQueue", {{"QueueUrl", existing.physical_id}});
    if (!answer && !is_missing(answer.error())) return Unexpected(std::move(answer).error());
    return {};
  }
};

}  // namespace

std::unique_ptr<ResourceType> make_queue_type() {
  return std::make_unique<QueueType>();
}

}  // namespace millrace::cloudformation
