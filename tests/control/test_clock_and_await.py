"""Time in the test's hands, and waiting for mappings instead of sleeping."""

import pytest

from tests.control.controls import Refused, call, delivered, put, settle, start_pipeline
from tests.functions import FORWARD, create_queue, create_table


@pytest.fixture
def own(start_server):
    """A server of the test's own."""
    return start_server("--in-memory")


def advance(server, seconds):
    return call(server, "clock", {"advanceSeconds": seconds})


def test_the_clock_is_set_frozen_and_moved(own):
    assert call(own, "clock", {"freeze": True, "set": "2040-01-01T00:00:00Z"}) == {
        "now": "2040-01-01T00:00:00.000000Z", "frozen": True}
    assert advance(own, 90.5)["now"] == "2040-01-01T00:01:30.500000Z"
    assert call(own, "clock", method="GET")["now"] == "2040-01-01T00:01:30.500000Z"
    assert not call(own, "clock", {"freeze": False})["frozen"]
    for mistake in ({}, {"advanceSeconds": -1}, {"set": "tomorrow"}, {"advance": 1}):
        with pytest.raises(Refused) as refused:
            call(own, "clock", mistake)
        assert refused.value.status == 400


def test_visibility_timeouts_follow_the_clock(own, unique):
    sqs = own.client("sqs")
    url, _ = create_queue(sqs, unique, VisibilityTimeout="300")
    sqs.send_message(QueueUrl=url, MessageBody="m")
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    advance(own, 301)
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


def test_iterators_expire_after_fifteen_minutes(own, unique):
    call(own, "clock", {"freeze": True})
    streams = own.client("dynamodbstreams")
    arn = create_table(own.client("dynamodb"), unique)["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType="LATEST")["ShardIterator"]
    advance(own, 15 * 60)
    streams.get_records(ShardIterator=iterator)
    advance(own, 1)
    with pytest.raises(streams.exceptions.ExpiredIteratorException):
        streams.get_records(ShardIterator=iterator)


def test_a_batching_window_closes_when_the_clock_says_so(own, unique):
    call(own, "clock", {"freeze": True})
    url, uuid = start_pipeline(own, unique, FORWARD, MaximumBatchingWindowInSeconds=300)
    put(own, unique, "a")
    put(own, unique, "b")
    with pytest.raises(Refused) as refused:
        call(own, "await", {"timeoutSeconds": 0})
    assert refused.value.status == 504
    assert refused.value.document["done"] is False
    assert unique in refused.value.document["stuck"][0]
    advance(own, 301)
    answer = settle(own)
    assert [mapping["uuid"] for mapping in answer["mappings"]] == [uuid]
    assert delivered(own, url) == [["a", "b"]]


def test_await_says_what_blocks(own, unique):
    call(own, "clock", {"freeze": True})
    url, uuid = start_pipeline(own, unique, FORWARD)
    call(own, "faults", {"failFunction": {"functionName": unique, "errorMessage": "Boom"}})
    put(own, unique, "a")
    # The function's first failure is known when it has been counted, whatever the machine is busy with.
    for _ in range(10_000):
        if call(own, "faults", method="GET")["faults"][0]["fired"]:
            break
    with pytest.raises(Refused) as refused:
        call(own, "await", {"timeoutSeconds": 0, "uuid": uuid})
    (sentence,) = refused.value.document["stuck"]
    assert unique in sentence and "1 record behind" in sentence
    # Others are not waited for.
    assert call(own, "await", {"timeoutSeconds": 0, "functionName": "another"})["done"]
    # A retry comes after a second or more of the server's time.
    advance(own, 60)
    settle(own)
    assert delivered(own, url) == [["a"]]


def test_await_waits_up_to_a_record(own, unique):
    url, _ = start_pipeline(own, unique, FORWARD)
    for key in ("a", "b", "c"):
        put(own, unique, key)
    streams = own.client("dynamodbstreams")
    (stream,) = streams.list_streams(TableName=unique)["Streams"]
    shard = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"][0]
    number = shard["SequenceNumberRange"]["StartingSequenceNumber"]
    assert call(own, "await", {"sequenceNumber": number, "timeoutSeconds": 60})["done"]
    assert delivered(own, url)[0][0] == "a"
