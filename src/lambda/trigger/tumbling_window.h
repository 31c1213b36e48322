// Tumbling windows (TumblingWindowInSeconds): spans of time that follow each other, and the state
// that is handed from one invocation of a window to the next. Values; pure.
//
// A record belongs to the window that its time of change lies in; windows begin at multiples of
// their length since the Unix epoch. Records of a shard never run backwards in time, so the windows
// of a shard come one after the other. See docs/decisions/0005-tumbling-windows.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lambda/trigger/delivery.h"

namespace millrace::lambda {

// A state beyond this ends its window early (AWS: "state can be up to 1 MB per shard").
inline constexpr size_t kWindowStateBytesMax = 1024 * 1024;
// What a window's event has beyond its records: room for it is left when a batch is formed.
inline constexpr size_t kWindowEventBytes = kWindowStateBytesMax + 1024;
// So long after its end a window is taken to be over if nothing more of it is there: a record gets
// its time a little before it can be read.
inline constexpr Duration kWindowGrace = std::chrono::seconds(1);

struct TumblingWindow {
  Timestamp start;
  Timestamp end;  // is in the next one
  bool operator==(const TumblingWindow&) const = default;
};

TumblingWindow window_at(Timestamp time, Duration length);

// What an invocation is told of its window.
struct WindowCall {
  TumblingWindow bounds;
  std::string state = "{}";  // as JSON
  bool is_final = false;
  bool is_terminated_early = false;
};

// The window that a shard's records are in now, from its first batch until its final call has
// succeeded.
struct OpenWindow {
  WindowCall call;
  // Where a restart begins the window again: everything before its first record.
  engine::Position before = 0;
  engine::Position last = 0;  // of the records that were handed over
  // The shard was read to its end when the window was over.
  bool is_read_out = false;
  std::optional<Delivery> final_call;  // of no records

  bool is_over(Timestamp now) const { return now >= call.bounds.end + kWindowGrace; }
  // An invocation of the window has got ahead, and returned that state.
  void take_state(std::string state);
};

// The members of the event beside Records, as JSON text that begins with a comma.
std::string window_members(const WindowCall& call, std::string_view shard_id,
                           std::string_view stream_arn);

}  // namespace millrace::lambda
