"""The server itself: start, health, stop, refusals."""

import json
import subprocess
import urllib.request

import pytest

from tests.conftest import BINARY
from tests.functions import create_table


def get(server, path):
    with urllib.request.urlopen(server.endpoint + path) as response:
        return response.read().decode()


def refusal(*arguments):
    """What `millrace serve` says when it refuses to start."""
    result = subprocess.run([BINARY, "serve", *arguments], capture_output=True, text=True, timeout=30)
    assert result.returncode == 1
    return result.stderr


@pytest.mark.parametrize("path", ["/_millrace/health", "/_localstack/health"])
def test_health(server, path):
    assert isinstance(json.loads(get(server, path)), dict)


def test_metrics_are_prometheus_text(server, dynamodb):
    dynamodb.list_tables()
    assert "# TYPE millrace_" in get(server, "/_millrace/metrics")


def test_data_survives_a_clean_stop(start_server, tmp_path, unique):
    first = start_server("--data", str(tmp_path / "data"))
    create_table(first.client("dynamodb"), unique)
    first.client("dynamodb").put_item(TableName=unique, Item={"pk": {"S": "kept"}})
    assert first.stop() == 0
    second = start_server("--data", str(tmp_path / "data"))
    assert second.client("dynamodb").scan(TableName=unique)["Items"] == [{"pk": {"S": "kept"}}]


def test_a_data_directory_has_one_server(start_server, tmp_path):
    start_server("--data", str(tmp_path / "data"))
    assert str(tmp_path / "data") in refusal("--data", str(tmp_path / "data"), "--port", "0")


def test_a_port_has_one_server(server):
    port = server.endpoint.rsplit(":", 1)[1]
    assert port in refusal("--in-memory", "--port", port)


def test_only_this_machine_is_served_without_access_keys():
    assert "key" in refusal("--in-memory", "--host", "0.0.0.0", "--port", "0")


def test_signatures_are_checked_when_keys_are_configured(start_server):
    server = start_server("--in-memory", env={"MILLRACE_ACCESS_KEYS": "000000000000:test"})
    server.client("dynamodb").list_tables()
    with pytest.raises(Exception, match="security token"):
        server.client("dynamodb", account="111111111111").list_tables()
