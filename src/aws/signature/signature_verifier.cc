#include "aws/signature/signature_verifier.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>

#include "aws/credential_scope.h"
#include "aws/signature/canonical_request.h"
#include "aws/signature/session.h"
#include "base/encoding.h"

namespace millrace::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kObjectStore = "s3";
constexpr std::chrono::minutes kClockSkewMax{15};
constexpr std::chrono::seconds kPresignedLifetimeMax{7 * 24 * 3600};

constexpr char kMismatch[] =
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details.";

struct SignedRequest {
  CredentialScope scope;
  std::vector<std::string> signed_headers;
  std::string signature;
  std::string time;  // "20150830T123600Z"
  Timestamp signed_at;
  bool presigned = false;
  std::chrono::seconds lifetime{0};  // of a presigned URL
};

Unexpected<ApiError> incomplete(std::string message) {
  return api_error(400, "IncompleteSignatureException", std::move(message));
}
Unexpected<ApiError> invalid(std::string message) {
  return api_error(400, "InvalidSignatureException", std::move(message));
}

std::string to_basic_iso8601(Timestamp time) {
  std::string text = to_iso8601(time, 0);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

// "20150830T123600Z", or the form of the HTTP Date header.
std::optional<Timestamp> parse_time(const std::string& text) {
  for (const char* format : {"%Y%m%dT%H%M%SZ", "%a, %d %b %Y %H:%M:%S GMT"}) {
    std::tm parts{};
    const char* end = strptime(text.c_str(), format, &parts);
    if (end != nullptr && *end == '\0') {
      return Timestamp(std::chrono::seconds(timegm(&parts)));
    }
  }
  return std::nullopt;
}

std::vector<std::string> split_headers(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    size_t end = std::min(text.find(';'), text.size());
    names.push_back(to_lower(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return names;
}

// "Credential=..., SignedHeaders=..., Signature=...", with or without spaces after the commas.
NameValues parse_fields(std::string_view text) {
  NameValues fields;
  while (!text.empty()) {
    size_t end = std::min(text.find(','), text.size());
    std::string_view field = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    size_t equals = field.find('=');
    if (equals == std::string_view::npos) continue;
    fields.emplace_back(field.substr(0, equals), field.substr(equals + 1));
  }
  return fields;
}

Result<SignedRequest> read_header(const HttpRequest& request, std::string_view header) {
  size_t space = std::min(header.find(' '), header.size());
  NameValues fields = parse_fields(header.substr(std::min(space + 1, header.size())));
  auto credential = find_value(fields, "Credential");
  auto signature = find_value(fields, "Signature");
  auto signed_headers = find_value(fields, "SignedHeaders");
  std::string_view date = request.header("X-Amz-Date");
  if (date.empty()) date = request.header("Date");
  std::string missing;
  for (auto [name, present] : {std::pair("Credential", credential.has_value()),
                               std::pair("Signature", signature.has_value()),
                               std::pair("SignedHeaders", signed_headers.has_value())}) {
    if (!present) {
      missing += "Authorization header requires '" + std::string(name) + "' parameter. ";
    }
  }
  if (date.empty()) {
    missing +=
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  if (!missing.empty()) return incomplete(missing + "Authorization=" + std::string(header));
  if (header.substr(0, space) != kAlgorithm) {
    return incomplete("Unsupported AWS 'algorithm': '" + std::string(header.substr(0, space)) +
                      "'.");
  }
  auto scope = parse_credential_scope(*credential);
  if (!scope)
    return incomplete("Credential must have exactly 5 slash-delimited elements, got '" +
                      *credential + "'.");
  SignedRequest found;
  found.scope = std::move(*scope);
  found.signature = std::move(*signature);
  found.signed_headers = split_headers(*signed_headers);
  found.time = date;
  return found;
}

Result<SignedRequest> read_query(const NameValues& query) {
  std::string missing;
  for (const char* name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature",
                           "X-Amz-SignedHeaders", "X-Amz-Date"}) {
    if (!find_value(query, name)) {
      missing += "AWS query-string parameters must include '" + std::string(name) + "'. ";
    }
  }
  if (!missing.empty()) return incomplete(missing + "Re-examine the query-string parameters.");
  std::string algorithm = *find_value(query, "X-Amz-Algorithm");
  if (algorithm != kAlgorithm) {
    return incomplete("Unsupported AWS 'algorithm': '" + algorithm + "'.");
  }
  auto scope = parse_credential_scope(*find_value(query, "X-Amz-Credential"));
  if (!scope) return incomplete("Credential must have exactly 5 slash-delimited elements.");
  SignedRequest found;
  found.presigned = true;
  found.scope = std::move(*scope);
  found.signature = *find_value(query, "X-Amz-Signature");
  found.signed_headers = split_headers(*find_value(query, "X-Amz-SignedHeaders"));
  found.time = *find_value(query, "X-Amz-Date");
  std::string expires = find_value(query, "X-Amz-Expires").value_or("900");
  int64_t seconds = 0;
  auto [end, error] = std::from_chars(expires.data(), expires.data() + expires.size(), seconds);
  if (error != std::errc() || end != expires.data() + expires.size() || seconds < 0 ||
      seconds > kPresignedLifetimeMax.count()) {
    return incomplete("X-Amz-Expires must be a number of seconds of at most 604800.");
  }
  found.lifetime = std::chrono::seconds(seconds);
  return found;
}

Result<SignedRequest> read_signature(const HttpRequest& request) {
  std::string_view header = request.header("Authorization");
  NameValues query;
  if (request.query().find("X-Amz-") != std::string_view::npos) {
    query = parse_name_values(request.query(), false);
  }
  bool in_query = find_value(query, "X-Amz-Algorithm").has_value();
  if (in_query && !header.empty()) {
    return invalid(
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as "
        "HTTP header.");
  }
  if (!in_query && !header.starts_with("AWS4-")) {
    return api_error(400, "MissingAuthenticationTokenException",
                     "Request is missing Authentication Token");
  }
  return in_query ? read_query(query) : read_header(request, header);
}

Result<void> check_time(SignedRequest& found, Timestamp now) {
  auto signed_at = parse_time(found.time);
  if (!signed_at) {
    return incomplete("Date must be in ISO-8601 'basic format'. Got '" + found.time +
                      "'. See http://en.wikipedia.org/wiki/ISO_8601");
  }
  found.signed_at = *signed_at;
  found.time = to_basic_iso8601(*signed_at);
  Duration early = found.presigned ? Duration(found.lifetime) : Duration(kClockSkewMax);
  std::string now_text = to_basic_iso8601(now);
  if (*signed_at + early < now) {
    std::string limit =
        found.presigned ? std::to_string(found.lifetime.count()) + " sec." : std::string("15 min.");
    return invalid("Signature expired: " + found.time + " is now earlier than " +
                   to_basic_iso8601(now - early) + " (" + now_text + " - " + limit + ")");
  }
  if (*signed_at > now + kClockSkewMax) {
    return invalid("Signature not yet current: " + found.time + " is still later than " +
                   to_basic_iso8601(now + kClockSkewMax) + " (" + now_text + " + 15 min.)");
  }
  if (found.time.substr(0, 8) != found.scope.date) {
    return invalid(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
        "from HTTP: '" +
        found.scope.date + "' != '" + found.time.substr(0, 8) + "', from '" + found.time + "'.");
  }
  return {};
}

// What is signed for one service must not serve at another.
Result<void> check_service(std::string_view signed_for, std::string_view service) {
  if (service.empty() ? signed_for != kObjectStore : signed_for == service) return {};
  return invalid("Credential should be scoped to correct service: '" +
                 std::string(service.empty() ? "millrace" : service) + "'.");
}

// What stands for the body in the canonical request; nothing if the client's own hash of it is
// wrong.
std::optional<std::string> payload_hash(const HttpRequest& request, const SignedRequest& found) {
  std::string_view declared = request.header("X-Amz-Content-Sha256");
  if (declared.empty() && found.presigned && found.scope.service == kObjectStore)
    return "UNSIGNED-PAYLOAD";
  if (declared == "UNSIGNED-PAYLOAD" || declared.starts_with("STREAMING-")) {
    // Only the object store takes bodies that the signature does not cover.
    if (found.scope.service != kObjectStore) return std::nullopt;
    return std::string(declared);
  }
  std::string actual = to_hex(as_view(sha256(request.body)));
  if (!declared.empty() && declared != actual) return std::nullopt;
  return actual;
}

}  // namespace

std::string find_session_token(const HttpRequest& request) {
  if (auto token = request.find_header("X-Amz-Security-Token")) return std::string(*token);
  if (request.query().find("X-Amz-Security-Token=") == std::string_view::npos) return "";
  return find_value(parse_name_values(request.query(), false), "X-Amz-Security-Token").value_or("");
}

// The key itself or, with a session token, the temporary credentials that were made with one.
Result<SignatureVerifier::Signer> SignatureVerifier::find_signer(
    const HttpRequest& request, const std::string& access_key_id) const {
  auto invalid_token = api_error(400, "UnrecognizedClientException",
                                 "The security token included in the request is invalid.");
  std::string token = find_session_token(request);
  if (token.empty()) {
    const AccessKey* key = keys_.find(access_key_id);
    if (key == nullptr) return invalid_token;
    return Signer{{key->account, access_key_id, ""}, key->secret};
  }
  auto session = read_session_token(token);
  if (!session || session->access_key_id != access_key_id) return invalid_token;
  const AccessKey* key = keys_.find(session->long_term_key);
  if (key == nullptr) return invalid_token;
  auto secret = open_session_token(token, key->secret);
  if (!secret) return invalid_token;
  if (session->expires <= clock_.now()) {
    return api_error(400, "ExpiredTokenException",
                     "The security token included in the request is expired");
  }
  return Signer{{session->account, session->long_term_key, session->caller_arn},
                std::move(*secret)};
}

Result<Caller> SignatureVerifier::verify(const HttpRequest& request,
                                         std::string_view service) const {
  MILLRACE_TRY(SignedRequest found, read_signature(request));
  MILLRACE_CHECK_OK(check_time(found, clock_.now()));
  MILLRACE_CHECK_OK(check_service(found.scope.service, service));
  auto is_signed = [&](std::string_view name) {
    return std::find(found.signed_headers.begin(), found.signed_headers.end(), name) !=
           found.signed_headers.end();
  };
  // Over HTTP/2 some clients sign the pseudo-header that stands for it.
  if (!is_signed("host") && !is_signed(":authority")) {
    return invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  // Who may have the same body signed for a read must not turn it into a deletion.
  if (request.find_header("X-Amz-Target") && !is_signed("x-amz-target")) {
    return invalid("'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.");
  }
  MILLRACE_TRY(Signer signer, find_signer(request, found.scope.access_key_id));
  auto hash = payload_hash(request, found);
  if (!hash) return invalid(kMismatch);
  std::string canonical =
      canonical_request(request, found.signed_headers, *hash, found.scope.service == kObjectStore);
  std::string expected =
      sign(signer.secret, found.scope, string_to_sign(found.time, found.scope, canonical));
  if (!equal_constant_time(expected, found.signature)) return invalid(kMismatch);
  return std::move(signer.caller);
}

std::optional<Caller> SignatureVerifier::basic_caller(const HttpRequest& request) const {
  std::string_view header = request.header("Authorization");
  if (!header.starts_with("Basic ")) return std::nullopt;
  auto decoded = from_base64(trim(header.substr(6)));
  if (!decoded) return std::nullopt;
  size_t colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  const AccessKey* key = keys_.find(std::string_view(*decoded).substr(0, colon));
  if (key == nullptr ||
      !equal_constant_time(key->secret, std::string_view(*decoded).substr(colon + 1))) {
    return std::nullopt;
  }
  return Caller{key->account, decoded->substr(0, colon), ""};
}

}  // namespace millrace::aws
