"""Faults that a test asks for: what clients, functions and mappings see of them."""

import botocore.exceptions
import pytest

from tests.control.controls import Refused, call, delivered, put, settle, start_pipeline
from tests.functions import FORWARD, create_table


@pytest.fixture
def own(start_server):
    """A server of the test's own."""
    return start_server("--in-memory")


def fault(server, kind, **settings):
    return call(server, "faults", {kind: settings})


def single(server, service):
    """A client that tries once."""
    return server.client(service, retries={"max_attempts": 0})


def fired(server):
    return [entry["fired"] for entry in call(server, "faults", method="GET")["faults"]]


def code(call_client, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call_client(**arguments)
    error = caught.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"]


def test_throttling_looks_as_on_aws(own, unique):
    dynamodb = single(own, "dynamodb")
    create_table(dynamodb, unique)
    fault(own, "throttle", service="dynamodb", operation="PutItem")
    with pytest.raises(dynamodb.exceptions.ProvisionedThroughputExceededException) as caught:
        dynamodb.put_item(TableName=unique, Item={"pk": {"S": "a"}})
    assert caught.value.response["Error"]["Message"].startswith(
        "The level of configured provisioned throughput for the table was exceeded.")
    dynamodb.put_item(TableName=unique, Item={"pk": {"S": "a"}})
    for service, method, arguments, expected in (
        ("dynamodb", "list_tables", {}, (400, "ThrottlingException")),
        ("dynamodbstreams", "list_streams", {}, (400, "ThrottlingException")),
        ("lambda", "list_functions", {}, (429, "TooManyRequestsException")),
        ("sqs", "list_queues", {}, (403, "RequestThrottled")),
    ):
        fault(own, "throttle", service=service)
        client = single(own, service)
        assert code(getattr(client, method), **arguments) == expected
        getattr(client, method)(**arguments)
    assert fired(own) == [1] * 5


def test_sdks_get_through_throttling_by_themselves(own, unique):
    create_table(own.client("dynamodb"), unique)
    fault(own, "throttle", service="dynamodb", operation="PutItem", tableName=unique, count=2)
    patient = own.client("dynamodb", retries={"max_attempts": 4})
    answer = patient.put_item(TableName=unique, Item={"pk": {"S": "a"}})
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2


def test_a_fault_of_one_table_leaves_others_alone(own, unique):
    dynamodb = single(own, "dynamodb")
    create_table(dynamodb, unique)
    create_table(dynamodb, unique + "-other")
    fault(own, "error", tableName=unique)
    put(own, unique + "-other", "a")
    assert code(dynamodb.get_item, TableName=unique, Key={"pk": {"S": "a"}}) == (500, "InternalServerError")
    assert "Item" not in dynamodb.get_item(TableName=unique, Key={"pk": {"S": "a"}})


def test_the_same_seed_gives_the_same_faults(own):
    dynamodb = single(own, "dynamodb")

    def outcomes(seed):
        call(own, "faults", method="DELETE")
        fault(own, "error", service="dynamodb", count=1000, probability=0.5, seed=seed)
        results = ""
        for _ in range(40):
            try:
                dynamodb.list_tables()
                results += "."
            except botocore.exceptions.ClientError:
                results += "x"
        return results

    first = outcomes(1)
    assert "x" in first and "." in first
    assert outcomes(1) == first
    assert outcomes(2) != first


def test_a_failing_function_is_invoked_again(own, unique):
    url, _ = start_pipeline(own, unique, FORWARD)
    fault(own, "failFunction", functionName=unique, errorType="Boom", errorMessage="not today")
    put(own, unique, "a")
    settle(own)
    assert delivered(own, url) == [["a"]]
    assert fired(own) == [1]
    # Whoever invokes it directly sees the same.
    fault(own, "failFunction", functionName=unique, errorType="Boom", errorMessage="not today")
    answer = own.client("lambda", read_timeout=120).invoke(FunctionName=unique, Payload=b"{}")
    assert answer["FunctionError"] == "Unhandled"
    assert b'"errorType":"Boom"' in answer["Payload"].read()


@pytest.mark.parametrize("kind", ["loseResult", "deliverTwice", "crashBeforeCheckpoint"])
def test_a_batch_comes_twice(own, unique, kind):
    url, uuid = start_pipeline(own, unique, FORWARD)
    fault(own, kind, functionName=unique, uuid=uuid)
    put(own, unique, "a")
    settle(own)
    assert delivered(own, url) == [["a"], ["a"]]
    put(own, unique, "b")
    settle(own)
    assert delivered(own, url) == [["b"]]
    assert fired(own) == [1]


def test_a_crash_leaves_other_mappings_alone(own, unique):
    url, uuid = start_pipeline(own, unique, FORWARD)
    other_url, _ = start_pipeline(own, unique + "-other", FORWARD)
    fault(own, "crashBeforeCheckpoint", uuid=uuid)
    put(own, unique, "a")
    put(own, unique + "-other", "b")
    settle(own)
    assert delivered(own, url) == [["a"], ["a"]]
    assert delivered(own, other_url) == [["b"]]


@pytest.mark.parametrize("frozen", [False, True])
def test_iterators_expire_on_request(own, unique, frozen):
    call(own, "clock", {"freeze": frozen})
    streams = own.client("dynamodbstreams")
    arn = create_table(own.client("dynamodb"), unique)["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]

    def iterator():
        return streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]

    old = iterator()
    following = streams.get_records(ShardIterator=old)["NextShardIterator"]
    call(own, "faults", {"expireIterators": True})
    for expired in (old, following):
        with pytest.raises(streams.exceptions.ExpiredIteratorException):
            streams.get_records(ShardIterator=expired)
    fresh = streams.get_records(ShardIterator=iterator())
    streams.get_records(ShardIterator=fresh["NextShardIterator"])


def test_shards_rotate_and_split_without_loss(own, unique):
    url, _ = start_pipeline(own, unique, FORWARD, BatchSize=1)
    keys = [f"k{i}" for i in range(20)]
    for i, key in enumerate(keys):
        put(own, unique, key)
        if i % 5 == 2:
            assert fault(own, "rotate", tableName=unique)["fired"] == 1
        if i % 10 == 7:
            assert fault(own, "split", tableName=unique)["fired"] == 1
    settle(own)
    assert sorted(key for batch in delivered(own, url) for key in batch) == sorted(keys)
    with pytest.raises(Refused) as refused:
        fault(own, "rotate", tableName="no-such-table")
    assert refused.value.status == 400


def test_mistakes_are_explained(own):
    for body, words in (
        ({}, "known are throttle"),
        ({"thortle": {}}, "known are throttle"),
        ({"throttle": {"servce": "sqs"}}, "'service'"),
        ({"split": {}}, "needs tableName"),
    ):
        with pytest.raises(Refused) as refused:
            call(own, "faults", body)
        assert refused.value.status == 400
        assert words in refused.value.document["message"]
