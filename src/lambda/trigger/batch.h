// Records of one shard on their way to a function: their JSON texts side by side in one buffer, so
// that the event of the whole batch or of any run of its records is one copy.
//
// Not thread-safe; a value.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "engine/engine.h"

namespace millrace::lambda {

struct BatchRecord {
  engine::Position position;
  Timestamp time;  // of the change
  size_t text_begin;
  size_t text_end;
};

class Batch {
 public:
  bool empty() const { return records_.empty(); }
  size_t size() const { return records_.size(); }
  const BatchRecord& operator[](size_t i) const { return records_[i]; }

  // The record's JSON is appended to what this returns; then keep_record() or drop_record().
  std::string& begin_record();
  std::string_view record_text() const;
  void keep_record(engine::Position position, Timestamp time);
  void drop_record();

  // Bytes of payload() with the record that was begun.
  size_t payload_bytes() const;
  // {"Records":[...]} of the records [first, last). `members` are further members of the event, as
  // JSON text that begins with a comma, or empty.
  std::string payload(size_t first, size_t last, std::string_view members = {}) const;

  // The index of the record at `position`, or size().
  size_t find(engine::Position position) const;

 private:
  std::string text_;  // record texts with commas between
  size_t begun_ = 0;
  std::vector<BatchRecord> records_;
};

}  // namespace millrace::lambda
