"""Time to live through boto3: the setting, what happens to items whose time has come, and who is told."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from tests.control.controls import call
from tests.functions import FORWARD, create_function, create_queue, create_table, receive_records

SERVICE = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


def set_time_to_live(dynamodb, table, enabled=True, attribute="ttl"):
    return dynamodb.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": enabled, "AttributeName": attribute})


def described(dynamodb, table):
    return dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]


def put(dynamodb, table, key, seconds_from_now):
    expiry = int(time.time()) + seconds_from_now
    dynamodb.put_item(TableName=table, Item={"pk": {"S": key}, "v": {"N": "1"}, "ttl": {"N": str(expiry)}})


def advance(server, seconds):
    call(server, "clock", {"advanceSeconds": seconds})


def wait_for_keys(dynamodb, table, keys, **scan):
    """Asks until these are left; each question is a round trip, there is nothing else to wait for."""
    for _ in range(10_000):
        left = sorted(item["pk"]["S"] for item in dynamodb.scan(TableName=table, **scan)["Items"])
        if left == keys:
            return
    raise AssertionError(f"{left}, not {keys}")


def records_of(streams, arn):
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    return streams.get_records(ShardIterator=iterator)["Records"]


@pytest.fixture
def own(start_server):
    """A server of the test's own: its clock is moved."""
    return start_server("--in-memory")


def test_the_setting_is_kept_and_told(dynamodb, unique):
    create_table(dynamodb, unique)
    assert described(dynamodb, unique) == {"TimeToLiveStatus": "DISABLED"}
    answer = set_time_to_live(dynamodb, unique)
    assert answer["TimeToLiveSpecification"] == {"Enabled": True, "AttributeName": "ttl"}
    assert described(dynamodb, unique) == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    set_time_to_live(dynamodb, unique, enabled=False)
    assert described(dynamodb, unique) == {"TimeToLiveStatus": "DISABLED"}
    set_time_to_live(dynamodb, unique, attribute="other")
    assert described(dynamodb, unique)["AttributeName"] == "other"


@pytest.mark.parametrize("enabled, attribute, message", [
    (True, "other", "TimeToLive is active on a different AttributeName: current AttributeName is ttl"),
    (True, "ttl", "TimeToLive is already enabled"),
])
def test_what_changes_nothing_is_refused(dynamodb, unique, enabled, attribute, message):
    create_table(dynamodb, unique)
    set_time_to_live(dynamodb, unique)
    with pytest.raises(ClientError) as refused:
        set_time_to_live(dynamodb, unique, enabled, attribute)
    assert refused.value.response["Error"] == {"Code": "ValidationException", "Message": message}


def test_an_expired_item_is_deleted_everywhere_and_its_record_names_the_service(own, unique):
    dynamodb, streams = own.client("dynamodb"), own.client("dynamodbstreams")
    arn = create_table(dynamodb, unique, indexed="by-v")["LatestStreamArn"]
    put(dynamodb, unique, "old", 3600)  # from before the enabling
    set_time_to_live(dynamodb, unique)
    put(dynamodb, unique, "new", 3600)
    put(dynamodb, unique, "later", 7200)
    dynamodb.delete_item(TableName=unique, Key={"pk": {"S": "new"}})
    put(dynamodb, unique, "new", 3600)
    put(dynamodb, unique, "refreshed", 3600)
    put(dynamodb, unique, "refreshed", 7200)
    advance(own, 3601)
    wait_for_keys(dynamodb, unique, ["later", "refreshed"])
    wait_for_keys(dynamodb, unique, ["later", "refreshed"], IndexName="by-v")
    removals = [record for record in records_of(streams, arn) if record["eventName"] == "REMOVE"]
    assert [record.get("userIdentity") for record in removals] == [None, SERVICE, SERVICE]
    assert {record["dynamodb"]["Keys"]["pk"]["S"] for record in removals[1:]} == {"old", "new"}
    for record in removals[1:]:
        assert record["dynamodb"]["OldImage"]["v"] == {"N": "1"}
        assert "NewImage" not in record["dynamodb"]


def test_times_are_kept_across_a_crash(start_server, tmp_path, unique):
    server = start_server("--data", str(tmp_path / "data"))
    dynamodb = server.client("dynamodb")
    create_table(dynamodb, unique, partitions=4)
    set_time_to_live(dynamodb, unique)
    for number in range(20):
        put(dynamodb, unique, f"k{number:02}", 3600 if number < 18 else 7200)
    server.kill()
    server = start_server("--data", str(tmp_path / "data"), "--test-controls")
    dynamodb = server.client("dynamodb")
    assert described(dynamodb, unique)["TimeToLiveStatus"] == "ENABLED"
    advance(server, 3601)
    wait_for_keys(dynamodb, unique, ["k18", "k19"])


def test_a_function_is_told_of_what_expired_only(own, unique):
    dynamodb, functions, sqs = own.client("dynamodb"), own.client("lambda"), own.client("sqs")
    url, _ = create_queue(sqs, unique)
    arn = create_table(dynamodb, unique)["LatestStreamArn"]
    create_function(functions, unique, FORWARD, Environment={"Variables": {"QUEUE": url}})
    pattern = {"userIdentity": {"type": ["Service"], "principalId": ["dynamodb.amazonaws.com"]}}
    functions.create_event_source_mapping(
        FunctionName=unique, EventSourceArn=arn, StartingPosition="TRIM_HORIZON",
        FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    set_time_to_live(dynamodb, unique)
    put(dynamodb, unique, "deleted", 3600)
    dynamodb.delete_item(TableName=unique, Key={"pk": {"S": "deleted"}})
    put(dynamodb, unique, "expired", 3600)
    advance(own, 3601)
    record, = receive_records(sqs, url, 1)
    assert record["eventName"] == "REMOVE"
    assert record["dynamodb"]["Keys"] == {"pk": {"S": "expired"}}
    assert record["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def test_times_come_back_with_a_snapshot(own, unique):
    dynamodb = own.client("dynamodb")
    create_table(dynamodb, unique)
    set_time_to_live(dynamodb, unique)
    put(dynamodb, unique, "a", 3600)
    call(own, "snapshot", {"name": unique})
    dynamodb.delete_item(TableName=unique, Key={"pk": {"S": "a"}})
    set_time_to_live(dynamodb, unique, enabled=False)
    call(own, "restore", {"name": unique})
    wait_for_keys(dynamodb, unique, ["a"])
    advance(own, 3601)
    wait_for_keys(dynamodb, unique, [])
