#include <algorithm>

#include "logs/filter_pattern.h"
#include "logs/log_errors.h"
#include "logs/operation/event_page.h"
#include "logs/operation/operations.h"
#include "logs/operation/page_token.h"

namespace millrace::logs::operation {
namespace {

constexpr size_t kStreamsMax = 100;  // AWS

aws::Result<void> read_streams(std::vector<std::string> names, std::optional<std::string> prefix,
                               LogQuery& query) {
  if (prefix && !names.empty()) {
    return invalid_parameter("logStreamNamePrefix and logStreamNames are mutually exclusive.");
  }
  if (prefix) {
    query.streams = [prefix = *prefix](std::string_view name) { return name.starts_with(prefix); };
  }
  if (names.empty()) return {};
  query.required_streams = names;
  query.streams = [names = std::move(names)](std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  return {};
}

aws::Result<LogQuery> read_query(const aws::RequestContext& context, const json& input) {
  InputReader reader(input);
  MILLRACE_TRY(GroupName group, read_group(context, reader));
  LogQuery query;
  query.scope = group.scope;
  query.group = group.name;
  auto names = reader.texts("logStreamNames", kStreamsMax, kStreamNameRule);
  auto prefix = reader.text("logStreamNamePrefix", kStreamNameRule);
  query.start = reader.time("startTime");
  query.end = reader.time("endTime");
  // Unlike in GetLogEvents, the millisecond of the end is still searched.
  if (query.end) *query.end += std::chrono::milliseconds(1);
  auto pattern = reader.text("filterPattern", kFilterPatternRule);
  auto token = reader.text("nextToken", kTokenRule);
  query.events_max = static_cast<size_t>(
      reader.integer("limit", 1, kEventsPerPageMax).value_or(kEventsPerPageMax));
  MILLRACE_CHECK_OK(reader.result());
  MILLRACE_CHECK_OK(read_streams(std::move(names), std::move(prefix), query));
  if (pattern && !pattern->empty()) {
    auto parsed = FilterPattern::parse(*pattern);
    if (!parsed) return invalid_parameter(std::move(parsed).error());
    query.matches = [filter = *parsed](std::string_view message) {
      return filter->matches(message);
    };
  }
  if (token) {
    query.cursor = parse_cursor_token(*token);
    if (!query.cursor) return invalid_token();
  }
  return query;
}

json render(LogPage page) {
  sort_by_time(page.events);
  json events = json::array();
  for (LogEvent& event : page.events) {
    json document = describe(event);
    document["logStreamName"] = std::move(event.stream_name);
    document["eventId"] = std::move(event.event_id);
    events.push_back(std::move(document));
  }
  json answer = {{"events", std::move(events)}, {"searchedLogStreams", json::array()}};
  if (!page.complete) answer["nextToken"] = cursor_token(page.after);
  return answer;
}

}  // namespace

aws::OperationHandler filter_log_events(const Dependencies& dependencies) {
  return page_operation(dependencies.store, read_query, render);
}

}  // namespace millrace::logs::operation
