"""Settings of tables through boto3: what is kept, what is told, and in which words the rest is refused."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.control.controls import call

INVALID = "One or more parameter values were invalid: "
KINESIS = "Table is not in a valid state to enable Kinesis Streaming Destination: "
STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/changes"
HASH = {"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]}
ON_DEMAND = {"BillingMode": "PAY_PER_REQUEST"}


def units(reads, writes):
    return {"ReadCapacityUnits": reads, "WriteCapacityUnits": writes}


def index(name="by-pk", **more):
    return {"IndexName": name, "KeySchema": HASH["KeySchema"], "Projection": {"ProjectionType": "ALL"}, **more}


def refused(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def invalid(text):
    return "ValidationException", INVALID + text


@pytest.fixture
def make(dynamodb, unique):
    def create(**settings):
        return dynamodb.create_table(TableName=unique, **HASH, **{**ON_DEMAND, **settings})["TableDescription"]

    return create


@pytest.fixture
def table(dynamodb, unique):
    return lambda: dynamodb.describe_table(TableName=unique)["Table"]


@pytest.fixture
def update(dynamodb, unique):
    return lambda **change: dynamodb.update_table(TableName=unique, **change)["TableDescription"]


def policy(principal="arn:aws:iam::111111111111:root", **members):
    statement = {"Sid": "read", "Effect": "Allow", "Principal": {"AWS": principal}, "Action": ["dynamodb:GetItem"],
                 "Resource": "*", **members}
    return json.dumps({"Version": "2012-10-17", "Statement": [{k: v for k, v in statement.items() if v is not None}]},
                      indent=2)


def test_a_plain_table_is_described_with_nothing_else(make, table):
    make(BillingMode="PROVISIONED", ProvisionedThroughput=units(5, 6))
    described = table()
    assert set(described) == {
        "AttributeDefinitions", "TableName", "KeySchema", "TableStatus", "CreationDateTime", "ProvisionedThroughput",
        "TableSizeBytes", "ItemCount", "TableArn", "TableId", "DeletionProtectionEnabled", "WarmThroughput"}
    assert described["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, **units(5, 6)}
    assert described["WarmThroughput"] == {"ReadUnitsPerSecond": 5, "WriteUnitsPerSecond": 6, "Status": "ACTIVE"}


def test_counts_and_sizes_are_true(dynamodb, unique, make, table):
    make(GlobalSecondaryIndexes=[index()])
    for key in ("a", "b", "c"):
        dynamodb.put_item(TableName=unique, Item={"pk": {"S": key}, "v": {"S": "1234567"}})
    dynamodb.delete_item(TableName=unique, Key={"pk": {"S": "c"}})
    dynamodb.query(TableName=unique, IndexName="by-pk", KeyConditionExpression="pk = :a",
                   ExpressionAttributeValues={":a": {"S": "a"}})
    described = table()
    assert (described["ItemCount"], described["TableSizeBytes"]) == (2, 2 * 11)
    by_pk = described["GlobalSecondaryIndexes"][0]
    assert (by_pk["ItemCount"], by_pk["IndexSizeBytes"]) == (2, 2 * 11)


# ---- Resource policies


def test_a_resource_policy_is_kept_and_told(dynamodb, make):
    arn = make(ResourcePolicy=policy())["TableArn"]
    first = dynamodb.get_resource_policy(ResourceArn=arn)
    assert json.loads(first["Policy"])["Statement"][0]["Action"] == "dynamodb:GetItem"
    again = dynamodb.put_resource_policy(ResourceArn=arn, Policy=policy("111111111111"))
    assert again["RevisionId"] == first["RevisionId"]
    changed = dynamodb.put_resource_policy(ResourceArn=arn, Policy=policy(Sid="other"),
                                           ExpectedRevisionId=first["RevisionId"])
    assert changed["RevisionId"] != first["RevisionId"]
    name = arn.split("/")[1]
    assert refused(dynamodb.delete_resource_policy, ResourceArn=arn, ExpectedRevisionId="1") == (
        "PolicyNotFoundException",
        "Resource-based policy not found for the provided ResourceArn: Requested update for policy with revision id "
        f"1, but the policy associated to target table {name} has revision id {changed['RevisionId']}.")
    assert "RevisionId" in dynamodb.delete_resource_policy(ResourceArn=arn)
    assert refused(dynamodb.get_resource_policy, ResourceArn=arn) == (
        "PolicyNotFoundException", f"Resource-based policy not found for the provided ResourceArn: {arn}")
    dynamodb.delete_table(TableName=name)
    assert refused(dynamodb.get_resource_policy, ResourceArn=arn)[0] == "ResourceNotFoundException"


def test_a_stream_has_a_policy_of_its_own(dynamodb, make):
    made = make(StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    dynamodb.put_resource_policy(ResourceArn=made["LatestStreamArn"], Policy=policy())
    assert dynamodb.get_resource_policy(ResourceArn=made["LatestStreamArn"])["Policy"]
    assert refused(dynamodb.get_resource_policy, ResourceArn=made["TableArn"])[0] == "PolicyNotFoundException"


@pytest.mark.parametrize("document, text", [
    ("{not json", "Invalid policy document: This policy contains invalid Json"),
    ('{"Statement":[]}', "Invalid policy document: Could not parse the policy: Statement is empty!"),
    (policy(Resource=None), "Invalid policy document: Missing required field Resource"),
    (policy() + " " * 20480, "Maximum policy size of 20480 bytes exceeded"),
])
def test_policies_that_are_none(dynamodb, make, document, text):
    arn = make()["TableArn"]
    assert refused(dynamodb.put_resource_policy, ResourceArn=arn, Policy=document) == invalid(text)


def test_a_bad_policy_creates_no_table(dynamodb, unique):
    assert refused(dynamodb.create_table, TableName=unique, **HASH, **ON_DEMAND, ResourcePolicy=policy("*")) == (
        "ValidationException", "Resource-based policy grants unbounded access in one or more elements. Please revise "
        "the policy to ensure least-privilege form of access")
    assert unique not in dynamodb.list_tables(ExclusiveStartTableName=unique[:-1])["TableNames"]


# ---- Contributor insights, Kinesis, global tables


def test_contributor_insights(dynamodb, unique, make):
    make(GlobalSecondaryIndexes=[index()])
    assert dynamodb.update_contributor_insights(TableName=unique, ContributorInsightsAction="ENABLE")[
        "ContributorInsightsStatus"] == "ENABLING"
    dynamodb.update_contributor_insights(TableName=unique, IndexName="by-pk", ContributorInsightsAction="ENABLE",
                                         ContributorInsightsMode="THROTTLED_KEYS")
    described = dynamodb.describe_contributor_insights(TableName=unique)
    assert described["ContributorInsightsStatus"] == "ENABLED"
    assert len(described["ContributorInsightsRuleList"]) == 2
    listed = dynamodb.list_contributor_insights(TableName=unique, MaxResults=1)
    assert len(listed["ContributorInsightsSummaries"]) == 1
    rest = dynamodb.list_contributor_insights(TableName=unique, NextToken=listed["NextToken"])
    assert rest["ContributorInsightsSummaries"][0]["IndexName"] == "by-pk"
    dynamodb.update_contributor_insights(TableName=unique, ContributorInsightsAction="DISABLE")
    assert dynamodb.describe_contributor_insights(TableName=unique)["ContributorInsightsStatus"] == "DISABLED"
    assert refused(dynamodb.update_contributor_insights, TableName=unique, IndexName="none",
                   ContributorInsightsAction="ENABLE")[0] == "ResourceNotFoundException"


def test_kinesis_destinations(dynamodb, unique, make):
    make()
    of_stream = {"TableName": unique, "StreamArn": STREAM}
    assert refused(dynamodb.disable_kinesis_streaming_destination, **of_stream) == (
        "ValidationException",
        KINESIS + "KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.")
    assert dynamodb.enable_kinesis_streaming_destination(**of_stream)["DestinationStatus"] == "ENABLING"
    assert refused(dynamodb.enable_kinesis_streaming_destination, **of_stream) == (
        "ValidationException", KINESIS + "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to "
        "perform ENABLE operation.")
    change = {"UpdateKinesisStreamingConfiguration": {"ApproximateCreationDateTimePrecision": "MICROSECOND"}}
    assert dynamodb.update_kinesis_streaming_destination(**of_stream, **change)["DestinationStatus"] == "UPDATING"
    assert refused(dynamodb.update_kinesis_streaming_destination, **of_stream, **change)[1].startswith(
        "Invalid Request: Precision is already set to the desired value of MICROSECOND for tableId: ")
    assert dynamodb.disable_kinesis_streaming_destination(**of_stream)["DestinationStatus"] == "DISABLING"
    assert dynamodb.describe_kinesis_streaming_destination(TableName=unique)["KinesisDataStreamDestinations"] == [{
        "StreamArn": STREAM, "DestinationStatus": "DISABLED", "ApproximateCreationDateTimePrecision": "MICROSECOND"}]
    assert refused(dynamodb.update_kinesis_streaming_destination, **of_stream, **change) == (
        "ValidationException", KINESIS + "Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE "
        f"state. TableName: {unique}, kdsArn: {STREAM}")


def test_global_tables_of_2017(dynamodb, unique, make):
    make()
    for call, arguments in ((dynamodb.create_global_table, {"ReplicationGroup": []}),
                            (dynamodb.update_global_table, {"ReplicaUpdates": []})):
        assert refused(call, GlobalTableName=unique, **arguments) == invalid(
            "DynamoDB global tables version 2017.11.29 is not supported. We recommend using DynamoDB global tables "
            "version 2019.11.21, instead of version 2017.11.29 (Legacy).")
    missing = f"Global table with name: '{unique}' does not exist."
    for call in (dynamodb.describe_global_table, dynamodb.describe_global_table_settings,
                 dynamodb.update_global_table_settings):
        assert refused(call, GlobalTableName=unique) == ("GlobalTableNotFoundException", missing)
    for call in (dynamodb.describe_table_replica_auto_scaling, dynamodb.update_table_replica_auto_scaling):
        assert refused(call, TableName=unique) == ("ResourceNotFoundException", missing)
    assert dynamodb.list_global_tables()["GlobalTables"] == []


# ---- UpdateTable


def test_what_has_to_be_changed_alone(dynamodb, unique, make, update):
    make()
    protection = {"DeletionProtectionEnabled": True}
    for change, text in (
            ({"SSESpecification": {"Enabled": True}, **protection},
             "Server-Side Encryption modification must be the only operation in the request"),
            ({"TableClass": "STANDARD", **protection}, "TableClass modification must be the only operation in the request"),
            (protection, "DeletionProtection modification must be the only operation in the request"),
            ({"WarmThroughput": {"ReadUnitsPerSecond": 20000}}, "WarmThroughput must be the only operation in the request"),
            ({"ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}]},
             "Requests that modify replicas or witnesses must not also modify other fields")):
        assert refused(update, **change, **ON_DEMAND) == invalid(text)
    stream = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}}
    deletion = {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by-pk"}}]}
    for change, text in (
            ({**stream, "ProvisionedThroughput": units(1, 1)}, "You cannot modify stream status while updating table IOPS"),
            ({**deletion, "ProvisionedThroughput": units(1, 1)},
             "You cannot create or delete index while updating table IOPS"),
            ({**deletion, **stream}, "You cannot create or delete index while changing stream status"),
            ({**stream, "OnDemandThroughput": {"MaxReadRequestUnits": 1}},
             "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request")):
        assert refused(update, **change) == invalid(text)


def test_there_has_to_be_a_change(make, update):
    make()
    members = ("ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, "
               "SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, "
               "MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass")
    nothing = ("ValidationException", f"At least one of {members} is required")
    assert refused(update) == nothing
    assert refused(update, AttributeDefinitions=HASH["AttributeDefinitions"]) == nothing
    assert refused(update, MultiRegionConsistency="STRONG") == (
        "ValidationException", nothing[1].replace("MultiRegionConsistency, ", ""))


def test_replicas(make, update):
    make()
    assert refused(update, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}]) == (
        "ValidationException", "Region eu-west-1 is not supported. The latest version of global tables are only "
        "supported in the following regions: [us-east-1]")
    assert refused(update, ReplicaUpdates=[{"Delete": {"RegionName": "eu-west-1"}}])[1].endswith(
        "Please retry the request without these replicas: [eu-west-1].")
    assert refused(update, ReplicaUpdates=[{}]) == (
        "ValidationException", "There are no actions specified in the Replica Update Action of the request.")


def test_provisioned_throughput(make, table, update):
    make(BillingMode="PROVISIONED", ProvisionedThroughput=units(10, 10),
         GlobalSecondaryIndexes=[index(ProvisionedThroughput=units(3, 3))])
    answer = update(ProvisionedThroughput=units(12, 10))
    assert (answer["TableStatus"], answer["ProvisionedThroughput"]["ReadCapacityUnits"]) == ("UPDATING", 10)
    assert "LastIncreaseDateTime" in table()["ProvisionedThroughput"]
    assert refused(update, ProvisionedThroughput=units(12, 10))[1].startswith(
        "The provisioned throughput for the table will not change. The requested value equals the current value. "
        "Current ReadCapacityUnits provisioned for the table: 12. Requested ReadCapacityUnits: 12. ")
    of_index = [{"Update": {"IndexName": "by-pk", "ProvisionedThroughput": units(3, 3)}}]
    assert refused(update, GlobalSecondaryIndexUpdates=of_index)[1].startswith(
        "The provisioned throughput for the index by-pk will not change. ")
    assert refused(update, BillingMode="PROVISIONED") == invalid(
        "ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
    for reads in (11, 10, 9, 8):
        update(ProvisionedThroughput=units(reads, 10))
    assert table()["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 4
    code, text = refused(update, ProvisionedThroughput=units(7, 10))
    assert code == "LimitExceededException"
    assert text.startswith(
        "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the "
        "first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 "
        "seconds. Number of decreases today: 4. Last decrease at ")
    assert table()["WarmThroughput"]["ReadUnitsPerSecond"] == 12


def test_billing_modes(make, table, update):
    make(BillingMode="PROVISIONED", ProvisionedThroughput=units(1, 1),
         GlobalSecondaryIndexes=[index(ProvisionedThroughput=units(1, 1))])
    assert "BillingModeSummary" not in table()
    update(**ON_DEMAND)
    update(**ON_DEMAND)
    assert table()["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert refused(update, ProvisionedThroughput=units(1, 1)) == invalid(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
    provisioned = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units(2, 2)}
    assert refused(update, **provisioned) == invalid("ProvisionedThroughput must be specified for index: by-pk")
    update(**provisioned, GlobalSecondaryIndexUpdates=[
        {"Update": {"IndexName": "by-pk", "ProvisionedThroughput": units(2, 2)}}])
    assert table()["BillingModeSummary"]["BillingMode"] == "PROVISIONED"


def test_on_demand_limits(dynamodb, unique, make, table, update):
    limits = {"OnDemandThroughput": {"MaxReadRequestUnits": 5}}
    for refusing, mode, text in (
            (0, "PAY_PER_REQUEST", "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range"),
            (1, "PROVISIONED", "MaxReadRequestUnits for OnDemandThroughput cannot be specified when table BillingMode is "
             "PROVISIONED.")):
        more = {"ProvisionedThroughput": units(1, 1)} if mode == "PROVISIONED" else {}
        assert refused(dynamodb.create_table, TableName=unique, **HASH, BillingMode=mode, **more,
                       OnDemandThroughput={"MaxReadRequestUnits": refusing}) == invalid(text)
    make(**limits, GlobalSecondaryIndexes=[index(OnDemandThroughput={"MaxWriteRequestUnits": 6})])
    assert table()["OnDemandThroughput"] == {"MaxReadRequestUnits": 5}
    assert table()["GlobalSecondaryIndexes"][0]["OnDemandThroughput"] == {"MaxWriteRequestUnits": 6}
    answer = update(OnDemandThroughput={"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": 7})
    assert answer["OnDemandThroughput"] == {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": 7}
    assert table()["OnDemandThroughput"] == {"MaxWriteRequestUnits": 7}
    update(BillingMode="PROVISIONED", ProvisionedThroughput=units(1, 1), GlobalSecondaryIndexUpdates=[
        {"Update": {"IndexName": "by-pk", "ProvisionedThroughput": units(1, 1)}}])
    assert "OnDemandThroughput" not in table() and "OnDemandThroughput" not in table()["GlobalSecondaryIndexes"][0]
    assert refused(update, **limits) == invalid(
        "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED")


def test_warm_throughput(dynamodb, unique, make, table, update):
    low = {"WarmThroughput": {"ReadUnitsPerSecond": 1}}
    assert refused(dynamodb.create_table, TableName=unique, **HASH, **ON_DEMAND, **low)[1].startswith(
        INVALID + "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than initial throughput for "
        "OnDemand. See: https://docs.aws.amazon.com/")
    assert refused(dynamodb.create_table, TableName=unique, **HASH, **low,
                   ProvisionedThroughput=units(2, 2)) == invalid(
        "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than ReadCapacityUnits of "
        "ProvisionedThroughput")
    make(WarmThroughput={"WriteUnitsPerSecond": 5000},
         GlobalSecondaryIndexes=[index(WarmThroughput={"ReadUnitsPerSecond": 13000})])
    assert table()["WarmThroughput"] == {
        "ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 5000, "Status": "ACTIVE"}
    assert table()["GlobalSecondaryIndexes"][0]["WarmThroughput"]["ReadUnitsPerSecond"] == 13000
    assert refused(update, WarmThroughput={"WriteUnitsPerSecond": 4999}) == invalid(
        "Requested WriteUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, decreasing "
        "WarmThroughput is not supported")


def test_encryption(dynamodb, unique, make, table, update):
    for specification, text in (
            ({"Enabled": False, "SSEType": "KMS"}, "SSEType can not be specified if Enabled is false"),
            ({"Enabled": False, "KMSMasterKeyId": "k"}, "KMSMasterKeyId can not be specified if Enabled is false"),
            ({"Enabled": True, "KMSMasterKeyId": "k"}, "SSEType KMS is required if KMSMasterKeyId is specified"),
            ({"Enabled": True, "SSEType": "AES256"}, "SSEType AES256 is not supported")):
        assert refused(dynamodb.create_table, TableName=unique, **HASH, **ON_DEMAND,
                       SSESpecification=specification) == invalid(text)
    make()
    assert "SSEDescription" not in table()
    assert refused(update, SSESpecification={"Enabled": False}) == invalid("Table is already encrypted by default")
    update(SSESpecification={"Enabled": True})
    assert table()["SSEDescription"]["Status"] == "ENABLED" and table()["SSEDescription"]["SSEType"] == "KMS"
    assert refused(update, SSESpecification={"Enabled": True}) == invalid(
        "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change "
        "Master Key")


def test_table_classes(dynamodb, unique, make, table, update):
    bad = ("ValidationException", "Invalid table-class parameter provided. Please try again with a valid table-class "
           "value: [STANDARD, STANDARD_INFREQUENT_ACCESS].")
    assert refused(dynamodb.create_table, TableName=unique, **HASH, **ON_DEMAND, TableClass="COLD") == bad
    make(TableClass="STANDARD_INFREQUENT_ACCESS")
    assert table()["TableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    update(TableClass="STANDARD")
    assert "LastUpdateDateTime" in table()["TableClassSummary"]
    update(TableClass="STANDARD_INFREQUENT_ACCESS")
    assert refused(update, TableClass="STANDARD") == (
        "LimitExceededException",
        "Subscriber limit exceeded: Updates to TableClass are limited to 2 times in 30 day(s).")


# ---- Tags


def test_tags_in_the_words_of_today(dynamodb, make):
    arn = make()["TableArn"]
    for resource, expected in (
            ("x", invalid("ARNs must start with 'arn:': x")),
            ("arn:aws:s3:::bucket", invalid("Provided Arn is not a DynamoDB resource arn: arn:aws:s3:::bucket")),
            (arn + "/index/i", invalid("Invalid resource arn provided, only table or stream is accepted. Provided "
                                       f"resource arn: {arn}/index/i")),
            (arn.replace("us-east-1", "eu-west-1"),
             ("ValidationException", "Invalid TableArn: Invalid ResourceArn provided as input "
              + arn.replace("us-east-1", "eu-west-1"))),
            (arn + "x", ("ResourceNotFoundException",
                         f"Requested resource not found: ResourceArn: {arn}x not found"))):
        assert refused(dynamodb.list_tags_of_resource, ResourceArn=resource) == expected
    for tags, text in (
            ([], "Atleast one Tag needs to be provided as Input."),
            ([{"Key": "aws:a", "Value": ""}], "Tag Key cannot be prefixed with aws:, Key: aws:a"),
            ([{"Key": "a" * 129, "Value": ""}], "The Tag Key provided is invalid, Key: " + "a" * 129),
            ([{"Key": "a", "Value": "b" * 257}], "The Tag Value provided is invalid, Value: " + "b" * 257),
            ([{"Key": "a", "Value": ""}] * 2, "Duplicate Tag Keys provided as input: Duplicate Tag Key found a"),
            ([{"Key": str(i), "Value": ""} for i in range(51)],
             "Number of Tags exceed the current limit for the provided ResourceArn")):
        assert refused(dynamodb.tag_resource, ResourceArn=arn, Tags=tags) == ("ValidationException", text)
    assert refused(dynamodb.untag_resource, ResourceArn=arn, TagKeys=[])[1] == (
        "Atleast one Tag Key needs to be provided as Input.")
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": f"k{i:02}", "Value": "v"} for i in range(50)])
    pages = list(dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn))
    assert [len(page["Tags"]) for page in pages] == [10] * 5


# ---- Durability


def test_settings_survive_a_crash_and_go_with_the_table(start_server, unique, tmp_path):
    first = start_server("--data", str(tmp_path / "data"))
    dynamodb = first.client("dynamodb")
    made = dynamodb.create_table(TableName=unique, **HASH, **ON_DEMAND, ResourcePolicy=policy(),
                                 OnDemandThroughput={"MaxReadRequestUnits": 9},
                                 SSESpecification={"Enabled": True})["TableDescription"]
    dynamodb.update_contributor_insights(TableName=unique, ContributorInsightsAction="ENABLE")
    dynamodb.enable_kinesis_streaming_destination(TableName=unique, StreamArn=STREAM)
    told = [dynamodb.describe_table(TableName=unique)["Table"],
            dynamodb.get_resource_policy(ResourceArn=made["TableArn"])["RevisionId"]]
    first.kill()
    dynamodb = start_server("--data", str(tmp_path / "data")).client("dynamodb")
    assert told == [dynamodb.describe_table(TableName=unique)["Table"],
                    dynamodb.get_resource_policy(ResourceArn=made["TableArn"])["RevisionId"]]
    assert dynamodb.describe_contributor_insights(TableName=unique)["ContributorInsightsStatus"] == "ENABLED"
    destinations = dynamodb.describe_kinesis_streaming_destination(TableName=unique)["KinesisDataStreamDestinations"]
    assert destinations[0]["DestinationStatus"] == "ACTIVE"
    dynamodb.delete_table(TableName=unique)
    dynamodb.create_table(TableName=unique, **HASH, **ON_DEMAND)
    assert refused(dynamodb.get_resource_policy, ResourceArn=made["TableArn"])[0] == "PolicyNotFoundException"
    assert dynamodb.describe_contributor_insights(TableName=unique)["ContributorInsightsStatus"] == "DISABLED"
    assert dynamodb.describe_kinesis_streaming_destination(TableName=unique)["KinesisDataStreamDestinations"] == []


def test_settings_come_back_with_a_snapshot(start_server, unique):
    own = start_server("--in-memory")
    dynamodb = own.client("dynamodb")
    dynamodb.create_table(TableName=unique, **HASH, **ON_DEMAND, ResourcePolicy=policy())
    dynamodb.update_contributor_insights(TableName=unique, ContributorInsightsAction="ENABLE")
    before = dynamodb.describe_contributor_insights(TableName=unique)
    call(own, "snapshot", {"name": "base"})
    dynamodb.update_contributor_insights(TableName=unique, ContributorInsightsAction="DISABLE")
    arn = dynamodb.describe_table(TableName=unique)["Table"]["TableArn"]
    dynamodb.delete_resource_policy(ResourceArn=arn)
    call(own, "restore", {"name": "base"})
    after = dynamodb.describe_contributor_insights(TableName=unique)
    assert {k: v for k, v in after.items() if k != "ResponseMetadata"} == {
        k: v for k, v in before.items() if k != "ResponseMetadata"}
    assert dynamodb.get_resource_policy(ResourceArn=arn)["Policy"]
