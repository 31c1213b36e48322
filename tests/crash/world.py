"""The server that is killed, its data, and the comparison of what it has with the ledgers."""

import collections
import json
import os
import pathlib
import socket
import subprocess
import threading
import time

import boto3
import botocore.config

from tests.crash.connection import Connection, Gone, Refused
from tests.crash.ledger import Ledger, QueueLedger, StreamLedger
from tests.functions import create_function

BINARY = os.environ.get(
    "MILLRACE_BINARY", str(pathlib.Path(__file__).resolve().parents[2] / "build/dev/src/cli/millrace"))
INDEX_TRIES = 30  # a query of an index waits a second at most for what its table has
DAY = 24 * 3600
QUEUE = "messages"
VISIBILITY = 30  # seconds

# Notes what it was given, all of a batch in one write. It is all that has to be handled, so it never fails.
HANDLER = """
import json, os
def handler(event, context):
    lines = "".join(json.dumps([record["eventID"]]) + "\\n" for record in event["Records"])
    note = os.open(os.environ["NOTES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(note, lines.encode())
    os.close(note)
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class World:
    def __init__(self, folder, generation, settings):
        self.folder, self.generation, self.settings = folder, generation, settings
        self.port = free_port()  # the same after every restart
        self.ledger = Ledger()
        self.queue = QueueLedger()
        self.streams = {}
        self.arns = {}
        self.process = None
        self.stop = threading.Event()
        self.clock_ahead = 0
        self.log = open(folder / "server.log", "a", encoding="utf-8")

    # The process.

    def start(self, environment=None):
        """Ends the one that runs, if any, by a kill. Raises Gone if the server ends before it is ready, as it may when `environment` says so."""
        self.kill()
        disk = {} if self.settings["disk"] == "real" else {"MILLRACE_TEST_DISK": self.settings["disk"]}
        self.process = subprocess.Popen(
            [BINARY, "serve", "--port", str(self.port), "--data", str(self.folder / "data"), "--test-controls",
             "--sync", self.settings["sync"], "--log-level", "warning"],
            stdout=subprocess.PIPE, stderr=self.log, text=True, env={**os.environ, **disk, **(environment or {})})
        for line in self.process.stdout:
            if line.strip() == "Ready.":
                self.connection = Connection(self.port)
                return
        code = self.process.wait()
        if environment and code == -9:
            raise Gone("while it started")
        raise AssertionError(f"the server ended with {code}: see {self.log.name}")

    def is_dead(self):
        return self.process.poll() is not None

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def wait_for_death(self):
        """Of a server that answers no more."""
        code = self.process.wait(timeout=60)
        assert code == -9, f"the server ended with {code}: see {self.log.name}"

    def end(self):
        self.process.terminate()
        return self.process.wait(timeout=60)

    def let_work(self, clients, acknowledged):
        """Runs the clients until the server is dead; kills it once so many writes are acknowledged.

        True if it died by itself."""
        self.stop.clear()
        target = self.ledger.acknowledged + acknowledged
        for client in clients:
            client.start()
        while not (died := self.is_dead()) and self.ledger.acknowledged < target:
            if any(client.failure for client in clients):
                break
            time.sleep(0.002)
        self.process.kill()
        self.stop.set()
        for client in clients:
            client.join()
        for client in clients:
            if client.failure:
                raise client.failure
        self.wait_for_death()
        return died

    # The resources.

    def boto(self, service):
        return boto3.client(
            service, endpoint_url=f"http://127.0.0.1:{self.port}", region_name="us-east-1",
            aws_access_key_id="000000000000", aws_secret_access_key="test",
            config=botocore.config.Config(retries={"max_attempts": 0}))

    def set_up(self):
        call = self.connection.call
        tag = [{"Key": "millrace:partitions", "Value": str(self.settings["partitions"])}]
        by_version = [{"AttributeName": "v", "KeyType": "HASH"}]
        everything = {"ProjectionType": "ALL"}
        common = dict(BillingMode="PAY_PER_REQUEST", Tags=tag,
                      StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
                      GlobalSecondaryIndexes=[
                          {"IndexName": "by-version", "KeySchema": by_version, "Projection": everything}])
        keys = [{"AttributeName": "pk", "KeyType": "HASH"}]
        attributes = [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "v", "AttributeType": "N"}]
        call("dynamodb", "CreateTable", TableName="plain", KeySchema=keys, AttributeDefinitions=attributes, **common)
        call("dynamodb", "CreateTable", TableName="ordered",
             KeySchema=[*keys, {"AttributeName": "sk", "KeyType": "RANGE"}],
             AttributeDefinitions=[*attributes, {"AttributeName": "sk", "AttributeType": "S"}],
             LocalSecondaryIndexes=[{
                 "IndexName": "local", "KeySchema": [*keys, {"AttributeName": "v", "KeyType": "RANGE"}],
                 "Projection": everything}], **common)
        call("sqs", "CreateQueue", QueueName=QUEUE, Attributes={
            "VisibilityTimeout": str(VISIBILITY), "MessageRetentionPeriod": str(14 * DAY)})
        functions = self.boto("lambda")
        create_function(functions, "note", HANDLER, Environment={"Variables": {"NOTES": str(self.folder / "notes")}})
        for table in ("plain", "ordered"):
            self.wait_for_table(table)
            self.arns[table] = self.describe(table)["LatestStreamArn"]
            self.streams[table] = StreamLedger()
            functions.create_event_source_mapping(
                FunctionName="note", EventSourceArn=self.arns[table], StartingPosition="TRIM_HORIZON", BatchSize=10)

    def describe(self, table):
        return self.connection.call("dynamodb", "DescribeTable", TableName=table)["Table"]

    def wait_for_table(self, table):
        """Until the table and its indexes are active, or are gone."""
        for _ in range(1000):
            description = self.describe(table)
            parts = [description["TableStatus"]] + [
                index["IndexStatus"] for index in description.get("GlobalSecondaryIndexes", [])]
            if set(parts) == {"ACTIVE"}:
                return description
            time.sleep(0.01)
        raise AssertionError(f"{table} does not become active: {parts}")

    def read_stream(self, connection, table, from_last):
        """Into the stream's ledger: what is new, or everything again."""
        ledger = self.streams[table]
        shards, start = [], {}
        while True:
            page = connection.call("streams", "DescribeStream", StreamArn=self.arns[table], **start)["StreamDescription"]
            shards += page["Shards"]
            if "LastEvaluatedShardId" not in page:
                break
            start = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}
        for shard in shards:
            name = shard["ShardId"]
            last = ledger.last(name) if from_last else None
            place = {"ShardIteratorType": "TRIM_HORIZON"} if last is None else {
                "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": str(last)}
            iterator = connection.call(
                "streams", "GetShardIterator", StreamArn=self.arns[table], ShardId=name, **place)["ShardIterator"]
            first = end = None
            while iterator:
                page = connection.call("streams", "GetRecords", ShardIterator=iterator)
                if not page["Records"]:
                    break
                ledger.add(name, end or last, page["Records"])
                first = first or int(page["Records"][0]["dynamodb"]["SequenceNumber"])
                end = int(page["Records"][-1]["dynamodb"]["SequenceNumber"])
                iterator = page.get("NextShardIterator")
            if not from_last:
                ledger.check_end(name, first, end)
        return {shard["ShardId"] for shard in shards}

    # The comparison.

    def compare(self):
        """Everything that the server has with what it must have. Raises Gone if the server ends meanwhile."""
        if not self.arns:
            return
        self.repeat_open_writes()
        items = {}
        for table in self.arns:
            items.update(self.scan(table))
        self.ledger.settle(items)
        assert items == self.ledger.state, difference(items, self.ledger.state)
        self.compare_streams()
        self.compare_indexes(items)
        self.compare_handled()
        self.compare_queue()

    def repeat_open_writes(self):
        """A transaction may be sent again with its token: it happens once, whether it had happened or not."""
        for write in list(self.ledger.open):
            if write.again is None or len(write.changes) % 2:
                continue
            try:
                write.again(self.connection)
            except Refused as refused:
                assert refused.kind == "TransactionConflictException", refused
                continue
            self.ledger.acknowledge(write)

    def scan(self, table, **source):
        """{(table, key): version}"""
        found = {}
        start = {}
        while True:
            page = self.connection.call("dynamodb", "Scan", TableName=table, **source, **start)
            for item in page["Items"]:
                name = item["pk"]["S"] + (f"/{item['sk']['S']}" if table == "ordered" else "")
                assert (table, name) not in found, f"{name} is twice in {table} {source}"
                found[table, name] = int(item["v"]["N"])
            if "LastEvaluatedKey" not in page:
                return found
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def compare_streams(self):
        recorded = collections.defaultdict(list)
        for table, ledger in self.streams.items():
            shards = self.read_stream(self.connection, table, from_last=False)
            lost = set(ledger.records) - shards
            assert ledger.trimmed or not lost, f"shards of {table} are gone: {lost}"
            recorded.update(ledger.by_item())
        for item, changes in self.ledger.history.items():
            assert recorded[item] == changes, (
                f"{item}: the stream has {recorded[item][-5:]}, the writes were {changes[-5:]}")
        assert set(recorded) == set(self.ledger.history)
        there = {(*item, after) for item, changes in self.ledger.history.items() for _, _, after in changes}
        early = self.ledger.shown - there
        assert not early, f"shown before it was durable, and lost: {sorted(early)[:5]}"

    def compare_indexes(self, items):
        for table in self.arns:
            description = self.wait_for_table(table)
            mine = {item: version for item, version in items.items() if item[0] == table}
            for index in description["GlobalSecondaryIndexes"] + description.get("LocalSecondaryIndexes", []):
                for _ in range(INDEX_TRIES):
                    found = self.scan(table, IndexName=index["IndexName"])
                    if found == mine:
                        break
                assert found == mine, f"index {index['IndexName']} of {table}: {difference(found, mine)}"

    def compare_handled(self):
        """Whatever is behind a checkpoint has been handled, in order; and nothing that was lost again."""
        status, answer = self.connection.control("await", timeoutSeconds=60, settle=True)
        assert status == 200, f"mappings are stuck: {answer}"
        notes = self.folder / "notes"
        handled = [json.loads(line)[0] for line in notes.read_text().splitlines()] if notes.exists() else []
        records = {}
        for ledger in self.streams.values():
            records.update(ledger.event_ids())
        first = {}
        for number, event_id in enumerate(handled):
            first.setdefault(event_id, number)
        skipped = set(records) - set(first)
        assert not skipped, f"behind the checkpoint, and never handled: {[records[id] for id in skipped][:5]}"
        undone = set(first) - set(records)
        assert not undone, f"handled, and not in the stream: {sorted(undone)[:5]}"
        of_item = collections.defaultdict(list)
        for event_id, (item, position) in records.items():
            of_item[item].append((position, first[event_id]))
        for item, entries in of_item.items():
            order = [number for _, number in sorted(entries)]
            assert order == sorted(order), f"changes of {item} were first handled in another order"

    def compare_queue(self):
        # Beyond every visibility timeout; the clock of this process began at the machine's time again.
        self.clock_ahead += VISIBILITY + 1
        self.connection.control("clock", advanceSeconds=self.clock_ahead)
        bodies, empty = [], 0
        while empty < 2:
            messages = self.connection.call(
                "sqs", "ReceiveMessage", QueueUrl=QUEUE, MaxNumberOfMessages=10).get("Messages", [])
            empty = 0 if messages else empty + 1
            for message in messages:
                bodies.append(message["Body"])
                # Should the server end now, it may be there again or not.
                self.queue.maybe_deleted.add(message["Body"])
                self.connection.call("sqs", "DeleteMessage", QueueUrl=QUEUE, ReceiptHandle=message["ReceiptHandle"])
        self.queue.check(bodies)

    def let_records_expire(self):
        """Moves the clock by a day, after which the oldest records are trimmed in the background."""
        for ledger in self.streams.values():
            ledger.trimmed = True
        self.clock_ahead += DAY + 3600
        self.connection.control("clock", advanceSeconds=DAY + 3600)


def difference(found, wanted):
    missing = {key: wanted[key] for key in wanted if key not in found}
    extra = {key: found[key] for key in found if key not in wanted}
    other = {key: (found[key], wanted[key]) for key in found if key in wanted and found[key] != wanted[key]}
    return f"missing {missing}, too many {extra}, differing {other}"
