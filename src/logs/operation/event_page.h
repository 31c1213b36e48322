// What GetLogEvents and FilterLogEvents have in common.
#pragma once

#include "logs/operation/input.h"

namespace millrace::logs::operation {

inline constexpr int64_t kEventsPerPageMax = 10'000;  // AWS

// Events of a page come in the order in which they were taken; AWS answers them by time.
void sort_by_time(std::vector<LogEvent>& events);
// What both operations tell of an event. Takes its message.
json describe(LogEvent& event);

}  // namespace millrace::logs::operation
