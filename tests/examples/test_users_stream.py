"""The example of the README: `millrace dev` on its template, the writes of try.py, what comes of them."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading

import pytest

from tests.conftest import BINARY, ROOT

EXAMPLE = ROOT / "examples/users-stream"


class Dev:
    """A running `millrace dev`; its output is read all the time and kept."""

    def __init__(self, template):
        self.process = subprocess.Popen(
            [BINARY, "dev", str(template), "--port", "0"], stdout=subprocess.PIPE, text=True)
        self.lines = []
        self.changed = threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()
        self.wait_for(r"Ready\.")
        self.endpoint = re.search(r"Listening on (http://\S+)", "\n".join(self.lines)).group(1)

    def read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.lines.append("(ended)")
            self.changed.notify_all()

    def wait_for(self, pattern, timeout=60):
        """The first line that the pattern matches, from the start."""
        def find():
            return next((line for line in self.lines if re.search(pattern, line)), None)
        with self.changed:
            found = self.changed.wait_for(lambda: find() or "(ended)" in self.lines, timeout)
            line = find()
            assert found and line, f"no line like {pattern}:\n" + "\n".join(self.lines)
            return line

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=30)


@pytest.fixture
def dev(tmp_path):
    # A copy, because a test changes it.
    copy = tmp_path / "users-stream"
    shutil.copytree(EXAMPLE, copy)
    running = Dev(copy / "template.yaml")
    running.folder = copy
    yield running
    if running.process.poll() is None:
        running.process.kill()


def run_try(dev):
    return subprocess.run(
        [sys.executable, str(EXAMPLE / "try.py")], env={**os.environ, "AWS_ENDPOINT_URL": dev.endpoint},
        capture_output=True, text=True, timeout=120)


def test_the_handlers_print_every_change_and_the_poison_record_is_a_dead_letter(dev):
    tried = run_try(dev)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert '"condition": "RetryAttemptsExhausted"' in tried.stdout
    dev.wait_for(r"users-changes \| .*INSERT ada: welcome")
    dev.wait_for(r"users-changes \| .*MODIFY ada: email ada@example.com -> ada@lovelace.org")
    dev.wait_for(r"users-changes \| .*REMOVE ada: goodbye")
    dev.wait_for(r"users-validate \| .*eve has no valid address")
    assert dev.stop() == 0


def test_a_changed_handler_is_deployed_again_at_once(dev):
    handler = pathlib.Path(dev.folder / "changes/index.mjs")
    handler.write_text(handler.read_text().replace(": welcome", ": hello there"))
    dev.wait_for(r"Deployed:")
    tried = run_try(dev)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    dev.wait_for(r"users-changes \| .*INSERT ada: hello there")


def test_a_template_with_a_mistake_is_told_and_deploys_nothing(tmp_path):
    template = tmp_path / "template.yaml"
    template.write_text("Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n"
                        "      QueueName: !Ref Missing\n")
    ended = subprocess.run([BINARY, "dev", str(template), "--port", "0"], capture_output=True, text=True,
                           timeout=60)
    assert ended.returncode == 1
    assert "Missing" in ended.stderr
