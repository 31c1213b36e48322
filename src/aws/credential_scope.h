// What a signature says about its maker, in the clear: the access key id and the day, region and
// service that it is for. Routing and regions rest on it also when no signature is checked.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/http_message.h"

namespace millrace::aws {

struct CredentialScope {
  std::string access_key_id;
  std::string date;  // "20261124"
  std::string region;
  std::string service;
};

// "AKID/20261124/us-east-1/dynamodb/aws4_request"; nothing if it has another form.
std::optional<CredentialScope> parse_credential_scope(std::string_view credential);

// From the Authorization header or, for presigned URLs, the X-Amz-Credential parameter.
std::optional<CredentialScope> find_credential_scope(const HttpRequest& request);

}  // namespace millrace::aws
