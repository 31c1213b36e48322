// The AWS services as the wire knows them: how a request names them and how their answers look. One
// row for each service; constant data, so everything here is thread-safe.
#pragma once

#include <string_view>

namespace millrace::aws {

struct Service {
  std::string_view name;             // in the operation registry: "dynamodbstreams"
  std::string_view arn_name;         // in ARNs and RequestContext::service: "dynamodb"
  std::string_view signing_name;     // in the credential scope of a signature: "monitoring"
  std::string_view target_prefix;    // of X-Amz-Target, before the dot; empty: no JSON protocol
  std::string_view json_version;     // "1.0" or "1.1"
  std::string_view error_namespace;  // before '#' in the `__type` of JSON errors; may be empty
  std::string_view query_version;    // the Version parameter of the query protocol; empty: none
  std::string_view xml_namespace;    // of XML answers
  // Whether JSON errors carry the code of the older query protocol in x-amzn-query-error.
  bool query_compatible = false;
  // Whether answers carry x-amz-crc32 and a request id of 52 letters and digits.
  bool checksummed = false;
};

// Null if no service has it.
const Service* find_service(std::string_view name);
const Service* find_service_by_target(std::string_view target_prefix);
const Service* find_service_by_signing_name(std::string_view signing_name);
const Service* find_service_by_query_version(std::string_view version);

// How the query protocol (and x-amzn-query-error) calls an error whose JSON name is `type`.
std::string_view query_error_code(const Service& service, std::string_view type);

}  // namespace millrace::aws
