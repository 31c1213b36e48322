"""kill -9 at any moment, restart on the same data: nothing acknowledged is lost, nothing is skipped."""

import random
import threading
import urllib.error
import urllib.request

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


class Splitter(threading.Thread):
    """Splits partitions and rotates shards until the server is gone."""

    def __init__(self, server, table):
        super().__init__()
        self.url = f"{server.endpoint}/_millrace/tables/{table}/"
        self.changes = 0

    def run(self):
        while True:
            action = "rotate" if self.changes % 3 else "split"
            try:
                urllib.request.urlopen(urllib.request.Request(self.url + action, method="POST"), timeout=10).close()
            except urllib.error.HTTPError:
                return  # as many partitions as a table can have
            except OSError:
                return
            self.changes += 1


def read_stream(streams, arn):
    """All records of all shards, parents first: [(key, version)]."""
    seen = []
    shards, description = [], {}
    while not shards or "LastEvaluatedShardId" in description:
        start = {"ExclusiveStartShardId": shards[-1]["ShardId"]} if shards else {}
        description = streams.describe_stream(StreamArn=arn, **start)["StreamDescription"]
        shards += description["Shards"]
    for shard in shards:
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


@pytest.mark.parametrize("partitions, splitting", [(1, False), (1, True), (4, False), (4, True)])
def test_acknowledged_writes_and_their_records_survive(start_server, tmp_path, unique, partitions, splitting):
    chance = random.Random(partitions)
    server = start_server("--data", str(tmp_path / "data"), "--partitions", str(partitions))
    arn = create_table(server.client("dynamodb"), unique, indexed="by-version")["LatestStreamArn"]
    writers = [Writer(server, unique, number) for number in range(4)]
    splitters = [Splitter(server, unique)] if splitting else []
    for thread in writers + splitters:
        thread.start()
    # The moment of the kill is a number of acknowledged writes, not a time.
    target = chance.randrange(50, 600)
    while sum(len(writer.acknowledged) for writer in writers) < target:
        writers[0].join(timeout=0.001)
    server.kill()
    for thread in writers + splitters:
        thread.join()
    assert all(splitter.changes > 0 for splitter in splitters)

    server = start_server("--data", str(tmp_path / "data"))
    dynamodb = server.client("dynamodb")
    records = read_stream(server.client("dynamodbstreams"), arn)
    assert len(records) == len(set(records)), "a change is in its stream once"
    for writer in writers:
        mine = [record for record in records if record[0].startswith(f"w{writer.number}-")]
        for key in {key for key, _ in mine}:
            versions = [version for other, version in mine if other == key]
            assert versions == sorted(versions), "the changes of an item are in order"
        mine.sort(key=lambda record: record[1])  # between items of several shards there is no order
        assert mine[: len(writer.acknowledged)] == writer.acknowledged
        assert mine == writer.attempted[: len(mine)], "at most the one write in flight is added"
        latest = dict(mine)
        for key, version in latest.items():
            item = dynamodb.get_item(TableName=unique, Key={"pk": {"S": key}})["Item"]
            assert int(item["v"]["N"]) == version, "an item and its record are one commit"
    # The index has, or soon has, what the table has: a query of it waits a second at most.
    for _ in range(30):
        table, index = (
            sorted((item["pk"]["S"], item["v"]["N"]) for item in dynamodb.scan(TableName=unique, **source)["Items"])
            for source in ({}, {"IndexName": "by-version"}))
        if table == index:
            break
    assert table == index
    # Numbering goes on where it was.
    dynamodb.put_item(TableName=unique, Item={"pk": {"S": "after"}, "v": {"N": "1"}})
    after = read_stream(server.client("dynamodbstreams"), arn)
    assert sorted(after) == sorted([*records, ("after", 1)])


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
