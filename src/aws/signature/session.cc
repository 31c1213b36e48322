#include "aws/signature/session.h"

#include "base/encoding.h"

namespace millrace::aws {
namespace {

constexpr char kVersion = 1;
// The end of the year 9999. Tokens are read before their seal is checked.
constexpr uint64_t kExpiresMax = 253'402'300'799'999;
constexpr size_t kSealBytes = sizeof(Digest256);

// Two keys from one secret, so that a seal never tells anything about a secret.
std::string seal(std::string_view secret, std::string_view payload) {
  return std::string(
      as_view(hmac_sha256(as_view(hmac_sha256(secret, "millrace session seal")), payload)));
}
std::string session_secret(std::string_view secret, std::string_view payload) {
  return to_base64(
      as_view(hmac_sha256(as_view(hmac_sha256(secret, "millrace session secret")), payload)));
}

std::string encode(const Session& session) {
  std::string payload(1, kVersion);
  for (const std::string* text : {&session.access_key_id, &session.long_term_key, &session.account,
                                  &session.caller_arn, &session.caller_id}) {
    append_sized(payload, *text);
  }
  append_u64(payload, static_cast<uint64_t>(to_unix_millis(session.expires)));
  return payload;
}

std::optional<Session> decode(std::string_view payload) {
  if (payload.empty() || payload.front() != kVersion) return std::nullopt;
  payload.remove_prefix(1);
  Session session;
  for (std::string* text : {&session.access_key_id, &session.long_term_key, &session.account,
                            &session.caller_arn, &session.caller_id}) {
    auto found = take_sized(payload);
    if (!found) return std::nullopt;
    *text = *found;
  }
  if (payload.size() != sizeof(uint64_t)) return std::nullopt;
  uint64_t expires = read_u64(payload);
  if (expires > kExpiresMax) return std::nullopt;
  session.expires = from_unix_millis(static_cast<int64_t>(expires));
  return session;
}

}  // namespace

std::string make_session_key_id(Random& random) {
  return "ASIA" + random.upper_alphanumeric(16);
}

SessionCredentials make_credentials(const Session& session, std::string_view long_term_secret) {
  std::string payload = encode(session);
  return {session.access_key_id, session_secret(long_term_secret, payload),
          to_base64(payload + seal(long_term_secret, payload))};
}

std::optional<Session> read_session_token(std::string_view token) {
  auto bytes = from_base64(token);
  if (!bytes || bytes->size() < kSealBytes) return std::nullopt;
  return decode(std::string_view(*bytes).substr(0, bytes->size() - kSealBytes));
}

std::optional<std::string> open_session_token(std::string_view token,
                                              std::string_view long_term_secret) {
  auto bytes = from_base64(token);
  if (!bytes || bytes->size() < kSealBytes) return std::nullopt;
  std::string_view payload = std::string_view(*bytes).substr(0, bytes->size() - kSealBytes);
  std::string_view found = std::string_view(*bytes).substr(payload.size());
  if (!equal_constant_time(found, seal(long_term_secret, payload))) return std::nullopt;
  return session_secret(long_term_secret, payload);
}

}  // namespace millrace::aws
