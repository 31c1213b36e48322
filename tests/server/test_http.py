"""The server at the level of bytes: framing, limits, pipelining, refusals.

Sockets have a timeout only so that a failure ends; no test waits for one.
"""

import json
import socket
import urllib.parse

import pytest

LIST_TABLES = (
    b"Host: localhost\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\nContent-Type: application/x-amz-json-1.0\r\n"
)
HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class Connection:
    def __init__(self, server):
        address = urllib.parse.urlsplit(server.endpoint)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=30)
        self.file = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def send_bytewise(self, data):
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(len(data)):
            self.socket.sendall(data[i : i + 1])

    def head(self):
        """The status and headers (names in lower case) of the next response."""
        status = int(self.file.readline().split()[1])
        headers = {}
        while line := self.file.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        return status, headers

    def response(self):
        status, headers = self.head()
        return status, self.file.read(int(headers.get("content-length", 0)))

    def status(self):
        return self.response()[0]

    def is_closed(self):
        return self.file.read(1) == b""


@pytest.fixture
def connect(server):
    opened = []

    def connection():
        opened.append(Connection(server))
        return opened[-1]

    yield connection
    for each in opened:
        each.file.close()
        each.socket.close()


def list_tables(body=b"{}", headers=b""):
    return b"POST / HTTP/1.1\r\n" + LIST_TABLES + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body


def test_connections_are_kept(connect):
    connection = connect()
    for _ in range(3):
        connection.send(list_tables())
        assert connection.status() == 200


def test_a_client_may_ask_for_the_end(connect):
    connection = connect()
    connection.send(list_tables(headers=b"Connection: close\r\n"))
    assert connection.status() == 200
    assert connection.is_closed()


def test_http_1_0_ends_after_the_answer(connect):
    connection = connect()
    connection.send(list_tables().replace(b"HTTP/1.1", b"HTTP/1.0"))
    assert connection.status() == 200
    assert connection.is_closed()


def test_pipelined_requests_are_answered_in_order(connect):
    connection = connect()
    connection.send(
        b"GET /_millrace/health HTTP/1.1\r\nHost: h\r\n\r\n"
        + list_tables()
        + b"GET /_millrace/nothing HTTP/1.1\r\nHost: h\r\n\r\n"
        + list_tables(b'{"Limit":"x"}')
    )
    assert json.loads(connection.response()[1])["status"] == "ok"
    assert "TableNames" in json.loads(connection.response()[1])
    assert connection.status() == 404
    assert b"SerializationException" in connection.response()[1]


def test_a_request_may_come_in_single_bytes(connect):
    connection = connect()
    connection.send_bytewise(list_tables(b'{"Limit":1}'))
    assert connection.status() == 200


def test_head_has_the_length_but_no_body(connect):
    connection = connect()
    connection.send(b"HEAD /_millrace/health HTTP/1.1\r\nHost: h\r\n\r\n" + list_tables())
    status, headers = connection.head()
    assert status == 200 and int(headers["content-length"]) > 0
    assert connection.status() == 200


CHUNKED = b"POST / HTTP/1.1\r\n" + LIST_TABLES + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "chunks",
    [
        b"2\r\n{}\r\n0\r\n\r\n",
        b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
        b"0002;name=value;other=\"quoted\"\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n",
        b"A\r\n{\"Limit\":1\r\n1\r\n}\r\n0\r\n\r\n",
    ],
)
def test_chunked_bodies(connect, chunks):
    connection = connect()
    connection.send(CHUNKED + chunks + list_tables())
    assert connection.status() == 200
    assert connection.status() == 200, "the next request begins after the chunks"
    connection.send_bytewise(CHUNKED + chunks)
    assert connection.status() == 200


def test_trailers_are_no_headers(connect):
    connection = connect()
    connection.send(
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-amz-json-1.0\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\n{}\r\n0\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\n\r\n"
    )
    assert connection.status() == 404


def test_expect_100_continue_is_answered_before_the_body(connect):
    connection = connect()
    request = list_tables(headers=b"Expect: 100-continue\r\n")
    connection.send(request[:-2])
    assert connection.head() == (100, {})
    connection.send(request[-2:])
    assert connection.status() == 200


def test_expect_with_the_body_at_once(connect):
    connection = connect()
    connection.send(list_tables(headers=b"Expect: 100-continue\r\n") + list_tables())
    assert connection.status() == 200, "who does not wait needs no invitation"
    assert connection.status() == 200


def test_a_body_that_is_too_large_is_refused_before_it_comes(connect):
    for expect in (b"", b"Expect: 100-continue\r\n"):
        connection = connect()
        connection.send(b"POST / HTTP/1.1\r\n" + LIST_TABLES + expect + b"Content-Length: 16777217\r\n\r\n")
        assert connection.status() == 413
        assert connection.is_closed()


def test_a_body_that_grows_too_large_is_refused(connect):
    connection = connect()
    connection.send(CHUNKED + b"2\r\n{}\r\n" + b"FFFFFF\r\n")
    assert connection.status() == 413
    assert connection.is_closed()


def test_code_of_functions_may_be_larger(connect):
    connection = connect()
    head = b"POST /2015-03-31/functions HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    connection.send(head % (60 * 1024 * 1024))
    assert connection.head() == (100, {})
    connection = connect()
    connection.send(head % (80 * 1024 * 1024))
    assert connection.status() == 413


def test_long_headers_and_targets_are_taken(connect):
    connection = connect()
    connection.send(list_tables(headers=b"X-Amz-Security-Token: " + b"a" * 40_000 + b"\r\n"))
    assert connection.status() == 200
    connection.send(b"GET /_millrace/health?" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n")
    assert connection.status() == 200


@pytest.mark.parametrize(
    "start", [b"X: " + b"a" * 200_000, b"".join(b"X-%d: a\r\n" % i for i in range(20_000))], ids=["one", "many"]
)
def test_headers_have_a_bound(connect, start):
    connection = connect()
    connection.send(b"GET / HTTP/1.1\r\n" + start)
    assert connection.status() == 431
    assert connection.is_closed()


@pytest.mark.parametrize("piece", [b"2;" + b"a" * 1_000_000, b"2" + b"0" * 1_000_000], ids=["extension", "size"])
def test_chunk_headers_have_a_bound(connect, piece):
    connection = connect()
    connection.send(CHUNKED + piece)
    assert connection.status() == 400
    assert connection.is_closed()


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\r\n\r\n\r\nGARBAGE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS on the plain port
        b"GET /\r\n\r\n",
        b"GET / HTTP/3.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nName : space\r\n\r\n",
        b"GET / HTTP/1.1\r\nNul: a\x00b\r\n\r\n",
        b"GET /\x01 HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked, identity\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
    ],
)
def test_malformed_requests(connect, request_bytes):
    connection = connect()
    connection.send(request_bytes)
    assert connection.status() == 400
    assert connection.is_closed()


@pytest.mark.parametrize("bytewise", [False, True])
def test_http2_by_prior_knowledge_is_refused_in_http2(connect, bytewise):
    connection = connect()
    (connection.send_bytewise if bytewise else connection.send)(HTTP2_PREFACE)
    answer = connection.file.read()
    assert answer[:9] == b"\0\0\0\4\0\0\0\0\0", "an empty SETTINGS frame comes first"
    length = int.from_bytes(answer[9:12], "big")
    assert answer[12:18] == b"\x07\0\0\0\0\0", "GOAWAY of the connection"
    assert answer[22:26] == b"\0\0\0\x0d", "HTTP_1_1_REQUIRED"
    assert len(answer) == 9 + 9 + length
    assert b"HTTP/1.1" in answer[26:]


def test_clients_that_leave_disturb_nobody(connect, dynamodb):
    for start in (b"POST", b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc", CHUNKED + b"5\r\n{", list_tables()):
        connection = connect()
        connection.send(start)
        connection.socket.close()
    dynamodb.list_tables()
