// What became of changes: questions about them, kept failures, replays, and where mappings stand.
#pragma once

#include <memory>

#include "dynamodb/stream/stream_store.h"
#include "lambda/trigger/mapping_manager.h"
#include "server/platform.h"

namespace millrace::server {

// Both must outlive the component.
std::unique_ptr<Component> start_outcomes(Platform& platform,
                                          const dynamodb::stream::StreamStore& streams,
                                          lambda::MappingManager& mappings);

}  // namespace millrace::server
