#include "aws/protocol/cbor_refusal.h"

#include <nlohmann/json.hpp>

namespace millrace::aws {
namespace {

constexpr std::string_view kSmithyProtocol = "rpc-v2-cbor";
constexpr std::string_view kOlderType = "application/x-amz-cbor-1.1";

bool is_older_cbor(const HttpRequest& request) {
  return request.header("Content-Type").starts_with(kOlderType);
}

}  // namespace

bool is_cbor_request(const HttpRequest& request) {
  return is_older_cbor(request) || request.header("smithy-protocol") == kSmithyProtocol ||
         request.header("Content-Type").starts_with("application/cbor");
}

HttpResponse cbor_refusal(const HttpRequest& request, const std::string& request_id) {
  bool is_older = is_older_cbor(request);
  nlohmann::json document = {
      {"__type", "UnknownOperationException"},
      {"message", is_older ? "This server does not take CBOR: set CBOR_ENABLED=false for the client"
                           : "This server does not take CBOR"}};
  std::vector<uint8_t> bytes = nlohmann::json::to_cbor(document);
  HttpResponse response;
  response.status = 400;
  response.content_type = is_older ? kOlderType : "application/cbor";
  if (!is_older) response.headers.emplace_back("smithy-protocol", kSmithyProtocol);
  response.headers.emplace_back("x-amzn-RequestId", request_id);
  response.body.assign(bytes.begin(), bytes.end());
  return response;
}

}  // namespace millrace::aws
