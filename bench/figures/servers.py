"""Starting what is measured, calling it, and reading what it cost."""

import json
import os
import pathlib
import re
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of all threads of a process."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mib(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) / 1024


class Process:
    """A server that prints `Ready.`; used as a context."""

    def __init__(self, command, port=None):
        started = time.perf_counter()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = port
        for line in self.process.stdout:
            if found := re.search(r"Listening on http://\S+:(\d+)", line):
                self.port = int(found.group(1))
            if line.strip() == "Ready.":
                break
        else:
            raise SystemExit(f"{command[0]} did not start")
        self.start_seconds = time.perf_counter() - started
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


# Some servers want to see a signature; none that is measured here checks it.
UNCHECKED = ("AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, "
             "SignedHeaders=host;x-amz-date;x-amz-target, Signature=0")


def api(port, target, body):
    """One call; `target` is the whole X-Amz-Target."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/",
        data=json.dumps(body).encode(),
        headers={"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0",
                 "X-Amz-Date": "20260101T000000Z", "Authorization": UNCHECKED},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def rest(port, method, path, body):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        method=method,
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        return json.loads(response.read() or b"null")


def create_table(port, name, stream=None, sort_key=False):
    attributes = [{"AttributeName": "pk", "AttributeType": "S"}]
    schema = [{"AttributeName": "pk", "KeyType": "HASH"}]
    if sort_key:
        attributes.append({"AttributeName": "sk", "AttributeType": "S"})
        schema.append({"AttributeName": "sk", "KeyType": "RANGE"})
    body = dict(
        TableName=name,
        AttributeDefinitions=attributes,
        KeySchema=schema,
        BillingMode="PAY_PER_REQUEST",
    )
    if stream:
        body["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream}
    return api(port, "DynamoDB_20120810.CreateTable", body)["TableDescription"]
