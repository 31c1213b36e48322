"""CloudWatch Logs through real clients: what functions print, and what others put."""

import json
import os
import shutil
import subprocess
import time
import urllib.request

import botocore.exceptions
import pytest

from tests.functions import create_function

PRINTER = """
import json
def handler(event, context):
    print("got " + event["word"])
    print(json.dumps({"level": "ERROR" if event["word"] == "bad" else "INFO", "word": event["word"]}))
    return context.log_stream_name
"""


def now():
    return int(time.time() * 1000)


def put(logs, group, stream, *messages, time_at=None):
    time_at = now() if time_at is None else time_at
    events = [{"timestamp": time_at + i, "message": message} for i, message in enumerate(messages)]
    return logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def create(logs, group, *streams):
    logs.create_log_group(logGroupName=group)
    for stream in streams:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)


def messages(events):
    return [event["message"].rstrip("\n") for event in events]


def test_a_function_prints_into_its_log_group(lambda_client, logs, unique):
    create_function(lambda_client, unique, PRINTER)
    group = f"/aws/lambda/{unique}"
    for word in ("good", "bad"):
        answer = lambda_client.invoke(FunctionName=unique, Payload=json.dumps({"word": word}))
        stream = json.loads(answer["Payload"].read())
    printed = messages(logs.filter_log_events(logGroupName=group)["events"])
    assert [line for line in printed if line.startswith("got")] == ["got good", "got bad"]
    assert any(line.startswith("REPORT RequestId:") for line in printed)
    found = logs.filter_log_events(logGroupName=group, filterPattern='{ $.level = "ERROR" }')["events"]
    assert [json.loads(message)["word"] for message in messages(found)] == ["bad"]
    assert found[0]["logStreamName"] == stream
    assert abs(found[0]["timestamp"] - now()) < 60_000
    newest = logs.describe_log_streams(logGroupName=group, orderBy="LastEventTime", descending=True, limit=1)
    assert newest["logStreams"][0]["logStreamName"] == stream
    events = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]
    assert "got bad" in messages(events)


def test_the_forward_token_repeats_at_the_end(logs, unique):
    create(logs, unique, "s")
    put(logs, unique, "s", *(str(i) for i in range(25)))
    seen, token = [], None
    while True:
        arguments = {"nextToken": token} if token else {}
        page = logs.get_log_events(
            logGroupName=unique, logStreamName="s", startFromHead=True, limit=10, **arguments
        )
        seen += messages(page["events"])
        if page["nextForwardToken"] == token:
            break
        token = page["nextForwardToken"]
    assert seen == [str(i) for i in range(25)]
    newest = logs.get_log_events(logGroupName=unique, logStreamName="s", limit=2)
    assert messages(newest["events"]) == ["23", "24"]
    older = logs.get_log_events(
        logGroupName=unique, logStreamName="s", limit=2, nextToken=newest["nextBackwardToken"]
    )
    assert messages(older["events"]) == ["21", "22"]


def test_paginators_reach_everything(logs, unique):
    streams = [f"s{i:03}" for i in range(60)]
    create(logs, unique, *streams)
    for stream in streams[:3]:
        put(logs, unique, stream, *(f"{stream} {i}" for i in range(4)))
    pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=unique)
    assert [stream["logStreamName"] for page in pages for stream in page["logStreams"]] == streams
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=unique, filterPattern='"s001"', PaginationConfig={"PageSize": 3}
    )
    assert [m for page in pages for m in messages(page["events"])] == [f"s001 {i}" for i in range(4)]
    groups = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=unique)
    assert [group["logGroupName"] for page in groups for group in page["logGroups"]] == [unique]


def test_times_narrow_a_search(logs, unique):
    create(logs, unique, "s")
    start = now()
    put(logs, unique, "s", "0", "1", "2", "3", time_at=start)
    found = logs.filter_log_events(logGroupName=unique, startTime=start + 1, endTime=start + 2)
    assert messages(found["events"]) == ["1", "2"]
    read = logs.get_log_events(
        logGroupName=unique, logStreamName="s", startTime=start + 1, endTime=start + 2
    )
    assert messages(read["events"]) == ["1"]


def test_errors_are_those_of_aws(logs, unique):
    with pytest.raises(logs.exceptions.ResourceNotFoundException) as error:
        logs.filter_log_events(logGroupName=unique)
    assert error.value.response["Error"]["Message"] == "The specified log group does not exist."
    create(logs, unique, "s")
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException) as error:
        logs.create_log_group(logGroupName=unique)
    assert error.value.response["Error"]["Message"] == "The specified log group already exists"
    with pytest.raises(logs.exceptions.ResourceNotFoundException) as error:
        put(logs, unique, "none", "x")
    assert error.value.response["Error"]["Message"] == "The specified log stream does not exist."
    with pytest.raises(logs.exceptions.InvalidParameterException) as error:
        logs.create_log_group(logGroupName="not a name")
    assert "failed to satisfy constraint: Member must satisfy regular expression pattern" in str(error.value)
    logs.delete_log_stream(logGroupName=unique, logStreamName="s")
    logs.delete_log_group(logGroupName=unique)
    with pytest.raises(botocore.exceptions.ClientError):
        logs.describe_log_streams(logGroupName=unique)


def test_retention_and_tags(logs, unique):
    logs.create_log_group(logGroupName=unique, tags={"team": "a"})
    logs.put_retention_policy(logGroupName=unique, retentionInDays=7)
    group = logs.describe_log_groups(logGroupNamePrefix=unique)["logGroups"][0]
    assert group["retentionInDays"] == 7
    logs.tag_resource(resourceArn=group["logGroupArn"], tags={"stage": "test"})
    logs.untag_resource(resourceArn=group["logGroupArn"], tagKeys=["team"])
    assert logs.list_tags_for_resource(resourceArn=group["logGroupArn"])["tags"] == {"stage": "test"}


def test_events_that_were_answered_survive_a_crash(start_server, tmp_path):
    server = start_server("--data", str(tmp_path))
    logs = server.client("logs")
    create(logs, "g", "s")
    put(logs, "g", "s", "kept")
    server.kill()
    server = start_server("--data", str(tmp_path))
    logs = server.client("logs")
    assert messages(logs.get_log_events(logGroupName="g", logStreamName="s")["events"]) == ["kept"]
    put(logs, "g", "s", "more")
    assert messages(logs.filter_log_events(logGroupName="g")["events"]) == ["kept", "more"]
    assert server.stop() == 0


def test_a_frozen_clock_holds_nothing_up(start_server):
    server = start_server("--in-memory")
    request = urllib.request.Request(f"{server.endpoint}/_millrace/clock", data=b'{"freeze": true}')
    urllib.request.urlopen(request).read()
    logs = server.client("logs")
    create(logs, "g", "s")
    put(logs, "g", "s", "x")
    assert messages(logs.filter_log_events(logGroupName="g")["events"]) == ["x"]
    assert server.stop() == 0


def test_following_a_group_as_the_command_line_does(logs, unique):
    """The requests of `aws logs tail --follow`: from the newest time on, known events left out."""
    create(logs, unique, "a", "b")
    start = now()
    seen, arguments = {}, {"logGroupName": unique, "interleaved": True, "startTime": start}

    def poll():
        fresh = []
        while True:
            page = logs.filter_log_events(**arguments)
            for event in page["events"]:
                if event["eventId"] not in seen:
                    fresh.append(event["message"])
                    seen[event["eventId"]] = event["timestamp"]
            if "nextToken" not in page:
                break
            arguments["nextToken"] = page["nextToken"]
        arguments.pop("nextToken", None)
        arguments["startTime"] = max(seen.values(), default=start)
        return fresh

    assert poll() == []
    put(logs, unique, "a", "1", time_at=start)
    assert poll() == ["1"]
    put(logs, unique, "b", "2", "3", time_at=start)  # the first at the same time as what is known
    assert poll() == ["2", "3"]
    assert poll() == []


@pytest.mark.skipif(shutil.which("aws") is None, reason="needs the AWS command line")
def test_the_command_line_reads_events(server, logs, unique):
    create(logs, unique, "s")
    put(logs, unique, "s", "first", "second")
    command = ["aws", "logs", "filter-log-events", "--log-group-name", unique, "--filter-pattern", "second"]
    printed = subprocess.run(
        [*command, "--query", "events[].message", "--output", "text", "--endpoint-url", server.endpoint],
        capture_output=True,
        text=True,
        check=True,
        env={
            **os.environ,
            "AWS_ACCESS_KEY_ID": "000000000000",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        },
    )
    assert printed.stdout == "second\n"
