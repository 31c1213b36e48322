#include "aws/arn.h"

namespace millrace::aws {

std::optional<Arn> Arn::parse(std::string_view text) {
  std::string_view parts[5];
  for (auto& part : parts) {
    size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    part = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (parts[0] != "arn" || parts[1].empty() || parts[2].empty() || text.empty()) {
    return std::nullopt;
  }
  return Arn{std::string(parts[1]), std::string(parts[2]), std::string(parts[3]),
             std::string(parts[4]), std::string(text)};
}

Arn make_arn(const RequestContext& context, std::string service, std::string resource) {
  return Arn{context.partition, std::move(service), context.region, context.account,
             std::move(resource)};
}

}  // namespace millrace::aws
