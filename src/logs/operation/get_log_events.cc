#include "logs/log_errors.h"
#include "logs/operation/event_page.h"
#include "logs/operation/operations.h"
#include "logs/operation/page_token.h"

namespace millrace::logs::operation {
namespace {

// "f/<56 digits>/s" goes on towards newer events, "b/..." towards older ones; the letter at the end
// is AWS's.
std::string page_token(char direction, const LogCursor& cursor) {
  return std::string(1, direction) + '/' + cursor_token(cursor) + "/s";
}

aws::Result<void> read_token(std::string_view token, LogQuery& query) {
  if (token.ends_with("/s")) token.remove_suffix(2);
  bool forward = token.starts_with("f/");
  if (!forward && !token.starts_with("b/")) return invalid_token();
  query.cursor = parse_cursor_token(token.substr(2));
  if (!query.cursor) return invalid_token();
  query.backward = !forward;
  return {};
}

aws::Result<LogQuery> read_query(const aws::RequestContext& context, const json& input) {
  InputReader reader(input);
  MILLRACE_TRY(GroupName group, read_group(context, reader));
  LogQuery query;
  query.scope = group.scope;
  query.group = group.name;
  std::string stream = reader.required_text("logStreamName", kStreamNameRule);
  query.start = reader.time("startTime");
  query.end = reader.time("endTime");
  query.events_max = static_cast<size_t>(
      reader.integer("limit", 1, kEventsPerPageMax).value_or(kEventsPerPageMax));
  query.backward = !reader.boolean("startFromHead").value_or(false);
  auto token = reader.text("nextToken", kTokenRule);
  MILLRACE_CHECK_OK(reader.result());
  query.required_streams = {stream};
  query.streams = [stream](std::string_view name) { return name == stream; };
  if (token) {
    MILLRACE_CHECK_OK(read_token(*token, query));
  }
  return query;
}

json render(LogPage page) {
  sort_by_time(page.events);
  json events = json::array();
  for (LogEvent& event : page.events) events.push_back(describe(event));
  // At the end of the stream the token stays what it was, by which clients know the end.
  return {{"events", std::move(events)},
          {"nextForwardToken", page_token('f', page.after)},
          {"nextBackwardToken", page_token('b', page.before)}};
}

}  // namespace

aws::OperationHandler get_log_events(const Dependencies& dependencies) {
  return page_operation(dependencies.store, read_query, render);
}

}  // namespace millrace::logs::operation
