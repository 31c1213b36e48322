// One port for all services: which service, protocol and operation a request means.
#pragma once

#include "aws/protocol/protocol.h"

namespace millrace::aws {

// `body` is the request's, decompressed: query operations are named in it. Never fails: a request
// that belongs to no service gives ProtocolKind::kNone, and one whose operation cannot be named
// gives an empty operation. Thread-safe.
Route route_request(const HttpRequest& request, std::string_view body);

}  // namespace millrace::aws
