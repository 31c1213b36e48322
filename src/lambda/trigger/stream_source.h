// A shard of a table's stream as a consumer reads it.
#pragma once

#include <memory>
#include <string>

#include "dynamodb/stream/stream_store.h"
#include "lambda/trigger/source.h"

namespace millrace::lambda {

// `streams` must outlive the source. `stream` may be an older snapshot: the store looks the shard's
// end up again.
std::unique_ptr<Source> open_stream_source(dynamodb::stream::StreamStore& streams,
                                           dynamodb::stream::StreamPtr stream,
                                           const std::string& shard_id);

}  // namespace millrace::lambda
