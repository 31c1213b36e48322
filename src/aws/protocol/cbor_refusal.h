// No service here takes CBOR. Clients that write in it read nothing else, so they are told in CBOR.
#pragma once

#include "aws/http_message.h"

namespace millrace::aws {

// Smithy's rpc-v2-cbor (CloudWatch from Go, Java and Rust) or the older CBOR of Kinesis from Java.
bool is_cbor_request(const HttpRequest& request);

// UnknownOperationException in the request's own format. REQUIRES: is_cbor_request(request)
HttpResponse cbor_refusal(const HttpRequest& request, const std::string& request_id);

}  // namespace millrace::aws
