#include <chrono>

#include "base/limits.h"
#include "logs/log_errors.h"
#include "logs/operation/input.h"
#include "logs/operation/operations.h"

namespace millrace::logs::operation {
namespace {

// Bounds of the API reference of PutLogEvents.
constexpr size_t kEventsMax = 10'000;
constexpr size_t kBatchBytesMax = 1'048'576;
constexpr size_t kEventOverhead = 26;
constexpr auto kSpanMax = std::chrono::hours(24);
constexpr auto kFutureMax = std::chrono::hours(2);
constexpr auto kPastMax = std::chrono::hours(24 * 14);

struct Batch {
  std::string group, stream;
  std::vector<LogEvent> events;
  // Of the events as they were given.
  std::optional<size_t> too_old_end, too_new_start;
};

Unexpected<aws::ApiError> too_large(const char* what, size_t bytes, size_t limit) {
  return invalid_parameter(std::string(what) + " too large: " + std::to_string(bytes) +
                           " bytes exceeds limit of " + std::to_string(limit));
}

aws::Result<std::vector<LogEvent>> read_events(InputReader& reader) {
  std::vector<LogEvent> events;
  const json* given = reader.find("logEvents");
  if (given == nullptr) {
    reader.refuse("logEvents", "null", "not be null");
  } else if (given->empty()) {
    reader.refuse("logEvents", "'[]'", "have length greater than or equal to 1");
  } else if (given->size() > kEventsMax) {
    reader.refuse("logEvents", "'[...]'",
                  "have length less than or equal to " + std::to_string(kEventsMax));
  }
  MILLRACE_CHECK_OK(reader.result());
  for (const json& document : *given) {
    InputReader event(document);
    auto time = event.time("timestamp");
    if (!time) event.refuse("timestamp", "null", "not be null");
    auto message = event.required_text("message", {1, SIZE_MAX, nullptr, nullptr});
    MILLRACE_CHECK_OK(event.result());
    events.push_back({*time, {}, std::move(message), {}, {}});
  }
  return events;
}

aws::Result<void> check(const std::vector<LogEvent>& events) {
  size_t bytes = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    size_t size = events[i].message.size() + kEventOverhead;
    if (size > limits::kLogEventBytesMax) {
      return too_large("Log event", size, limits::kLogEventBytesMax);
    }
    bytes += size;
    if (i > 0 && events[i].time < events[i - 1].time) {
      return invalid_parameter(
          "Log events in a single PutLogEvents request must be in chronological order.");
    }
  }
  if (bytes > kBatchBytesMax) return too_large("Upload", bytes, kBatchBytesMax);
  if (events.back().time - events.front().time > kSpanMax) {
    return invalid_parameter(
        "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
  return {};
}

// Takes out what AWS rejects for its time.
void reject(Batch& batch, Timestamp now) {
  auto& events = batch.events;
  size_t first = 0, end = events.size();
  while (first < end && events[first].time < now - kPastMax) ++first;
  while (end > first && events[end - 1].time > now + kFutureMax) --end;
  if (first > 0) batch.too_old_end = first;
  if (end < events.size()) batch.too_new_start = end;
  events.erase(events.begin() + static_cast<std::ptrdiff_t>(end), events.end());
  events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(first));
}

aws::Result<Batch> read_batch(const json& input, Timestamp now) {
  InputReader reader(input);
  Batch batch;
  batch.group = reader.required_text("logGroupName", kGroupNameRule);
  batch.stream = reader.required_text("logStreamName", kStreamNameRule);
  MILLRACE_TRY(batch.events, read_events(reader));
  MILLRACE_CHECK_OK(check(batch.events));
  reject(batch, now);
  return batch;
}

}  // namespace

aws::OperationHandler put_log_events(const Dependencies& dependencies) {
  LogStore& store = dependencies.store;
  const Clock& clock = dependencies.clock;
  return aws::async_json_operation(
      [&store, &clock](aws::ContextPtr context, json input, aws::JsonRespond respond) {
        Timestamp now = clock.now();
        auto batch = read_batch(input, now);
        if (!batch) return respond(Unexpected(std::move(batch).error()));
        auto render = [now, too_old_end = batch->too_old_end,
                       too_new_start = batch->too_new_start](size_t expired) {
          json rejected = json::object();
          if (too_old_end) rejected["tooOldLogEventEndIndex"] = *too_old_end;
          if (too_new_start) rejected["tooNewLogEventStartIndex"] = *too_new_start;
          if (expired > 0) rejected["expiredLogEventEndIndex"] = too_old_end.value_or(0) + expired;
          // Clients of old pass it on; nobody looks at it any more.
          json answer = {{"nextSequenceToken", std::to_string(now.time_since_epoch().count())}};
          if (!rejected.empty()) answer["rejectedLogEventsInfo"] = std::move(rejected);
          return answer;
        };
        store.put(scope_of(*context), batch->group, batch->stream, std::move(batch->events),
                  answer_with<size_t>(std::move(respond), std::move(render)));
      });
}

}  // namespace millrace::logs::operation
