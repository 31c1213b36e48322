#!/usr/bin/env python3
"""Runs the tests of client libraries that need a DynamoDB against millrace.

    tests/clients/run.py pynamodb
    tests/clients/run.py electrodb --source ../electrodb --endpoint http://localhost:4566

The packages of the libraries have no tests in them, so the source comes from its public repository, at the tag
below, or from a folder (--source). Without --endpoint a server in memory is started, of $MILLRACE_BINARY or the
release build. Everything is kept under build/clients. Ends with 0 if nothing fails but what is known to fail.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import venv
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "build/clients"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
               "AWS_DEFAULT_REGION": "us-east-1"}


def run(command, **arguments):
    print("+", *command, flush=True)
    return subprocess.run([str(part) for part in command], **arguments)


class PynamoDb:
    repository, tag = "https://github.com/pynamodb/PynamoDB", "6.1.0"
    known = {"test_create_table__incompatible_indexes": "expects the emulator's text for an attribute defined twice"}

    def prepare(self, source):
        self.python = source.parent / "pynamodb-python/bin/python"
        if not self.python.exists():
            venv.create(self.python.parent.parent, with_pip=True)
        run([self.python, "-m", "pip", "install", "-q", source, "pytest", "pytest-env", "pytest-mock", "freezegun",
             "blinker"], check=True)

    def test(self, source, endpoint):
        """The names of all tests, and of those that failed."""
        report = source.parent / "pynamodb.xml"
        report.unlink(missing_ok=True)
        files = sorted((source / "tests/integration").glob("*test*.py"))
        run([self.python, "-m", "pytest", "-q", "-p", "pynamodb_plugin", f"--junitxml={report}", *files], cwd=source,
            env={**os.environ, **CREDENTIALS, "PYNAMODB_INTEGRATION_TEST_DDB_URL": endpoint,
                 "PYTHONPATH": str(pathlib.Path(__file__).parent)})
        cases = list(xml.etree.ElementTree.parse(report).iter("testcase"))
        failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
        return [case.get("name") for case in cases], [case.get("name") for case in failed]


class ElectroDb:
    repository, tag = "https://github.com/tywalch/electrodb", "v3.9.3"
    known = {
        "Should trigger the setter of a watcher because the attribute being watched is supplied":
            "expects the order in which the emulator returns the attributes of an item",
        "should throw if 'limit' option is less than one": "expects the emulator's text for a Limit of -1",
        "transactWrite should perform transaction operation":
            "expects a full stop behind the text of ConditionalCheckFailed",
    }

    def prepare(self, source):
        run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"], cwd=source, check=True)
        # One of its tables defines an attribute that no key uses, which DynamoDB refuses.
        for path in (source / "test/definitions").glob("*.json"):
            table = json.loads(path.read_text())
            keys = list(table["KeySchema"])
            for index in [*table.get("GlobalSecondaryIndexes", []), *table.get("LocalSecondaryIndexes", [])]:
                keys += index["KeySchema"]
            used = {key["AttributeName"] for key in keys}
            table["AttributeDefinitions"] = [
                each for each in table["AttributeDefinitions"] if each["AttributeName"] in used]
            path.write_text(json.dumps(table, indent=2) + "\n")

    def test(self, source, endpoint):
        environment = {**os.environ, **CREDENTIALS, "LOCAL_DYNAMO_ENDPOINT": endpoint, "TS_NODE_TRANSPILE_ONLY": "1"}
        run(["node", "test/init.js", "--recreate"], cwd=source, env=environment, check=True)
        output = source.parent / "electrodb.json"
        output.unlink(missing_ok=True)
        with (source.parent / "electrodb.log").open("w") as log:
            run(["npx", "mocha", "-r", "ts-node/register", "--reporter", source.parent / "mocha_reporter.js",
                 "./test/*connected*.spec.*"], cwd=source, env={**environment, "MOCHA_RESULT": str(output)},
                stdout=log, stderr=subprocess.STDOUT)
        result = json.loads(output.read_text())
        return result["all"], result["failed"]


# The reporters that mocha brings write between what the tests print.
MOCHA_REPORTER = """
module.exports = function (runner) {
  const result = { all: [], failed: [] };
  runner.on("pass", (test) => result.all.push(test.fullTitle()));
  runner.on("fail", (test, error) => {
    result.all.push(test.fullTitle());
    result.failed.push(test.fullTitle());
    console.log(test.fullTitle(), error.stack);
  });
  runner.on("end", () => require("fs").writeFileSync(process.env.MOCHA_RESULT, JSON.stringify(result)));
};
"""

LIBRARIES = {"pynamodb": PynamoDb(), "electrodb": ElectroDb()}


def fetch(name, library, folder):
    source = WORK / name
    if folder:
        shutil.copytree(folder, source, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules", ".git"))
    elif not source.exists():
        if run(["git", "clone", "--quiet", "--depth", "1", "--branch", library.tag, library.repository,
                source]).returncode != 0:
            sys.exit(f"{library.repository} can not be reached: give a folder with the source of {name} {library.tag} "
                     "as --source")
    return source


def start_server():
    binary = os.environ.get("MILLRACE_BINARY", str(ROOT / "build/release/src/cli/millrace"))
    server = subprocess.Popen([binary, "serve", "--in-memory", "--port", "0"], stdout=subprocess.PIPE, text=True)
    endpoint = re.search(r"http://\S+", server.stdout.readline()).group()
    server.stdout.readline()  # Ready.
    return server, endpoint


def reason(library, name):
    return next((why for part, why in library.known.items() if part in name), None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", choices=LIBRARIES)
    parser.add_argument("--source", help="a folder with the library's source")
    parser.add_argument("--endpoint", help="a server that runs already")
    options = parser.parse_args()
    library = LIBRARIES[options.library]
    WORK.mkdir(parents=True, exist_ok=True)
    (WORK / "mocha_reporter.js").write_text(MOCHA_REPORTER)
    source = fetch(options.library, library, options.source)
    library.prepare(source)
    server, endpoint = (None, options.endpoint) if options.endpoint else start_server()
    try:
        tests, failed = library.test(source, endpoint)
    finally:
        if server:
            server.terminate()
            server.wait()
    unknown = [name for name in failed if reason(library, name) is None]
    for name in failed:
        print("failed:", name, f"({reason(library, name) or 'UNKNOWN'})")
    print(f"{options.library}: {len(tests) - len(failed)} of {len(tests)} pass, {len(failed) - len(unknown)} fail for "
          f"known reasons, {len(unknown)} for others")
    sys.exit(1 if unknown or not tests else 0)


if __name__ == "__main__":
    main()
