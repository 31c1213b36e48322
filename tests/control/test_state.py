"""reset, snapshot and restore: a server goes back to a known state in milliseconds."""

import threading

import pytest

from tests.control.controls import Refused, call, delivered, put, settle, start_pipeline
from tests.functions import FORWARD, create_table


@pytest.fixture
def own(start_server):
    """A server of the test's own."""
    return start_server("--in-memory")


def everything(server):
    """The names of all that a server holds."""
    return {
        "tables": server.client("dynamodb").list_tables()["TableNames"],
        "streams": len(server.client("dynamodbstreams").list_streams()["Streams"]),
        "queues": server.client("sqs").list_queues().get("QueueUrls", []),
        "functions": [f["FunctionName"] for f in server.client("lambda").list_functions()["Functions"]],
        "mappings": [m["UUID"] for m in server.client("lambda").list_event_source_mappings()["EventSourceMappings"]],
        "log groups": [g["logGroupName"] for g in server.client("logs").describe_log_groups()["logGroups"]],
    }


def test_reset_forgets_everything(own, unique):
    nothing = everything(own)
    start_pipeline(own, unique, FORWARD)
    put(own, unique, "a")
    settle(own)
    full = everything(own)
    assert full["tables"] == full["functions"] == [unique]
    assert all(full.values())
    call(own, "faults", {"throttle": {"service": "sqs", "count": 100}})
    call(own, "clock", {"set": "2040-01-01T00:00:00Z", "freeze": True})

    answer = call(own, "reset")
    assert answer["milliseconds"] > 0
    assert everything(own) == nothing
    assert call(own, "faults", method="GET") == {"faults": []}
    clock = call(own, "clock", method="GET")
    assert not clock["frozen"] and clock["now"] < "2040"


def test_the_same_names_can_be_made_again(own, unique):
    for _ in range(3):
        url, _ = start_pipeline(own, unique, FORWARD)
        put(own, unique, "a")
        settle(own)
        assert delivered(own, url) == [["a"]]
        call(own, "reset")


def test_connections_stay(own, unique):
    client = own.client("dynamodb", max_pool_connections=1)
    connections = client._endpoint.http_session._manager
    create_table(client, unique)
    call(own, "reset")
    assert client.list_tables()["TableNames"] == []
    pools = connections.pools
    assert [pools[key].num_connections for key in pools.keys()] == [1]


def test_restore_brings_everything_back(own, unique):
    url, uuid = start_pipeline(own, unique, FORWARD)
    put(own, unique, "a")
    settle(own)
    assert delivered(own, url) == [["a"]]
    before = everything(own)
    made = call(own, "snapshot", {"name": "base"})
    assert made["rows"] > 0 and made["bytes"] > 0 and made["milliseconds"] > 0
    for _ in range(2):
        put(own, unique, "b")
        settle(own)
        assert delivered(own, url) == [["b"]]
        create_table(own.client("dynamodb"), unique + "-more")
        own.client("lambda").delete_event_source_mapping(UUID=uuid)
        call(own, "restore", {"name": "base"})
        assert everything(own) == before
        # The checkpoint is behind "a", so that is not delivered again.
        settle(own)
        assert delivered(own, url) == []


def test_what_was_not_handled_is_handled_after_a_restore(own, unique):
    url, uuid = start_pipeline(own, unique, FORWARD, Enabled=False)
    put(own, unique, "a")
    call(own, "snapshot")
    for _ in range(2):
        own.client("lambda").update_event_source_mapping(UUID=uuid, Enabled=True)
        settle_enabled(own, uuid)
        assert delivered(own, url) == [["a"]]
        call(own, "restore")


def settle_enabled(server, uuid):
    client = server.client("lambda")
    for _ in range(10_000):
        if client.get_event_source_mapping(UUID=uuid)["State"] == "Enabled":
            return settle(server)
    raise AssertionError(f"{uuid} was not enabled")


def test_positions_and_iterators_stay_valid(own, unique):
    dynamodb, streams = own.client("dynamodb"), own.client("dynamodbstreams")
    arn = create_table(dynamodb, unique)["LatestStreamArn"]
    put(own, unique, "a")
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    first = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    read = streams.get_records(ShardIterator=first)
    call(own, "snapshot")
    put(own, unique, "b")
    later = streams.get_records(ShardIterator=read["NextShardIterator"])["Records"]
    call(own, "restore")
    assert streams.get_records(ShardIterator=first)["Records"] == read["Records"]
    assert streams.get_records(ShardIterator=read["NextShardIterator"])["Records"] == []
    put(own, unique, "c")
    (record,) = streams.get_records(ShardIterator=read["NextShardIterator"])["Records"]
    assert record["dynamodb"]["Keys"] == {"pk": {"S": "c"}}
    assert record["dynamodb"]["SequenceNumber"] == later[0]["dynamodb"]["SequenceNumber"]


def test_snapshots_have_names_and_outlive_resets(own, unique):
    call(own, "snapshot", {"name": "empty"})
    create_table(own.client("dynamodb"), unique)
    call(own, "snapshot", {"name": "table"})
    call(own, "reset")
    assert [s["name"] for s in call(own, "snapshot", method="GET")["snapshots"]] == ["empty", "table"]
    call(own, "restore", {"name": "table"})
    assert own.client("dynamodb").list_tables()["TableNames"] == [unique]
    call(own, "restore", {"name": "empty"})
    assert own.client("dynamodb").list_tables()["TableNames"] == []
    call(own, "snapshot/table", method="DELETE")
    with pytest.raises(Refused) as refused:
        call(own, "restore", {"name": "table"})
    assert refused.value.status == 404


def test_restore_leaves_the_clock_and_ends_faults(own):
    call(own, "snapshot")
    call(own, "clock", {"set": "2040-01-01T00:00:00Z", "freeze": True})
    call(own, "faults", {"throttle": {"service": "dynamodb"}})
    call(own, "restore")
    assert call(own, "clock", method="GET")["now"].startswith("2040-01-01T00:00:00")
    assert own.client("dynamodb").list_tables()["TableNames"] == []


SLOW = """
import time
def handler(event, context):
    time.sleep(600)
"""


def test_reset_ends_running_functions_and_those_who_wait(own, unique):
    start_pipeline(own, unique, SLOW)
    put(own, unique, "a")
    answers = []

    def wait():
        try:
            answers.append(200 if call(own, "await", {"timeoutSeconds": 600})["done"] else 0)
        except Refused as refused:
            answers.append(refused.status)

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert call(own, "reset")["milliseconds"] < 60_000
    waiting.join()
    # It came before the reset and was told what is stuck, or meanwhile, or when there was nothing to wait for.
    assert answers[0] in (504, 503, 200)
    assert own.client("dynamodb").list_tables()["TableNames"] == []


def test_requests_meanwhile_are_answered(own, unique):
    """Clients that go on through resets never see more than what SDKs retry."""
    errors, done = [], threading.Event()

    def write():
        client = own.client("dynamodb", retries={"max_attempts": 10})
        while not done.is_set():
            try:
                client.put_item(TableName=unique, Item={"pk": {"S": "a"}})
            except client.exceptions.ResourceNotFoundException:
                pass  # between a reset and the new table
            except Exception as error:  # pylint: disable=broad-except
                errors.append(error)

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    for _ in range(10):
        create_table(own.client("dynamodb", retries={"max_attempts": 10}), unique)
        call(own, "reset")
    done.set()
    for writer in writers:
        writer.join()
    assert errors == []


def test_a_kept_server_is_reset_and_restored_for_good(start_server, tmp_path, unique):
    arguments = ("--data", str(tmp_path), "--test-controls")
    kept = start_server(*arguments)
    create_table(kept.client("dynamodb"), unique)
    put(kept, unique, "a")
    call(kept, "snapshot")
    call(kept, "reset")
    kept.kill()
    kept = start_server(*arguments)
    assert kept.client("dynamodb").list_tables()["TableNames"] == []
    create_table(kept.client("dynamodb"), unique)
    put(kept, unique, "b")
    call(kept, "snapshot")
    put(kept, unique, "c")
    call(kept, "restore")
    kept.kill()
    kept = start_server(*arguments)
    items = kept.client("dynamodb").scan(TableName=unique)["Items"]
    assert items == [{"pk": {"S": "b"}}]


def test_a_server_for_real_refuses(start_server, tmp_path):
    real = start_server("--data", str(tmp_path))
    for path in ("reset", "snapshot", "restore", "faults", "clock"):
        with pytest.raises(Refused) as refused:
            call(real, path, {})
        assert refused.value.status == 403
        assert "--test-controls" in refused.value.document["message"]
