// Temporary credentials, as STS gives them out. Nothing is stored: the token itself says whose they
// are and until when, sealed with the secret of the long-term key that they were made with, and
// their secret follows from the token. So they outlive restarts and end with that key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace millrace::aws {

struct Session {
  std::string access_key_id;  // of the credentials themselves: "ASIA..."
  std::string long_term_key;  // id of the access key behind them
  std::string account;        // 12 digits
  std::string caller_arn;     // "arn:aws:sts::000000000000:assumed-role/deploy/me"
  std::string caller_id;      // "AROA...:me"
  Timestamp expires;
};

struct SessionCredentials {
  std::string access_key_id;
  std::string secret;
  std::string token;
};

// A new key id in the style of AWS's temporary ones.
std::string make_session_key_id(Random& random);

// `long_term_secret` is empty on a server that checks no signatures.
SessionCredentials make_credentials(const Session& session, std::string_view long_term_secret);

// What the token says, whether or not it is sealed by anyone; nothing if it is no token of ours.
std::optional<Session> read_session_token(std::string_view token);

// The secret of the credentials if the token was sealed with that secret; nothing otherwise.
std::optional<std::string> open_session_token(std::string_view token,
                                              std::string_view long_term_secret);

}  // namespace millrace::aws
