"""JSON that is nested without end is refused wherever it comes in, and the server lives on."""

import urllib.error
import urllib.request

import pytest

DEEP = b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"


@pytest.mark.parametrize("path", ["await", "clock", "faults", "snapshot", "restore", "stacks"])
def test_bodies_of_controls(start_server, path):
    server = start_server("--in-memory")
    request = urllib.request.Request(f"{server.endpoint}/_millrace/{path}", method="POST", data=DEEP)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=60)
    assert refused.value.code == 400
    assert server.stop() == 0
