#include "aws/signature/canonical_request.h"

#include <algorithm>

#include "base/encoding.h"

namespace millrace::aws {
namespace {

// "/a//b/../c" is "/a/c": repeated slashes and dot segments do not count.
std::string normalized_path(std::string_view path) {
  std::vector<std::string_view> segments;
  std::string_view rest = path;
  while (!rest.empty()) {
    size_t end = std::min(rest.find('/'), rest.size());
    std::string_view segment = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
  }
  std::string normalized;
  for (std::string_view segment : segments) {
    normalized += '/';
    normalized += segment;
  }
  if (normalized.empty() || path.ends_with('/')) normalized += '/';
  return normalized;
}

std::string canonical_query(std::string_view query) {
  NameValues values;
  for (auto& [name, value] : parse_name_values(query, false)) {
    if (name == "X-Amz-Signature") continue;
    values.emplace_back(percent_encode(name), percent_encode(value));
  }
  std::sort(values.begin(), values.end());
  std::string canonical;
  for (const auto& [name, value] : values) {
    if (!canonical.empty()) canonical += '&';
    canonical += name + '=' + value;
  }
  return canonical;
}

// Trimmed, and runs of spaces made one.
void append_header_value(std::string& out, std::string_view value) {
  bool space = false;
  for (char c : trim(value)) {
    if (c == ' ' && space) continue;
    space = c == ' ';
    out += c;
  }
}

}  // namespace

std::string canonical_request(const HttpRequest& request,
                              const std::vector<std::string>& signed_headers,
                              std::string_view payload_hash, bool is_object_store) {
  std::string text = request.method + '\n';
  text += is_object_store ? percent_encode(percent_decode(request.path()), true)
                          : percent_encode(normalized_path(request.path()), true);
  text += '\n' + canonical_query(request.query()) + '\n';
  std::string names;
  for (const std::string& name : signed_headers) {
    text += name + ':';
    bool first = true;
    for (const auto& [sent_name, value] : request.headers()) {
      if (!equal_ignoring_case(sent_name, name)) continue;
      if (!first) text += ',';
      first = false;
      append_header_value(text, value);
    }
    text += '\n';
    if (!names.empty()) names += ';';
    names += name;
  }
  text += '\n' + names + '\n';
  text += payload_hash;
  return text;
}

std::string string_to_sign(std::string_view time, const CredentialScope& scope,
                           std::string_view canonical_request) {
  std::string text = "AWS4-HMAC-SHA256\n";
  text += time;
  text += '\n' + scope.date + '/' + scope.region + '/' + scope.service + "/aws4_request\n";
  text += to_hex(as_view(sha256(canonical_request)));
  return text;
}

std::string sign(std::string_view secret, const CredentialScope& scope,
                 std::string_view string_to_sign) {
  Digest256 key = hmac_sha256("AWS4" + std::string(secret), scope.date);
  key = hmac_sha256(as_view(key), scope.region);
  key = hmac_sha256(as_view(key), scope.service);
  key = hmac_sha256(as_view(key), "aws4_request");
  return to_hex(as_view(hmac_sha256(as_view(key), string_to_sign)));
}

}  // namespace millrace::aws
