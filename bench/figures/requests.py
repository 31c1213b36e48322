"""The cost of single requests, beside an HTTP server that does no work."""

import tempfile

from .report import PUT_BYTES
from .servers import ROOT, Process, api, create_table, resident_mib


def constant(report):
    """The server that does no work: every other cost is read as a multiple of this one."""
    with Process([report.build / "bench/constant_server", "7798", "1100"], port=7798) as server:
        result = report.load(server, "constant", 64, 200_000)
        report.show("constant answer, 64 connections", result)
        report.constant_us = result["cpu_us"]
        report.show("constant answer, 1 connection", report.load(server, "constant", 1, 20_000))


def one_item(report, server, label, requests):
    for connections in (1, 64):
        count = requests if connections > 1 else requests // 10
        for name, scenario, table in (
            ("PutItem", "put_item", "bench"),
            ("PutItem with stream", "put_item", "streamed"),
            ("GetItem", "get_item", "bench"),
            ("UpdateItem with stream", "update_item", "streamed"),
        ):
            title = f"{name} 1 KiB, {label}, {connections} connections"
            if report.wanted(title):
                report.show(title, report.load(server, scenario, connections, count, table))


def items(report, label, arguments, requests):
    with report.serve(*arguments) as server:
        if label == "in memory":
            report.line("start to ready, in memory", f"{server.start_seconds * 1000:.1f} ms",
                        server.start_seconds * 1000)
            report.line("idle memory, in memory", f"{resident_mib(server.pid):.1f} MiB",
                        resident_mib(server.pid))
        create_table(server.port, "bench")
        create_table(server.port, "streamed", stream="NEW_AND_OLD_IMAGES")
        one_item(report, server, label, requests)
        title = f"BatchWriteItem 25 x 1 KiB, {label}, 16 connections"
        if report.wanted(title):
            report.show(title, report.load(server, "batch_write", 16, requests // 25))
        create_table(server.port, "queried", sort_key=True)
        for pk in range(50):
            puts = [{"PutRequest": {"Item": {"pk": {"S": f"key-{pk}"}, "sk": {"S": f"{sk:03}"},
                                             "data": {"S": "x" * PUT_BYTES}}}}
                    for sk in range(20)]
            api(server.port, "DynamoDB_20120810.BatchWriteItem", {"RequestItems": {"queried": puts}})
        title = f"Query of 10 x 1 KiB, {label}, 16 connections"
        if report.wanted(title):
            report.show(title, report.load(server, "query", 16, requests // 4, "queried", keys=50))


def measure(report):
    items(report, "in memory", ["--in-memory"], 100_000)
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        items(report, "durable", ["--data", folder], 40_000)
