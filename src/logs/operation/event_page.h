// What GetLogEvents and FilterLogEvents have in common.
#pragma once

#include "logs/operation/input.h"

namespace millrace::logs::operation {

inline constexpr int64_t kEventsPerPageMax = 10'000;  // AWS

// Events of a page come in the order in which they were taken; AWS answers them by time.
void sort_by_time(std::vector<LogEvent>& events);
// What both operations tell of an event. Takes its message.
json describe(LogEvent& event);

// An operation that reads one page: `read_query` makes the query of its input, `render` the answer.
template <class ReadQuery, class Render>
aws::OperationHandler page_operation(LogStore& store, ReadQuery read_query, Render render) {
  return aws::async_json_operation(
      [&store, read_query, render](aws::ContextPtr context, json input, aws::JsonRespond respond) {
        auto query = read_query(*context, input);
        if (!query) return respond(Unexpected(std::move(query).error()));
        store.read(*std::move(query), answer_with<LogPage>(std::move(respond), render));
      });
}

}  // namespace millrace::logs::operation
