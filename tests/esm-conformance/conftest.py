"""Where the suite runs: --endpoint URL, --aws, or (in this tree, without either) a millrace of its own."""

import os
import pathlib
import subprocess

import pytest

from esm_suite.target import Target

ARN = "arn:aws:iam::000000000000:role/esm-conformance"


def pytest_addoption(parser):
    group = parser.getgroup("event source mapping conformance")
    group.addoption("--endpoint", help="URL of the implementation; functions must be able to reach it")
    group.addoption("--aws", action="store_true", help="AWS itself, with the credentials of the environment: costs money")
    group.addoption("--region", help="default: AWS_REGION or us-east-1")
    group.addoption("--role-arn", help="role of the functions; on AWS see README.md for what it must allow")
    group.addoption("--function-endpoint", help="URL by which functions reach the endpoint, if theirs is another")
    group.addoption("--restart-command", help="shell command that restarts the endpoint and returns when it answers")
    group.addoption("--real-time", action="store_true", help="as if the endpoint had no clock that can be moved")
    group.addoption("--seconds-max", type=int, help="how long to wait for anything, without a clock to move (120)")
    group.addoption("--quiet-seconds", type=float, help="how long to look for what must not happen (5)")


def option(config, name):
    return config.getoption(name, default=None)


@pytest.fixture(scope="session")
def target(request, tmp_path_factory):
    config = request.config
    settings = {"region": option(config, "--region") or os.environ.get("AWS_REGION", "us-east-1"),
                "role": option(config, "--role-arn") or ARN,
                "function_endpoint": option(config, "--function-endpoint"),
                "real_time": option(config, "--real-time") or False,
                "seconds_max": option(config, "--seconds-max") or 120,
                "quiet_seconds": option(config, "--quiet-seconds") or 5}
    if option(config, "--aws"):
        if settings["role"] == ARN:
            pytest.exit("--aws needs --role-arn: the role of the functions (see README.md)", 2)
        yield Target(None, **settings)
        return
    if "AWS_ACCESS_KEY_ID" not in os.environ:
        settings["credentials"] = {"aws_access_key_id": "000000000000", "aws_secret_access_key": "test"}
    endpoint = option(config, "--endpoint") or os.environ.get("MILLRACE_ENDPOINT")
    command = option(config, "--restart-command")
    if endpoint:
        def restart():
            subprocess.run(command, shell=True, check=True)
            return endpoint
        yield Target(endpoint, restart=restart if command else None, **settings)
        return
    with OwnServer(tmp_path_factory.mktemp("data")) as server:
        yield Target(server.endpoint, restart=server.restart, **settings)


class OwnServer:
    """A millrace of the suite's own: scenarios move its clock and restart it, which other tests could not bear."""

    def __init__(self, data: pathlib.Path):
        self.data = data
        self.running = None

    def start(self):
        try:
            from tests.conftest import Server
        except ImportError:  # a copy of the suite elsewhere
            pytest.exit("Say where to run: --endpoint URL or --aws", 2)
        # --sync interval: the suite looks at behaviour, not at power cuts.
        self.running = Server("--data", str(self.data), "--test-controls", "--sync", "interval")

    @property
    def endpoint(self):
        return self.running.endpoint

    def restart(self):
        assert self.running.stop() == 0, "the server must stop cleanly"
        self.start()
        return self.endpoint

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.running.process.poll() is None:
            self.running.stop()
