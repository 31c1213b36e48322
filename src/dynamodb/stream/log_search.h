// Times in a cell's log.
#pragma once

#include "base/clock.h"
#include "engine/engine.h"

namespace millrace::dynamodb::stream {

// When the record was committed. REQUIRES: it is there (not trimmed, durable). Errors: the
// engine's, kCorrupt for what is not a change record.
engine::Result<Timestamp> commit_time(engine::Engine& engine, engine::CellId cell,
                                      engine::Position position);

// The last position in (after, last] whose record was committed before `time`; `after` if there is
// none. A binary search of single reads. REQUIRES: all of these records are there. Errors: the
// engine's (kTooOld if records were trimmed meanwhile), kCorrupt as above.
engine::Result<engine::Position> last_before(engine::Engine& engine, engine::CellId cell,
                                             engine::Position after, engine::Position last,
                                             Timestamp time);

}  // namespace millrace::dynamodb::stream
