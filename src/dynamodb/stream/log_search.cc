#include "dynamodb/stream/log_search.h"

#include "dynamodb/stream/change_record.h"

namespace millrace::dynamodb::stream {

engine::Result<Timestamp> commit_time(engine::Engine& engine, engine::CellId cell,
                                      engine::Position position) {
  MILLRACE_TRY(auto page, engine.log_read(cell, position - 1, {.records_max = 1}));
  auto time = page.records.empty() ? std::nullopt : decode_change_time(page.records[0].record);
  if (!time) {
    return Unexpected(engine::Error{engine::ErrorCode::kCorrupt,
                                    "a log lacks a change record where one must be"});
  }
  return *time;
}

engine::Result<engine::Position> last_before(engine::Engine& engine, engine::CellId cell,
                                             engine::Position after, engine::Position last,
                                             Timestamp time) {
  if (after >= last) return after;
  // The common case of a log whose oldest record has not expired costs one read.
  MILLRACE_TRY(Timestamp oldest, commit_time(engine, cell, after + 1));
  if (oldest >= time) return after;
  engine::Position before = after + 1;  // committed before `time`
  engine::Position behind = last + 1;   // committed at `time` or later, or not there
  while (behind - before > 1) {
    engine::Position middle = before + (behind - before) / 2;
    MILLRACE_TRY(Timestamp middle_time, commit_time(engine, cell, middle));
    (middle_time < time ? before : behind) = middle;
  }
  return before;
}

}  // namespace millrace::dynamodb::stream
