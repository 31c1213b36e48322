"""The Kinesis Client Library, through the official DynamoDB Streams adapter, reads a table while its partitions change."""

import json
import pathlib
import queue
import shutil
import subprocess
import threading
import urllib.request

import pytest

from tests.functions import create_table

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent.parent / "build/kcl"
CLASSPATH = BUILD / "classpath.txt"


def run_maven(*arguments):
    return subprocess.run(["mvn", "-q", "-B", *arguments], cwd=HERE, capture_output=True, text=True, timeout=900)


@pytest.fixture(scope="session")
def classpath():
    for program in ("java", "javac", "mvn"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: the Kinesis Client Library needs a JDK (17 or newer) and Maven")
    if not CLASSPATH.exists():
        resolved = run_maven("dependency:build-classpath", f"-Dmdep.outputFile={CLASSPATH}")
        if resolved.returncode != 0:
            pytest.skip(f"Maven can not get the Kinesis Client Library: {resolved.stdout[:500]}")
    libraries = CLASSPATH.read_text().strip()
    classes = BUILD / "classes"
    classes.mkdir(parents=True, exist_ok=True)
    compiled = subprocess.run(
        ["javac", "--release", "17", "-d", str(classes), "-cp", libraries, str(HERE / "src/main/java/Consumer.java")],
        capture_output=True, text=True, timeout=300)
    assert compiled.returncode == 0, compiled.stderr
    return f"{classes}:{libraries}"


class Application:
    """The consumer, and what it has printed."""

    def __init__(self, classpath, endpoint, arn, name):
        self.process = subprocess.Popen(
            ["java", "-Xmx256m", "-cp", classpath, "Consumer", endpoint, arn, name],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
        self.versions = {}  # by key, in order of arrival
        self.lost = False
        self.begun = []
        self.ended = []

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.split())
        self.lines.put(["stopped"])

    def until(self, condition):
        """Takes what it prints until the condition holds; gives up when nothing has come for two minutes."""
        while not condition():
            kind, *words = self.lines.get(timeout=120)
            if kind == "record":
                shard, key, version = words
                assert shard in self.begun and shard not in self.ended
                seen = self.versions.setdefault(key, [])
                # A lease that was lost, as on a machine that stood still, is taken again from its checkpoint.
                if not (self.lost and int(version) in seen):
                    seen.append(int(version))
            elif kind == "begin":
                if not (self.lost and words[0] in self.begun):
                    self.begun.append(words[0])
            elif kind == "lost":
                self.lost = True
            elif kind == "end":
                self.ended.append(words[0])
            else:
                raise AssertionError(" ".join([kind, *words]))

    def stop(self):
        self.process.kill()
        self.process.wait()


def test_the_kinesis_client_library_reads_through_rotations_and_splits(start_server, unique, classpath):
    server = start_server("--in-memory", "--partitions", "2")
    dynamodb = server.client("dynamodb")
    table = create_table(dynamodb, unique)
    keys = [f"k{number}" for number in range(12)]
    written = 0

    def write(versions):
        nonlocal written
        for _ in range(versions):
            written += 1
            for key in keys:
                dynamodb.put_item(TableName=unique, Item={"pk": {"S": key}, "v": {"N": str(written)}})

    def change(action):
        url = f"{server.endpoint}/_millrace/tables/{unique}/{action}"
        with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=30) as response:
            return [shard["shardId"] for shard in json.load(response)["shards"]]

    def everything_came():
        return all(len(application.versions.get(key, [])) >= written for key in keys)

    write(3)
    change("split")  # before it starts: it begins with the oldest shards
    write(3)
    application = Application(classpath, server.endpoint, table["LatestStreamArn"], f"{unique}-application")
    try:
        application.until(everything_came)
        for action in ("rotate", "split", "rotate", "split"):
            write(2)
            open_shards = change(action)
            write(2)
        application.until(everything_came)
        application.until(lambda: set(open_shards) <= set(application.begun))
    finally:
        application.stop()
    assert application.versions == {key: list(range(1, written + 1)) for key in keys}
    streams = server.client("dynamodbstreams")
    shards = streams.describe_stream(StreamArn=table["LatestStreamArn"])["StreamDescription"]["Shards"]
    closed = {shard["ShardId"] for shard in shards} - set(open_shards)
    assert sorted(application.begun) == sorted(closed | set(open_shards)), "each shard has one processor"
    assert set(application.ended) == closed
