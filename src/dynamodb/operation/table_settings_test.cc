// What a table keeps and tells besides its items: policies, insights, destinations, throughput of
// all kinds, classes, encryption.
#include <gmock/gmock.h>

#include "dynamodb/operation/operation_fixture.h"

namespace millrace::dynamodb::operation {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kInvalid = "ValidationException: One or more parameter values were invalid: ";
const std::string kArn = "arn:aws:dynamodb:us-east-1:000000000000:table/indexed";
const std::string kStream = "arn:aws:kinesis:us-east-1:000000000000:stream/changes";

class TableSettingsTest : public OperationFixture {
 protected:
  nlohmann::json describe(const std::string& name = "indexed") {
    return call("DescribeTable", nlohmann::json{{"TableName", name}}.dump())["Table"];
  }
  std::string update(const std::string& members) {
    return R"({"TableName":"indexed",)" + members + "}";
  }
  void create_provisioned() {
    call("CreateTable", R"({"TableName":"indexed",
      "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],
      "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],
      "GlobalSecondaryIndexes":[{"IndexName":"gsi","KeySchema":[
        {"AttributeName":"pk","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"},
        "ProvisionedThroughput":{"ReadCapacityUnits":10,"WriteCapacityUnits":10}}],
      "ProvisionedThroughput":{"ReadCapacityUnits":10,"WriteCapacityUnits":10}})");
  }
  static std::string throughput(int reads, int writes) {
    return R"("ProvisionedThroughput":{"ReadCapacityUnits":)" + std::to_string(reads) +
           R"(,"WriteCapacityUnits":)" + std::to_string(writes) + "}";
  }
  static std::string index_update(const std::string& members) {
    return R"("GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"gsi1",)" + members + "}}]";
  }
};

nlohmann::json policy(const std::string& principal, const std::string& sid = "a") {
  return {{"Version", "2012-10-17"},
          {"Statement",
           {{{"Sid", sid},
             {"Resource", {kArn}},
             {"Action", {"dynamodb:GetItem"}},
             {"Principal", {{"AWS", principal}}},
             {"Effect", "Allow"}}}}};
}

TEST_F(TableSettingsTest, ResourcePoliciesAreToldInOneForm) {
  create_indexed();
  auto resource = [](nlohmann::json rest = nlohmann::json::object()) {
    rest["ResourceArn"] = kArn;
    return rest.dump();
  };
  std::string none =
      "PolicyNotFoundException: Resource-based policy not found for the provided ResourceArn: ";
  EXPECT_EQ(error("GetResourcePolicy", resource()), none + kArn);
  EXPECT_EQ(call("DeleteResourcePolicy", resource()), nlohmann::json::object());
  auto put = [&](const nlohmann::json& document) {
    return call("PutResourcePolicy", resource({{"Policy", document.dump(2)}}))["RevisionId"];
  };
  auto first = put(policy("111111111111"));
  EXPECT_EQ(put(policy("arn:aws:iam::111111111111:root")), first);  // says the same
  auto told = call("GetResourcePolicy", resource());
  EXPECT_EQ(told["RevisionId"], first);
  EXPECT_EQ(told["Policy"],
            R"({"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow",)"
            R"("Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"dynamodb:GetItem",)"
            R"("Resource":")" +
                kArn + R"("}]})");
  EXPECT_EQ(error("PutResourcePolicy", resource({{"Policy", policy("111111111111", "b").dump()},
                                                 {"ExpectedRevisionId", "1"}})),
            none + "Requested update for policy with revision id 1, but the policy associated to " +
                "target table indexed has revision id " + first.get<std::string>() + ".");
  auto second = put(policy("111111111111", "b"));
  EXPECT_GT(std::stoll(second.get<std::string>()), std::stoll(first.get<std::string>()));
  auto deleted = call("DeleteResourcePolicy", resource({{"ExpectedRevisionId", second}}));
  EXPECT_NE(deleted["RevisionId"], second);
  EXPECT_EQ(call("DeleteResourcePolicy", resource()), deleted);
  EXPECT_EQ(error("GetResourcePolicy", resource()), none + kArn);
  call("PutResourcePolicy",
       resource({{"Policy", policy("111111111111").dump()}, {"ExpectedRevisionId", "NO_POLICY"}}));
}

TEST_F(TableSettingsTest, ResourcePolicyErrors) {
  create_indexed();
  auto put = [&](const std::string& document) {
    return error("PutResourcePolicy",
                 nlohmann::json{{"ResourceArn", kArn}, {"Policy", document}}.dump());
  };
  auto without = [](const char* member) {
    auto document = policy("111111111111");
    document["Statement"][0].erase(member);
    return document.dump();
  };
  std::string document = kInvalid + "Invalid policy document: ";
  EXPECT_EQ(put(""), document + "This policy contains invalid Json");
  EXPECT_EQ(put("{not json"), document + "This policy contains invalid Json");
  EXPECT_EQ(put(std::string(5000, '[')), document + "This policy contains invalid Json");
  EXPECT_EQ(put(R"({"Statement":[]})"),
            document + "Could not parse the policy: Statement is empty!");
  EXPECT_EQ(put(without("Resource")), document + "Missing required field Resource");
  EXPECT_EQ(put(without("Action")), document + "Missing required field Action");
  auto twice = policy("111111111111");
  twice["Statement"].push_back(twice["Statement"][0]);
  EXPECT_EQ(put(twice.dump()), document + "The Statement Ids in the policy are not unique");
  EXPECT_EQ(put(std::string(20481, ' ')), kInvalid + "Maximum policy size of 20480 bytes exceeded");
  EXPECT_THAT(put(policy("*").dump()), HasSubstr("grants unbounded access"));
  auto bare = policy("111111111111");
  bare["Statement"][0]["Principal"] = "111111111111";
  EXPECT_EQ(put(bare.dump()), "ValidationException: Invalid principal in policy document.");
  auto get = [&](const std::string& arn) {
    return error("GetResourcePolicy", nlohmann::json{{"ResourceArn", arn}}.dump());
  };
  EXPECT_EQ(get("indexed"), kInvalid + "ARNs must start with 'arn:': indexed");
  EXPECT_THAT(get("arn:aws:s3:us-east-1:000000000000:table/a"),
              StartsWith(kInvalid + "Provided Arn is not a DynamoDB resource arn: "));
  EXPECT_THAT(get(kArn + "/index/gsi1"),
              StartsWith(kInvalid + "Invalid resource arn provided, only table or stream is"));
  EXPECT_THAT(get("arn:aws:dynamodb:eu-west-1:000000000000:table/indexed"),
              StartsWith(kInvalid + "Invalid resource Arn: "));
  EXPECT_THAT(get("arn:aws:dynamodb:us-east-1:111111111111:table/indexed"),
              HasSubstr("This action is only supported by accounts that match the resource"));
  EXPECT_THAT(get("arn:aws:dynamodb:us-east-1:000000000000:table/none"),
              StartsWith("ResourceNotFoundException: "));
}

TEST_F(TableSettingsTest, ContributorInsights) {
  create_indexed();
  auto call_for = [&](const std::string& operation, const std::string& more) {
    return call(operation, R"({"TableName":"indexed")" + more + "}");
  };
  EXPECT_EQ(call_for("DescribeContributorInsights", ""),
            parsed(R"({"TableName":"indexed","ContributorInsightsStatus":"DISABLED"})"));
  std::string enable = R"(,"ContributorInsightsAction":"ENABLE")";
  EXPECT_EQ(call_for("UpdateContributorInsights", enable)["ContributorInsightsStatus"], "ENABLING");
  EXPECT_EQ(call_for("UpdateContributorInsights", enable)["ContributorInsightsStatus"], "ENABLED");
  auto table = call_for("DescribeContributorInsights", "");
  EXPECT_EQ(table["ContributorInsightsStatus"], "ENABLED");
  EXPECT_EQ(table["ContributorInsightsMode"], "ACCESSED_AND_THROTTLED_KEYS");
  EXPECT_EQ(table["ContributorInsightsRuleList"].size(), 4u);  // it has a sort key
  std::string index = R"(,"IndexName":"gsi1")";
  call_for("UpdateContributorInsights",
           index + enable + R"(,"ContributorInsightsMode":"THROTTLED_KEYS")");
  auto rules = call_for("DescribeContributorInsights", index)["ContributorInsightsRuleList"];
  ASSERT_EQ(rules.size(), 1u);
  EXPECT_THAT(rules[0].get<std::string>(),
              StartsWith("DynamoDBContributorInsights-PKT-indexed-gsi1-"));
  auto page = call("ListContributorInsights", R"({"MaxResults":1})");
  EXPECT_FALSE(page["ContributorInsightsSummaries"][0].contains("IndexName"));
  page["TableName"] = "indexed";
  page.erase("ContributorInsightsSummaries");
  EXPECT_EQ(call("ListContributorInsights", page.dump()),
            parsed(R"({"ContributorInsightsSummaries":[{"TableName":"indexed","IndexName":"gsi1",
              "ContributorInsightsStatus":"ENABLED","ContributorInsightsMode":"THROTTLED_KEYS"}]})"));
  std::string disable = R"(,"ContributorInsightsAction":"DISABLE")";
  EXPECT_EQ(call_for("UpdateContributorInsights", disable)["ContributorInsightsStatus"],
            "DISABLING");
  EXPECT_EQ(call("ListContributorInsights", "{}")["ContributorInsightsSummaries"].size(), 1u);
  EXPECT_EQ(
      error("UpdateContributorInsights",
            R"({"TableName":"indexed","IndexName":"lsi1","ContributorInsightsAction":"ENABLE"})"),
      "ResourceNotFoundException: Requested resource not found: Index lsi1 for table indexed");
}

TEST_F(TableSettingsTest, KinesisDestinations) {
  create_indexed();
  auto body = [&](const std::string& more = "", const std::string& stream = kStream) {
    return R"({"TableName":"indexed","StreamArn":")" + stream + '"' + more + "}";
  };
  std::string wrong =
      "ValidationException: Table is not in a valid state to enable Kinesis Streaming "
      "Destination: ";
  std::string inactive =
      wrong + "KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.";
  EXPECT_EQ(error("DisableKinesisStreamingDestination", body()), inactive);
  EXPECT_EQ(
      call("EnableKinesisStreamingDestination", body()),
      parsed(R"({"TableName":"indexed","StreamArn":")" + kStream +
             R"(","DestinationStatus":"ENABLING","EnableKinesisStreamingConfiguration":{}})"));
  EXPECT_EQ(error("EnableKinesisStreamingDestination", body("", kStream + "2")),
            wrong +
                "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform "
                "ENABLE operation.");
  auto destinations = [&] {
    return call("DescribeKinesisStreamingDestination",
                R"({"TableName":"indexed"})")["KinesisDataStreamDestinations"];
  };
  EXPECT_EQ(destinations(),
            parsed(R"([{"StreamArn":")" + kStream + R"(","DestinationStatus":"ACTIVE"}])"));
  auto precision = [](const char* value) {
    return std::string(R"(,"UpdateKinesisStreamingConfiguration":{)") +
           R"("ApproximateCreationDateTimePrecision":")" + value + "\"}";
  };
  EXPECT_THAT(error("UpdateKinesisStreamingDestination", body(precision("MILLISECOND"))),
              StartsWith("ValidationException: Invalid Request: Precision is already set to the "
                         "desired value of MILLISECOND for tableId: "));
  EXPECT_EQ(call("UpdateKinesisStreamingDestination",
                 body(precision("MICROSECOND")))["DestinationStatus"],
            "UPDATING");
  EXPECT_EQ(destinations()[0]["ApproximateCreationDateTimePrecision"], "MICROSECOND");
  EXPECT_THAT(error("UpdateKinesisStreamingDestination", body()),
              HasSubstr("UpdateKinesisStreamingConfiguration cannot be null"));
  EXPECT_EQ(call("DisableKinesisStreamingDestination", body())["DestinationStatus"], "DISABLING");
  EXPECT_EQ(destinations()[0]["DestinationStatus"], "DISABLED");
  EXPECT_EQ(error("DisableKinesisStreamingDestination", body()), inactive);
  EXPECT_THAT(error("UpdateKinesisStreamingDestination", body(precision("MILLISECOND"))),
              StartsWith(wrong + "Kinesis streaming is not in ACTIVE state. Updates are only"));
  call("EnableKinesisStreamingDestination", body());
  EXPECT_EQ(destinations().size(), 1u);
}

TEST_F(TableSettingsTest, GlobalTables) {
  EXPECT_THAT(error("CreateGlobalTable", R"({"GlobalTableName":"abc","ReplicationGroup":[]})"),
              StartsWith(kInvalid + "DynamoDB global tables version 2017.11.29 is not supported."));
  EXPECT_EQ(call("ListGlobalTables", "{}"), parsed(R"({"GlobalTables":[]})"));
  for (const char* operation :
       {"DescribeGlobalTable", "DescribeGlobalTableSettings", "UpdateGlobalTableSettings"}) {
    EXPECT_EQ(error(operation, R"({"GlobalTableName":"abc"})"),
              "GlobalTableNotFoundException: Global table with name: 'abc' does not exist.");
  }
  EXPECT_EQ(error("DescribeTableReplicaAutoScaling", R"({"TableName":"abc"})"),
            "ResourceNotFoundException: Global table with name: 'abc' does not exist.");
  create_indexed();
  EXPECT_EQ(
      error("UpdateTable", update(R"("ReplicaUpdates":[{"Create":{"RegionName":"eu-west-1"}}])")),
      "ValidationException: Region eu-west-1 is not supported. The latest version of global "
      "tables are only supported in the following regions: [us-east-1]");
  EXPECT_EQ(
      error("UpdateTable", update(R"("ReplicaUpdates":[{"Create":{"RegionName":"x"}}],
                                           "BillingMode":"PAY_PER_REQUEST")")),
      kInvalid + "Requests that modify replicas or witnesses must not also modify other fields");
}

TEST_F(TableSettingsTest, ThroughputDecreasesOfADay) {
  create_provisioned();
  for (int reads = 9; reads >= 6; --reads) call("UpdateTable", update(throughput(reads, 10)));
  auto described = describe()["ProvisionedThroughput"];
  EXPECT_EQ(described["NumberOfDecreasesToday"], 4);
  EXPECT_TRUE(described.contains("LastDecreaseDateTime"));
  EXPECT_FALSE(described.contains("LastIncreaseDateTime"));
  EXPECT_THAT(
      error("UpdateTable", update(throughput(5, 10))),
      StartsWith("LimitExceededException: Subscriber limit exceeded: Provisioned throughput "
                 "decreases are limited within a given UTC day."));
  EXPECT_EQ(describe()["ProvisionedThroughput"]["ReadCapacityUnits"], 6);
  call("UpdateTable", update(throughput(20, 10)));  // an increase is free
  EXPECT_TRUE(describe()["ProvisionedThroughput"].contains("LastIncreaseDateTime"));
  clock_.advance(std::chrono::hours(1));
  call("UpdateTable", update(throughput(19, 10)));
  clock_.advance(std::chrono::hours(24));
  EXPECT_EQ(describe()["ProvisionedThroughput"]["NumberOfDecreasesToday"], 0);
  // What was ever provisioned stays warm.
  EXPECT_EQ(describe()["WarmThroughput"]["ReadUnitsPerSecond"], 20);
}

TEST_F(TableSettingsTest, OnDemandLimits) {
  create_indexed();
  auto limits = [](const std::string& members) {
    return "\"OnDemandThroughput\":{" + members + "}";
  };
  call("UpdateTable", update(limits(R"("MaxReadRequestUnits":7)")));
  EXPECT_EQ(describe()["OnDemandThroughput"], parsed(R"({"MaxReadRequestUnits":7})"));
  auto answer = call("UpdateTable", update(limits(R"("MaxReadRequestUnits":-1,
                                                    "MaxWriteRequestUnits":8)")));
  EXPECT_EQ(answer["TableDescription"]["OnDemandThroughput"],
            parsed(R"({"MaxReadRequestUnits":-1,"MaxWriteRequestUnits":8})"));
  EXPECT_EQ(describe()["OnDemandThroughput"], parsed(R"({"MaxWriteRequestUnits":8})"));
  EXPECT_EQ(error("UpdateTable", update(limits(R"("MaxReadRequestUnits":0)"))),
            kInvalid +
                "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of "
                "valid range");
  EXPECT_THAT(error("UpdateTable", update(limits(""))),
              HasSubstr("DeletionProtectionEnabled, WarmThroughput or TableClass is required"));
  call("UpdateTable", update(index_update(limits(R"("MaxWriteRequestUnits":3)"))));
  EXPECT_EQ(describe()["GlobalSecondaryIndexes"][0]["OnDemandThroughput"],
            parsed(R"({"MaxWriteRequestUnits":3})"));
  EXPECT_THAT(error("UpdateTable", update(index_update(throughput(1, 1)))),
              HasSubstr("can be specified for index: gsi1 when BillingMode is PAY_PER_REQUEST"));
  EXPECT_THAT(error("UpdateTable", update(index_update(R"("IndexName":"gsi1")"))),
              StartsWith(kInvalid + "The only Updates for index: gsi1 when TableThroughputMode"));
}

TEST_F(TableSettingsTest, WarmThroughputNeverFalls) {
  create_indexed();
  auto warm = [](int reads) {
    return R"("WarmThroughput":{"ReadUnitsPerSecond":)" + std::to_string(reads) + "}";
  };
  call("UpdateTable", update(warm(13000)));
  EXPECT_EQ(describe()["WarmThroughput"],
            parsed(R"({"ReadUnitsPerSecond":13000,"WriteUnitsPerSecond":4000,"Status":"ACTIVE"})"));
  EXPECT_EQ(error("UpdateTable", update(warm(12999))),
            kInvalid +
                "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current "
                "WarmThroughput, decreasing WarmThroughput is not supported");
  call("UpdateTable", update(index_update(warm(14000))));
  EXPECT_EQ(describe()["GlobalSecondaryIndexes"][0]["WarmThroughput"]["ReadUnitsPerSecond"], 14000);
  EXPECT_THAT(
      error("UpdateTable", update(index_update(warm(1)))),
      StartsWith(kInvalid + "Requested ReadUnitsPerSecond for WarmThroughput for index gsi1"));
  call("UpdateTable", update(R"("BillingMode":"PAY_PER_REQUEST")"));
  EXPECT_EQ(describe()["WarmThroughput"]["ReadUnitsPerSecond"], 13000);
}

TEST_F(TableSettingsTest, ClassAndEncryption) {
  create_indexed();
  EXPECT_FALSE(describe().contains("TableClassSummary"));
  for (const char* name : {"STANDARD_INFREQUENT_ACCESS", "STANDARD"}) {
    call("UpdateTable", update(std::string(R"("TableClass":")") + name + '"'));
    EXPECT_EQ(describe()["TableClassSummary"]["TableClass"], name);
  }
  EXPECT_EQ(error("UpdateTable", update(R"("TableClass":"STANDARD_INFREQUENT_ACCESS")")),
            "LimitExceededException: Subscriber limit exceeded: Updates to TableClass are limited "
            "to 2 times in 30 day(s).");
  EXPECT_THAT(error("UpdateTable", update(R"("TableClass":"X")")),
              StartsWith("ValidationException: Invalid table-class parameter provided."));
  auto encrypt = [](const std::string& members) {
    return R"("SSESpecification":{)" + members + "}";
  };
  EXPECT_EQ(error("UpdateTable", update(encrypt(""))),
            kInvalid + "Table is already encrypted by default");
  call("UpdateTable", update(encrypt(R"("Enabled":true)")));
  EXPECT_EQ(describe()["SSEDescription"]["SSEType"], "KMS");
  EXPECT_THAT(error("UpdateTable", update(encrypt(R"("Enabled":true)"))),
              StartsWith(kInvalid + "Table is already encrypted with given KMSMasterKeyId."));
  call("UpdateTable", update(encrypt(R"("Enabled":false)")));
  EXPECT_FALSE(describe().contains("SSEDescription"));
}

TEST_F(TableSettingsTest, AnIndexOfTheSameNameBeginsAnew) {
  create_indexed();
  call("UpdateContributorInsights",
       R"({"TableName":"indexed","IndexName":"gsi1","ContributorInsightsAction":"ENABLE"})");
  call("UpdateTable", update(R"("GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"gsi1"}}])"));
  EXPECT_EQ(call("ListContributorInsights", "{}")["ContributorInsightsSummaries"].size(), 0u);
}

}  // namespace
}  // namespace millrace::dynamodb::operation
