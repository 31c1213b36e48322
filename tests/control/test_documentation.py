"""The suite in docs/testing.md runs as it stands there."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

from tests.conftest import BINARY, ROOT


def snippets(language):
    """{file name: text} of the page's code blocks, which begin with their names."""
    page = (ROOT / "docs/testing.md").read_text(encoding="utf-8")
    blocks = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
    return {re.match(r"\S+ (\S+)", block).group(1): block for block in blocks}


def test_the_suite_in_pytest(tmp_path):
    suite = tmp_path / "users-stream"
    shutil.copytree(ROOT / "examples/users-stream", suite)
    for name, text in snippets("python").items():
        (suite / name).write_text(text, encoding="utf-8")
    path = f"{pathlib.Path(BINARY).resolve().parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(suite)],
        cwd=suite, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout
