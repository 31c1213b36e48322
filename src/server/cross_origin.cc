#include "server/cross_origin.h"

namespace millrace::server {
namespace {

void add_readable_headers(aws::HttpResponse& response) {
  response.headers.emplace_back("Access-Control-Allow-Origin", "*");
  response.headers.emplace_back(
      "Access-Control-Expose-Headers",
      "x-amzn-RequestId,x-amzn-ErrorType,x-amz-crc32,x-amzn-query-error,X-Amz-Function-Error,"
      "X-Amz-Log-Result,X-Amz-Executed-Version");
}

}  // namespace

aws::HttpResponse preflight_response(const aws::HttpRequest& request) {
  aws::HttpResponse response;
  add_readable_headers(response);
  for (auto [asked, answered] :
       {std::pair("Access-Control-Request-Headers", "Access-Control-Allow-Headers"),
        std::pair("Access-Control-Request-Method", "Access-Control-Allow-Methods")}) {
    if (auto value = request.find_header(asked)) response.headers.emplace_back(answered, *value);
  }
  response.headers.emplace_back("Access-Control-Max-Age", "172800");
  return response;
}

aws::HttpResponse with_cross_origin(const aws::HttpRequest& request, aws::HttpResponse response) {
  if (!request.find_header("Origin")) return response;
  add_readable_headers(response);
  return response;
}

}  // namespace millrace::server
