// Checks AWS Signature Version 4 in headers and in presigned URLs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/api_error.h"
#include "aws/http_message.h"
#include "aws/signature/access_keys.h"
#include "base/clock.h"

namespace millrace::aws {

// Whose signature a request has.
struct Caller {
  std::string account;        // empty: the server's default account
  std::string long_term_key;  // id of the access key, also behind temporary credentials
  std::string session_arn;    // whose session it is, with temporary credentials; else empty
};

// The token of temporary credentials in the headers or the presigned URL; empty if there is none.
std::string find_session_token(const HttpRequest& request);

// Thread-safe.
class SignatureVerifier {
 public:
  // The clock must outlive this.
  SignatureVerifier(AccessKeys keys, const Clock& clock) : keys_(std::move(keys)), clock_(clock) {}

  // Who signed the request. `request` is as received: body still compressed. The errors and their
  // order are AWS's: MissingAuthenticationTokenException, IncompleteSignatureException,
  // InvalidSignatureException, UnrecognizedClientException, ExpiredTokenException.
  // `service` is the signing name that the signature must be for; empty: that of any service whose
  // signatures cover the body, which the object store's need not.
  Result<Caller> verify(const HttpRequest& request, std::string_view service) const;

  // For scrapers and browsers, which cannot sign: HTTP Basic with an access key id and its secret.
  // Nothing if the request has none, or wrong ones.
  std::optional<Caller> basic_caller(const HttpRequest& request) const;

 private:
  struct Signer {
    Caller caller;
    std::string secret;
  };
  Result<Signer> find_signer(const HttpRequest& request, const std::string& access_key_id) const;

  AccessKeys keys_;
  const Clock& clock_;
};

}  // namespace millrace::aws
