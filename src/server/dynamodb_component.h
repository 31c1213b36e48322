// DynamoDB and DynamoDB Streams: the stream store, the table catalog, items, and their operations.
#pragma once

#include <memory>

#include "server/platform.h"

namespace millrace::server {

Started<Component> start_dynamodb(Platform& platform);

}  // namespace millrace::server
