// Reading a group's log, block by block, in either direction.
#pragma once

#include "engine/engine.h"
#include "logs/log_group.h"
#include "logs/log_store.h"

namespace millrace::logs {

// Looks for what the query asks (its scope, group and required stream aside) among the events of
// the group's streams that are not older than its retention. Reads the disk.
engine::Result<LogPage> read_events(engine::Engine& engine, const LogGroup& group,
                                    const LogQuery& query, Timestamp now);

}  // namespace millrace::logs
