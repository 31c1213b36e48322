#include "aws/signature/canonical_request.h"

#include <gtest/gtest.h>

#include "aws/testing.h"
#include "base/encoding.h"

namespace millrace::aws {
namespace {

using testing::make_request;

constexpr char kSecret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr char kTime[] = "20150830T123600Z";
const CredentialScope kScope{"AKIDEXAMPLE", "20150830", "us-east-1", "service"};

// Signs the host and the date.
std::string signature(std::string method, std::string target) {
  HttpRequest request = make_request(std::move(method), std::move(target));
  request.add_header("Host", "example.amazonaws.com");
  request.add_header("X-Amz-Date", kTime);
  std::string canonical =
      canonical_request(request, {"host", "x-amz-date"}, to_hex(as_view(sha256(""))), false);
  return sign(kSecret, kScope, string_to_sign(kTime, kScope, canonical));
}

// Signed by botocore: a path that is encoded already is encoded again.
TEST(CanonicalRequest, EncodedPathsAreEncodedTwice) {
  EXPECT_EQ(signature("GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%3A/x"),
            "7597210bd71802f22feaefb3aff92d9a4a325774536301c2bc690dbb626739b8");
}

TEST(CanonicalRequest, ObjectStorePathsAreEncodedOnceAndKeptAsTheyAre) {
  HttpRequest request = make_request("GET", "/a//b/../c%20d%2Be", {{"Host", "h"}});
  EXPECT_EQ(canonical_request(request, {"host"}, "HASH", true),
            "GET\n/a//b/../c%20d%2Be\n\nhost:h\n\nhost\nHASH");
  EXPECT_EQ(canonical_request(request, {"host"}, "HASH", false),
            "GET\n/a/c%2520d%252Be\n\nhost:h\n\nhost\nHASH");
}

TEST(CanonicalRequest, ASignatureInTheQueryIsNotPartOfIt) {
  HttpRequest request = make_request("GET", "/?b=%2f&X-Amz-Signature=1&a", {{"Host", "h"}});
  EXPECT_EQ(canonical_request(request, {"host"}, "HASH", false),
            "GET\n/\na=&b=%2F\nhost:h\n\nhost\nHASH");
}

}  // namespace
}  // namespace millrace::aws
