"""Partitions and shards through boto3: splits and rotations under load, lineage, and what time does to them."""

import json
import threading
import urllib.error
import urllib.parse
import urllib.request

import pytest
from botocore.exceptions import ClientError

from tests.functions import create_table


def post(server, path, body=None):
    """POST to a path of the server's own; the answer as a dictionary."""
    request = urllib.request.Request(f"{server.endpoint}{path}", json.dumps(body or {}).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def split(server, table, shard_id=None):
    return post(server, f"/_millrace/tables/{table}/split", {"shardId": shard_id} if shard_id else None)


def rotate(server, table, shard_id=None):
    return post(server, f"/_millrace/tables/{table}/rotate", {"shardId": shard_id} if shard_id else None)


def describe(streams, arn, **arguments):
    """All shards, page by page."""
    shards = []
    while True:
        description = streams.describe_stream(StreamArn=arn, **arguments)["StreamDescription"]
        shards += description["Shards"]
        if "LastEvaluatedShardId" not in description:
            return shards
        arguments["ExclusiveStartShardId"] = description["LastEvaluatedShardId"]


def put(dynamodb, table, key, version):
    dynamodb.put_item(TableName=table, Item={"pk": {"S": key}, "v": {"N": str(version)}})


class Consumer:
    """Reads a stream as the official library does: each shard to its end, then its children."""

    def __init__(self, streams, arn):
        self.streams = streams
        self.arn = arn
        self.versions = {}  # by key, in order of arrival
        self.ended = []  # shards that were read to their end
        roots = [shard for shard in describe(streams, arn) if "ParentShardId" not in shard]
        self.iterators = {shard["ShardId"]: self.begin(shard["ShardId"]) for shard in roots}
        self.last = {shard["ShardId"]: 0 for shard in roots}  # sequence number, along the lineage

    def begin(self, shard_id):
        return self.streams.get_shard_iterator(
            StreamArn=self.arn, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]

    def step(self, limit=7):
        """One page of every shard; how many records came."""
        received = 0
        for shard_id, iterator in list(self.iterators.items()):
            page = self.streams.get_records(ShardIterator=iterator, Limit=limit)
            for record in page["Records"]:
                change = record["dynamodb"]
                number = int(change["SequenceNumber"])
                assert number > self.last[shard_id], "sequence numbers rise from parent to child"
                self.last[shard_id] = number
                image = change["NewImage"]
                self.versions.setdefault(image["pk"]["S"], []).append(int(image["v"]["N"]))
                received += 1
            if "NextShardIterator" in page:
                self.iterators[shard_id] = page["NextShardIterator"]
            else:
                self.end(shard_id)
        return received

    def end(self, shard_id):
        del self.iterators[shard_id]
        self.ended.append(shard_id)
        children = describe(self.streams, self.arn, ShardFilter={"Type": "CHILD_SHARDS", "ShardId": shard_id})
        assert children, "a shard that has ended has children"
        for child in children:
            assert child["ParentShardId"] == shard_id
            assert child["ShardId"] not in self.last, "a shard is the child of one parent"
            self.iterators[child["ShardId"]] = self.begin(child["ShardId"])
            self.last[child["ShardId"]] = self.last[shard_id]

    def drain(self):
        """Until nothing more comes and no shard ends."""
        while True:
            ended = len(self.ended)
            if self.step(limit=1000) == 0 and ended == len(self.ended):
                return


def test_splits_and_rotations_under_load_lose_and_repeat_nothing(server, streams, dynamodb, unique):
    arn = create_table(dynamodb, unique)["LatestStreamArn"]
    keys, versions = 8, 25

    def write(first):
        client = server.client("dynamodb")
        for version in range(1, versions + 1):
            for key in range(first, keys, 2):
                put(client, unique, f"k{key}", version)

    consumer = Consumer(streams, arn)
    writers = [threading.Thread(target=write, args=(first,)) for first in (0, 1)]
    for writer in writers:
        writer.start()
    partitions = 0
    for step in range(10):
        consumer.step()
        if step % 2:
            rotate(server, unique)
        else:
            partitions = split(server, unique)["partitions"]
    for writer in writers:
        writer.join()
    consumer.drain()
    assert consumer.versions == {f"k{key}": list(range(1, versions + 1)) for key in range(keys)}

    shards = describe(streams, arn, Limit=3)
    assert len({shard["ShardId"] for shard in shards}) == len(shards)
    open_shards = [shard for shard in shards if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]
    assert len(open_shards) == partitions
    assert set(consumer.iterators) == {shard["ShardId"] for shard in open_shards}
    assert set(consumer.ended) == {shard["ShardId"] for shard in shards} - set(consumer.iterators)
    # Whoever comes later reads the same.
    late = Consumer(streams, arn)
    late.drain()
    assert late.versions == consumer.versions


def test_a_split_closes_a_shard_with_two_children(server, streams, dynamodb, unique):
    arn = create_table(dynamodb, unique, partitions=1)["LatestStreamArn"]
    for key in range(5):
        put(dynamodb, unique, f"k{key}", 1)
    [parent] = describe(streams, arn)
    answer = split(server, unique, parent["ShardId"])
    assert answer["table"] == unique and answer["partitions"] == 2
    assert [shard["parentShardId"] for shard in answer["shards"]] == [parent["ShardId"]] * 2
    closed, *children = describe(streams, arn)
    assert closed["ShardId"] == parent["ShardId"]
    end = int(closed["SequenceNumberRange"]["EndingSequenceNumber"])
    for child in children:
        assert child["ParentShardId"] == parent["ShardId"]
        assert int(child["SequenceNumberRange"]["StartingSequenceNumber"]) > end
    # LATEST of the parent is its end: nothing follows there.
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=parent["ShardId"], ShardIteratorType="LATEST")["ShardIterator"]
    page = streams.get_records(ShardIterator=iterator)
    assert page["Records"] == [] and "NextShardIterator" not in page
    with pytest.raises(urllib.error.HTTPError) as refused:
        split(server, unique, parent["ShardId"])
    assert json.load(refused.value)["error"] == "ResourceNotFoundException"


@pytest.mark.parametrize("partitions", [1, 4])
def test_items_do_not_feel_partitions_or_splits(server, dynamodb, unique, partitions):
    dynamodb.create_table(
        TableName=unique,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "city")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        LocalSecondaryIndexes=[{
            "IndexName": "local", "Projection": {"ProjectionType": "ALL"},
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "city", "KeyType": "RANGE"}]}],
        GlobalSecondaryIndexes=[{
            "IndexName": "global", "Projection": {"ProjectionType": "ALL"},
            "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"}, {"AttributeName": "pk", "KeyType": "RANGE"}]}],
        Tags=[{"Key": "millrace:partitions", "Value": str(partitions)}],
        BillingMode="PAY_PER_REQUEST",
    )
    expected = {}
    for round_number in range(3):
        # A transaction over many partitions, a batch, and single writes.
        items = [{"pk": {"S": f"p{n}"}, "sk": {"S": f"s{round_number}"}, "city": {"S": f"c{n % 3}"}} for n in range(30)]
        dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": unique, "Item": item}} for item in items[:10]])
        dynamodb.batch_write_item(RequestItems={unique: [{"PutRequest": {"Item": item}} for item in items[10:20]]})
        for item in items[20:]:
            dynamodb.put_item(TableName=unique, Item=item)
        expected.update({(item["pk"]["S"], item["sk"]["S"]): item for item in items})
        assert split(server, unique)["partitions"] == partitions + round_number + 1

    def names(items):
        return sorted((item["pk"]["S"], item["sk"]["S"]) for item in items)

    def pages(operation, **arguments):
        return [item for page in dynamodb.get_paginator(operation).paginate(TableName=unique, **arguments)
                for item in page["Items"]]

    everything = sorted(expected)
    assert names(pages("scan")) == everything
    assert names(pages("scan", PaginationConfig={"PageSize": 7})) == everything
    segments = [pages("scan", Segment=segment, TotalSegments=3) for segment in range(3)]
    assert names(sum(segments, [])) == everything
    assert names(pages("scan", IndexName="local")) == everything
    assert names(pages("scan", IndexName="global")) == everything
    one = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "p7"}}}
    for arguments in (one, {**one, "IndexName": "local"}):
        assert names(pages("query", **arguments)) == [("p7", f"s{number}") for number in range(3)]
    city = pages("query", IndexName="global", KeyConditionExpression="city = :c",
                 ExpressionAttributeValues={":c": {"S": "c1"}})
    assert names(city) == [key for key in everything if int(key[0][1:]) % 3 == 1]
    gets = [{"Get": {"TableName": unique, "Key": {"pk": {"S": f"p{n}"}, "sk": {"S": "s1"}}}} for n in range(30)]
    answers = dynamodb.transact_get_items(TransactItems=gets)["Responses"]
    assert [answer["Item"] for answer in answers] == [expected[f"p{n}", "s1"] for n in range(30)]
    with pytest.raises(ClientError) as failed:
        dynamodb.transact_write_items(TransactItems=[
            {"Delete": {"TableName": unique, "Key": {"pk": {"S": "p1"}, "sk": {"S": "s1"}}}},
            {"ConditionCheck": {"TableName": unique, "Key": {"pk": {"S": "p2"}, "sk": {"S": "s1"}},
                                "ConditionExpression": "attribute_not_exists(pk)"}}])
    assert [reason["Code"] for reason in failed.value.response["CancellationReasons"]] == [
        "None", "ConditionalCheckFailed"]
    assert dynamodb.describe_table(TableName=unique)["Table"]["ItemCount"] == len(expected)
    assert names(pages("scan")) == everything


@pytest.fixture
def clocked(start_server):
    """A server of the test's own, whose clock the test moves."""
    server = start_server("--in-memory", "--partitions", "1")
    try:
        post(server, "/_millrace/clock", {"advanceSeconds": 0})
    except urllib.error.HTTPError as error:
        pytest.skip(f"this server's clock can not be moved: {error}")
    return server


def advance(server, **time):
    names = {"minutes": 60, "hours": 3600}
    post(server, "/_millrace/clock", {"advanceSeconds": sum(names[name] * value for name, value in time.items())})


def until(condition):
    """What time makes due happens on threads of the server's: asked again until it has."""
    for _ in range(2000):
        if condition():
            return
    raise AssertionError("it did not happen")


def first_iterator(streams, arn, **arguments):
    shard = describe(streams, arn)[0]
    arguments.setdefault("ShardIteratorType", "TRIM_HORIZON")
    return streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], **arguments)["ShardIterator"]


def test_shards_rotate_after_four_hours(clocked, unique):
    dynamodb, streams = clocked.client("dynamodb"), clocked.client("dynamodbstreams")
    arn = create_table(dynamodb, unique)["LatestStreamArn"]
    for version in range(1, 4):
        put(dynamodb, unique, "a", version)
        advance(clocked, hours=4)
        until(lambda: len(describe(streams, arn)) == version + 1)
    consumer = Consumer(streams, arn)
    consumer.drain()
    assert consumer.versions == {"a": [1, 2, 3]}
    assert len(consumer.ended) == 3


def test_iterators_expire_after_fifteen_minutes(clocked, unique):
    dynamodb, streams = clocked.client("dynamodb"), clocked.client("dynamodbstreams")
    arn = create_table(dynamodb, unique)["LatestStreamArn"]
    put(dynamodb, unique, "a", 1)
    iterator = first_iterator(streams, arn)
    advance(clocked, minutes=14)
    following = streams.get_records(ShardIterator=iterator)["NextShardIterator"]
    advance(clocked, minutes=2)
    with pytest.raises(ClientError) as expired:
        streams.get_records(ShardIterator=iterator)
    assert expired.value.response["Error"]["Code"] == "ExpiredIteratorException"
    assert streams.get_records(ShardIterator=following)["Records"] == []


def test_records_are_kept_a_day(clocked, unique):
    dynamodb, streams = clocked.client("dynamodb"), clocked.client("dynamodbstreams")
    arn = create_table(dynamodb, unique)["LatestStreamArn"]
    put(dynamodb, unique, "a", 1)
    [record] = streams.get_records(ShardIterator=first_iterator(streams, arn))["Records"]
    first_shard = describe(streams, arn)[0]["ShardId"]
    number = record["dynamodb"]["SequenceNumber"]
    at = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": number}
    advance(clocked, hours=23, minutes=50)
    assert streams.get_records(ShardIterator=first_iterator(streams, arn, **at))["Records"] == [record]
    put(dynamodb, unique, "b", 1)
    advance(clocked, hours=1)

    def is_trimmed():
        try:
            streams.get_shard_iterator(StreamArn=arn, ShardId=first_shard, **at)
        except ClientError as error:
            # A shard that closed long enough ago goes with its records.
            return error.response["Error"]["Code"] in ("TrimmedDataAccessException", "ResourceNotFoundException")
        return False

    until(is_trimmed)
    consumer = Consumer(streams, arn) if "ParentShardId" not in describe(streams, arn)[0] else None
    if consumer is not None:
        consumer.drain()
        assert consumer.versions == {"b": [1]}


def test_retention_by_tag(clocked, unique):
    dynamodb, streams = clocked.client("dynamodb"), clocked.client("dynamodbstreams")
    table = create_table(dynamodb, unique)
    dynamodb.tag_resource(ResourceArn=table["TableArn"], Tags=[
        {"Key": "millrace:stream-retention-hours", "Value": "unlimited"}])
    arn = table["LatestStreamArn"]
    put(dynamodb, unique, "a", 1)
    advance(clocked, hours=24 * 365)
    until(lambda: len(describe(streams, arn)) == 2)
    put(dynamodb, unique, "a", 2)
    consumer = Consumer(streams, arn)
    consumer.drain()
    assert consumer.versions == {"a": [1, 2]}


@pytest.mark.parametrize("ending", ["disabled", "table deleted"])
def test_a_stream_that_has_ended_is_readable_for_a_day(clocked, unique, ending):
    dynamodb, streams = clocked.client("dynamodb"), clocked.client("dynamodbstreams")
    arn = create_table(dynamodb, unique)["LatestStreamArn"]
    put(dynamodb, unique, "a", 1)
    if ending == "disabled":
        dynamodb.update_table(TableName=unique, StreamSpecification={"StreamEnabled": False})
    else:
        dynamodb.delete_table(TableName=unique)
    advance(clocked, hours=23)
    description = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    assert description["StreamStatus"] == "DISABLED"
    page = streams.get_records(ShardIterator=first_iterator(streams, arn))
    assert len(page["Records"]) == 1 and "NextShardIterator" not in page
    advance(clocked, hours=2)
    until(lambda: streams.list_streams(TableName=unique)["Streams"] == [])
    with pytest.raises(ClientError) as gone:
        streams.describe_stream(StreamArn=arn)
    assert gone.value.response["Error"]["Code"] == "ResourceNotFoundException"
