// awsJson 1.0 and 1.1, with what DynamoDB (namespaces of errors, checksums) and SQS and CloudWatch
// (x-amzn-query-error) add to it.
#pragma once

#include "aws/protocol/protocol.h"

namespace millrace::aws {

class JsonProtocol final : public Protocol {
 public:
  Result<std::string> input(const Route& route, std::string body) const override;
  HttpResponse output(const Route& route, const HttpRequest& request, const std::string& request_id,
                      Output output) const override;
  HttpResponse error(const Route& route, const HttpRequest& request, const std::string& request_id,
                     const ApiError& error) const override;
};

// Appends `text` as a JSON string with its quotes. Invalid UTF-8 is replaced.
void append_json_string(std::string& out, std::string_view text);

}  // namespace millrace::aws
