"""Fixtures shared by the black-box tests: a millrace server, and real clients pointed at it.

MILLRACE_BINARY names the binary (default: the release build). MILLRACE_ENDPOINT points the whole suite
at a server that is already running instead. MILLRACE_TEST_PAGE_BYTES ends pages of Query, Scan and the like
after so many bytes: what passes then meets paging everywhere.
"""

import os
import pathlib
import re
import subprocess
import uuid

import boto3
import botocore.config
import botocore.exceptions
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE_BYTES = os.environ.get("MILLRACE_TEST_PAGE_BYTES")
BINARY = os.environ.get("MILLRACE_BINARY", str(ROOT / "build/release/src/cli/millrace"))


class Server:
    """A running `millrace serve`; `endpoint` is its URL.

    Its tables have one partition unless the arguments or a table's tags say otherwise: what tests count
    (shards, batches, the order of records) then depends on nothing but their own writes.
    """

    def __init__(self, *arguments, env=None, binary=BINARY):
        if "--partitions" not in arguments:
            arguments = ("--partitions", "1", *arguments)
        if PAGE_BYTES and "--test-page-bytes" not in arguments:
            arguments = (*arguments, "--test-page-bytes", PAGE_BYTES)
        self.arguments = arguments
        self.process = subprocess.Popen(
            [binary, "serve", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=None,
            text=True,
            env={**os.environ, **(env or {})},
        )
        self.endpoint = None
        for line in self.process.stdout:
            found = re.search(r"Listening on (http://\S+)", line)
            if found:
                self.endpoint = found.group(1)
            if line.strip() == "Ready.":
                return
        raise RuntimeError(f"millrace serve {' '.join(arguments)} ended with {self.process.wait()}")

    def client(self, service, region="us-east-1", account="000000000000", secret="test", token=None, **config):
        """`account`: the access key; 12 digits are the caller's account."""
        config.setdefault("retries", {"max_attempts": 1})
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=botocore.config.Config(**config),
        )

    def kill(self):
        """As a crash: no chance to tidy up."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """As a user: SIGTERM, then wait. Returns the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=30)


class RunningServer(Server):
    """A server that somebody else started."""

    def __init__(self, endpoint):
        self.endpoint = endpoint


@pytest.fixture(scope="session")
def server():
    """One in-memory server for the whole session: tests keep to names of their own."""
    if "MILLRACE_ENDPOINT" in os.environ:
        yield RunningServer(os.environ["MILLRACE_ENDPOINT"])
        return
    running = Server("--in-memory")
    yield running
    assert running.stop() == 0, "the server must stop cleanly"


@pytest.fixture
def start_server():
    """Starts servers of the test's own: start_server("--data", path)."""
    started = []

    def start(*arguments, **options):
        started.append(Server(*arguments, **options))
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.kill()


@pytest.fixture
def unique():
    """A name that no other test uses."""
    return "t" + uuid.uuid4().hex[:12]


@pytest.fixture(scope="session")
def dynamodb(server):
    return server.client("dynamodb")


@pytest.fixture(scope="session")
def streams(server):
    return server.client("dynamodbstreams")


@pytest.fixture(scope="session")
def lambda_client(server):
    client = server.client("lambda", read_timeout=120)
    try:
        client.list_functions()
    except botocore.exceptions.ClientError as error:
        pytest.skip(f"this server has no Lambda functions: {error}")
    return client


@pytest.fixture(scope="session")
def sqs(server):
    return server.client("sqs")


@pytest.fixture(scope="session")
def logs(server):
    return server.client("logs")
