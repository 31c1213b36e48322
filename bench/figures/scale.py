"""Whether anything gets slower as there is more: items, tables, mappings, data to start from."""

import tempfile
import time

from .servers import ROOT, api, cpu_seconds, create_table, resident_mib
from .triggers import create_function, create_mapping

ITEM_BYTES = 200
SMALL = 1_000
SORT_KEYS = 20  # items under one partition key of the tables that are queried
CONNECTIONS = 16


def fill(report, server, table, items, sort_keys=0):
    report.load(server, "batch_write", CONNECTIONS, items // 25, table, size=ITEM_BYTES, scaled=False,
                extra=["--sort-keys", sort_keys])


def settle(server):
    """Until the server has merged what was written: that work belongs to the writes."""
    while True:
        before = cpu_seconds(server.pid)
        time.sleep(1)
        if cpu_seconds(server.pid) - before < 0.02:
            return


def costs(report, server, items):
    """{operation: result} on tables of so many items, which are made and filled here."""
    plain, sorted_table = f"plain-{items}", f"sorted-{items}"
    create_table(server.port, plain)
    create_table(server.port, sorted_table, sort_key=True)
    started = time.perf_counter()
    fill(report, server, plain, items)
    fill(report, server, sorted_table, items, SORT_KEYS)
    report.line(f"two tables of {items:,} items filled", f"{2 * items / (time.perf_counter() - started):.0f} items/s",
                2 * items / (time.perf_counter() - started))
    settle(server)
    runs = {"GetItem": ("get_item", plain, items), "PutItem": ("put_item", plain, items),
            "Query of 10": ("query", sorted_table, items // SORT_KEYS)}
    results = {}
    for name, (scenario, table, keys) in runs.items():
        results[name] = report.load(server, scenario, CONNECTIONS, 60_000, table, keys=keys, size=ITEM_BYTES)
        settle(server)
    return results


def items(report, count, arguments, label):
    """Each operation's cost with many items as a multiple of its cost with a thousand."""
    with report.serve(*arguments) as server:
        few, many = costs(report, server, SMALL), costs(report, server, count)
        for name in few:
            ratio = many[name]["cpu_us"] / few[name]["cpu_us"]
            slower = few[name]["per_second"] / many[name]["per_second"]
            report.line(f"{name}, {count:,} items against {SMALL:,}, {label}",
                        f"{ratio:.2f} times the cpu ({few[name]['cpu_us']:.1f} -> {many[name]['cpu_us']:.1f} us), "
                        f"{slower:.2f} times the time (p99 {few[name]['p99_us']:.0f} -> {many[name]['p99_us']:.0f} us)",
                        {"cpu": ratio, "time": slower})
        report.line(f"memory with {2 * count:,} items, {label}", f"{resident_mib(server.pid):.0f} MiB",
                    resident_mib(server.pid))


def restart(report, folder):
    with report.serve("--data", folder) as server:
        started = time.perf_counter()
        api(server.port, "DynamoDB_20120810.ListTables", {})
        first = server.start_seconds + time.perf_counter() - started
        report.line("start to first answer on that data", f"{first * 1000:.0f} ms", first * 1000)


def idle_share(server, seconds=10):
    before = cpu_seconds(server.pid)
    time.sleep(seconds)
    return (cpu_seconds(server.pid) - before) / seconds


def tables(report, count, mappings):
    with report.serve("--in-memory") as server:
        create_function(server.port, "idle", "def handler(event, context):\n    pass\n")
        started = time.perf_counter()
        streams = [create_table(server.port, f"table-{number}", stream="NEW_IMAGE" if number < 100 else None)
                   for number in range(count)]
        report.line(f"{count:,} tables created, one after another",
                    f"{count / (time.perf_counter() - started):.0f}/s", count / (time.perf_counter() - started))
        for number in range(mappings):
            # A function may read a stream through one mapping only.
            if number % 100 == 0 and number > 0:
                create_function(server.port, f"idle-{number // 100}", "def handler(event, context):\n    pass\n")
            function = "idle" if number < 100 else f"idle-{number // 100}"
            create_mapping(server.port, function, streams[number % 100]["LatestStreamArn"])
        share = idle_share(server)
        report.line(f"{count:,} tables and {mappings:,} mappings idle", f"{share:.2%} of a core, "
                    f"{resident_mib(server.pid):.0f} MiB", {"cpu": share, "mib": resident_mib(server.pid)})


def measure(report, count):
    items(report, count, ["--in-memory"], "in memory")
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        items(report, count, ["--data", folder], "durable")
        restart(report, folder)
    tables(report, 10_000, 1_000)
