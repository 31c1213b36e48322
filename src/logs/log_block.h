// The record of a group's log: events of several streams that were appended at one time. Layout:
// docs/formats/logs.md. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "logs/log_store.h"

namespace millrace::logs {

class LogBlockWriter {
 public:
  explicit LogBlockWriter(Timestamp ingested) : ingested_(ingested) {}
  void add(const std::string& stream, Timestamp time, std::string_view message);
  bool empty() const { return count_ == 0; }
  size_t bytes() const { return events_.size(); }
  // The finished record; the writer is empty afterwards.
  std::string finish();

 private:
  Timestamp ingested_;
  std::vector<std::string> streams_;
  std::string events_;
  uint64_t count_ = 0;
};

// Calls `visit` for each event until it returns false. False if the bytes are not a block.
struct StoredEvent {
  std::string_view stream;
  Timestamp time;
  Timestamp ingested;
  std::string_view message;
};
bool read_log_block(std::string_view block,
                    const std::function<bool(uint32_t index, const StoredEvent& event)>& visit);

}  // namespace millrace::logs
