#include "aws/protocol/json_protocol.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "aws/protocol/accept_encoding.h"
#include "aws/protocol/content_encoding.h"
#include "base/encoding.h"

namespace millrace::aws {
namespace {

// Errors that AWS's common layer raises before a service sees the request.
constexpr std::string_view kCoralServiceErrors[] = {"SerializationException",
                                                    "UnknownOperationException",
                                                    "AccessDeniedException",
                                                    "IncompleteSignatureException",
                                                    "InvalidSignatureException",
                                                    "UnrecognizedClientException",
                                                    "ExpiredTokenException",
                                                    "InternalFailure",
                                                    "MissingAuthenticationTokenException"};

// Errors whose text is under "Message" rather than "message", as recorded from DynamoDB.
constexpr std::string_view kCapitalMessageErrors[] = {
    "SerializationException", "AccessDeniedException", "TransactionCanceledException",
    "TransactionInProgressException", "IdempotentParameterMismatchException"};

template <size_t N>
bool contains(const std::string_view (&names)[N], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

std::string qualified_type(const Service& service, std::string_view type) {
  if (service.error_namespace.empty()) return std::string(type);
  std::string_view space = service.error_namespace;
  if (contains(kCoralServiceErrors, type)) space = "com.amazon.coral.service";
  if (service.checksummed && type == "ValidationException") space = "com.amazon.coral.validate";
  if (service.checksummed && type == "ThrottlingException") space = "com.amazon.coral.availability";
  return std::string(space) + '#' + std::string(type);
}

// Answers use the JSON type that the client wrote in.
std::string content_type(const Route& route, const HttpRequest& request) {
  std::string_view asked = request.header("Content-Type");
  asked = trim(asked.substr(0, asked.find(';')));
  if (asked == "application/json" || asked.starts_with("application/x-amz-json-1.")) {
    return std::string(asked);
  }
  return "application/x-amz-json-" + std::string(route.service->json_version);
}

// Smaller answers are not worth it to DynamoDB.
constexpr size_t kUncompressedBytesMax = 4096;

void compress_if_asked(HttpResponse& response, const HttpRequest& request) {
  if (response.body.size() <= kUncompressedBytesMax) return;
  std::string_view encoding = chosen_encoding(request.header("Accept-Encoding"));
  if (encoding.empty()) return;
  response.body = encode_content(encoding, response.body);
  response.headers.emplace_back("Content-Encoding", encoding);
}

void finish(HttpResponse& response, const Route& route, const HttpRequest& request,
            const std::string& request_id) {
  response.headers.emplace_back("x-amzn-RequestId", request_id);
  if (route.service->checksummed) {
    compress_if_asked(response, request);  // the checksum is that of the bytes that are sent
    response.headers.emplace_back("x-amz-crc32", std::to_string(crc32(response.body)));
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<std::string> JsonProtocol::input(const Route&, std::string body) const {
  return body;
}

HttpResponse JsonProtocol::output(const Route& route, const HttpRequest& request,
                                  const std::string& request_id, Output output) const {
  HttpResponse response;
  response.status = output.http_status != 0 ? output.http_status : 200;
  response.content_type =
      output.content_type.empty() ? content_type(route, request) : std::move(output.content_type);
  response.headers = std::move(output.headers);
  response.body = std::move(output.body);
  finish(response, route, request, request_id);
  return response;
}

HttpResponse JsonProtocol::error(const Route& route, const HttpRequest& request,
                                 const std::string& request_id, const ApiError& error) const {
  HttpResponse response;
  response.status = error.http_status;
  response.content_type = content_type(route, request);
  response.body = "{\"__type\":\"" + qualified_type(*route.service, error.type) + '"';
  // A SerializationException for text that is no JSON at all has no message on AWS.
  if (!error.message.empty()) {
    response.body +=
        contains(kCapitalMessageErrors, error.type) ? ",\"Message\":" : ",\"message\":";
    append_json_string(response.body, error.message);
  }
  for (const auto& [name, json_text] : error.members) {
    response.body += ",\"" + name + "\":" + json_text;
  }
  response.body += '}';
  if (route.service->query_compatible) {
    response.headers.emplace_back("x-amzn-query-error",
                                  std::string(query_error_code(*route.service, error.type)) +
                                      (error.http_status < 500 ? ";Sender" : ";Receiver"));
  }
  finish(response, route, request, request_id);
  return response;
}

}  // namespace millrace::aws
