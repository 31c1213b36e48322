// Finding streams as people name them: by their table.
#pragma once

#include <string_view>
#include <vector>

#include "dynamodb/stream/stream_store.h"

namespace millrace::control {

// All streams of tables with that name, those that have ended too. An empty region or account: any.
std::vector<dynamodb::stream::StreamPtr> streams_of_table(
    const dynamodb::stream::StreamStore& streams, std::string_view table,
    std::string_view region = {}, std::string_view account = {});

}  // namespace millrace::control
