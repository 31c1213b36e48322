"""kill -9 at any moment, restart on the same data: nothing acknowledged is lost, nothing is skipped."""

import random
import threading

import pytest

from tests.functions import FORWARD, create_function, create_queue, create_table, receive_records


class Writer(threading.Thread):
    """Puts numbered versions of its own items until the server is gone; keeps what was acknowledged."""

    def __init__(self, server, table, number):
        super().__init__()
        self.client = server.client("dynamodb", retries={"max_attempts": 0})
        self.table = table
        self.number = number
        self.acknowledged = []  # (key, version) in order
        self.attempted = []

    def run(self):
        for version in range(1, 100_000):
            key = f"w{self.number}-{version % 7}"
            self.attempted.append((key, version))
            try:
                self.client.put_item(TableName=self.table, Item={"pk": {"S": key}, "v": {"N": str(version)}})
            except Exception:
                return
            self.acknowledged.append((key, version))


def read_stream(streams, arn):
    """All records of all shards: [(key, version)] in stream order."""
    seen = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        while iterator:
            page = streams.get_records(ShardIterator=iterator)
            for record in page["Records"]:
                image = record["dynamodb"]["NewImage"]
                seen.append((image["pk"]["S"], int(image["v"]["N"])))
            if not page["Records"]:
                break
            iterator = page.get("NextShardIterator")
    return seen


@pytest.mark.parametrize("seed", range(4))
def test_acknowledged_writes_and_their_records_survive(start_server, tmp_path, unique, seed):
    chance = random.Random(seed)
    server = start_server("--data", str(tmp_path / "data"))
    arn = create_table(server.client("dynamodb"), unique)["LatestStreamArn"]
    writers = [Writer(server, unique, number) for number in range(4)]
    for writer in writers:
        writer.start()
    # The moment of the kill is a number of acknowledged writes, not a time.
    target = chance.randrange(50, 600)
    while sum(len(writer.acknowledged) for writer in writers) < target:
        writers[0].join(timeout=0.001)
    server.kill()
    for writer in writers:
        writer.join()

    server = start_server("--data", str(tmp_path / "data"))
    dynamodb = server.client("dynamodb")
    records = read_stream(server.client("dynamodbstreams"), arn)
    assert len(records) == len(set(records)), "a change is in its stream once"
    for writer in writers:
        mine = [record for record in records if record[0].startswith(f"w{writer.number}-")]
        assert mine[: len(writer.acknowledged)] == writer.acknowledged
        assert mine == writer.attempted[: len(mine)], "at most the one write in flight is added"
        latest = dict(mine)
        for key, version in latest.items():
            item = dynamodb.get_item(TableName=unique, Key={"pk": {"S": key}})["Item"]
            assert int(item["v"]["N"]) == version, "an item and its record are one commit"
    # Numbering goes on where it was.
    dynamodb.put_item(TableName=unique, Item={"pk": {"S": "after"}, "v": {"N": "1"}})
    assert read_stream(server.client("dynamodbstreams"), arn)[: len(records)] == records


def test_a_mapping_goes_on_from_its_checkpoint(lambda_client, start_server, tmp_path, unique):
    """Kills the server in the middle of deliveries, twice; every record arrives, in order."""
    data = str(tmp_path / "data")
    server = start_server("--data", data)
    url, _ = create_queue(server.client("sqs"), unique)
    arn = create_table(server.client("dynamodb"), unique)["LatestStreamArn"]
    create_function(server.client("lambda"), unique, FORWARD, Environment={"Variables": {"QUEUE": url}})
    server.client("lambda").create_event_source_mapping(
        FunctionName=unique, EventSourceArn=arn, StartingPosition="TRIM_HORIZON", BatchSize=3)
    written = 0
    delivered = []

    def write(count):
        nonlocal written
        for _ in range(count):
            written += 1
            server.client("dynamodb").put_item(
                TableName=unique, Item={"pk": {"S": f"k{written}"}, "v": {"N": str(written)}})

    def take(count):
        for record in receive_records(server.client("sqs"), url, count):
            delivered.append(int(record["dynamodb"]["NewImage"]["v"]["N"]))

    write(20)
    take(5)
    for _ in range(2):
        write(10)
        server.kill()
        server = start_server("--data", data)
        # The function's environment names the old port: queues are reached by the new one.
        url = server.client("sqs").get_queue_url(QueueName=unique)["QueueUrl"]
    write(10)
    while written not in delivered:
        take(1)
    first_seen = list(dict.fromkeys(delivered))
    assert first_seen == list(range(1, written + 1)), "nothing skipped, nothing out of order"
