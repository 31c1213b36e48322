// Amazon Resource Names: arn:partition:service:region:account:resource.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/request_context.h"

namespace millrace::aws {

struct Arn {
  std::string partition;
  std::string service;
  std::string region;
  std::string account;
  std::string resource;  // everything after the fifth colon

  std::string text() const {
    return "arn:" + partition + ':' + service + ':' + region + ':' + account + ':' + resource;
  }
  // Nothing if there are fewer than six parts or the first is not "arn".
  static std::optional<Arn> parse(std::string_view text);
};

// An ARN in the caller's partition, region and account.
Arn make_arn(const RequestContext& context, std::string service, std::string resource);

}  // namespace millrace::aws
