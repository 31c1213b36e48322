#include "cloudformation/table_settings.h"

#include <map>
#include <nlohmann/json.hpp>

namespace millrace::cloudformation {
namespace {

// A member that is an object; an empty one if it is not there.
json object_member(const json& properties, const char* name) {
  if (!properties.is_object()) return json::object();
  json member = properties.value(name, json::object());
  return member.is_object() ? member : json::object();
}

class TableSettings {
 public:
  TableSettings(const ResourceContext& context, const json& description)
      : context_(context), name_(description["TableName"]), arn_(description["TableArn"]) {
    if (description.contains("LatestStreamArn")) stream_arn_ = description["LatestStreamArn"];
  }

  aws::Result<void> apply(const json& before, const json& after) const {
    MILLRACE_CHECK_OK(apply_time_to_live(before, after));
    MILLRACE_CHECK_OK(apply_recovery(before, after));
    MILLRACE_CHECK_OK(apply_tags(before, after));
    MILLRACE_CHECK_OK(apply_all_insights(before, after));
    MILLRACE_CHECK_OK(apply_kinesis_stream(before, after));
    MILLRACE_CHECK_OK(apply_policy(arn_, before, after));
    return apply_policy(stream_arn_, object_member(before, "StreamSpecification"),
                        object_member(after, "StreamSpecification"));
  }

 private:
  aws::Result<void> call(const char* operation, json input) const {
    auto answer = context_.caller.call("dynamodb", operation, input);
    if (!answer) return Unexpected(std::move(answer).error());
    return {};
  }
  aws::Result<void> call_for_table(const char* operation, json input) const {
    input["TableName"] = name_;
    return call(operation, std::move(input));
  }

  // Of the template's TimeToLiveSpecification; null if it is not there or not enabled.
  static json expiry_attribute(const json& properties) {
    json specification = properties.value("TimeToLiveSpecification", json::object());
    if (!specification.is_object()) return "";  // refused by the call
    coerce_booleans(specification, {"Enabled"});
    bool enabled = specification.value("Enabled", json()) == json(true);
    return enabled ? specification.value("AttributeName", json("")) : json();
  }
  // The attribute of a live setting cannot change: it ends, and another one begins.
  aws::Result<void> apply_time_to_live(const json& before, const json& after) const {
    json old_attribute = expiry_attribute(before), new_attribute = expiry_attribute(after);
    if (old_attribute == new_attribute) return {};
    auto change = [&](bool enabled, const json& attribute) {
      return call_for_table(
          "UpdateTimeToLive",
          {{"TimeToLiveSpecification", {{"Enabled", enabled}, {"AttributeName", attribute}}}});
    };
    if (!old_attribute.is_null()) MILLRACE_CHECK_OK(change(false, old_attribute));
    if (!new_attribute.is_null()) MILLRACE_CHECK_OK(change(true, new_attribute));
    return {};
  }

  aws::Result<void> apply_recovery(const json& before, const json& after) const {
    auto specification = [](const json& properties) {
      json value = object_member(properties, "PointInTimeRecoverySpecification");
      coerce_booleans(value, {"PointInTimeRecoveryEnabled"});
      coerce_numbers(value, {"RecoveryPeriodInDays"});
      if (value.empty()) value["PointInTimeRecoveryEnabled"] = false;
      return value;
    };
    json wanted = specification(after);
    if (wanted == specification(before)) return {};
    return call_for_table("UpdateContinuousBackups",
                          {{"PointInTimeRecoverySpecification", wanted}});
  }

  // CreateTable has set those of a new table.
  aws::Result<void> apply_tags(const json& before, const json& after) const {
    if (before.empty()) return {};
    json old_tags = tags_as_map(before.value("Tags", json::array()));
    json new_tags = tags_as_map(after.value("Tags", json::array()));
    json gone = json::array(), set = json::array();
    for (const auto& [key, value] : old_tags.items()) {
      if (!new_tags.contains(key)) gone.push_back(key);
    }
    for (const auto& [key, value] : new_tags.items()) {
      if (old_tags.value(key, json()) != value) set.push_back({{"Key", key}, {"Value", value}});
    }
    if (!gone.empty()) {
      MILLRACE_CHECK_OK(call("UntagResource", {{"ResourceArn", arn_}, {"TagKeys", gone}}));
    }
    if (set.empty()) return {};
    return call("TagResource", {{"ResourceArn", arn_}, {"Tags", set}});
  }

  // ContributorInsightsSpecification as UpdateContributorInsights takes it.
  static json insights(const json& properties) {
    json specification = object_member(properties, "ContributorInsightsSpecification");
    coerce_booleans(specification, {"Enabled"});
    bool enabled = specification.value("Enabled", json()) == json(true);
    json input = {{"ContributorInsightsAction", enabled ? "ENABLE" : "DISABLE"}};
    if (enabled && specification.contains("Mode")) {
      input["ContributorInsightsMode"] = specification["Mode"];
    }
    return input;
  }
  aws::Result<void> apply_insights(const std::string& index, const json& before,
                                   const json& after) const {
    json input = insights(after);
    if (input == insights(before)) return {};
    if (!index.empty()) input["IndexName"] = index;
    return call_for_table("UpdateContributorInsights", std::move(input));
  }
  aws::Result<void> apply_all_insights(const json& before, const json& after) const {
    MILLRACE_CHECK_OK(apply_insights("", before, after));
    auto indexes = [](const json& properties) {
      std::map<std::string, json> by_name;
      json list = properties.value("GlobalSecondaryIndexes", json::array());
      for (const auto& index : list) {
        if (index.is_object()) by_name[index.value("IndexName", "")] = index;
      }
      return by_name;
    };
    auto old_indexes = indexes(before);
    for (const auto& [name, index] : indexes(after)) {
      MILLRACE_CHECK_OK(apply_insights(name, old_indexes[name], index));
    }
    return {};
  }

  // One stream ends before another begins.
  aws::Result<void> apply_kinesis_stream(const json& before, const json& after) const {
    json old_stream = object_member(before, "KinesisStreamSpecification");
    json new_stream = object_member(after, "KinesisStreamSpecification");
    if (old_stream == new_stream) return {};
    if (!old_stream.empty()) {
      MILLRACE_CHECK_OK(call_for_table("DisableKinesisStreamingDestination",
                                       {{"StreamArn", old_stream.value("StreamArn", json())}}));
    }
    if (new_stream.empty()) return {};
    json input = {{"StreamArn", new_stream.value("StreamArn", json())}};
    if (new_stream.contains("ApproximateCreationDateTimePrecision")) {
      input["EnableKinesisStreamingConfiguration"] =
          pick(new_stream, {"ApproximateCreationDateTimePrecision"});
    }
    return call_for_table("EnableKinesisStreamingDestination", std::move(input));
  }

  // ResourcePolicy of the table, or of its StreamSpecification.
  aws::Result<void> apply_policy(const std::string& arn, const json& before,
                                 const json& after) const {
    json old_policy = object_member(before, "ResourcePolicy").value("PolicyDocument", json());
    json new_policy = object_member(after, "ResourcePolicy").value("PolicyDocument", json());
    if (old_policy == new_policy) return {};
    // Without a stream any more there is no policy of it.
    if (new_policy.is_null()) {
      if (arn.empty()) return {};
      return call("DeleteResourcePolicy", {{"ResourceArn", arn}});
    }
    return call("PutResourcePolicy", {{"ResourceArn", arn}, {"Policy", new_policy.dump()}});
  }

  const ResourceContext& context_;
  std::string name_, arn_, stream_arn_;
};

}  // namespace

aws::Result<void> apply_table_settings(const ResourceContext& context, const json& description,
                                       const json& before, const json& after) {
  return TableSettings(context, description).apply(before, after);
}

}  // namespace millrace::cloudformation
