"""What happened to a change: told by key, event id and sequence number; what failed is kept, and can be done again."""

import json
import subprocess
import urllib.parse
import urllib.request

import pytest

from tests.conftest import BINARY
from tests.control.controls import Refused, call, delivered, put, settle, start_pipeline
from tests.functions import FORWARD, create_function, create_queue, zip_files

# Fails on items that have the attribute `fail`, forwards all others.
PICKY = FORWARD.replace(
    "def handler(event, context):",
    """def handler(event, context):
    if any("fail" in record["dynamodb"].get("NewImage", {}) for record in event["Records"]):
        raise ValueError("will not do")
    forward(event)
def forward(event):""",
)
ONLY_ACTIVE = json.dumps({"dynamodb": {"NewImage": {"status": {"S": ["active"]}}}})


@pytest.fixture
def own(start_server):
    return start_server("--in-memory")


def changes(server, table, **query):
    return call(server, f"changes/{table}?{urllib.parse.urlencode(query)}", method="GET")


def outcome(server, table, key):
    """The only change of the item, and what its only mapping did with it."""
    (change,) = changes(server, table, key=f"pk={key}")["changes"]
    (mapping,) = change["mappings"]
    return change, mapping


def status(server, uuid):
    (found,) = [one for one in call(server, "status", method="GET")["mappings"] if one["uuid"] == uuid]
    return found


def ask_until(question, wanted):
    """Asks again and again, each a round trip, until the answer is as wanted."""
    for _ in range(200_000):  # more than a minute, however slowly a function starts
        answer = question()
        if wanted(answer):
            return answer
    raise AssertionError(answer)


def run(server, *arguments):
    done = subprocess.run([BINARY, *arguments, "--endpoint", server.endpoint],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def mend(server, name):
    """The function forwards everything from now on."""
    server.client("lambda").update_function_code(FunctionName=name, ZipFile=zip_files({"app.py": FORWARD}))


def test_a_change_that_succeeded(own, unique):
    _, uuid = start_pipeline(own, unique, PICKY)
    put(own, unique, "ada", status="new")
    settle(own)
    change, mapping = ask_until(lambda: outcome(own, unique, "ada"), lambda one: "checkpointed" in one[1])
    assert change["eventName"] == "INSERT"
    assert change["record"]["dynamodb"]["NewImage"]["status"] == {"S": "new"}
    assert mapping["uuid"] == uuid and mapping["outcome"] == "succeeded"
    (attempt,) = mapping["attempts"]
    assert attempt["outcome"] == "succeeded" and attempt["durationSeconds"] > 0 and attempt["records"] == 1
    assert mapping["checkpointed"] >= attempt["time"][:19]
    # The request id leads to what the function printed.
    events = own.client("logs").filter_log_events(
        logGroupName=f"/aws/lambda/{unique}", filterPattern=f'"{attempt["requestId"]}"')["events"]
    assert any(event["message"].startswith("END RequestId") for event in events)
    by_id = changes(own, unique, eventId=change["eventId"])["changes"]
    by_number = changes(own, unique, sequenceNumber=change["sequenceNumber"])["changes"]
    assert by_id == by_number == [change]
    assert changes(own, unique, key='{"pk":{"S":"ada"}}')["changes"] == [change]
    assert changes(own, unique, key="pk=bob")["changes"] == []


def test_a_change_that_was_filtered_out_says_why(own, unique):
    _, _ = start_pipeline(own, unique, PICKY, FilterCriteria={"Filters": [{"Pattern": ONLY_ACTIVE}]})
    put(own, unique, "ada", status="active")
    put(own, unique, "bob", status="new")
    settle(own)
    assert outcome(own, unique, "ada")[1]["outcome"] == "succeeded"
    _, mapping = outcome(own, unique, "bob")
    assert mapping["outcome"] == "filtered"
    assert mapping["failedClause"] == 'dynamodb.NewImage.status.S is "new", wanted "active"'


def test_a_blocked_shard_shows_at_once_with_what_waits(own, unique):
    _, uuid = start_pipeline(own, unique, PICKY, BatchSize=1)
    put(own, unique, "bad", fail="yes")
    put(own, unique, "next")
    blocked = ask_until(lambda: status(own, uuid), lambda one: one["blockedShards"])
    assert blocked["behind"] == 2 and blocked["oldestUnhandledAgeSeconds"] >= 0
    (shard,) = blocked["shards"]
    (one,) = shard["blocked"]
    assert one["keys"] == {"pk": {"S": "bad"}} and one["error"] == "ValueError: will not do"
    assert one["waitingBehind"] == 1 and one["attempts"] >= 1 and "attemptsMax" not in one
    assert 86000 < one["secondsUntilExpiry"] <= 86400 and one["secondsUntilLost"] == one["secondsUntilExpiry"]
    _, failing = outcome(own, unique, "bad")
    assert failing["outcome"] == "failing" and failing["attempts"][0]["error"] == "ValueError: will not do"
    _, waiting = outcome(own, unique, "next")
    assert waiting["outcome"] == "pending" and waiting["behind"] == 1
    assert one["sequenceNumber"] in waiting["detail"]
    with urllib.request.urlopen(own.endpoint + "/_millrace/metrics") as answer:
        metrics = answer.read().decode()
    labels = f'{{function="{unique}",mapping="{uuid}"}}'
    assert f"millrace_mapping_blocked_shards{labels} 1" in metrics
    assert f"millrace_mapping_behind_records{labels} 2" in metrics
    code, text = run(own, "status")
    assert code == 0 and 'blocked by INSERT {"pk":{"S":"bad"}}' in text and "lost in 24 h" in text
    mend(own, unique)
    settle(own)
    assert status(own, uuid)["blockedShards"] == 0
    assert outcome(own, unique, "bad")[1]["attempts"][-1]["outcome"] == "succeeded"


def test_what_is_given_up_is_kept_and_can_be_redriven(own, unique):
    url, uuid = start_pipeline(own, unique, PICKY, BatchSize=1, MaximumRetryAttempts=1)
    put(own, unique, "bad", fail="yes")
    put(own, unique, "good")
    put(own, unique, "bad", fail="no")
    settle(own)
    kept = call(own, "failures", method="GET")
    assert kept["count"] == 2
    failure = kept["failures"][-1]
    assert failure["uuid"] == uuid and failure["reason"] == "RetryAttemptsExhausted"
    assert failure["invokeCount"] == 2 and failure["error"] == "ValueError: will not do"
    first = changes(own, unique, key="pk=bad")["changes"][0]["mappings"][0]
    assert first["outcome"] == "dropped" and first["failureId"] == failure["id"]
    assert [attempt["kind"] for attempt in first["attempts"]] == ["invoked", "invoked", "givenUp"]

    shown = call(own, f"failures/{failure['id']}", method="GET")
    (record,) = shown["event"]["Records"]
    assert record["dynamodb"]["NewImage"] == {"pk": {"S": "bad"}, "fail": {"S": "yes"}}
    assert shown["records"][0]["newerChanges"] == 1
    newer = changes(own, unique, key="pk=bad")["changes"][1]
    assert shown["records"][0]["supersededBy"] == newer["sequenceNumber"]

    path = f"failures/{failure['id']}/redrive"
    assert call(own, path, {"dryRun": True})["records"] == shown["records"]
    again = call(own, path)
    assert not again["succeeded"] and again["error"] == "ValueError: will not do"
    assert call(own, "failures", method="GET")["count"] == 2
    mend(own, unique)
    delivered(own, url)
    assert call(own, path)["succeeded"]
    assert delivered(own, url) == [["bad"]]
    assert call(own, "failures", method="GET")["count"] == 1
    assert changes(own, unique, key="pk=bad")["changes"][0]["mappings"][0]["outcome"] == "redriven"
    with pytest.raises(Refused) as refused:
        call(own, path)
    assert refused.value.status == 404
    call(own, f"failures/{kept['failures'][0]['id']}", method="DELETE")
    assert call(own, "failures", method="GET")["failures"] == []


def test_the_destination_is_part_of_the_story(own, unique):
    _, arn = create_queue(own.client("sqs"), unique + "-dead")
    start_pipeline(own, unique, PICKY, MaximumRetryAttempts=0,
                   DestinationConfig={"OnFailure": {"Destination": arn}})
    put(own, unique, "bad", fail="yes")
    settle(own)
    _, mapping = outcome(own, unique, "bad")
    assert mapping["outcome"] == "sentToDestination"
    assert mapping["attempts"][-1]["destination"] == "delivered"
    assert call(own, "failures", method="GET")["failures"][0]["destination"] == arn


def test_attempts_and_failures_survive_a_crash(start_server, tmp_path, unique):
    first = start_server("--data", str(tmp_path), "--test-controls")
    _, _ = start_pipeline(first, unique, PICKY, BatchSize=1, MaximumRetryAttempts=0)
    put(first, unique, "good")
    put(first, unique, "bad", fail="yes")
    settle(first)
    # Everything is handled; a moment later that is on disk, too.
    before = [ask_until(lambda: outcome(first, unique, key), lambda one: "checkpointed" in one[1])
              for key in ("good", "bad")]
    kept = call(first, "failures", method="GET")
    first.kill()
    second = start_server("--data", str(tmp_path), "--test-controls")
    assert [outcome(second, unique, key) for key in ("good", "bad")] == before
    assert call(second, "failures", method="GET") == kept


def test_replay_hands_a_range_over_again(own, unique):
    url, uuid = start_pipeline(own, unique, FORWARD, BatchSize=2,
                               FilterCriteria={"Filters": [{"Pattern": ONLY_ACTIVE}]})
    for key in "abcde":
        put(own, unique, key, status="new" if key == "c" else "active")
    settle(own)
    delivered(own, url)
    number = {key: outcome(own, unique, key)[0]["sequenceNumber"] for key in "be"}
    before = ask_until(lambda: status(own, uuid), lambda one: all(
        shard["checkpointSequenceNumber"] == shard["lastSequenceNumber"] for shard in one["shards"]))

    started = call(own, "replay", {"tableName": unique, "uuid": uuid, "fromSequenceNumber": number["b"]})
    assert started["records"] == 4
    done = ask_until(lambda: call(own, f"replay/{started['id']}", method="GET"),
                     lambda one: one["state"] != "Running")
    assert done["state"] == "Finished" and done["handled"] == 4
    assert done["counts"]["succeeded"] == 3 and done["counts"]["filtered"] == 1
    assert delivered(own, url) == [["b", "d"], ["e"]]
    assert status(own, uuid) == before, "the mapping's own progress does not move"

    # To another function, all records, in one batch.
    other_url, _ = create_queue(own.client("sqs"), unique + "-other")
    create_function(own.client("lambda", read_timeout=120), unique + "-other", FORWARD,
                    Environment={"Variables": {"QUEUE": other_url}})
    code, text = run(own, "replay", unique, "--function", unique + "-other", "--to", number["e"])
    assert code == 0 and "Finished: 5 of 5 records" in text
    assert delivered(own, other_url) == [list("abcde")]


def test_a_replay_that_is_stuck_can_be_stopped(own, unique):
    start_pipeline(own, unique, PICKY, Enabled=False)
    put(own, unique, "bad", fail="yes")
    started = call(own, "replay", {"tableName": unique, "functionName": unique})
    stuck = ask_until(lambda: call(own, f"replay/{started['id']}", method="GET"), lambda one: one["blocked"])
    assert stuck["blocked"][0]["error"] == "ValueError: will not do"
    call(own, f"replay/{started['id']}", method="DELETE")
    ask_until(lambda: call(own, f"replay/{started['id']}", method="GET"),
              lambda one: one["state"] == "Stopped")


@pytest.mark.parametrize("path, body, method, sentence", [
    ("changes/T?key=pk=a", None, "GET", "There is no table T whose stream still has records."),
    ("changes/T", None, "GET", "with one of ?key=, ?eventId= and ?sequenceNumber="),
    ("changes/T?key=a", None, "GET", "A key is given as"),
    ("changes/T?sequenceNumber=7", None, "GET", "one that a stream record has"),
    ("failures/7-7", None, "GET", "There is no such failure."),
    ("failures/x/redrive", {}, "POST", "There is no such failure."),
    ("failures/1-1/redrive", {"dry": True}, "POST", "Unknown member 'dry'"),
    ("replay", {"tableName": "T", "functionName": "f"}, "POST", "There is no table T that has a stream."),
    ("replay", {"tableName": "T"}, "POST", "Name a mapping (uuid) or a function (functionName)."),
    ("replay", {"functionName": "f", "fromTime": "noon"}, "POST", "must be a time like"),
    ("replay", {"functionName": "f", "batchSize": 0}, "POST", "batchSize must be between 1 and 10000."),
    ("replay/none", None, "GET", "There is no replay none."),
])
def test_mistakes_are_explained(server, path, body, method, sentence):
    with pytest.raises(Refused) as refused:
        call(server, path, body, method=method)
    assert sentence in refused.value.document["message"]


def test_the_commands_tell_the_story(own, unique):
    start_pipeline(own, unique, PICKY, BatchSize=1, MaximumRetryAttempts=0)
    put(own, unique, "bad", fail="yes")
    put(own, unique, "good")
    settle(own)
    ask_until(lambda: outcome(own, unique, "bad"), lambda one: "checkpointed" in one[1])
    code, text = run(own, "explain", unique, "pk=bad")
    assert code == 0 and f"-> {unique}  dropped" in text and "ValueError: will not do" in text
    assert "given up: RetryAttemptsExhausted" in text and "checkpoint moved past it" in text
    change, mapping = outcome(own, unique, "bad")
    assert run(own, "explain", unique, change["eventId"]) == (0, text)
    assert run(own, "explain", unique, '{"pk":{"S":"bad"}}') == (0, text)
    code, text = run(own, "explain", unique, "pk=nobody")
    assert code == 1 and "has no such change" in text
    identity = mapping["failureId"]
    code, text = run(own, "failures", "list")
    assert code == 0 and text.startswith(identity)
    code, text = run(own, "failures", "show", identity)
    assert code == 0 and '"fail"' in text
    code, text = run(own, "failures", "redrive", identity, "--dry-run")
    assert code == 0 and "(not done)" in text
    code, text = run(own, "failures", "redrive", "--all")
    assert code == 1 and "failed: ValueError: will not do" in text
    mend(own, unique)
    code, text = run(own, "failures", "redrive", "--all")
    assert code == 0 and "succeeded" in text
    assert run(own, "failures", "list") == (0, "No failures are kept.\n")
