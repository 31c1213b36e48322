"""The same requests to other servers of the same API, from their public packages, where those install."""

import pathlib
import shutil
import subprocess
import time
import urllib.error

from .report import Report
from .servers import ROOT, api, create_table

DYNALITE = "dynalite@4.0.0"
DYNOXIDE = "dynoxide-rs@3.2.0"
# The newest one whose package is complete in Maven's central repository.
DYNAMODB_LOCAL = "2.6.1"
CONNECTIONS = 64
REQUESTS = {"millrace": 100_000, "dynoxide": 8_000, "DynamoDB Local": 8_000, "dynalite": 4_000}
READY_SECONDS = 60

POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>peers</groupId><artifactId>peers</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.amazonaws</groupId><artifactId>DynamoDBLocal</artifactId>
      <version>{DYNAMODB_LOCAL}</version></dependency>
  </dependencies>
</project>
"""


def run(tool, *command, folder):
    if not shutil.which(tool):
        raise FileNotFoundError(f"{tool} is not installed")
    subprocess.run([tool, *map(str, command)], cwd=folder, check=True, capture_output=True)


def dynalite(folder, port):
    program = folder / "node_modules/dynalite/cli.js"
    if not program.exists():
        run("npm", "install", "--no-save", "--prefix", folder, DYNALITE, folder=folder)
    return ["node", program, "--port", port, "--createTableMs", "0"]


def dynoxide(folder, port):
    program = folder / "bin/dynoxide"
    if not program.exists():
        run("cargo", "install", DYNOXIDE, "--root", folder, folder=folder)
    return [program, "serve", "--port", port]


def dynamodb_local(folder, port):
    libraries = folder / "libraries"
    if not libraries.exists():
        (folder / "pom.xml").write_text(POM)
        run("mvn", "-q", "dependency:copy-dependencies", f"-DoutputDirectory={libraries}", folder=folder)
    return ["java", f"-Djava.library.path={libraries}", "-cp", f"{libraries}/*",
            "com.amazonaws.services.dynamodbv2.local.main.ServerRunner", "-inMemory", "-port", port]


PEERS = {"dynoxide": dynoxide, "DynamoDB Local": dynamodb_local, "dynalite": dynalite}


class Peer:
    """A running peer, used as a context."""

    def __init__(self, command, folder, port):
        self.port = port
        self.process = subprocess.Popen([str(word) for word in command], cwd=folder, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        self.pid = self.process.pid
        deadline = time.time() + READY_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.time() > deadline:
                self.process.kill()
                raise ChildProcessError("did not start")
            time.sleep(0.1)

    def answers(self):
        try:
            api(self.port, "DynamoDB_20120810.ListTables", {})
            return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def requests(report: Report, name, server):
    create_table(server.port, "bench")
    create_table(server.port, "streamed", stream="NEW_AND_OLD_IMAGES")
    if name != "millrace":
        # Interpreters and just-in-time compilers begin slowly, and some make a table a while after they said so.
        time.sleep(1)
        report.load(server, "put_item", CONNECTIONS, REQUESTS[name])
    for title, scenario, table in (("PutItem", "put_item", "bench"), ("PutItem with stream", "put_item", "streamed"),
                                   ("GetItem", "get_item", "bench")):
        report.show(f"{title} 1 KiB, {name}, {CONNECTIONS} connections",
                    report.load(server, scenario, CONNECTIONS, REQUESTS[name], table))


def measure(report: Report):
    with report.serve("--in-memory") as server:
        requests(report, "millrace", server)
    for number, (name, prepare) in enumerate(PEERS.items()):
        folder: pathlib.Path = ROOT / "build/peers" / name.replace(" ", "-").lower()
        folder.mkdir(parents=True, exist_ok=True)
        try:
            port = 7810 + number
            with Peer(prepare(folder, port), folder, port) as server:
                requests(report, name, server)
        except (FileNotFoundError, subprocess.CalledProcessError, ChildProcessError) as problem:
            print(f"{name}: not measured: {problem}")
