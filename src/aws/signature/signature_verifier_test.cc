#include "aws/signature/signature_verifier.h"

#include <gtest/gtest.h>

#include "aws/signature/canonical_request.h"
#include "aws/signature/session.h"
#include "aws/testing.h"
#include "base/encoding.h"

namespace millrace::aws {
namespace {

using testing::make_request;

constexpr char kId[] = "AKIDEXAMPLE";
constexpr char kSecret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr char kTime[] = "20150830T123600Z";
const Timestamp kNow = from_unix_millis(1'440'938'160'000);

constexpr char kMismatch[] =
    "InvalidSignatureException: The request signature we calculated does not match the signature "
    "you provided. Check your AWS Secret Access Key and signing method. Consult the service "
    "documentation for details.";
constexpr char kInvalidToken[] =
    "UnrecognizedClientException: The security token included in the request is invalid.";

class SignatureVerifierTest : public ::testing::Test {
 protected:
  SignatureVerifierTest() {
    AccessKeys keys;
    keys.add(kId, {kSecret, "123456789012"});
    keys.add("AKIAIOSFODNN7EXAMPLE", {"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""});
    verifier_ = std::make_unique<SignatureVerifier>(std::move(keys), clock_);
  }

  // "ok" and the key's account, or the error.
  std::string verify(const HttpRequest& request) const {
    auto scope = find_credential_scope(request);
    auto key = verifier_->verify(request, scope ? scope->service : "");
    if (key) return "ok " + key->account;
    EXPECT_EQ(key.error().http_status, 400);
    return key.error().type + ": " + key.error().message;
  }

  struct Options {
    std::string time = kTime;
    std::string date = "20150830";
    std::string service = "dynamodb";
    std::string id = kId;
    std::vector<std::string> signed_headers = {"host", "x-amz-date", "x-amz-target"};
    std::string payload_hash;  // empty: of the body
    std::string secret = kSecret;
  };
  HttpRequest unsigned_request(const std::string& time = kTime) const {
    return make_request("POST", "/",
                        {{"Host", "localhost:4566"},
                         {"X-Amz-Date", time},
                         {"X-Amz-Target", "DynamoDB_20120810.ListTables"}},
                        "{}");
  }
  // Adds the Authorization header.
  HttpRequest sign_it(HttpRequest request, const Options& options) const {
    CredentialScope scope{options.id, options.date, "us-east-1", options.service};
    std::string hash =
        options.payload_hash.empty() ? to_hex(as_view(sha256(request.body))) : options.payload_hash;
    std::string canonical =
        canonical_request(request, options.signed_headers, hash, options.service == "s3");
    std::string names;
    for (const auto& name : options.signed_headers) names += (names.empty() ? "" : ";") + name;
    request.add_header(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=" + options.id + '/' + options.date + "/us-east-1/" +
            options.service + "/aws4_request, SignedHeaders=" + names + ", Signature=" +
            sign(options.secret, scope, string_to_sign(options.time, scope, canonical)));
    return request;
  }
  HttpRequest signed_request(const Options& options) const {
    return sign_it(unsigned_request(options.time), options);
  }
  HttpRequest with_authorization(std::string_view authorization) const {
    HttpRequest request = unsigned_request();
    request.add_header("Authorization", authorization);
    return request;
  }

  ManualClock clock_{kNow};
  std::unique_ptr<SignatureVerifier> verifier_;
};

TEST_F(SignatureVerifierTest, GivesTheKeyOfAGoodSignature) {
  EXPECT_EQ(verify(signed_request({})), "ok 123456789012");
}

TEST_F(SignatureVerifierTest, EverythingThatIsSignedCounts) {
  HttpRequest body = signed_request({});
  body.body = R"({"Limit":1})";
  EXPECT_EQ(verify(body), kMismatch);
  HttpRequest method = signed_request({});
  method.method = "PUT";
  EXPECT_EQ(verify(method), kMismatch);
  HttpRequest target = signed_request({});
  target.target = "/?a=b";
  EXPECT_EQ(verify(target), kMismatch);
  HttpRequest twice = signed_request({});
  twice.add_header("X-Amz-Target", "DynamoDB_20120810.DeleteTable");
  EXPECT_EQ(verify(twice), kMismatch);
  HttpRequest unsigned_header = signed_request({});
  unsigned_header.add_header("User-Agent", "anything");
  EXPECT_EQ(verify(unsigned_header), "ok 123456789012");
}

TEST_F(SignatureVerifierTest, TheHostAndTheOperationMustBeSigned) {
  EXPECT_EQ(verify(signed_request({.signed_headers = {"x-amz-date", "x-amz-target"}})),
            "InvalidSignatureException: 'Host' or ':authority' must be a 'SignedHeader' in the AWS "
            "Authorization.");
  EXPECT_EQ(verify(signed_request({.signed_headers = {"host", "x-amz-date"}})),
            "InvalidSignatureException: 'X-Amz-Target' must be a 'SignedHeader' in the AWS "
            "Authorization.");
}

TEST_F(SignatureVerifierTest, ASignatureIsForOneService) {
  auto other = verifier_->verify(signed_request({}), "lambda");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().type, "InvalidSignatureException");
  EXPECT_EQ(other.error().message, "Credential should be scoped to correct service: 'lambda'.");
  EXPECT_TRUE(verifier_->verify(signed_request({}), ""));
  // The object store's signatures need not cover the body.
  EXPECT_FALSE(verifier_->verify(signed_request({.service = "s3"}), ""));
}

// As AWS does: within the quarter of an hour a request may come again.
TEST_F(SignatureVerifierTest, ARequestMayBeRepeatedWhileItsTimeIsGood) {
  HttpRequest request = signed_request({});
  EXPECT_EQ(verify(request), "ok 123456789012");
  EXPECT_EQ(verify(request), "ok 123456789012");
}

TEST_F(SignatureVerifierTest, RequestsWithoutASignature) {
  const char* missing =
      "MissingAuthenticationTokenException: Request is missing Authentication Token";
  EXPECT_EQ(verify(unsigned_request()), missing);
  EXPECT_EQ(verify(with_authorization("Basic QUtJRDp4")), missing);
  EXPECT_EQ(verify(with_authorization("AWS AKID:oldsignature")), missing);
}

TEST_F(SignatureVerifierTest, IncompleteHeadersSayAllThatIsMissing) {
  EXPECT_EQ(verify(with_authorization("AWS4-HMAC-SHA256 Credential=a/b")),
            "IncompleteSignatureException: Authorization header requires 'Signature' parameter. "
            "Authorization header requires 'SignedHeaders' parameter. "
            "Authorization=AWS4-HMAC-SHA256 Credential=a/b");
  HttpRequest empty = make_request("POST", "/", {{"Authorization", "AWS4-"}});
  EXPECT_EQ(verify(empty),
            "IncompleteSignatureException: Authorization header requires 'Credential' parameter. "
            "Authorization header requires 'Signature' parameter. Authorization header requires "
            "'SignedHeaders' parameter. Authorization header requires existence of either a "
            "'X-Amz-Date' or a 'Date' header. Authorization=AWS4-");
  EXPECT_EQ(verify(with_authorization(
                "AWS4-HMAC-SHA256 Credential=AKID/x, SignedHeaders=host, Signature=0")),
            "IncompleteSignatureException: Credential must have exactly 5 slash-delimited "
            "elements, got 'AKID/x'.");
  EXPECT_EQ(verify(with_authorization("AWS4-HMAC-SHA512 Credential=AKID/20150830/r/s/aws4_request, "
                                      "SignedHeaders=host, Signature=0")),
            "IncompleteSignatureException: Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'.");
}

TEST_F(SignatureVerifierTest, KeysMustBeKnown) {
  EXPECT_EQ(verify(signed_request({.id = "AKIDOTHER"})), kInvalidToken);
}

TEST_F(SignatureVerifierTest, SecretsMustFit) {
  // The example of the object store has a secret that differs by one character.
  EXPECT_EQ(verify(signed_request({.id = "AKIAIOSFODNN7EXAMPLE"})), kMismatch);
}

TEST_F(SignatureVerifierTest, ClocksMayDifferByFifteenMinutes) {
  clock_.set(kNow + std::chrono::minutes(15));
  EXPECT_EQ(verify(signed_request({})), "ok 123456789012");
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(verify(signed_request({})),
            "InvalidSignatureException: Signature expired: 20150830T123600Z is now earlier than "
            "20150830T123601Z (20150830T125101Z - 15 min.)");
  clock_.set(kNow - std::chrono::minutes(15));
  EXPECT_EQ(verify(signed_request({})), "ok 123456789012");
  clock_.advance(-std::chrono::seconds(1));
  EXPECT_EQ(verify(signed_request({})),
            "InvalidSignatureException: Signature not yet current: 20150830T123600Z is still later "
            "than 20150830T123559Z (20150830T122059Z + 15 min.)");
}

TEST_F(SignatureVerifierTest, DatesMustBeDatesAndTheScopesDay) {
  EXPECT_EQ(verify(signed_request({.time = "2015-08-30T12:36:00Z"})),
            "IncompleteSignatureException: Date must be in ISO-8601 'basic format'. Got "
            "'2015-08-30T12:36:00Z'. See http://en.wikipedia.org/wiki/ISO_8601");
  EXPECT_EQ(verify(signed_request({.date = "20150829"})),
            "InvalidSignatureException: Date in Credential scope does not match YYYYMMDD from "
            "ISO-8601 version of date from HTTP: '20150829' != '20150830', from "
            "'20150830T123600Z'.");
  EXPECT_EQ(verify(signed_request({.date = ""})),
            "InvalidSignatureException: Date in Credential scope does not match YYYYMMDD from "
            "ISO-8601 version of date from HTTP: '' != '20150830', from '20150830T123600Z'.");
}

TEST_F(SignatureVerifierTest, TheDateHeaderServesToo) {
  HttpRequest request = make_request("GET", "/", {{"Host", "h"}});
  request.add_header("Date", "Sun, 30 Aug 2015 12:36:00 GMT");
  EXPECT_EQ(verify(sign_it(request, {.signed_headers = {"date", "host"}})), "ok 123456789012");
}

TEST_F(SignatureVerifierTest, AnHttp2ClientMaySignTheAuthority) {
  HttpRequest request = make_request("GET", "/", {{":authority", "h"}, {"X-Amz-Date", kTime}});
  EXPECT_EQ(verify(sign_it(request, {.signed_headers = {":authority", "x-amz-date"}})),
            "ok 123456789012");
}

TEST_F(SignatureVerifierTest, ADeclaredHashMustBeTheBodys) {
  HttpRequest request = unsigned_request();
  request.add_header("X-Amz-Content-Sha256", to_hex(as_view(sha256("{}"))));
  EXPECT_EQ(verify(sign_it(request, {})), "ok 123456789012");
  HttpRequest wrong = unsigned_request();
  std::string other = to_hex(as_view(sha256("[]")));
  wrong.add_header("X-Amz-Content-Sha256", other);
  EXPECT_EQ(verify(sign_it(wrong, {.payload_hash = other})), kMismatch);
}

TEST_F(SignatureVerifierTest, OnlyTheObjectStoreTakesBodiesThatAreNotSigned) {
  HttpRequest table = unsigned_request();
  table.add_header("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD");
  EXPECT_EQ(verify(sign_it(table, {.payload_hash = "UNSIGNED-PAYLOAD"})), kMismatch);
  HttpRequest object = make_request("PUT", "/b/k", {{"Host", "h"}, {"X-Amz-Date", kTime}}, "body");
  object.add_header("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD");
  Options options{.service = "s3",
                  .signed_headers = {"host", "x-amz-content-sha256", "x-amz-date"},
                  .payload_hash = "UNSIGNED-PAYLOAD"};
  EXPECT_EQ(verify(sign_it(object, options)), "ok 123456789012");
}

TEST_F(SignatureVerifierTest, ATokenThatWasNotGivenOutIsInvalid) {
  HttpRequest request = unsigned_request();
  request.add_header("X-Amz-Security-Token", "AQoDYXdzEPT");
  EXPECT_EQ(verify(sign_it(request, {})), kInvalidToken);
  HttpRequest presigned = make_request("GET", "/?X-Amz-Security-Token=AQoDYXdzEPT");
  presigned.add_header("Host", "h");
  presigned.add_header("X-Amz-Date", kTime);
  EXPECT_EQ(verify(sign_it(presigned, {.signed_headers = {"host", "x-amz-date"}})), kInvalidToken);
}

TEST_F(SignatureVerifierTest, TemporaryCredentialsSignUntilTheyExpire) {
  Session session{"ASIATEMPORARY", kId,  "123456789012",
                  "arn",           "id", kNow + std::chrono::minutes(1)};
  SessionCredentials credentials = make_credentials(session, kSecret);
  HttpRequest request = unsigned_request();
  request.add_header("X-Amz-Security-Token", credentials.token);
  HttpRequest good =
      sign_it(request, {.id = credentials.access_key_id, .secret = credentials.secret});
  auto caller = verifier_->verify(good, "dynamodb");
  ASSERT_TRUE(caller) << caller.error().message;
  EXPECT_EQ(caller->account, "123456789012");
  EXPECT_EQ(caller->long_term_key, kId);
  EXPECT_EQ(caller->session_arn, "arn");
  // Neither with the secret of the key behind them, nor under another id, nor without the token.
  EXPECT_EQ(verify(sign_it(request, {.id = credentials.access_key_id})), kMismatch);
  EXPECT_EQ(verify(sign_it(request, {.id = kId, .secret = credentials.secret})), kInvalidToken);
  EXPECT_EQ(verify(signed_request({.id = credentials.access_key_id, .secret = credentials.secret})),
            kInvalidToken);
  clock_.advance(std::chrono::minutes(1));
  EXPECT_EQ(verify(good),
            "ExpiredTokenException: The security token included in the request is expired");
}

TEST_F(SignatureVerifierTest, TokensSealedByNobodyAreInvalid) {
  for (const char* key : {kId, "AKIDOTHER"}) {
    Session session{"ASIAFORGED", key, "999999999999", "arn", "id", kNow + std::chrono::hours(1)};
    SessionCredentials forged = make_credentials(session, "another secret");
    HttpRequest request = unsigned_request();
    request.add_header("X-Amz-Security-Token", forged.token);
    EXPECT_EQ(verify(sign_it(request, {.id = forged.access_key_id, .secret = forged.secret})),
              kInvalidToken);
  }
}

// The examples of the object store's API reference.
TEST_F(SignatureVerifierTest, PublishedExamplesOfTheObjectStore) {
  clock_.set(from_unix_millis(1'369'353'600'000));  // 2013-05-24T00:00:00Z
  const std::string credential =
      "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";
  HttpRequest get = make_request(
      "GET", "/test.txt",
      {{"Host", "examplebucket.s3.amazonaws.com"},
       {"Range", "bytes=0-9"},
       {"x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
       {"x-amz-date", "20130524T000000Z"}});
  get.add_header("Authorization",
                 "AWS4-HMAC-SHA256 " + credential +
                     ",SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature="
                     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  EXPECT_EQ(verify(get), "ok ");
  HttpRequest put = make_request(
      "PUT", "/test$file.text",
      {{"Host", "examplebucket.s3.amazonaws.com"},
       {"Date", "Fri, 24 May 2013 00:00:00 GMT"},
       {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
       {"x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"},
       {"x-amz-date", "20130524T000000Z"}},
      "Welcome to Amazon S3.");
  put.add_header("Authorization",
                 "AWS4-HMAC-SHA256 " + credential +
                     ",SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,"
                     "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  EXPECT_EQ(verify(put), "ok ");
}

class PresignedTest : public SignatureVerifierTest {
 protected:
  PresignedTest() { clock_.set(from_unix_millis(1'369'353'600'000)); }
  // The example of the API reference, with changes.
  HttpRequest example(std::string_view without = "", std::string_view instead = "") const {
    std::string target =
        "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE"
        "%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z"
        "&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    if (!without.empty()) target.replace(target.find(without), without.size(), instead);
    return make_request("GET", target, {{"Host", "examplebucket.s3.amazonaws.com"}});
  }
};

TEST_F(PresignedTest, LivesAsLongAsItSays) {
  EXPECT_EQ(verify(example()), "ok ");
  clock_.advance(std::chrono::hours(24));
  EXPECT_EQ(verify(example()), "ok ");
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(verify(example()),
            "InvalidSignatureException: Signature expired: 20130524T000000Z is now earlier than "
            "20130524T000001Z (20130525T000001Z - 86400 sec.)");
}

TEST_F(PresignedTest, ItsParametersAreSigned) {
  EXPECT_EQ(verify(example("Expires=86400", "Expires=86401")), kMismatch);
  EXPECT_EQ(verify(example("/test.txt?", "/test.txt?versionId=1&")), kMismatch);
}

TEST_F(PresignedTest, IncompleteUrls) {
  EXPECT_EQ(verify(example("&X-Amz-Date=20130524T000000Z")),
            "IncompleteSignatureException: AWS query-string parameters must include 'X-Amz-Date'. "
            "Re-examine the query-string parameters.");
  EXPECT_EQ(verify(example("SHA256", "SHA1")),
            "IncompleteSignatureException: Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'.");
  for (const char* expires : {"Expires=604801", "Expires=-1", "Expires=", "Expires=1h"}) {
    EXPECT_TRUE(verify(example("Expires=86400", expires))
                    .starts_with("IncompleteSignatureException: X-Amz-Expires"))
        << expires;
  }
  HttpRequest both = example();
  both.add_header("Authorization", "AWS4-HMAC-SHA256 Credential=a");
  EXPECT_EQ(verify(both),
            "InvalidSignatureException: Found both 'X-Amz-Algorithm' as a query-string param and "
            "'Authorization' as HTTP header.");
}

TEST_F(SignatureVerifierTest, BasicCredentialsAreAKeyAndItsSecret) {
  auto basic = [&](const std::string& text) {
    return verifier_->basic_caller(
        make_request("GET", "/", {{"Authorization", "Basic " + to_base64(text)}}));
  };
  EXPECT_TRUE(basic(std::string(kId) + ':' + kSecret));
  EXPECT_FALSE(basic(std::string(kId) + ':' + kSecret + 'x'));
  EXPECT_FALSE(basic("AKIDOTHER:" + std::string(kSecret)));
  EXPECT_FALSE(basic(kId));
  EXPECT_FALSE(verifier_->basic_caller(make_request("GET", "/", {{"Authorization", "Basic *"}})));
  EXPECT_FALSE(verifier_->basic_caller(make_request("GET", "/")));
}

}  // namespace
}  // namespace millrace::aws
