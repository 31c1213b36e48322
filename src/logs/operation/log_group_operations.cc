#include <algorithm>

#include "logs/log_errors.h"
#include "logs/operation/input.h"
#include "logs/operation/operations.h"
#include "logs/operation/page_token.h"

namespace millrace::logs::operation {
namespace {

// AWS's bounds and values.
constexpr int64_t kGroupsPerPageMax = 50;
constexpr size_t kTagsMax = 50;
constexpr int kRetentionDays[] = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                  365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

json describe(const LogGroupDescription& group) {
  json document = {{"logGroupName", group.name}, {"creationTime", to_unix_millis(group.created)},
                   {"metricFilterCount", 0},     {"arn", group.arn + ":*"},
                   {"logGroupArn", group.arn},   {"storedBytes", group.stored_bytes},
                   {"logGroupClass", "STANDARD"}};
  if (group.retention_days) document["retentionInDays"] = *group.retention_days;
  return document;
}

// What a group is created with and this server does not have.
aws::Result<void> refuse_unavailable(const InputReader& reader) {
  if (reader.find("kmsKeyId") != nullptr) {
    return invalid_parameter("Encryption with a key of one's own is not available here.");
  }
  const json* group_class = reader.find("logGroupClass");
  if (group_class != nullptr && *group_class != "STANDARD") {
    return invalid_parameter("Only the log group class STANDARD is available here.");
  }
  return {};
}

struct GroupFilter {
  std::string prefix, pattern;
  std::optional<ListKey> after;
  size_t limit = kGroupsPerPageMax;
};

aws::Result<GroupFilter> read_filter(const json& input) {
  InputReader reader(input);
  auto prefix = reader.text("logGroupNamePrefix", kGroupNameRule);
  auto pattern = reader.text("logGroupNamePattern", kGroupNameRule);
  auto limit = reader.integer("limit", 1, kGroupsPerPageMax);
  auto token = reader.text("nextToken", kTokenRule);
  MILLRACE_CHECK_OK(reader.result());
  if (prefix && pattern) {
    return invalid_parameter(
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  }
  GroupFilter filter{prefix.value_or(""), pattern.value_or(""), {}, kGroupsPerPageMax};
  if (limit) filter.limit = static_cast<size_t>(*limit);
  if (token) {
    MILLRACE_TRY(filter.after, parse_list_token(*token));
  }
  return filter;
}

bool contains_ignoring_case(const std::string& text, const std::string& part) {
  auto equal = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), equal) != text.end();
}

json render(const GroupFilter& filter, std::vector<LogGroupDescription> groups) {
  std::erase_if(groups, [&](const LogGroupDescription& group) {
    return !group.name.starts_with(filter.prefix) ||
           !contains_ignoring_case(group.name, filter.pattern);
  });
  auto page = cut_page(
      std::move(groups),
      [](const LogGroupDescription& group) {
        return ListKey{0, group.name};
      },
      false, filter.after, filter.limit);
  json answer = {{"logGroups", json::array()}};
  for (const auto& group : page.items) answer["logGroups"].push_back(describe(group));
  if (page.next_token) answer["nextToken"] = *page.next_token;
  return answer;
}

// An operation with nothing but a group's name and nothing to answer.
aws::OperationHandler on_group(
    std::function<void(const LogScope& scope, const std::string& group, LogStore::Done done)> act) {
  return aws::async_json_operation(
      [act = std::move(act)](aws::ContextPtr context, json input, aws::JsonRespond respond) {
        InputReader reader(input);
        std::string name = reader.required_text("logGroupName", kGroupNameRule);
        if (auto valid = reader.result(); !valid) {
          return respond(Unexpected(std::move(valid).error()));
        }
        act(scope_of(*context), name, answer_nothing(std::move(respond)));
      });
}

aws::Result<int> read_retention(InputReader& reader) {
  auto days = reader.integer("retentionInDays", INT64_MIN);
  if (!days) {
    reader.refuse("retentionInDays", "null", "not be null");
  } else if (std::find(std::begin(kRetentionDays), std::end(kRetentionDays), *days) ==
             std::end(kRetentionDays)) {
    std::string values;
    for (int value : kRetentionDays) values += (values.empty() ? "" : ", ") + std::to_string(value);
    reader.refuse("retentionInDays", '\'' + std::to_string(*days) + '\'',
                  "satisfy enum value set: [" + values + "]");
  }
  MILLRACE_CHECK_OK(reader.result());
  return static_cast<int>(*days);
}

}  // namespace

aws::OperationHandler create_log_group(const Dependencies& dependencies) {
  LogStore& store = dependencies.store;
  return aws::async_json_operation(
      [&store](aws::ContextPtr context, json input, aws::JsonRespond respond) {
        InputReader reader(input);
        std::string name = reader.required_text("logGroupName", kGroupNameRule);
        auto tags = reader.tags("tags");
        auto valid = reader.result();
        if (valid) valid = refuse_unavailable(reader);
        if (valid && tags.size() > kTagsMax) valid = too_many_tags();
        if (!valid) return respond(Unexpected(std::move(valid).error()));
        store.create_group(scope_of(*context), name, std::move(tags),
                           answer_nothing(std::move(respond)));
      });
}

aws::OperationHandler delete_log_group(const Dependencies& dependencies) {
  LogStore& store = dependencies.store;
  return on_group([&store](const LogScope& scope, const std::string& group, LogStore::Done done) {
    store.delete_group(scope, group, std::move(done));
  });
}

aws::OperationHandler describe_log_groups(const Dependencies& dependencies) {
  LogStore& store = dependencies.store;
  return aws::async_json_operation(
      [&store](aws::ContextPtr context, json input, aws::JsonRespond respond) {
        auto filter = read_filter(input);
        if (!filter) return respond(Unexpected(std::move(filter).error()));
        store.describe_groups(scope_of(*context),
                              answer_with<std::vector<LogGroupDescription>>(
                                  std::move(respond), [filter = *std::move(filter)](auto groups) {
                                    return render(filter, std::move(groups));
                                  }));
      });
}

aws::OperationHandler put_retention_policy(const Dependencies& dependencies) {
  LogStore& store = dependencies.store;
  return aws::async_json_operation(
      [&store](aws::ContextPtr context, json input, aws::JsonRespond respond) {
        InputReader reader(input);
        std::string name = reader.required_text("logGroupName", kGroupNameRule);
        auto days = read_retention(reader);
        if (!days) return respond(Unexpected(std::move(days).error()));
        store.change_group(
            scope_of(*context), name,
            [days = *days](LogGroupDescription& group) {
              group.retention_days = days;
              return aws::Result<void>();
            },
            answer_nothing(std::move(respond)));
      });
}

aws::OperationHandler delete_retention_policy(const Dependencies& dependencies) {
  LogStore& store = dependencies.store;
  return on_group([&store](const LogScope& scope, const std::string& group, LogStore::Done done) {
    store.change_group(
        scope, group,
        [](LogGroupDescription& description) {
          description.retention_days.reset();
          return aws::Result<void>();
        },
        std::move(done));
  });
}

}  // namespace millrace::logs::operation
