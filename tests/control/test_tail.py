"""`millrace tail`: a table's changes as lines, through splits, and with access keys."""

import json
import os
import subprocess

import pytest

from tests.conftest import BINARY
from tests.control.controls import call
from tests.functions import create_table


def tail(server, table, *arguments, env=None):
    command = [BINARY, "tail", table, "--from-start", "--once", "--endpoint", server.endpoint, *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, **(env or {})})
    return ended.returncode, ended.stdout, ended.stderr


def test_changes_are_shown_with_what_differs(server, dynamodb, unique):
    create_table(dynamodb, unique)
    dynamodb.put_item(TableName=unique, Item={"pk": {"S": "ada"}, "age": {"N": "36"}, "city": {"S": "London"}})
    dynamodb.put_item(TableName=unique, Item={"pk": {"S": "ada"}, "age": {"N": "37"}, "mail": {"NULL": True}})
    dynamodb.delete_item(TableName=unique, Key={"pk": {"S": "ada"}})
    code, text, _ = tail(server, unique)
    assert code == 0
    lines = [line if line.startswith(" ") else line.split("  ", 1)[1] for line in text.splitlines()]
    assert lines == [
        'INSERT  pk="ada"', "  + age 36", '  + city "London"',
        'MODIFY  pk="ada"', '  - city "London"', "  ~ age 36 -> 37", "  + mail null",
        'REMOVE  pk="ada"', "  - age 37", "  - mail null",
    ]


def test_many_changes_are_in_order_through_a_split(server, dynamodb, unique):
    create_table(dynamodb, unique)
    for version in range(300):
        if version == 150:
            call(server, f"tables/{unique}/split")
        dynamodb.put_item(TableName=unique, Item={"pk": {"S": str(version % 7)}, "v": {"N": str(version)}})
    code, text, _ = tail(server, unique, "--json")
    assert code == 0
    seen = [json.loads(line)["dynamodb"]["NewImage"] for line in text.splitlines()]
    assert len(seen) == 300
    for key in range(7):
        versions = [int(image["v"]["N"]) for image in seen if image["pk"]["S"] == str(key)]
        assert versions == list(range(key, 300, 7))


def test_only_what_comes_later_is_told_from_a_place(server, dynamodb, unique):
    create_table(dynamodb, unique)
    dynamodb.put_item(TableName=unique, Item={"pk": {"S": "before"}})
    place = call(server, f"tail/{unique}", method="GET")
    assert place["records"] == []
    dynamodb.put_item(TableName=unique, Item={"pk": {"S": "after"}})
    page = call(server, f"tail/{unique}?cursor={place['cursor']}", method="GET")
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in page["records"]] == ["after"]
    assert call(server, f"tail/{unique}?cursor={page['cursor']}", method="GET")["records"] == []


def test_a_table_without_a_stream(server, dynamodb, unique):
    create_table(dynamodb, unique, stream=None)
    code, _, problem = tail(server, unique)
    assert code == 1
    assert problem == f"millrace: No table named {unique} has a stream that is enabled.\n"


@pytest.mark.parametrize("secret, code", [("right", 0), ("wrong", 1)])
def test_commands_send_the_access_key_of_the_environment(start_server, secret, code):
    guarded = start_server("--in-memory", env={"MILLRACE_ACCESS_KEYS": "AKIDTEAM:right:123456789012"})
    ended = subprocess.run(
        [BINARY, "status", "--endpoint", guarded.endpoint], capture_output=True, text=True, timeout=60,
        env={**os.environ, "AWS_ACCESS_KEY_ID": "AKIDTEAM", "AWS_SECRET_ACCESS_KEY": secret})
    assert ended.returncode == code, ended.stderr
