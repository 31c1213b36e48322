#!/usr/bin/env python3
"""Writes, failing functions, kills, restarts, splits and rotations; then every change is accounted for.

    python -m tests.soak.soak --minutes 10 --seed 7
    python -m tests.soak.soak --rounds 20

Each change record must have been handed over with success, been filtered out, or be covered by a message in the
dead-letter queue; what a key's records were first handed over in must be their order; every acknowledged write
must have its record. MILLRACE_BINARY names the binary.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

import boto3
import botocore.config
import botocore.exceptions

from tests.functions import create_function, create_queue, create_table

BINARY = os.environ.get(
    "MILLRACE_BINARY", str(pathlib.Path(__file__).resolve().parents[2] / "build/release/src/cli/millrace"))
WRITERS = 4
KEYS = 12
# Functions that fail are slower than writers: without a rest what is left to handle grows for ever.
CATCH_UP_EVERY = 3

# Notes what it was given, all of a batch in one write: what a killed server's function still does is a repeat.
# "poison" never succeeds; otherwise it fails by chance before or after it took note.
HANDLER = """
import json, os, random
def handler(event, context):
    if any("poison" in record["dynamodb"].get("NewImage", {}) for record in event["Records"]):
        raise ValueError("poison")
    chance = random.random()
    if chance < 0.05:
        raise RuntimeError("before")
    lines = "".join(json.dumps([record["eventID"]]) + "\\n" for record in event["Records"])
    note = os.open(os.environ["NOTES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(note, lines.encode())
    os.close(note)
    if chance < 0.1:
        raise RuntimeError("after")
"""


class Soak:
    def __init__(self, folder, seed, say):
        self.folder = pathlib.Path(folder)
        self.chance = random.Random(seed)
        self.say = say
        with socket.socket() as probe:  # a port that stays the same over restarts
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.acknowledged = []  # (key, version), of all writers
        self.attempted = set()
        self.unconfirmed = 0
        self.writing = threading.Event()
        self.finished = threading.Event()
        self.counts = collections.Counter()
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [BINARY, "serve", "--port", str(self.port), "--data", str(self.folder / "data"), "--test-controls",
             "--partitions", "2", "--log-level", "error"], stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if line.strip() == "Ready.":
                return
        raise SystemExit(f"the server ended with {self.process.wait()}")

    def client(self, service, attempts=0):
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id="000000000000",
            aws_secret_access_key="test",
            config=botocore.config.Config(retries={"max_attempts": attempts}, read_timeout=120))

    def control(self, path, **body):
        request = urllib.request.Request(f"{self.endpoint}/_millrace/{path}", data=json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=300) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def set_up(self):
        self.arn = create_table(self.client("dynamodb"), "soaked")["LatestStreamArn"]
        self.queue, queue_arn = create_queue(self.client("sqs"), "dead")
        lambda_client = self.client("lambda")
        for name in ("all", "some"):
            create_function(lambda_client, name, HANDLER,
                            Environment={"Variables": {"NOTES": str(self.folder / name)}})
        common = dict(EventSourceArn=self.arn, StartingPosition="TRIM_HORIZON", MaximumRetryAttempts=1,
                      BisectBatchOnFunctionError=True, BatchSize=10,
                      DestinationConfig={"OnFailure": {"Destination": queue_arn}})
        self.mappings = {
            "all": lambda_client.create_event_source_mapping(FunctionName="all", **common)["UUID"],
            "some": lambda_client.create_event_source_mapping(
                FunctionName="some",
                FilterCriteria={"Filters": [{"Pattern": json.dumps(
                    {"dynamodb": {"NewImage": {"wanted": {"BOOL": [True]}}}})}]}, **common)["UUID"],
        }

    def write(self, number):
        """One writer: numbered versions of its own items, for as long as there is to write."""
        chance = random.Random(number)
        client = self.client("dynamodb")
        version = 0
        while not self.finished.is_set():
            self.writing.wait()
            version += 1
            key = f"w{number}-{version % KEYS}"
            item = {"pk": {"S": key}, "v": {"N": str(version)}, "wanted": {"BOOL": chance.random() < 0.5}}
            if chance.random() < 0.02:
                item["poison"] = {"BOOL": True}
            self.attempted.add((key, version))
            try:
                client.put_item(TableName="soaked", Item=item)
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                self.unconfirmed += 1  # the server is being killed: it may have happened or not
                self.finished.wait(0.01)
                continue
            self.acknowledged.append((key, version))

    def disturb(self):
        kind = self.chance.choice(["kill", "kill", "stop", "rotate", "split", "pause", "settings"])
        self.counts[kind] += 1
        if kind in ("kill", "stop"):
            self.process.kill() if kind == "kill" else self.process.terminate()
            self.process.wait()
            self.start()
        elif kind in ("rotate", "split"):
            answer = self.control(f"tables/soaked/{kind}")
            if "message" in answer:
                self.counts[f"{kind} refused: {answer['message']}"] += 1
        else:
            name = self.chance.choice(["all", "some"])
            lambda_client = self.client("lambda", attempts=3)
            if kind == "settings":
                change = {"BatchSize": self.chance.choice([1, 3, 10, 100])}
            else:
                lambda_client.update_event_source_mapping(UUID=self.mappings[name], Enabled=False)
                change = {"Enabled": True}
            lambda_client.update_event_source_mapping(UUID=self.mappings[name], **change)

    def run(self, keep_on):
        """Disturbs the server until keep_on(rounds) is false; between two disturbances some writes happen."""
        writers = [threading.Thread(target=self.write, args=(number,)) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        rounds = 0
        while keep_on(rounds):
            self.writing.set()
            target = len(self.acknowledged) + self.chance.randrange(20, 200)
            while len(self.acknowledged) < target:
                time.sleep(0.002)
            self.disturb()
            rounds += 1
            if rounds % CATCH_UP_EVERY == 0:
                self.writing.clear()
                self.catch_up()
            if rounds % 50 == 0:
                self.say(f"{rounds} disturbances, {len(self.acknowledged)} writes acknowledged")
        self.finished.set()
        self.writing.set()
        for writer in writers:
            writer.join()

    def catch_up(self):
        """Until everything is handled, with the writers at rest; fails if 30 seconds bring nothing further."""
        behind = None
        while not (answer := self.control("await", timeoutSeconds=30, settle=True))["done"]:
            before, behind = behind, sum(mapping["behind"] for mapping in answer["mappings"])
            assert before is None or behind < before, f"nothing gets on: {answer['stuck']}"

    def records(self):
        """The whole stream: [(event id, shard, sequence number, key, version, wanted)], parents before children."""
        streams = self.client("dynamodbstreams", attempts=3)
        shards, start = [], {}
        while True:
            page = streams.describe_stream(StreamArn=self.arn, **start)["StreamDescription"]
            shards += page["Shards"]
            if "LastEvaluatedShardId" not in page:
                break
            start = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}
        found = []
        for shard in shards:
            iterator = streams.get_shard_iterator(
                StreamArn=self.arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            while iterator:
                page = streams.get_records(ShardIterator=iterator)
                for record in page["Records"]:
                    change = record["dynamodb"]
                    image = change["NewImage"]
                    found.append((record["eventID"], shard["ShardId"], int(change["SequenceNumber"]),
                                  image["pk"]["S"], int(image["v"]["N"]), image["wanted"]["BOOL"]))
                if not page["Records"]:
                    break
                iterator = page.get("NextShardIterator")
        return found

    def dead_letters(self):
        """{function: [(shard, first, last)]}"""
        sqs = self.client("sqs", attempts=3)
        letters = collections.defaultdict(list)
        while messages := sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                body = json.loads(message["Body"])
                batch = body["DDBStreamBatchInfo"]
                function = body["requestContext"]["functionArn"].rsplit(":", 1)[1]
                letters[function].append(
                    (batch["shardId"], int(batch["startSequenceNumber"]), int(batch["endSequenceNumber"])))
                sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return letters

    def check(self):
        self.catch_up()
        records = self.records()
        by_write = {}
        for record in records:
            assert record[3:5] not in by_write, f"{record} is twice in the stream"
            by_write[record[3:5]] = record
        missing = [write for write in self.acknowledged if write not in by_write]
        assert not missing, f"acknowledged, but not in the stream: {missing[:5]}"
        assert set(by_write) <= self.attempted
        letters = self.dead_letters()
        outcomes = {}
        for function in self.mappings:
            outcomes[function] = self.check_function(function, records, letters[function])
        return {"records": len(records), "acknowledged": len(self.acknowledged), "outcomes": outcomes,
                "disturbances": dict(self.counts)}

    def check_function(self, function, records, letters):
        notes = self.folder / function
        handed = [json.loads(line)[0] for line in notes.read_text().splitlines()] if notes.exists() else []
        first = {}
        for index, event_id in enumerate(handed):
            first.setdefault(event_id, index)
        counts = collections.Counter(repeats=len(handed) - len(first))
        last_of_key = {}
        for event_id, shard, position, key, version, wanted in sorted(records, key=lambda record: record[4]):
            if function == "some" and not wanted:
                assert event_id not in first, f"{key} version {version} was filtered out and handed over"
                counts["filtered"] += 1
            elif event_id in first:
                assert first[event_id] > last_of_key.get(key, -1), f"{key} version {version} came too early"
                last_of_key[key] = first[event_id]
                counts["succeeded"] += 1
            else:
                is_dead = any(shard == other and begin <= position <= end for other, begin, end in letters)
                assert is_dead, f"{function} lost {key} version {version}, {shard} {position}"
                counts["dead"] += 1
        return dict(counts)

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=30)


def run(seed, keep_on, say=print):
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(folder, seed, say)
        try:
            soak.set_up()
            soak.run(keep_on)
            result = soak.check()
            assert soak.stop() == 0
            return result
        finally:
            soak.process.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--minutes", type=float)
    length.add_argument("--rounds", type=int, help="how many disturbances")
    arguments = parser.parse_args()
    end = time.monotonic() + 60 * (arguments.minutes or 0)
    keep_on = (lambda rounds: rounds < arguments.rounds) if arguments.rounds else (
        lambda rounds: time.monotonic() < end)
    print(json.dumps(run(arguments.seed, keep_on), indent=2))


if __name__ == "__main__":
    main()
