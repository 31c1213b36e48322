// The addresses under which GetFunction offers a function's code: links that work for ten minutes,
// for whoever has them, as the presigned URLs of AWS.
#pragma once

#include <string>
#include <string_view>

#include "aws/admin_routes.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/random.h"
#include "lambda/function/code_store.h"

namespace millrace::lambda::operation {

// Thread-safe.
class CodeLinks {
 public:
  // Links are signed with a key of this object's own, so they end with it. The clock must outlive
  // it.
  CodeLinks(Random& random, const Clock& clock);

  // `host` as in the request's Host header.
  std::string make(std::string_view host, const std::string& sha256) const;
  // The code that a request's link is for, by its base64 SHA-256; empty if the link is not valid
  // (any more).
  std::string open(const aws::HttpRequest& request) const;

 private:
  std::string signature(std::string_view digest, std::string_view expires) const;

  const std::string key_;
  const Clock& clock_;
};

// The path that the links lead to. Archives are read on `workers`. All must outlive the route.
void add_code_route(aws::AdminRoutes& routes, const CodeLinks& links, CodeStore& code,
                    Executor& workers);

}  // namespace millrace::lambda::operation
