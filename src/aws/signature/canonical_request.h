// The parts of AWS Signature Version 4 that are pure functions of the request.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/credential_scope.h"
#include "aws/http_message.h"

namespace millrace::aws {

// The canonical request over the headers that the client says it has signed (in its order).
// `payload_hash` is what stands for the body. Object store paths are encoded once, others twice.
std::string canonical_request(const HttpRequest& request,
                              const std::vector<std::string>& signed_headers,
                              std::string_view payload_hash, bool is_object_store);

// "AWS4-HMAC-SHA256", time, scope and the hash of the canonical request. `time` is
// "20150830T123600Z".
std::string string_to_sign(std::string_view time, const CredentialScope& scope,
                           std::string_view canonical_request);

// The signature in hexadecimal.
std::string sign(std::string_view secret, const CredentialScope& scope,
                 std::string_view string_to_sign);

}  // namespace millrace::aws
