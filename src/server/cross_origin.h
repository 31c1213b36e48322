// What browsers ask before a page of another origin may use an API, answered as DynamoDB answers
// it.
#pragma once

#include "aws/http_message.h"

namespace millrace::server {

// The answer to OPTIONS. REQUIRES: the request has an Origin.
aws::HttpResponse preflight_response(const aws::HttpRequest& request);

// Lets the page read the response, if the request came from one.
aws::HttpResponse with_cross_origin(const aws::HttpRequest& request, aws::HttpResponse response);

}  // namespace millrace::server
