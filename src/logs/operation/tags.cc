#include "logs/log_errors.h"
#include "logs/operation/input.h"
#include "logs/operation/operations.h"

namespace millrace::logs::operation {
namespace {

constexpr size_t kTagsMax = 50;  // AWS

// How a group is named: by logGroupName, or by resourceArn.
enum class Naming { kName, kArn };

GroupName read_name(const aws::RequestContext& context, InputReader& reader, Naming naming) {
  if (naming == Naming::kName) {
    return {scope_of(context), reader.required_text("logGroupName", kGroupNameRule)};
  }
  return parse_group_identifier(context, reader.required_text("resourceArn", kGroupIdentifierRule));
}

aws::OperationHandler add_tags(LogStore& store, Naming naming) {
  return aws::async_json_operation(
      [&store, naming](aws::ContextPtr context, json input, aws::JsonRespond respond) {
        InputReader reader(input);
        GroupName group = read_name(*context, reader, naming);
        if (reader.find("tags") == nullptr) reader.refuse("tags", "null", "not be null");
        auto tags = reader.tags("tags");
        if (auto valid = reader.result(); !valid)
          return respond(Unexpected(std::move(valid).error()));
        store.change_group(
            group.scope, group.name,
            [tags = std::move(tags)](LogGroupDescription& description) -> aws::Result<void> {
              for (const auto& [key, value] : tags) description.tags[key] = value;
              if (description.tags.size() > kTagsMax) return too_many_tags();
              return {};
            },
            answer_nothing(std::move(respond)));
      });
}

aws::OperationHandler remove_tags(LogStore& store, Naming naming) {
  const char* member = naming == Naming::kName ? "tags" : "tagKeys";
  return aws::async_json_operation(
      [&store, naming, member](aws::ContextPtr context, json input, aws::JsonRespond respond) {
        InputReader reader(input);
        GroupName group = read_name(*context, reader, naming);
        if (reader.find(member) == nullptr) reader.refuse(member, "null", "not be null");
        auto keys = reader.texts(member, kTagsMax, {1, 128, nullptr, nullptr});
        if (auto valid = reader.result(); !valid)
          return respond(Unexpected(std::move(valid).error()));
        store.change_group(
            group.scope, group.name,
            [keys = std::move(keys)](LogGroupDescription& description) {
              for (const std::string& key : keys) description.tags.erase(key);
              return aws::Result<void>();
            },
            answer_nothing(std::move(respond)));
      });
}

aws::OperationHandler list_tags(LogStore& store, Naming naming) {
  return aws::async_json_operation(
      [&store, naming](aws::ContextPtr context, json input, aws::JsonRespond respond) {
        InputReader reader(input);
        GroupName group = read_name(*context, reader, naming);
        if (auto valid = reader.result(); !valid)
          return respond(Unexpected(std::move(valid).error()));
        auto answer = [respond = std::move(respond), name = group.name](
                          aws::Result<std::vector<LogGroupDescription>> groups) mutable {
          if (!groups) return respond(Unexpected(std::move(groups).error()));
          for (const auto& description : *groups) {
            if (description.name == name) return respond(json{{"tags", description.tags}});
          }
          respond(no_such_group());
        };
        store.describe_groups(group.scope, std::move(answer));
      });
}

}  // namespace

aws::OperationHandler tag_resource(const Dependencies& dependencies) {
  return add_tags(dependencies.store, Naming::kArn);
}
aws::OperationHandler untag_resource(const Dependencies& dependencies) {
  return remove_tags(dependencies.store, Naming::kArn);
}
aws::OperationHandler list_tags_for_resource(const Dependencies& dependencies) {
  return list_tags(dependencies.store, Naming::kArn);
}
aws::OperationHandler tag_log_group(const Dependencies& dependencies) {
  return add_tags(dependencies.store, Naming::kName);
}
aws::OperationHandler untag_log_group(const Dependencies& dependencies) {
  return remove_tags(dependencies.store, Naming::kName);
}
aws::OperationHandler list_tags_log_group(const Dependencies& dependencies) {
  return list_tags(dependencies.store, Naming::kName);
}

}  // namespace millrace::logs::operation
