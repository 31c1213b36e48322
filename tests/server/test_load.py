"""Many clients at once, slow ones, and ones that send without reading."""

import json
import pathlib
import re
import resource
import socket
import urllib.parse

import pytest

IDLE_CONNECTIONS = 10_000


def resident_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def address(server):
    parts = urllib.parse.urlsplit(server.endpoint)
    return parts.hostname, parts.port


def request(target, body):
    data = json.dumps(body).encode()
    return (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
            b"X-Amz-Target: DynamoDB_20120810." + target + b"\r\nContent-Length: %d\r\n\r\n" % len(data) + data)


def answer(connection):
    with connection.makefile("rb") as file:
        status = int(file.readline().split()[1])
        length = 0
        while line := file.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return status, file.read(length)


@pytest.fixture
def connections():
    opened = []
    yield opened
    for each in opened:
        each.close()


@pytest.fixture
def descriptors():
    """Enough of them for the clients; the server raises its own limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = IDLE_CONNECTIONS + 500
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"{wanted} files may not be open here, only {hard}: raise it with ulimit -n")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_ten_thousand_connections_that_say_nothing(start_server, connections, descriptors):
    server = start_server("--in-memory")
    before = resident_mib(server.process.pid)
    for number in range(IDLE_CONNECTIONS):
        connections.append(socket.create_connection(address(server), timeout=30))
        # Each is known to be served: those that only wait in the kernel's queue would cost nothing.
        if number % 100 == 0:
            connections[-1].sendall(request(b"ListTables", {}))
            assert answer(connections[-1])[0] == 200
    # Also the first of them is still there, and works.
    connections[0].sendall(request(b"ListTables", {}))
    assert answer(connections[0])[0] == 200
    assert resident_mib(server.process.pid) - before < 200  # at most 20 KiB each


def test_bodies_that_never_end_hold_nobody_up(server, dynamodb, connections, unique):
    dynamodb.create_table(
        TableName=unique, KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST")
    put = request(b"PutItem", {"TableName": unique, "Item": {"pk": {"S": "slow"}}})
    for _ in range(200):
        connections.append(socket.create_connection(address(server), timeout=30))
        connections[-1].sendall(put[:-1])
    dynamodb.put_item(TableName=unique, Item={"pk": {"S": "quick"}})
    assert dynamodb.scan(TableName=unique)["Count"] == 1
    for each in connections:
        each.sendall(put[-1:])
    assert [answer(each)[0] for each in connections] == [200] * 200
    assert dynamodb.scan(TableName=unique)["Count"] == 2


def test_clients_that_do_not_read_their_answers(start_server, connections, unique):
    """Answers wait in the connection, not in memory without end: more is read only when they are gone."""
    server = start_server("--in-memory")
    dynamodb = server.client("dynamodb")
    dynamodb.create_table(
        TableName=unique, KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST")
    dynamodb.put_item(TableName=unique, Item={"pk": {"S": "large"}, "data": {"S": "x" * 300_000}})
    get = request(b"GetItem", {"TableName": unique, "Key": {"pk": {"S": "large"}}})
    before = resident_mib(server.process.pid)
    for _ in range(20):
        connections.append(socket.create_connection(address(server)))
        connections[-1].setblocking(False)
        try:
            # 1,000 answers of 300 KB each are 6 GB for all.
            for _ in range(1000):
                connections[-1].send(get)
        except BlockingIOError:
            pass
    assert dynamodb.get_item(TableName=unique, Key={"pk": {"S": "large"}})["Item"]["pk"] == {"S": "large"}
    assert resident_mib(server.process.pid) - before < 200
