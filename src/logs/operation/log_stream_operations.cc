#include "logs/log_errors.h"
#include "logs/operation/input.h"
#include "logs/operation/operations.h"
#include "logs/operation/page_token.h"

namespace millrace::logs::operation {
namespace {

constexpr int64_t kStreamsPerPageMax = 50;  // AWS

json describe(const LogStreamDescription& stream) {
  json document = {{"logStreamName", stream.name},
                   {"creationTime", to_unix_millis(stream.created)},
                   {"arn", stream.arn},
                   {"storedBytes", 0}};  // AWS stopped counting them in 2019
  if (stream.first_event) {
    document["firstEventTimestamp"] = to_unix_millis(*stream.first_event);
    document["lastEventTimestamp"] = to_unix_millis(*stream.last_event);
    document["lastIngestionTime"] = to_unix_millis(*stream.last_ingested);
  }
  return document;
}

struct StreamFilter {
  GroupName group;
  std::string prefix;
  bool by_time = false;
  bool descending = false;
  std::optional<ListKey> after;
  size_t limit = kStreamsPerPageMax;
};

aws::Result<StreamFilter> read_filter(const aws::RequestContext& context, const json& input) {
  InputReader reader(input);
  StreamFilter filter;
  MILLRACE_TRY(filter.group, read_group(context, reader));
  auto prefix = reader.text("logStreamNamePrefix", kStreamNameRule);
  auto order = reader.text("orderBy", kTokenRule);
  if (order && *order != "LogStreamName" && *order != "LastEventTime") {
    reader.refuse("orderBy", '\'' + *order + '\'',
                  "satisfy enum value set: [LogStreamName, LastEventTime]");
  }
  auto limit = reader.integer("limit", 1, kStreamsPerPageMax);
  auto token = reader.text("nextToken", kTokenRule);
  MILLRACE_CHECK_OK(reader.result());
  filter.by_time = order == "LastEventTime";
  if (filter.by_time && prefix) {
    return invalid_parameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  filter.prefix = prefix.value_or("");
  filter.descending = reader.boolean("descending").value_or(false);
  if (limit) filter.limit = static_cast<size_t>(*limit);
  if (token) {
    MILLRACE_TRY(filter.after, parse_list_token(*token));
  }
  return filter;
}

json render(const StreamFilter& filter, std::vector<LogStreamDescription> streams) {
  std::erase_if(streams, [&](const LogStreamDescription& stream) {
    return !stream.name.starts_with(filter.prefix);
  });
  auto key_of = [&](const LogStreamDescription& stream) {
    Timestamp time = filter.by_time ? stream.last_event.value_or(Timestamp()) : Timestamp();
    return ListKey{time.time_since_epoch().count(), stream.name};
  };
  auto page = cut_page(std::move(streams), key_of, filter.descending, filter.after, filter.limit);
  json answer = {{"logStreams", json::array()}};
  for (const auto& stream : page.items) answer["logStreams"].push_back(describe(stream));
  if (page.next_token) answer["nextToken"] = *page.next_token;
  return answer;
}

// An operation with the names of a group and a stream, and nothing to answer.
using Act = void (LogStore::*)(const LogScope& scope, const std::string& group,
                               const std::string& stream, LogStore::Done done);
aws::OperationHandler on_stream(LogStore& store, Act act) {
  return aws::async_json_operation(
      [&store, act](aws::ContextPtr context, json input, aws::JsonRespond respond) {
        InputReader reader(input);
        std::string group = reader.required_text("logGroupName", kGroupNameRule);
        std::string stream = reader.required_text("logStreamName", kStreamNameRule);
        if (auto valid = reader.result(); !valid) {
          return respond(Unexpected(std::move(valid).error()));
        }
        (store.*act)(scope_of(*context), group, stream, answer_nothing(std::move(respond)));
      });
}

}  // namespace

aws::OperationHandler create_log_stream(const Dependencies& dependencies) {
  return on_stream(dependencies.store, &LogStore::create_stream);
}

aws::OperationHandler delete_log_stream(const Dependencies& dependencies) {
  return on_stream(dependencies.store, &LogStore::delete_stream);
}

aws::OperationHandler describe_log_streams(const Dependencies& dependencies) {
  LogStore& store = dependencies.store;
  return aws::async_json_operation(
      [&store](aws::ContextPtr context, json input, aws::JsonRespond respond) {
        auto filter = read_filter(*context, input);
        if (!filter) return respond(Unexpected(std::move(filter).error()));
        GroupName group = filter->group;
        store.describe_streams(group.scope, group.name,
                               answer_with<std::vector<LogStreamDescription>>(
                                   std::move(respond), [filter = *std::move(filter)](auto streams) {
                                     return render(filter, std::move(streams));
                                   }));
      });
}

}  // namespace millrace::logs::operation
