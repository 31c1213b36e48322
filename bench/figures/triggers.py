"""How soon a function starts after a write, and how many records a mapping hands over."""

import base64
import io
import json
import pathlib
import re
import socket
import statistics
import tempfile
import time
import zipfile

from .report import percentile
from .servers import cpu_seconds, create_table, rest

# The first calls start the worker.
WARM_UP = 20


def create_function(port, name, code):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("app.py", code)
    rest(port, "POST", "/2015-03-31/functions", {
        "FunctionName": name, "Runtime": "python3.12", "Handler": "app.handler",
        "Role": "arn:aws:iam::000000000000:role/r",
        "Code": {"ZipFile": base64.b64encode(archive.getvalue()).decode()}})


def create_mapping(port, function, stream, **settings):
    return rest(port, "POST", "/2015-03-31/event-source-mappings", {
        "FunctionName": function, "EventSourceArn": stream, "StartingPosition": "TRIM_HORIZON", **settings})


def latency(report):
    """From the answer to a PutItem to the first line of a warm handler."""
    with tempfile.TemporaryDirectory() as folder, report.serve("--in-memory") as server:
        starts = pathlib.Path(folder) / "starts"
        starts.touch()
        create_function(
            server.port, "latency",
            "import time, os\n"
            "def handler(event, context):\n"
            "    now = time.time_ns()\n"
            f"    with open({str(starts)!r}, 'a') as file:\n"
            "        for record in event['Records']:\n"
            "            file.write(record['dynamodb']['Keys']['pk']['S'] + ' ' + str(now) + '\\n')\n")
        stream = create_table(server.port, "latency", stream="NEW_AND_OLD_IMAGES")["LatestStreamArn"]
        create_mapping(server.port, "latency", stream)
        delays, trips = latency_samples(server.port, starts, samples=int(300 * report.scale) + WARM_UP)
        report.line("acknowledged PutItem to warm Python handler",
                    f"median {statistics.median(delays):.3f} ms, p99 {percentile(delays, 99):.3f} ms "
                    f"(PutItem round trip in the same run: median {statistics.median(trips):.3f} ms)",
                    {"median_ms": statistics.median(delays), "p99_ms": percentile(delays, 99),
                     "round_trip_ms": statistics.median(trips)})


def latency_samples(port, starts, samples):
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    acknowledged, trips, seen = {}, [], {}
    for number in range(samples):
        body = json.dumps({"TableName": "latency", "Item": {"pk": {"S": f"k{number}"}}}).encode()
        sent = time.perf_counter_ns()
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
            b"X-Amz-Target: DynamoDB_20120810.PutItem\r\nContent-Length: "
            + str(len(body)).encode() + b"\r\n\r\n" + body)
        connection.recv(65536)
        acknowledged[f"k{number}"] = time.time_ns()
        trips.append((time.perf_counter_ns() - sent) / 1e6)
        deadline = time.time() + 30
        while f"k{number}" not in seen:
            seen = dict(line.split() for line in starts.read_text().splitlines() if " " in line)
            if time.time() > deadline:
                raise SystemExit("the handler was not called within 30 seconds")
            time.sleep(0.001)
    delays = [(int(seen[key]) - acknowledged[key]) / 1e6 for key in list(acknowledged)[WARM_UP:]]
    return delays, trips[WARM_UP:]


def child_of(pid, word):
    """The server's worker process: the one whose command line holds the word."""
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rsplit(")", 1)[1].split()[1])
            if parent == pid and word in (path.parent / "cmdline").read_bytes().decode():
                return int(path.parent.name)
        except OSError:
            continue
    raise SystemExit("the function has no worker process")


def throughput(report):
    """A stream that is already full, handed to a handler that does nothing, in batches of 100."""
    records = int(200_000 * report.scale)
    with report.serve("--in-memory", "--partitions", 1) as server:
        create_function(server.port, "idle", "def handler(event, context):\n    pass\n")
        stream = create_table(server.port, "full", stream="NEW_AND_OLD_IMAGES")["LatestStreamArn"]
        report.load(server, "put_item", 64, records, "full", size=200, scaled=False)
        server_before, started = cpu_seconds(server.pid), time.perf_counter()
        create_mapping(server.port, "idle", stream, BatchSize=100)
        rest(server.port, "POST", "/_millrace/await", {"timeoutSeconds": 300})
        seconds = time.perf_counter() - started
        worker = cpu_seconds(child_of(server.pid, "python")) / seconds
        share = (cpu_seconds(server.pid) - server_before) / seconds
        report.line("records through one mapping, batches of 100",
                    f"{records / seconds:.0f}/s; of one core the handler's process used {worker:.0%}, "
                    f"the server {share:.0%}",
                    {"per_second": records / seconds, "worker": worker, "server": share})


def measure(report):
    if report.wanted("trigger"):
        latency(report)
        throughput(report)
