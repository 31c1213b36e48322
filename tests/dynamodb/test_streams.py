"""DynamoDB Streams through boto3."""

import pytest
from botocore.exceptions import ClientError

from tests.functions import create_table


def read_all(streams, arn, iterator_type="TRIM_HORIZON", **position):
    records = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType=iterator_type, **position)["ShardIterator"]
        while iterator:
            page = streams.get_records(ShardIterator=iterator, Limit=3)
            records += page["Records"]
            if not page["Records"]:
                break
            iterator = page.get("NextShardIterator")
    return records


def put(dynamodb, table, pk, **attributes):
    dynamodb.put_item(TableName=table, Item={"pk": {"S": pk}, **{name: {"S": value} for name, value in attributes.items()}})


@pytest.mark.parametrize("view, images", [
    ("KEYS_ONLY", [set(), set(), set()]),
    ("NEW_IMAGE", [{"NewImage"}, {"NewImage"}, set()]),
    ("OLD_IMAGE", [set(), {"OldImage"}, {"OldImage"}]),
    ("NEW_AND_OLD_IMAGES", [{"NewImage"}, {"NewImage", "OldImage"}, {"OldImage"}]),
])
def test_view_types(dynamodb, streams, unique, view, images):
    arn = create_table(dynamodb, unique, stream=view)["LatestStreamArn"]
    put(dynamodb, unique, "a", v="1")
    put(dynamodb, unique, "a", v="1")  # changes nothing: no record
    put(dynamodb, unique, "a", v="2")
    dynamodb.delete_item(TableName=unique, Key={"pk": {"S": "a"}})
    dynamodb.delete_item(TableName=unique, Key={"pk": {"S": "absent"}})
    records = read_all(streams, arn)
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert [set(record["dynamodb"]) & {"NewImage", "OldImage"} for record in records] == images
    assert {record["dynamodb"]["StreamViewType"] for record in records} == {view}
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    assert numbers == sorted(set(numbers))


def test_a_disabled_stream_stays_readable_and_a_new_one_begins_empty(dynamodb, streams, unique):
    first = create_table(dynamodb, unique)["LatestStreamArn"]
    put(dynamodb, unique, "a")
    dynamodb.update_table(TableName=unique, StreamSpecification={"StreamEnabled": False})
    put(dynamodb, unique, "unseen")
    second = dynamodb.update_table(
        TableName=unique, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    )["TableDescription"]["LatestStreamArn"]
    put(dynamodb, unique, "b")
    assert first != second
    keys = [[record["dynamodb"]["Keys"]["pk"]["S"] for record in read_all(streams, arn)] for arn in (first, second)]
    assert keys == [["a"], ["b"]]
    description = streams.describe_stream(StreamArn=first)["StreamDescription"]
    assert description["StreamStatus"] == "DISABLED"
    assert all("EndingSequenceNumber" in shard["SequenceNumberRange"] for shard in description["Shards"])
    listed = {stream["StreamArn"] for stream in streams.list_streams(TableName=unique)["Streams"]}
    assert listed == {first, second}


def test_iterators_by_sequence_number_and_latest(dynamodb, streams, unique):
    arn = create_table(dynamodb, unique)["LatestStreamArn"]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    latest = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="LATEST")["ShardIterator"]
    for name in "abc":
        put(dynamodb, unique, name)
    middle = read_all(streams, arn)[1]["dynamodb"]["SequenceNumber"]

    def keys(records):
        return [record["dynamodb"]["Keys"]["pk"]["S"] for record in records]

    assert keys(read_all(streams, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=middle)) == ["b", "c"]
    assert keys(read_all(streams, arn, "AFTER_SEQUENCE_NUMBER", SequenceNumber=middle)) == ["c"]
    # An iterator is a position: it may be read again.
    for _ in range(2):
        assert keys(streams.get_records(ShardIterator=latest)["Records"]) == ["a", "b", "c"]


def test_errors(streams, unique):
    arn = f"arn:aws:dynamodb:us-east-1:000000000000:table/{unique}/stream/2026-01-01T00:00:00.000"
    with pytest.raises(streams.exceptions.ResourceNotFoundException) as raised:
        streams.describe_stream(StreamArn=arn)
    assert raised.value.response["Error"]["Message"] == f"Requested resource not found: Stream: {arn} not found"
    with pytest.raises(ClientError) as raised:
        streams.get_records(ShardIterator="no iterator")
    assert raised.value.response["Error"]["Code"] == "ValidationException"
    assert streams.list_streams(TableName=unique)["Streams"] == []
