// The query protocol: form parameters in, XML out.
#pragma once

#include "aws/protocol/protocol.h"
#include "aws/protocol/shape.h"

namespace millrace::aws {

class QueryProtocol final : public Protocol {
 public:
  // `shapes` must outlive this.
  explicit QueryProtocol(const QueryShapes& shapes) : shapes_(shapes) {}
  Result<std::string> input(const Route& route, std::string body) const override;
  HttpResponse output(const Route& route, const HttpRequest& request, const std::string& request_id,
                      Output output) const override;
  HttpResponse error(const Route& route, const HttpRequest& request, const std::string& request_id,
                     const ApiError& error) const override;

 private:
  const QueryShapes& shapes_;
};

}  // namespace millrace::aws
