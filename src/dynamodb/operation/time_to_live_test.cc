// UpdateTimeToLive and DescribeTimeToLive: their answers and what they refuse.
#include <gmock/gmock.h>

#include "dynamodb/operation/operation_fixture.h"

namespace millrace::dynamodb::operation {
namespace {

class TimeToLiveTest : public OperationFixture {
 protected:
  TimeToLiveTest() { create_plain("expiring"); }
  static std::string body(const std::string& specification, const std::string& table = "expiring") {
    return R"({"TableName":")" + table + R"(","TimeToLiveSpecification":)" + specification + "}";
  }
  std::string refusal(const std::string& specification, const std::string& table = "expiring") {
    return error("UpdateTimeToLive", body(specification, table));
  }
  nlohmann::json described() {
    return call("DescribeTimeToLive", R"({"TableName":"expiring"})")["TimeToLiveDescription"];
  }
};

const std::string kInvalid = "ValidationException: ";
const std::string kOn = R"({"Enabled":true,"AttributeName":"ttl"})";

TEST_F(TimeToLiveTest, IsToldAsItWasSet) {
  EXPECT_EQ(described(), parsed(R"({"TimeToLiveStatus":"DISABLED"})"));
  EXPECT_EQ(call("UpdateTimeToLive", body(kOn)),
            parsed(R"({"TimeToLiveSpecification":{"Enabled":true,"AttributeName":"ttl"}})"));
  EXPECT_EQ(described(), parsed(R"({"TimeToLiveStatus":"ENABLED","AttributeName":"ttl"})"));
  EXPECT_EQ(call("UpdateTimeToLive", body(R"({"Enabled":false,"AttributeName":"ttl"})")),
            parsed(R"({"TimeToLiveSpecification":{"Enabled":false,"AttributeName":"ttl"}})"));
  EXPECT_EQ(described(), parsed(R"({"TimeToLiveStatus":"DISABLED"})"));
}

TEST_F(TimeToLiveTest, AKeyMayBeTheAttribute) {
  create_plain("numbered", "N");
  call("UpdateTimeToLive", body(R"({"Enabled":true,"AttributeName":"sk"})", "numbered"));
  call("PutItem", R"({"TableName":"numbered","Item":{"pk":{"S":"a"},"sk":{"N":"1700000060"}}})");
  EXPECT_EQ(call("Scan", R"({"TableName":"numbered"})")["Count"], 1);
  timers_.advance(std::chrono::seconds(60));
  executor_.run_all();
  EXPECT_EQ(call("Scan", R"({"TableName":"numbered"})")["Count"], 0);
}

TEST_F(TimeToLiveTest, MissingMembersAreRefused) {
  const std::string one = kInvalid + "1 validation error detected: ";
  EXPECT_EQ(error("UpdateTimeToLive", R"({"TableName":"expiring"})"),
            one +
                "Value null at 'timeToLiveSpecification' failed to satisfy constraint: Member "
                "must not be null");
  EXPECT_EQ(refusal(R"({"Enabled":false})"),
            one +
                "Value null at 'timeToLiveSpecification.attributeName' failed to satisfy "
                "constraint: Member must not be null");
  EXPECT_EQ(refusal(R"({"AttributeName":"ttl"})"),
            one +
                "Value null at 'timeToLiveSpecification.enabled' failed to satisfy constraint: "
                "Member must not be null");
  EXPECT_EQ(refusal(R"({"Enabled":true,"AttributeName":""})"),
            one +
                "Value '' at 'timeToLiveSpecification.attributeName' failed to satisfy "
                "constraint: Member must have length greater than or equal to 1");
  EXPECT_THAT(refusal(R"({"Enabled":true,"AttributeName":")" + std::string(256, 'x') + "\"}"),
              ::testing::EndsWith("Member must have length less than or equal to 255"));
  EXPECT_EQ(refusal(kOn, "none"),
            "ResourceNotFoundException: Requested resource not found: Table: none not found");
  EXPECT_THAT(refusal(R"({"Enabled":"x","AttributeName":"ttl"})"),
              ::testing::StartsWith("SerializationException"));
}

TEST_F(TimeToLiveTest, ChangesThatChangeNothingAreRefused) {
  EXPECT_EQ(refusal(R"({"Enabled":false,"AttributeName":"ttl"})"),
            kInvalid + "TimeToLive is already disabled");
  call("UpdateTimeToLive", body(kOn));
  EXPECT_EQ(refusal(kOn), kInvalid + "TimeToLive is already enabled");
  EXPECT_EQ(
      refusal(R"({"Enabled":false,"AttributeName":"other"})"),
      kInvalid + "TimeToLive is active on a different AttributeName: current AttributeName is ttl");
  EXPECT_EQ(described()["TimeToLiveStatus"], "ENABLED");
}

}  // namespace
}  // namespace millrace::dynamodb::operation
