"""One port for all services: what a request means, and the answer to what means nothing."""

import gzip
import http.client
import json
import urllib.parse
import zlib

import pytest

from tests.functions import create_table

TARGET = "DynamoDB_20120810."
JSON_TYPE = "application/x-amz-json-1.0"
FORM = "application/x-www-form-urlencoded; charset=utf-8"


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    def error(self):
        return self.status, self.json()["__type"]


@pytest.fixture
def send(server):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.endpoint).netloc, timeout=30)

    def request(method, target, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, target, body, headers)
        return Answer(connection.getresponse())

    yield request
    connection.close()


def call(send, operation, body=b"{}", **headers):
    headers.setdefault("Content_Type", JSON_TYPE)
    return send("POST", "/", body, X_Amz_Target=operation, **headers)


def test_answers_carry_a_checksum_and_an_id(send):
    for answer in (call(send, TARGET + "ListTables"), call(send, TARGET + "DescribeTable", b'{"TableName":"nothing"}')):
        assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(answer.body)
        assert len(answer.headers["x-amzn-requestid"]) == 52
        assert answer.headers["content-type"] == JSON_TYPE
    assert call(send, TARGET + "ListTables", Content_Type="application/json").headers["content-type"] == "application/json"


@pytest.mark.parametrize("target", [TARGET + "Nothing", "Nothing_20200101.ListTables", "ListTables", ""])
def test_unknown_targets(send, target):
    answer = call(send, target)
    assert answer.error() == (400, "com.amazon.coral.service#UnknownOperationException")
    assert call(send, target, b"{").error() == (400, "com.amazon.coral.service#SerializationException")


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"text"', b"{} {}", b'{"TableName":1}', b"\xff", b"[" * 100_000])
def test_malformed_bodies(send, body):
    assert call(send, TARGET + "DescribeTable", body).error() == (400, "com.amazon.coral.service#SerializationException")


def test_what_is_no_request_of_any_service(send):
    for answer in (
        send("POST", "/", b"{}", Content_Type=JSON_TYPE),
        send("PUT", "/", b"{}", Content_Type=JSON_TYPE, X_Amz_Target=TARGET + "ListTables"),
        call(send, TARGET + "ListTables", Content_Type="text/plain"),
        send("GET", "/nothing/here"),
    ):
        assert (answer.status, answer.body) == (404, b"<UnknownOperationException/>\n")


def test_compressed_bodies(send):
    body = gzip.compress(b'{"TableName":"nothing"}')
    missing = (400, "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException")
    assert call(send, TARGET + "DescribeTable", body, Content_Encoding="gzip").error() == missing
    assert call(send, TARGET + "DescribeTable", body[:-9], Content_Encoding="gzip").status == 500
    bomb = gzip.compress(bytes(17 * 1024 * 1024))
    assert call(send, TARGET + "DescribeTable", bomb, Content_Encoding="gzip").status == 413


def test_query_services(send):
    def ask(form):
        return send("POST", "/", form, Content_Type=FORM)

    good = ask("Action=GetCallerIdentity&Version=2011-06-15")
    assert good.status == 200 and good.headers["content-type"] == "text/xml"
    assert b"<GetCallerIdentityResult>" in good.body
    unknown = ask("Action=Nothing%3C&Version=2011-06-15")
    assert unknown.status == 400
    assert b"<Code>InvalidAction</Code>" in unknown.body
    assert b"<Message>Could not find operation Nothing&lt; for version 2011-06-15</Message>" in unknown.body
    assert ask("Version=2011-06-15").status == 404
    number = ask("Action=AssumeRole&Version=2011-06-15&DurationSeconds=soon")
    assert number.status == 400 and b"<Code>MalformedInput</Code>" in number.body


def test_lambda_paths(send):
    for method, path in (("GET", "/2015-03-31/functions/f/nothing/at/all"), ("PATCH", "/2015-03-31/functions/f")):
        answer = send(method, path)
        assert answer.status == 404
        assert answer.headers["x-amzn-errortype"] == "UnknownOperationException"
    supported = send("GET", "/2025-11-30/capacity-providers")
    assert supported.json()["Message"] == "The operation ListCapacityProviders is not supported."


@pytest.mark.parametrize(
    "headers, content_type",
    [
        ({"smithy_protocol": "rpc-v2-cbor", "Content_Type": "application/cbor"}, "application/cbor"),
        (
            {"X_Amz_Target": "Kinesis_20131202.ListStreams", "Content_Type": "application/x-amz-cbor-1.1"},
            "application/x-amz-cbor-1.1",
        ),
    ],
)
def test_cbor_is_refused_in_cbor(send, headers, content_type):
    path = "/service/GraniteServiceVersion20100801/operation/ListMetrics" if "smithy_protocol" in headers else "/"
    answer = send("POST", path, b"\xbf\xff", **headers)
    assert answer.status == 400
    assert answer.headers["content-type"] == content_type
    assert b"UnknownOperationException" in answer.body


def test_pages_of_other_origins(send):
    preflight = send(
        "OPTIONS",
        "/",
        Origin="http://page",
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="x-amz-target",
    )
    assert preflight.status == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert preflight.headers["access-control-allow-headers"] == "x-amz-target"
    assert preflight.headers["access-control-allow-methods"] == "POST"
    answer = call(send, TARGET + "ListTables", Origin="http://page")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-amzn-ErrorType" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in call(send, TARGET + "ListTables").headers


def test_pages_may_read_what_only_headers_tell(send):
    for method in ["OPTIONS", "GET"]:
        answer = send(method, "/", Origin="http://page")
        assert "x-amz-crc32" in answer.headers["access-control-expose-headers"]
        assert ("access-control-max-age" in answer.headers) == (method == "OPTIONS")
    assert "access-control-expose-headers" not in send("GET", "/").headers


@pytest.mark.parametrize("accepted, encoding, expand", [
    ("gzip, deflate", "gzip", gzip.decompress), ("deflate, gzip", "deflate", zlib.decompress),
    ("identity", None, bytes), ("br;q=1, gzip;q=0", None, bytes),
])
def test_long_answers_are_compressed(send, dynamodb, accepted, encoding, expand):
    create_table(dynamodb, "compressed", stream=None)
    try:
        dynamodb.put_item(TableName="compressed", Item={"pk": {"S": "a"}, "text": {"S": "x" * 4096}})
        get = json.dumps({"TableName": "compressed", "Key": {"pk": {"S": "a"}}}).encode()
        answer = call(send, TARGET + "GetItem", get, Accept_Encoding=accepted)
        assert answer.headers.get("content-encoding") == encoding
        assert (len(answer.body) < 4096) == (encoding is not None)
        assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(answer.body)
        assert json.loads(expand(answer.body))["Item"]["text"]["S"] == "x" * 4096
        short = call(send, TARGET + "ListTables", Accept_Encoding=accepted)
        assert "content-encoding" not in short.headers
    finally:
        dynamodb.delete_table(TableName="compressed")


def test_health_as_dynamodb_tells_it(send):
    answer = send("GET", "/")
    assert (answer.status, answer.body) == (200, b"healthy: dynamodb.us-east-1.amazonaws.com ")
    assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(answer.body)


def test_paths_of_the_server_itself(send):
    assert send("GET", "/_millrace/nothing").status == 404
    assert send("DELETE", "/_millrace/health").status == 405
    health = send("GET", "/_millrace/health").json()
    assert health["services"]["dynamodb"] == health["services"]["sts"] == "running"
