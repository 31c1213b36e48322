// AWS::DynamoDB::Table.
#include "cloudformation/resource_type.h"

namespace millrace::cloudformation {
namespace {

CreatedResource created(const json& description) {
  json attributes = {{"Arn", description["TableArn"]}};
  if (description.contains("LatestStreamArn")) {
    attributes["StreamArn"] = description["LatestStreamArn"];
  }
  std::string name = description["TableName"];
  return {name, name, std::move(attributes)};
}

json api_input(json properties) {
  coerce_numbers(properties, {"ReadCapacityUnits", "WriteCapacityUnits", "MaxReadRequestUnits",
                              "MaxWriteRequestUnits", "ReadUnitsPerSecond", "WriteUnitsPerSecond"});
  coerce_booleans(properties, {"SSEEnabled", "DeletionProtectionEnabled", "Enabled",
                               "PointInTimeRecoveryEnabled"});
  json input = pick(properties,
                    {"AttributeDefinitions", "KeySchema", "BillingMode", "ProvisionedThroughput",
                     "LocalSecondaryIndexes", "GlobalSecondaryIndexes", "TableClass",
                     "OnDemandThroughput", "DeletionProtectionEnabled", "Tags", "WarmThroughput"});
  if (properties.contains("StreamSpecification")) {
    input["StreamSpecification"] = {
        {"StreamEnabled", true},
        {"StreamViewType", properties["StreamSpecification"].value("StreamViewType", json())}};
  }
  if (properties.contains("SSESpecification")) {
    input["SSESpecification"] = properties["SSESpecification"];
    if (input["SSESpecification"].contains("SSEEnabled")) {
      input["SSESpecification"]["Enabled"] = input["SSESpecification"]["SSEEnabled"];
      input["SSESpecification"].erase("SSEEnabled");
    }
  }
  return input;
}

class TableType final : public ResourceType {
 public:
  std::string_view name() const override { return "AWS::DynamoDB::Table"; }

  const std::set<std::string>& properties() const override {
    static const std::set<std::string> names = {"AttributeDefinitions",
                                                "BillingMode",
                                                "DeletionProtectionEnabled",
                                                "GlobalSecondaryIndexes",
                                                "KeySchema",
                                                "LocalSecondaryIndexes",
                                                "OnDemandThroughput",
                                                "PointInTimeRecoverySpecification",
                                                "ProvisionedThroughput",
                                                "SSESpecification",
                                                "StreamSpecification",
                                                "TableClass",
                                                "TableName",
                                                "Tags",
                                                "TimeToLiveSpecification",
                                                "WarmThroughput"};
    return names;
  }
  const std::set<std::string>& required() const override {
    static const std::set<std::string> names = {"KeySchema"};
    return names;
  }
  const std::set<std::string>& replacing() const override {
    static const std::set<std::string> names = {"TableName", "KeySchema", "LocalSecondaryIndexes",
                                                "AttributeDefinitions", "GlobalSecondaryIndexes"};
    return names;
  }

  aws::Result<CreatedResource> create(const ResourceContext& context,
                                      const json& properties) const override {
    json input = api_input(properties);
    input["TableName"] = properties.contains("TableName") ? properties["TableName"]
                                                          : json(context.generated_name(255));
    MILLRACE_TRY(auto answer, context.caller.call("dynamodb", "CreateTable", input));
    auto settings = apply_settings(context, input["TableName"], json::object(), properties);
    if (!settings) {
      auto ignored =
          context.caller.call("dynamodb", "DeleteTable", {{"TableName", input["TableName"]}});
      (void)ignored;  // the first error is the one to tell
      return Unexpected(std::move(settings).error());
    }
    return created(answer["TableDescription"]);
  }

  aws::Result<CreatedResource> update(const ResourceContext& context,
                                      const CreatedResource& existing, const json& before,
                                      const json& after) const override {
    json old_input = api_input(before), new_input = api_input(after);
    json change = json::object();
    for (const char* member : {"BillingMode", "ProvisionedThroughput", "OnDemandThroughput",
                               "TableClass", "DeletionProtectionEnabled", "SSESpecification"}) {
      if (new_input.contains(member) && new_input[member] != old_input.value(member, json())) {
        change[member] = new_input[member];
      }
    }
    json old_stream = old_input.value("StreamSpecification", json());
    json new_stream = new_input.value("StreamSpecification", json());
    if (old_stream != new_stream) {
      if (!old_stream.is_null()) {
        // The view type of a live stream cannot change: it ends, and another one begins.
        MILLRACE_CHECK_OK(
            context.caller.call("dynamodb", "UpdateTable",
                                {{"TableName", existing.physical_id},
                                 {"StreamSpecification", {{"StreamEnabled", false}}}}));
      }
      if (!new_stream.is_null()) change["StreamSpecification"] = new_stream;
    }
    if (!change.empty()) {
      change["TableName"] = existing.physical_id;
      MILLRACE_CHECK_OK(context.caller.call("dynamodb", "UpdateTable", change));
    }
    MILLRACE_CHECK_OK(apply_settings(context, existing.physical_id, before, after));
    MILLRACE_TRY(auto answer, context.caller.call("dynamodb", "DescribeTable",
                                                  {{"TableName", existing.physical_id}}));
    CreatedResource result = created(answer["Table"]);
    if (new_stream.is_null()) result.attributes.erase("StreamArn");
    return result;
  }

  aws::Result<void> remove(const ResourceContext& context,
                           const CreatedResource& existing) const override {
    auto answer =
        context.caller.call("dynamodb", "DeleteTable", {{"TableName", existing.physical_id}});
    if (!answer && !is_missing(answer.error())) return Unexpected(std::move(answer).error());
    return {};
  }

 private:
  // Of the template's TimeToLiveSpecification; null if it is not there or not enabled.
  static json expiry_attribute(const json& properties) {
    json specification = properties.value("TimeToLiveSpecification", json::object());
    if (!specification.is_object()) return "";  // refused by the call
    coerce_booleans(specification, {"Enabled"});
    bool enabled = specification.value("Enabled", json()) == json(true);
    return enabled ? specification.value("AttributeName", json("")) : json();
  }
  // The attribute of a live setting cannot change: it ends, and another one begins.
  static aws::Result<void> apply_time_to_live(const ResourceContext& context,
                                              const std::string& table, const json& before,
                                              const json& after) {
    if (before == after) return {};
    auto call = [&](bool enabled, const json& attribute) {
      return context.caller.call(
          "dynamodb", "UpdateTimeToLive",
          {{"TableName", table},
           {"TimeToLiveSpecification", {{"Enabled", enabled}, {"AttributeName", attribute}}}});
    };
    if (!before.is_null()) MILLRACE_CHECK_OK(call(false, before));
    if (!after.is_null()) MILLRACE_CHECK_OK(call(true, after));
    return {};
  }
  // What CreateTable does not take.
  aws::Result<void> apply_settings(const ResourceContext& context, const std::string& table,
                                   const json& before, const json& after) const {
    auto changed = [&](const char* member) {
      return after.contains(member) && after[member] != before.value(member, json());
    };
    MILLRACE_CHECK_OK(
        apply_time_to_live(context, table, expiry_attribute(before), expiry_attribute(after)));
    if (changed("PointInTimeRecoverySpecification")) {
      json specification = after["PointInTimeRecoverySpecification"];
      coerce_booleans(specification, {"PointInTimeRecoveryEnabled"});
      MILLRACE_CHECK_OK(context.caller.call(
          "dynamodb", "UpdateContinuousBackups",
          {{"TableName", table}, {"PointInTimeRecoverySpecification", specification}}));
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<ResourceType> make_table_type() {
  return std::make_unique<TableType>();
}

}  // namespace millrace::cloudformation
