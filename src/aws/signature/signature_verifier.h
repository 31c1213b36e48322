// Checks AWS Signature Version 4 in headers and in presigned URLs.
#pragma once

#include "aws/api_error.h"
#include "aws/http_message.h"
#include "aws/signature/access_keys.h"
#include "base/clock.h"

namespace millrace::aws {

// Thread-safe.
class SignatureVerifier {
 public:
  // The clock must outlive this.
  SignatureVerifier(AccessKeys keys, const Clock& clock) : keys_(std::move(keys)), clock_(clock) {}

  // The key that signed the request. `request` is as received: body still compressed. The errors
  // and their order are AWS's: MissingAuthenticationTokenException, IncompleteSignatureException,
  // InvalidSignatureException, UnrecognizedClientException.
  Result<AccessKey> verify(const HttpRequest& request) const;

  // For scrapers and browsers, which cannot sign: HTTP Basic with an access key id and its secret.
  bool has_basic_credentials(const HttpRequest& request) const;

 private:
  AccessKeys keys_;
  const Clock& clock_;
};

}  // namespace millrace::aws
