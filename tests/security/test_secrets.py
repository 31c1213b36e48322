"""Nothing that is secret reaches the server's log, whatever happens."""

import base64
import json
import re
import socket
import subprocess
import urllib.error
import urllib.request

import botocore.exceptions
import pytest

from tests.conftest import BINARY, RunningServer
from tests.functions import zip_files

ID, SECRET = "AKIDOFTHETEAM", "the/secret+of/the+team"
VALUE = "value-of-a-variable-nobody-may-see"

HANDLER = """
import boto3, os
def handler(event, context):
    if event.get("fail"):
        raise ValueError("failed as asked")
    boto3.client("dynamodb").list_tables()
    return len(os.environ["PASSWORD"])
"""


@pytest.fixture(scope="module")
def logged():
    """A server with keys, and a function that returns its log so far."""
    process = subprocess.Popen(
        [BINARY, "serve", "--port", "0", "--in-memory", "--log-level", "debug"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": "/usr/bin:/bin", "MILLRACE_ACCESS_KEYS": f"{ID}:{SECRET}"},
    )
    for line in process.stdout:
        if found := re.search(r"Listening on (http://\S+)", line):
            endpoint = found.group(1)
        if line.strip() == "Ready.":
            break
    log = []

    def end():
        if process.poll() is None:
            process.terminate()
            log.append("".join(process.communicate(timeout=30)))
        return log[0]

    yield endpoint, end
    end()


def client(endpoint, service, key=ID, secret=SECRET, token=None):
    return RunningServer(endpoint).client(service, account=key, secret=secret, token=token)


def send(endpoint, data):
    host, port = endpoint.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass


def test_the_log_tells_no_secret(logged):
    endpoint, end = logged
    seen = []  # the signatures that were sent

    def remember(request, **_):
        header = request.headers["Authorization"]
        header = header.decode() if isinstance(header, bytes) else header
        seen.append(header.rsplit("Signature=", 1)[1])

    dynamodb = client(endpoint, "dynamodb")
    dynamodb.meta.events.register("before-send", remember)
    dynamodb.list_tables()
    given = client(endpoint, "sts").assume_role(RoleArn="arn:aws:iam::000000000000:role/deploy", RoleSessionName="me")
    session = given["Credentials"]
    temporary = client(endpoint, "dynamodb", session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    temporary.list_tables()
    for broken in (
        client(endpoint, "dynamodb", secret=SECRET + "x"),
        client(endpoint, "dynamodb", session["AccessKeyId"], "wrong", session["SessionToken"]),
    ):
        with pytest.raises(botocore.exceptions.ClientError):
            broken.list_tables()

    functions = client(endpoint, "lambda")
    functions.create_function(
        FunctionName="secretive",
        Runtime="python3.12",
        Role="arn:aws:iam::000000000000:role/r",
        Handler="index.handler",
        Code={"ZipFile": zip_files({"index.py": HANDLER})},
        Environment={"Variables": {"PASSWORD": VALUE}},
    )
    answer = functions.invoke(FunctionName="secretive", Payload=b"{}")
    assert json.load(answer["Payload"]) == len(VALUE)
    assert "FunctionError" in functions.invoke(FunctionName="secretive", Payload=b'{"fail":true}')
    with pytest.raises(botocore.exceptions.ClientError):
        functions.create_function(
            FunctionName="secretive",
            Runtime="python3.12",
            Role="arn:aws:iam::000000000000:role/r",
            Handler="index.handler",
            Code={"ZipFile": b"no zip"},
            Environment={"Variables": {"PASSWORD": VALUE}},
        )

    basic = base64.b64encode(f"{ID}:{SECRET}".encode()).decode()
    request = urllib.request.Request(endpoint + "/_millrace/status", headers={"Authorization": "Basic " + basic})
    with urllib.request.urlopen(request) as status:
        assert status.status == 200
    wrong = f"X-Amz-Target: DynamoDB_20120810.PutItem\r\nAuthorization: AWS4-HMAC-SHA256 Credential={SECRET}\r\n"
    body = '{"TableName":5,"Item":"' + SECRET + '"}'
    head = f"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-amz-json-1.0\r\n{wrong}"
    send(endpoint, f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    send(endpoint, f"{head}Content-Length: x{SECRET}\r\n\r\n".encode())

    log = end()
    assert seen and "function worker exited" in log, "the log was read"
    for secret in (SECRET, session["SecretAccessKey"], session["SessionToken"], VALUE, basic, *seen):
        assert secret not in log
    assert "Signature=" not in log and "Authorization" not in log
