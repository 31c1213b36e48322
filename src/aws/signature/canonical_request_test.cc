#include "aws/signature/canonical_request.h"

#include <gtest/gtest.h>

#include "aws/testing.h"
#include "base/encoding.h"

namespace millrace::aws {
namespace {

using testing::make_request;

// The published test suite of Signature Version 4: its requests and their signatures.
constexpr char kSecret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr char kTime[] = "20150830T123600Z";
const CredentialScope kScope{"AKIDEXAMPLE", "20150830", "us-east-1", "service"};

using Headers = std::vector<std::pair<std::string, std::string>>;

// Signs as the suite does: the host, the date and the given headers.
std::string signature(std::string method, std::string target, const Headers& headers = {},
                      std::string body = "") {
  HttpRequest request = make_request(std::move(method), std::move(target));
  request.add_header("Host", "example.amazonaws.com");
  request.add_header("X-Amz-Date", kTime);
  std::vector<std::string> names{"host", "x-amz-date"};
  for (const auto& [name, value] : headers) {
    request.add_header(name, value);
    names.push_back(to_lower(name));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::string canonical = canonical_request(request, names, to_hex(as_view(sha256(body))), false);
  return sign(kSecret, kScope, string_to_sign(kTime, kScope, canonical));
}

constexpr char kVanilla[] = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

TEST(TestSuite, Vanilla) {
  EXPECT_EQ(signature("GET", "/"), kVanilla);
  EXPECT_EQ(signature("POST", "/"),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

TEST(TestSuite, QueriesAreSortedByNameThenValue) {
  EXPECT_EQ(signature("GET", "/?Param2=value2&Param1=value1"),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
  EXPECT_EQ(signature("GET", "/?Param1=value2&Param1=value1"),
            "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694");
  const std::string unreserved =
      "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  EXPECT_EQ(signature("GET", "/?" + unreserved + "=" + unreserved),
            "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197");
}

TEST(TestSuite, Paths) {
  EXPECT_EQ(signature("GET", "/\u1234"),
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85");
  EXPECT_EQ(signature("GET", "/example space/"),
            "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741");
  EXPECT_EQ(signature("GET", "/example/.."), kVanilla);
  EXPECT_EQ(signature("GET", "/./"), kVanilla);
  EXPECT_EQ(signature("GET", "//"), kVanilla);
  EXPECT_EQ(signature("GET", "//example//"),
            "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84");
}

TEST(TestSuite, Bodies) {
  EXPECT_EQ(signature("POST", "/", {{"Content-Type", "application/x-www-form-urlencoded"}},
                      "Param1=value1"),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
  EXPECT_EQ(
      signature("POST", "/", {{"Content-Type", "application/x-www-form-urlencoded; charset=utf8"}},
                "Param1=value1"),
      "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe");
}

TEST(TestSuite, Headers) {
  EXPECT_EQ(signature("GET", "/", {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}}),
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
  EXPECT_EQ(
      signature("GET", "/",
                {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}}),
      "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea");
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
