#include "aws/credential_scope.h"

namespace millrace::aws {

std::optional<CredentialScope> parse_credential_scope(std::string_view credential) {
  // From the end: an access key id may contain slashes, the other parts may not.
  std::string_view parts[4];
  for (int i = 3; i >= 0; --i) {
    size_t slash = credential.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    parts[i] = credential.substr(slash + 1);
    credential = credential.substr(0, slash);
  }
  if (parts[3] != "aws4_request" || credential.empty()) return std::nullopt;
  CredentialScope scope;
  scope.access_key_id = credential;
  scope.date = parts[0];
  scope.region = parts[1];
  scope.service = parts[2];
  return scope;
}

std::optional<CredentialScope> find_credential_scope(const HttpRequest& request) {
  std::string_view header = request.header("Authorization");
  if (!header.empty()) {
    constexpr std::string_view kCredential = "Credential=";
    size_t begin = header.find(kCredential);
    if (!header.starts_with("AWS4-") || begin == std::string_view::npos) return std::nullopt;
    std::string_view credential = header.substr(begin + kCredential.size());
    return parse_credential_scope(trim(credential.substr(0, credential.find(','))));
  }
  if (request.query().find("X-Amz-Credential=") == std::string_view::npos) return std::nullopt;
  auto credential = find_value(parse_name_values(request.query(), false), "X-Amz-Credential");
  if (!credential) return std::nullopt;
  return parse_credential_scope(*credential);
}

}  // namespace millrace::aws
