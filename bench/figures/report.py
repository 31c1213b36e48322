"""The run: the build that is measured, the load on it, and the lines that are printed."""

import json
import subprocess

from .servers import ROOT, Process, cpu_seconds

PUT_BYTES = 1024


def percentile(values, percent):
    return sorted(values)[int(percent / 100 * (len(values) - 1))]


class Report:
    def __init__(self, build, scale, only):
        self.build = ROOT / build
        self.binary = self.build / "src/cli/millrace"
        self.scale = scale
        self.only = only
        self.figures = {}
        self.constant_us = None

    def wanted(self, name):
        return not self.only or self.only in name

    def serve(self, *arguments):
        return Process([self.binary, "serve", "--port", "0", *map(str, arguments)])

    def load(self, server, scenario, connections, requests, table="bench", keys=10_000, size=PUT_BYTES,
             scaled=True, extra=()):
        """One run of the load generator; its figures, and the server's processor time for each request."""
        if scaled:
            requests = max(100, int(requests * self.scale))
        before = cpu_seconds(server.pid)
        output = subprocess.run(
            [self.build / "bench/load", scenario, "--port", str(server.port), "--table", table,
             "--connections", str(connections), "--requests", str(requests), "--keys", str(keys),
             "--bytes", str(size), *map(str, extra)],
            capture_output=True, text=True,
        )
        if output.returncode != 0:
            raise SystemExit(f"load {scenario}: {output.stderr}")
        result = json.loads(output.stdout)
        result["cpu_us"] = (cpu_seconds(server.pid) - before) / result["requests"] * 1e6
        return result

    def show(self, name, result):
        self.figures[name] = result
        multiple = f"{result['cpu_us'] / self.constant_us:5.1f}x" if self.constant_us else "   1.0x"
        print(f"{name:<58} {result['cpu_us']:8.1f} us cpu {multiple} {result['per_second']:9.0f}/s "
              f"p50 {result['p50_us']:8.1f} us  p99 {result['p99_us']:8.1f} us", flush=True)

    def line(self, name, text, value):
        self.figures[name] = value
        print(f"{name:<58} {text}", flush=True)
