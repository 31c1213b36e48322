// AWS::DynamoDB::Table.
#include "cloudformation/resource_type.h"
#include "cloudformation/table_settings.h"

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
  if (auto indexes = input.find("GlobalSecondaryIndexes");
      indexes != input.end() && indexes->is_array()) {
    for (auto& index : *indexes) {
      if (index.is_object()) index.erase("ContributorInsightsSpecification");  // table_settings.h
    }
  }
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
                                                "ContributorInsightsSpecification",
                                                "DeletionProtectionEnabled",
                                                "GlobalSecondaryIndexes",
                                                "KeySchema",
                                                "KinesisStreamSpecification",
                                                "LocalSecondaryIndexes",
                                                "OnDemandThroughput",
                                                "PointInTimeRecoverySpecification",
                                                "ProvisionedThroughput",
                                                "ResourcePolicy",
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
    auto settings =
        apply_table_settings(context, answer["TableDescription"], json::object(), properties);
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
    MILLRACE_CHECK_OK(update_stream(context, existing.physical_id, old_input, new_input));
    MILLRACE_CHECK_OK(update_throughput(context, existing.physical_id, old_input, new_input));
    // Each of these has to be the only change of its call.
    for (const char* member :
         {"TableClass", "DeletionProtectionEnabled", "SSESpecification", "WarmThroughput"}) {
      json wanted = new_input.value(member, removed_value(member));
      if (wanted.is_null() || wanted == old_input.value(member, removed_value(member))) continue;
      MILLRACE_CHECK_OK(update_table(context, existing.physical_id, {{member, wanted}}));
    }
    MILLRACE_TRY(auto answer, context.caller.call("dynamodb", "DescribeTable",
                                                  {{"TableName", existing.physical_id}}));
    MILLRACE_CHECK_OK(apply_table_settings(context, answer["Table"], before, after));
    CreatedResource result = created(answer["Table"]);
    if (!new_input.contains("StreamSpecification")) result.attributes.erase("StreamArn");
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
  // What a property is once a template has it no more; null: it stays as it is.
  static json removed_value(std::string_view member) {
    if (member == "TableClass") return "STANDARD";
    if (member == "DeletionProtectionEnabled") return false;
    if (member == "SSESpecification") return {{"Enabled", false}};
    return nullptr;
  }
  static aws::Result<void> update_table(const ResourceContext& context, const std::string& table,
                                        json change) {
    change["TableName"] = table;
    auto answer = context.caller.call("dynamodb", "UpdateTable", change);
    if (!answer) return Unexpected(std::move(answer).error());
    return {};
  }
  // The view type of a live stream cannot change: it ends, and another one begins.
  static aws::Result<void> update_stream(const ResourceContext& context, const std::string& table,
                                         const json& before, const json& after) {
    json old_stream = before.value("StreamSpecification", json());
    json new_stream = after.value("StreamSpecification", json());
    if (old_stream == new_stream) return {};
    if (!old_stream.is_null()) {
      MILLRACE_CHECK_OK(
          update_table(context, table, {{"StreamSpecification", {{"StreamEnabled", false}}}}));
    }
    if (new_stream.is_null()) return {};
    return update_table(context, table, {{"StreamSpecification", new_stream}});
  }
  static aws::Result<void> update_throughput(const ResourceContext& context,
                                             const std::string& table, const json& before,
                                             const json& after) {
    json change = json::object();
    for (const char* member : {"BillingMode", "ProvisionedThroughput"}) {
      if (after.contains(member) && after[member] != before.value(member, json())) {
        change[member] = after[member];
      }
    }
    // The mode and its throughput go together.
    if (change.value("BillingMode", "") == "PROVISIONED" &&
        after.contains("ProvisionedThroughput")) {
      change["ProvisionedThroughput"] = after["ProvisionedThroughput"];
    }
    if (!change.empty()) MILLRACE_CHECK_OK(update_table(context, table, change));
    json limits = after.value("OnDemandThroughput", json());
    if (limits.is_null() || limits == before.value("OnDemandThroughput", json())) return {};
    return update_table(context, table, {{"OnDemandThroughput", limits}});
  }
};

}  // namespace

std::unique_ptr<ResourceType> make_table_type() {
  return std::make_unique<TableType>();
}

}  // namespace millrace::cloudformation
