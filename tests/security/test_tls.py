"""HTTPS: real clients that check the certificate, the commands, functions, and what is not spoken."""

import os
import re
import socket
import ssl
import subprocess
import urllib.request

import boto3
import botocore.config
import botocore.exceptions
import pytest

from tests.conftest import BINARY
from tests.functions import create_function


def run(*arguments):
    subprocess.run(arguments, check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A folder with an authority of our own and a certificate of it for localhost."""
    folder = tmp_path_factory.mktemp("tls")
    ca, key, request, certificate = (str(folder / name) for name in ("ca.pem", "key.pem", "request.pem", "cert.pem"))
    extensions = folder / "extensions"
    extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    new = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    run(*new, "-x509", "-subj", "/CN=test authority", "-keyout", str(folder / "ca.key"), "-out", ca, "-days", "30")
    run(*new, "-subj", "/CN=localhost", "-keyout", key, "-out", request)
    run(
        *("openssl", "x509", "-req", "-in", request, "-CA", ca, "-CAkey", str(folder / "ca.key"), "-CAcreateserial"),
        *("-out", certificate, "-days", "30", "-extfile", str(extensions)),
    )
    return folder


class Encrypted:
    def __init__(self, folder, *arguments):
        self.ca = str(folder / "ca.pem")
        options = ["--tls-certificate", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem")]
        self.process = subprocess.Popen(
            [BINARY, "serve", "--port", "0", "--in-memory", *options, *arguments], stdout=subprocess.PIPE, text=True
        )
        for line in self.process.stdout:
            if found := re.search(r"Listening on (https://127.0.0.1:(\d+))", line):
                self.endpoint, self.port = found.group(1), int(found.group(2))
            if line.strip() == "Ready.":
                break

    def client(self, service, verify=None):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="000000000000",
            aws_secret_access_key="test",
            verify=self.ca if verify is None else verify,
            config=botocore.config.Config(retries={"max_attempts": 1}),
        )


@pytest.fixture(scope="module")
def encrypted(authority):
    server = Encrypted(authority)
    yield server
    server.process.terminate()
    assert server.process.wait(timeout=30) == 0


def test_clients_that_check_the_certificate(encrypted):
    dynamodb = encrypted.client("dynamodb")
    dynamodb.create_table(
        TableName="tls-table",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    item = {"pk": {"S": "a"}, "v": {"S": "x" * 390_000}}
    for _ in range(3):
        dynamodb.put_item(TableName="tls-table", Item=item)
        assert dynamodb.get_item(TableName="tls-table", Key={"pk": {"S": "a"}})["Item"] == item
    with pytest.raises(botocore.exceptions.SSLError):
        encrypted.client("dynamodb", verify=True).list_tables()


def test_queues(encrypted):
    sqs = encrypted.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"


def test_functions_reach_the_server(encrypted):
    handler = "import boto3\ndef handler(event, context): return boto3.client('dynamodb').list_tables()['TableNames']\n"
    functions = encrypted.client("lambda")
    create_function(functions, "lists", handler)
    answer = functions.invoke(FunctionName="lists")
    assert "FunctionError" not in answer and answer["Payload"].read().startswith(b"[")


def test_commands(encrypted):
    def status(**more):
        environment = {**os.environ, "AWS_ENDPOINT_URL": encrypted.endpoint, **more}
        return subprocess.run([BINARY, "status"], env=environment, capture_output=True, text=True, timeout=60)

    assert status(AWS_CA_BUNDLE=encrypted.ca).returncode == 0
    refused = status(AWS_CA_BUNDLE="")
    assert refused.returncode != 0 and "certificate" in refused.stdout + refused.stderr


def handshake(server, **settings):
    context = ssl.create_default_context(cafile=server.ca)
    for name, value in settings.items():
        setattr(context, name, value)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as connection:
            return connection.version(), connection.selected_alpn_protocol()


def test_versions_and_protocols(encrypted):
    assert handshake(encrypted) == ("TLSv1.3", "http/1.1")
    assert handshake(encrypted, maximum_version=ssl.TLSVersion.TLSv1_2)[0] == "TLSv1.2"


def test_what_is_not_tls_is_not_answered(encrypted):
    with socket.create_connection(("127.0.0.1", encrypted.port), timeout=10) as plain:
        plain.sendall(b"GET /_millrace/health HTTP/1.1\r\nHost: h\r\n\r\n")
        assert b"HTTP/1.1 200" not in plain.recv(1000)
    # And the next client is served.
    context = ssl.create_default_context(cafile=encrypted.ca)
    with urllib.request.urlopen(encrypted.endpoint + "/_millrace/health", context=context) as answer:
        assert answer.status == 200


def test_files_that_do_not_fit(authority):
    other = authority / "other.key"
    run("openssl", "genrsa", "-out", str(other), "2048")
    for certificate, key, complaint in (
        (authority / "cert.pem", other, "Can not use the private key in"),
        (other, other, "Can not use the certificate in"),
    ):
        ended = subprocess.run(
            [BINARY, "serve", "--port", "0", "--in-memory", "--tls-certificate", certificate, "--tls-key", key],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode != 0 and complaint in ended.stderr + ended.stdout
