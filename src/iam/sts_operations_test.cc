#include "iam/sts_operations.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "aws/signature/session.h"

namespace millrace::iam {
namespace {

using nlohmann::json;

constexpr char kRole[] = "arn:aws:iam::123456789012:role/team/deploy";

class StsOperationsTest : public ::testing::Test {
 protected:
  StsOperationsTest() {
    context_.account = "123456789012";
    context_.access_key_id = "AKIDEXAMPLE";
  }
  void check_signatures() { keys_.add("AKIDEXAMPLE", {"secret", "123456789012"}); }

  // The output, or "Type: text" of the error.
  json call(const char* operation, const json& input = json::object()) {
    aws::OperationRegistry registry;
    aws::QueryShapes shapes;
    register_sts_operations(registry, shapes, keys_, clock_, random_);
    json answer;
    (*registry.find("sts", operation))(
        std::make_shared<aws::RequestContext>(context_), input.dump(),
        [&](aws::Result<aws::Output> result) {
          answer = result ? json::parse(result->body)
                          : json(result.error().type + ": " + result.error().message);
        });
    return answer;
  }
  json assume(const json& changes = json::object()) {
    json input{{"RoleArn", kRole}, {"RoleSessionName", "me"}};
    input.update(changes);
    return call("AssumeRole", input);
  }

  aws::RequestContext context_;
  aws::AccessKeys keys_;
  ManualClock clock_{from_unix_millis(1'700'000'000'500)};
  SeededRandom random_{1};
};

TEST_F(StsOperationsTest, AnAccessKeyIsItsWholeAccount) {
  EXPECT_EQ(call("GetCallerIdentity"),
            json::parse(R"({"Account":"123456789012","Arn":"arn:aws:iam::123456789012:root",
                            "UserId":"123456789012"})"));
}

TEST_F(StsOperationsTest, ARoleIsAssumedForAnHour) {
  check_signatures();
  json answer = assume();
  std::string id = answer["AssumedRoleUser"]["AssumedRoleId"];
  EXPECT_EQ(answer["AssumedRoleUser"]["Arn"], "arn:aws:sts::123456789012:assumed-role/deploy/me");
  EXPECT_TRUE(id.starts_with("AROA") && id.ends_with(":me")) << id;
  EXPECT_EQ(answer["Credentials"]["Expiration"], 1'700'003'600);
  std::string token = answer["Credentials"]["SessionToken"];
  EXPECT_EQ(aws::open_session_token(token, "secret"), answer["Credentials"]["SecretAccessKey"]);

  context_.parameters["SecurityToken"] = token;
  EXPECT_EQ(call("GetCallerIdentity"),
            (json{{"Account", "123456789012"},
                  {"Arn", "arn:aws:sts::123456789012:assumed-role/deploy/me"},
                  {"UserId", id}}));
  EXPECT_EQ(assume({{"RoleSessionName", "again"}})["AssumedRoleUser"]["Arn"],
            "arn:aws:sts::123456789012:assumed-role/deploy/again");
}

TEST_F(StsOperationsTest, ASessionTokenIsTheAccount) {
  json credentials = call("GetSessionToken", {{"DurationSeconds", 900}})["Credentials"];
  EXPECT_EQ(credentials["Expiration"], 1'700'000'900);
  context_.parameters["SecurityToken"] = credentials["SessionToken"];
  EXPECT_EQ(call("GetCallerIdentity")["Arn"], "arn:aws:iam::123456789012:root");
  EXPECT_EQ(call("GetSessionToken"),
            "AccessDeniedException: Cannot call GetSessionToken with session credentials");
}

TEST_F(StsOperationsTest, AccountsStayApartWhereSignaturesAreChecked) {
  const char* other = "arn:aws:iam::999999999999:role/deploy";
  EXPECT_EQ(assume({{"RoleArn", other}})["AssumedRoleUser"]["Arn"],
            "arn:aws:sts::999999999999:assumed-role/deploy/me");
  check_signatures();
  EXPECT_EQ(assume({{"RoleArn", other}}),
            "AccessDeniedException: User: arn:aws:iam::123456789012:root is not authorized to "
            "perform: sts:AssumeRole on resource: arn:aws:iam::999999999999:role/deploy");
}

TEST_F(StsOperationsTest, BadInputs) {
  const std::string error = "ValidationException: 1 validation error detected: Value ";
  EXPECT_EQ(call("AssumeRole"),
            error + "null at 'roleArn' failed to satisfy constraint: Member must not be null");
  EXPECT_EQ(assume({{"RoleArn", "short"}}),
            error +
                "'short' at 'roleArn' failed to satisfy constraint: Member must have length "
                "greater than or equal to 20");
  for (const char* arn :
       {"arn:aws:iam::123456789012:user/somebody", "a role that is not an ARN",
        "arn:aws:iam::12345678901:role/deploy", "arn:aws:iam::123456789012:role/deploy/"}) {
    EXPECT_EQ(assume({{"RoleArn", arn}}),
              "ValidationException: " + std::string(arn) + " is invalid");
  }
  EXPECT_EQ(assume({{"RoleSessionName", "a b"}}),
            error +
                "'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy "
                "regular expression pattern: [\\w+=,.@-]*");
  EXPECT_EQ(assume({{"RoleSessionName", std::string(65, 'a')}}),
            error + "'" + std::string(65, 'a') +
                "' at 'roleSessionName' failed to satisfy constraint: Member must have length less "
                "than or equal to 64");
  EXPECT_EQ(assume({{"DurationSeconds", 899}}),
            error +
                "'899' at 'durationSeconds' failed to satisfy constraint: Member must have "
                "value greater than or equal to 900");
  EXPECT_EQ(call("GetSessionToken", {{"DurationSeconds", 129'601}}),
            error +
                "'129601' at 'durationSeconds' failed to satisfy constraint: Member must have "
                "value less than or equal to 129600");
}

}  // namespace
}  // namespace millrace::iam
