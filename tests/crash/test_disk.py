"""A disk that is full, damaged or not to be written, too few files, a clock that goes back: nothing acknowledged is
lost, nothing wrong is served, and the server says what to do."""

import json
import os
import pathlib
import socket
import subprocess
import urllib.request

import botocore.exceptions
import pytest

from tests.conftest import BINARY
from tests.crash.driver import has_crash_points
from tests.functions import create_table

needs_test_disk = pytest.mark.skipif(
    not has_crash_points(), reason="the disk of a build with MILLRACE_CRASH_POINTS")


def data_of(number):
    return f"{number:05}" * 100


def put(client, table, numbers):
    for number in numbers:
        client.put_item(TableName=table, Item={"pk": {"S": str(number)}, "data": {"S": data_of(number)}})


def read(client, table):
    """{number: data} of the whole table."""
    items = [item for page in client.get_paginator("scan").paginate(TableName=table) for item in page["Items"]]
    return {int(item["pk"]["S"]): item["data"]["S"] for item in items}


def refusal(data, *arguments, env=None, **options):
    """What a server says that must not start."""
    ended = subprocess.run([BINARY, "serve", "--port", "0", "--data", data, *arguments], stderr=subprocess.PIPE,
                           stdout=subprocess.PIPE, text=True, timeout=60, env={**os.environ, **(env or {})}, **options)
    assert ended.returncode > 0 and "Ready." not in ended.stdout
    return ended.stderr


def flip(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 0x40
    path.write_bytes(content)


@pytest.fixture
def data(tmp_path):
    return str(tmp_path / "data")


@pytest.fixture
def killed(start_server, data, unique):
    """A data directory in which 200 items were acknowledged before a crash; returns its log."""
    server = start_server("--data", data)
    create_table(server.client("dynamodb"), unique)
    put(server.client("dynamodb"), unique, range(200))
    server.kill()
    return max(pathlib.Path(data).glob("*.log"))


@pytest.fixture
def stopped(start_server, data, unique):
    """The same after a clean stop; returns its largest table file."""
    server = start_server("--data", data)
    create_table(server.client("dynamodb"), unique)
    put(server.client("dynamodb"), unique, range(200))
    assert server.stop() == 0
    return max(pathlib.Path(data).glob("*.sst"), key=lambda path: path.stat().st_size)


@needs_test_disk
def test_a_full_disk_ends_the_server_and_loses_nothing(start_server, data, unique, capfd):
    server = start_server("--data", data, env={"MILLRACE_TEST_DISK": "full-after=400000"})
    client = server.client("dynamodb", retries={"max_attempts": 0})
    create_table(client, unique)
    acknowledged = []
    with pytest.raises((botocore.exceptions.HTTPClientError, botocore.exceptions.ClientError)):
        for number in range(10_000):
            put(client, unique, [number])
            acknowledged.append(number)
    assert server.process.wait(timeout=30) == 70
    assert "The disk is full: make room and start the server again" in capfd.readouterr().err
    assert acknowledged
    found = read(start_server("--data", data).client("dynamodb"), unique)
    assert set(acknowledged) <= set(found) <= {*acknowledged, len(acknowledged)}
    assert all(value == data_of(number) for number, value in found.items())


@needs_test_disk
def test_a_start_on_a_full_disk_says_so(killed, data, start_server, unique):
    said = refusal(data, env={"MILLRACE_TEST_DISK": "full-after=1000"})
    assert "The disk is full: make room and start the server again" in said
    assert len(read(start_server("--data", data).client("dynamodb"), unique)) == 200


def test_a_directory_that_cannot_be_written_says_so(stopped, data):
    os.chmod(data, 0o555)
    try:
        if os.geteuid() == 0:
            # The superuser may write everywhere.
            for folder in [pathlib.Path(data), *pathlib.Path(data).parents][:-2]:
                os.chmod(folder, folder.stat().st_mode | 0o555)
            said = refusal(data, user=65534, group=65534, extra_groups=[])
        else:
            said = refusal(data)
    finally:
        os.chmod(data, 0o755)
    assert f"the data directory {data} is not writable: Permission denied" in said


def test_a_damaged_log_is_refused_and_given_up_on_request(killed, data, start_server, unique):
    flip(killed, killed.stat().st_size // 2)
    said = refusal(data)
    assert f"the write-ahead log {killed} is damaged at byte " in said
    assert "Restore the data directory from a copy, or start with --accept-lost-writes" in said
    found = read(start_server("--data", data, "--accept-lost-writes").client("dynamodb"), unique)
    assert sorted(found) == list(range(len(found))), "what was written before the damage, and nothing else"
    assert 50 < len(found) < 150


def test_an_unfinished_write_at_the_end_of_the_log_is_left_out(killed, data, start_server, unique, capfd):
    os.truncate(killed, killed.stat().st_size - 5)
    found = read(start_server("--data", data).client("dynamodb"), unique)
    assert sorted(found) == list(range(199))
    assert "ends in an unfinished write" in capfd.readouterr().err


def test_a_damaged_block_is_never_served(stopped, data, start_server, unique, capfd):
    # The largest file is the log's, which reads of items leave alone.
    items = sorted(pathlib.Path(data).glob("*.sst"), key=lambda path: path.stat().st_size)[-2]
    flip(items, items.stat().st_size // 3)
    client = start_server("--data", data).client("dynamodb", retries={"max_attempts": 0})
    served, errors = {}, set()
    for number in range(200):
        try:
            served[number] = client.get_item(TableName=unique, Key={"pk": {"S": str(number)}})["Item"]["data"]["S"]
        except botocore.exceptions.ClientError as error:
            errors.add(error.response["Error"]["Code"])
    assert errors == {"InternalServerError"}
    assert served and all(value == data_of(number) for number, value in served.items())
    assert "The disk has damaged this file: restore the data directory from a copy" in capfd.readouterr().err


def test_a_damaged_manifest_is_refused(stopped, data):
    manifest = max(pathlib.Path(data).glob("MANIFEST-*"))
    flip(manifest, manifest.stat().st_size // 2)
    said = refusal(data)
    assert f"the data directory {data} is damaged and cannot be opened" in said
    assert "restore the data directory from a copy" in said


def test_a_missing_file_is_refused(stopped, data):
    stopped.unlink()
    assert f"the data directory {data} is damaged and cannot be opened" in refusal(data)


def test_a_clock_that_goes_back_between_two_runs(start_server, data, unique):
    """Time within a shard does not go back, and what was written before is not lost."""
    server = start_server("--data", data, "--test-controls")
    arn = create_table(server.client("dynamodb"), unique)["LatestStreamArn"]
    put(server.client("dynamodb"), unique, range(5))
    body = json.dumps({"advanceSeconds": 3600}).encode()
    urllib.request.urlopen(f"{server.endpoint}/_millrace/clock", data=body).close()
    put(server.client("dynamodb"), unique, range(5, 10))
    server.kill()

    server = start_server("--data", data)
    put(server.client("dynamodb"), unique, range(10, 15))
    streams = server.client("dynamodbstreams")
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    changes = [record["dynamodb"] for record in streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]]
    assert [int(change["Keys"]["pk"]["S"]) for change in changes] == list(range(15))
    times = [change["ApproximateCreationDateTime"] for change in changes]
    assert times == sorted(times)
    assert (times[-1] - times[0]).total_seconds() >= 3600
    assert len(read(server.client("dynamodb"), unique)) == 15


def test_too_few_files_refuse_connections_and_not_writes(start_server, data, unique, tmp_path, capfd):
    """Connections take no file away that the storage needs."""
    limited = tmp_path / "limited"
    limited.write_text(f'#!/bin/sh\nulimit -n 64\nexec {BINARY} "$@"\n')
    limited.chmod(0o755)
    server = start_server("--data", data, binary=str(limited))
    assert "this process may open few files; raise the limit (ulimit -n)" in capfd.readouterr().err
    client = server.client("dynamodb")
    create_table(client, unique)
    port = int(server.endpoint.rsplit(":", 1)[1])
    idle = []
    for _ in range(100):
        connection = socket.socket()
        connection.connect(("127.0.0.1", port))
        idle.append(connection)
    put(client, unique, range(50))
    assert server.process.poll() is None
    for connection in idle:
        connection.close()
    put(server.client("dynamodb", retries={"max_attempts": 10}), unique, range(50, 100))
    assert server.stop() == 0
    assert len(read(start_server("--data", data).client("dynamodb"), unique)) == 100
