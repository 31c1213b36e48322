"""Global indexes created, changed and deleted on a table that is in use, through boto3."""

import threading

import pytest
from botocore.exceptions import ClientError

from tests.functions import create_table, read_all

KEYS = [{"AttributeName": "state", "AttributeType": "S"}, {"AttributeName": "v", "AttributeType": "N"}]
SCHEMA = [{"AttributeName": "state", "KeyType": "HASH"}, {"AttributeName": "v", "KeyType": "RANGE"}]


def creation(name="by-state", schema=None, **more):
    return {"Create": {"IndexName": name, "KeySchema": schema or SCHEMA,
                       "Projection": {"ProjectionType": "ALL"}, **more}}


def change(dynamodb, table, *updates, keys=KEYS, **more):
    definitions = {"AttributeDefinitions": keys} if keys else {}
    return dynamodb.update_table(
        TableName=table, GlobalSecondaryIndexUpdates=list(updates), **definitions, **more)["TableDescription"]


def described(dynamodb, table):
    return dynamodb.describe_table(TableName=table)["Table"]


def indexes_of(description):
    return {index["IndexName"]: index for index in description.get("GlobalSecondaryIndexes", [])}


def wait(dynamodb, table, name, status):
    """As programs do it; a status of None stands for an index that is gone."""
    for _ in range(10_000):
        found = indexes_of(described(dynamodb, table)).get(name)
        if (found and found["IndexStatus"]) == status:
            return found
        assert found is None or found["IndexStatus"] != "ACTIVE" or status is None
    raise AssertionError(f"{name} is {found}")


def query(dynamodb, table, state, name="by-state", **more):
    return read_all(
        dynamodb.query, TableName=table, IndexName=name, KeyConditionExpression="#s = :s",
        ExpressionAttributeNames={"#s": "state"}, ExpressionAttributeValues={":s": {"S": state}}, **more)


def put(dynamodb, table, key, value, state="open"):
    item = {"pk": {"S": key}, "v": {"N": str(value)}, "state": {"S": state}}
    dynamodb.put_item(TableName=table, Item=item)
    return item


def error_of(call, *arguments, **more):
    with pytest.raises(ClientError) as refused:
        call(*arguments, **more)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def table(dynamodb, unique):
    create_table(dynamodb, unique)
    return unique


def test_an_index_of_items_that_were_there(dynamodb, table):
    before = [put(dynamodb, table, f"k{number}", number) for number in range(30)]
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "without"}, "v": {"N": "1"}})
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "other"}, "v": {"N": "1"}, "state": {"N": "7"}})
    answer = change(dynamodb, table, creation())
    assert answer["TableStatus"] == "UPDATING"
    index = indexes_of(answer)["by-state"]
    assert (index["IndexStatus"], index["Backfilling"]) == ("CREATING", False)
    index = wait(dynamodb, table, "by-state", "ACTIVE")
    assert "Backfilling" not in index
    assert index["ItemCount"] == 30
    assert query(dynamodb, table, "open") == before
    after = described(dynamodb, table)
    assert after["TableStatus"] == "ACTIVE"
    assert after["AttributeDefinitions"] == [{"AttributeName": "pk", "AttributeType": "S"}] + KEYS
    put(dynamodb, table, "k0", 0, "closed")
    assert [item["pk"]["S"] for item in query(dynamodb, table, "closed")] == ["k0"]
    assert query(dynamodb, table, "open") == before[1:]


def test_writers_do_not_wait_and_nothing_is_missed(start_server, unique):
    server = start_server("--in-memory", "--partitions", "3")
    dynamodb = server.client("dynamodb")
    create_table(dynamodb, unique)
    keys = [f"k{number}" for number in range(400)]
    for first in range(0, len(keys), 25):
        dynamodb.batch_write_item(RequestItems={unique: [
            {"PutRequest": {"Item": {"pk": {"S": key}, "v": {"N": "0"}, "state": {"S": "open"}}}}
            for key in keys[first:first + 25]]})
    done = threading.Event()

    def write(own):
        client, version = server.client("dynamodb"), 0
        while version < 2 or not done.is_set():
            version += 1
            for key in own:
                if (version + len(key)) % 3 == 0:
                    client.delete_item(TableName=unique, Key={"pk": {"S": key}})
                else:
                    put(client, unique, key, version, "open" if version % 2 else "closed")

    writers = [threading.Thread(target=write, args=(keys[part::40],)) for part in range(2)]
    for writer in writers:
        writer.start()
    change(dynamodb, unique, creation())
    wait(dynamodb, unique, "by-state", "ACTIVE")
    done.set()
    for writer in writers:
        writer.join()
    items = read_all(dynamodb.scan, TableName=unique)
    found = query(dynamodb, unique, "open") + query(dynamodb, unique, "closed")

    def key(item):
        return item["pk"]["S"]

    assert sorted(found, key=key) == sorted(items, key=key)


def test_a_crash_while_it_is_filled(start_server, tmp_path, unique):
    server = start_server("--data", str(tmp_path / "data"))
    dynamodb = server.client("dynamodb")
    create_table(dynamodb, unique, partitions=8)
    for first in range(0, 2000, 25):
        dynamodb.batch_write_item(RequestItems={unique: [
            {"PutRequest": {"Item": {"pk": {"S": f"k{key}"}, "v": {"N": str(key)}, "state": {"S": "open"}}}}
            for key in range(first, first + 25)]})
    change(dynamodb, unique, creation())
    server.kill()
    dynamodb = start_server("--data", str(tmp_path / "data")).client("dynamodb")
    put(dynamodb, unique, "k0", 0, "closed")
    wait(dynamodb, unique, "by-state", "ACTIVE")
    assert [int(item["v"]["N"]) for item in query(dynamodb, unique, "open")] == list(range(1, 2000))
    assert len(query(dynamodb, unique, "closed")) == 1


def test_a_deleted_index_goes_and_may_come_again(dynamodb, table):
    put(dynamodb, table, "a", 1)
    change(dynamodb, table, creation())
    wait(dynamodb, table, "by-state", "ACTIVE")
    answer = change(dynamodb, table, {"Delete": {"IndexName": "by-state"}}, keys=None)
    assert indexes_of(answer)["by-state"]["IndexStatus"] == "DELETING"
    wait(dynamodb, table, "by-state", None)
    assert described(dynamodb, table)["AttributeDefinitions"] == [{"AttributeName": "pk", "AttributeType": "S"}]
    assert error_of(query, dynamodb, table, "open") == (
        "ValidationException", "The table does not have the specified index: by-state")
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "b"}, "state": {"N": "7"}})  # no key any more
    change(dynamodb, table, creation())
    wait(dynamodb, table, "by-state", "ACTIVE")
    assert [item["pk"]["S"] for item in query(dynamodb, table, "open")] == ["a"]


def test_the_stream_of_the_table_does_not_see_it(server, dynamodb, unique):
    arn = create_table(dynamodb, unique, stream="KEYS_ONLY")["LatestStreamArn"]
    put(dynamodb, unique, "a", 1)
    change(dynamodb, unique, creation())
    wait(dynamodb, unique, "by-state", "ACTIVE")
    put(dynamodb, unique, "b", 2)
    streams = server.client("dynamodbstreams")
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = streams.get_records(ShardIterator=iterator)["Records"]
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in records] == ["a", "b"]
    assert all("NewImage" not in record["dynamodb"] for record in records)


def test_throughput_of_an_index(dynamodb, unique):
    dynamodb.create_table(
        TableName=unique, AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5})
    units = {"ReadCapacityUnits": 2, "WriteCapacityUnits": 3}
    assert error_of(change, dynamodb, unique, creation()) == (
        "ValidationException", "One or more parameter values were invalid: "
        "ProvisionedThroughput is not specified for index: by-state")
    change(dynamodb, unique, creation(ProvisionedThroughput=units))
    wait(dynamodb, unique, "by-state", "ACTIVE")
    more = {"ReadCapacityUnits": 7, "WriteCapacityUnits": 8}
    change(dynamodb, unique, {"Update": {"IndexName": "by-state", "ProvisionedThroughput": more}}, keys=None)
    shown = wait(dynamodb, unique, "by-state", "ACTIVE")["ProvisionedThroughput"]
    assert (shown["ReadCapacityUnits"], shown["WriteCapacityUnits"]) == (7, 8)


INVALID = "One or more parameter values were invalid: "
ONE = "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
DELETION = {"Delete": {"IndexName": "by-state"}}


@pytest.mark.parametrize("updates, more, code, message", [
    ([], {}, "ValidationException", INVALID + "List of GlobalSecondaryIndexUpdates is empty"),
    ([{}], {}, "ValidationException", INVALID + "One of GlobalSecondaryIndexUpdate.Update, "
     "GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null"),
    ([{**creation(), **DELETION}], {}, "ValidationException", INVALID +
     "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object"),
    ([creation(), DELETION], {}, "ValidationException", INVALID +
     "Only one global secondary index update per index is allowed simultaneously. Index: by-state"),
    ([creation(), creation("other")], {}, "LimitExceededException", ONE),
    ([DELETION], {}, "ResourceNotFoundException",
     "Requested resource not found: Index by-state for table {table}"),
    ([creation()], {"keys": KEYS[:1]}, "ValidationException", INVALID +
     "AttributeDefinitions is not specified for index: by-state"),
    ([creation()], {"StreamSpecification": {"StreamEnabled": False}}, "ValidationException", INVALID +
     "You cannot create or delete index while changing stream status"),
    ([creation()], {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
     "ValidationException", INVALID + "You cannot create or delete index while updating table IOPS"),
    ([creation(Projection={"ProjectionType": "INCLUDE"})], {}, "ValidationException", INVALID +
     "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"),
    ([creation(schema=SCHEMA[1:])], {}, "ValidationException",
     "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
])
def test_what_is_refused(dynamodb, table, updates, more, code, message):
    refused = error_of(change, dynamodb, table, *updates, **more)
    assert refused == (code, message.format(table=table))


def test_one_that_is_there_is_not_created_again(dynamodb, table):
    change(dynamodb, table, creation())
    wait(dynamodb, table, "by-state", "ACTIVE")
    assert error_of(change, dynamodb, table, creation()) == (
        "ValidationException", "Attempting to create an index which already exists")


def test_twenty_and_no_more(dynamodb, table):
    for number in range(20):
        change(dynamodb, table, creation(f"index-{number}"))
        wait(dynamodb, table, f"index-{number}", "ACTIVE")
    assert error_of(change, dynamodb, table, creation()) == (
        "LimitExceededException",
        "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of 20")
    dynamodb.delete_table(TableName=table)
