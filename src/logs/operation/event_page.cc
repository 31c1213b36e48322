#include "logs/operation/event_page.h"

#include <algorithm>

namespace millrace::logs::operation {

void sort_by_time(std::vector<LogEvent>& events) {
  std::stable_sort(events.begin(), events.end(),
                   [](const LogEvent& a, const LogEvent& b) { return a.time < b.time; });
}

json describe(LogEvent& event) {
  return {{"timestamp", to_unix_millis(event.time)},
          {"ingestionTime", to_unix_millis(event.ingested)},
          {"message", std::move(event.message)}};
}

}  // namespace millrace::logs::operation
