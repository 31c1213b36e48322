"""The commands that steer a running server."""

import subprocess

import pytest

from tests.conftest import BINARY
from tests.functions import create_table


@pytest.fixture
def own(start_server):
    return start_server("--in-memory")


def run(server, *arguments):
    done = subprocess.run([BINARY, *arguments, "--endpoint", server.endpoint],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_reset_snapshot_and_restore(own, unique):
    create_table(own.client("dynamodb"), unique)
    code, text = run(own, "snapshot", "base")
    assert code == 0 and text.startswith("Kept base (")
    code, text = run(own, "reset")
    assert code == 0 and text.startswith("Forgot everything (")
    assert own.client("dynamodb").list_tables()["TableNames"] == []
    code, text = run(own, "snapshot", "--list")
    assert code == 0 and text.startswith("base  ")
    code, text = run(own, "restore", "base")
    assert code == 0 and text.startswith("Restored base (")
    assert own.client("dynamodb").list_tables()["TableNames"] == [unique]
    assert run(own, "snapshot", "base", "--delete") == (0, "Deleted base\n")
    code, text = run(own, "restore", "base")
    assert code == 1 and "There is no snapshot named base" in text


def test_faults(own):
    added = run(own, "faults", "add", "throttle", "service=dynamodb", "count=2")
    assert added == (0, "1 throttle (service=dynamodb): happened 0 of 2 times\n")
    dynamodb = own.client("dynamodb", retries={"max_attempts": 5})
    dynamodb.list_tables()
    assert run(own, "faults", "list") == (0, "1 throttle (service=dynamodb): happened 2 of 2 times\n")
    assert run(own, "faults", "clear") == (0, "")
    assert run(own, "faults", "list") == (0, "")
    code, text = run(own, "faults", "add", "nonsense")
    assert code == 1 and "known are throttle" in text


def test_the_clock(own):
    code, text = run(own, "clock", "--freeze", "--set", "2040-01-01T00:00:00Z")
    assert (code, text) == (0, "2040-01-01T00:00:00.000000Z (frozen)\n")
    assert run(own, "clock", "--advance", "60") == (0, "2040-01-01T00:01:00.000000Z (frozen)\n")
