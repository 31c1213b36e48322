"""The snippets of a public tutorial on DynamoDB Streams, run as they are on the page.

The page is not ours and not in this tree: MILLRACE_TUTORIAL names the file (default: beside the checkout).
Without it these tests are skipped.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.request

import pytest

from tests.conftest import ROOT
from tests.functions import create_function, create_queue, create_table, receive

PAGE = pathlib.Path(
    os.environ.get("MILLRACE_TUTORIAL", ROOT.parent / "shared/reference/how-to-use-dynamodb-streams.md")
)
pytestmark = [pytest.mark.usefixtures("lambda_client"), pytest.mark.skipif(not PAGE.exists(), reason=f"the tutorial is not at {PAGE}")]


def snippet(language, containing):
    """The only code block of the language that contains the text."""
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (found,) = [block for block in blocks if containing in block]
    return found


def wait_for_output(lambda_client, logs, function, words):
    """Until the function has printed all the words; returns what it printed.

    Each look is an invocation with an empty batch, which ends after the output of those before it is kept.
    """
    for _ in range(200):
        lambda_client.invoke(FunctionName=function, Payload=json.dumps({"Records": []}))
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
        text = "\n".join(event["message"] for event in events)
        if all(word in text for word in words):
            return text
    raise AssertionError(f"{function} did not print all of {words}; it printed:\n{text}")


def await_mapping(server, function):
    """Until the function's mapping has handled what is in its stream, however long its batching window is."""
    request = urllib.request.Request(
        server.endpoint + "/_millrace/await", method="POST",
        data=json.dumps({"functionName": function, "timeoutSeconds": 60}).encode())
    assert json.load(urllib.request.urlopen(request))["done"]


def cli(server, command):
    """Runs an AWS CLI command of the page."""
    aws = pathlib.Path(sys.executable).parent / "aws"
    result = subprocess.run(
        ["bash", "-euc", command.replace("aws ", f"{aws} ")],
        capture_output=True, text=True,
        env={**os.environ, "AWS_ENDPOINT_URL": server.endpoint, "AWS_DEFAULT_REGION": "eu-north-1",
             "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def deploy(server, template, region, *arguments):
    """`millrace deploy` of a template file; returns the outputs that it printed."""
    binary = os.environ.get("MILLRACE_BINARY", str(ROOT / "build/release/src/cli/millrace"))
    result = subprocess.run(
        [binary, "deploy", str(template), "--endpoint", server.endpoint, "--region", region, *arguments],
        capture_output=True, text=True,
    )
    assert result.returncode == 0, result.stderr
    return dict(re.findall(r"^  (\S+) = (.*)$", result.stdout, re.MULTILINE))


def users_table(client):
    client.create_table(
        TableName="Users",
        AttributeDefinitions=[{"AttributeName": "userId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "userId", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


def change_a_user(client):
    """Insert, modify and remove, with the fields that the page's handlers look at."""
    user = {"userId": {"S": "u1"}, "email": {"S": "old@example.com"}, "subscriptionTier": {"S": "free"}}
    client.put_item(TableName="Users", Item=user)
    client.put_item(TableName="Users", Item={**user, "email": {"S": "new@example.com"},
                                             "subscriptionTier": {"S": "pro"}, "status": {"S": "suspended"}})
    client.delete_item(TableName="Users", Key={"userId": {"S": "u1"}})


def test_enabling_a_stream_with_the_command_line(server):
    users_table(server.client("dynamodb", region="eu-north-1"))
    arn = cli(server, snippet("bash", "update-table")).strip().splitlines()[-1]
    assert re.fullmatch(r"arn:aws:dynamodb:eu-north-1:\d{12}:table/Users/stream/[\d:T.-]+", arn)


def test_the_python_handler(server):
    region = "eu-west-1"
    dynamodb, functions = server.client("dynamodb", region), server.client("lambda", region)
    users_table(dynamodb)
    stream = dynamodb.update_table(
        TableName="Users", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    )["TableDescription"]["LatestStreamArn"]
    code = snippet("python", "def handle_insert")
    create_function(functions, "tutorial", {"handler.py": code}, handler="handler.handler")
    functions.create_event_source_mapping(
        FunctionName="tutorial", EventSourceArn=stream, StartingPosition="TRIM_HORIZON",
        FunctionResponseTypes=["ReportBatchItemFailures"])
    change_a_user(dynamodb)
    wait_for_output(functions, server.client("logs", region), "tutorial", [
        "New user created: u1", "User modified: u1", "Email changed - triggering verification",
        "User suspended - revoking sessions"])


def test_the_node_handler_deployed_from_the_sam_template(server, tmp_path):
    region = "eu-west-2"
    (tmp_path / "template.yaml").write_text(snippet("yaml", "users-stream-processor-dlq"))
    (tmp_path / "src").mkdir()
    (tmp_path / "src/handler.js").write_text(snippet("javascript", "New user created"))
    deploy(server, tmp_path / "template.yaml", region)
    functions = server.client("lambda", region)
    (mapping,) = functions.list_event_source_mappings(FunctionName="users-stream-processor")["EventSourceMappings"]
    assert mapping["MaximumBatchingWindowInSeconds"] == 5
    assert mapping["MaximumRetryAttempts"] == 3
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["DestinationConfig"]["OnFailure"]["Destination"].endswith(":users-stream-processor-dlq")
    change_a_user(server.client("dynamodb", region))
    await_mapping(server, "users-stream-processor")
    text = wait_for_output(functions, server.client("logs", region), "users-stream-processor", [
        "New user created: u1", "Email changed from old@example.com to new@example.com",
        "Subscription upgraded: free -> pro", "User deleted: u1"])
    assert "Processing 3 records" in text, "the batching window gathers what comes within it"


def test_the_table_template_and_its_outputs(server, tmp_path):
    (tmp_path / "template.yaml").write_text(snippet("yaml", "Export the stream ARN"))
    outputs = deploy(server, tmp_path / "template.yaml", "eu-west-3")
    assert ":table/Users/stream/" in outputs["UsersTableStreamArn"]


def test_the_handler_with_partial_failures(server, unique):
    region = "eu-central-1"
    dynamodb, functions, sqs = (server.client(name, region) for name in ("dynamodb", "lambda", "sqs"))
    # The page leaves processRecord to the reader.
    code = snippet("javascript", "partial batch failure support") + """
async function processRecord(record) {
  if (record.dynamodb.Keys.pk.S === 'bad') throw new Error('cannot process');
}
"""
    stream = create_table(dynamodb, unique)["LatestStreamArn"]
    dead_url, dead_arn = create_queue(sqs, unique)
    create_function(functions, unique, {"handler.mjs": code}, runtime="nodejs20.x", handler="handler.handler")
    # The settings are those of the page's "Configure Retry Behavior".
    functions.create_event_source_mapping(
        FunctionName=unique, EventSourceArn=stream, StartingPosition="TRIM_HORIZON",
        MaximumRetryAttempts=1, MaximumRecordAgeInSeconds=3600, BisectBatchOnFunctionError=True,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig={"OnFailure": {"Destination": dead_arn}})
    for key in ("good", "bad", "fine"):
        dynamodb.put_item(TableName=unique, Item={"pk": {"S": key}})
    (letter,) = receive(sqs, dead_url, 1)
    assert letter["DDBStreamBatchInfo"]["batchSize"] == 1
    wait_for_output(functions, server.client("logs", region), unique, ["Failed record"])


def test_the_replicator(server, unique):
    region, replica_region = "ap-south-1", "ap-south-2"
    source, replica = (server.client("dynamodb", name) for name in (region, replica_region))
    functions = server.client("lambda", region)
    stream = create_table(source, unique)["LatestStreamArn"]
    create_table(replica, unique, stream=None)
    create_function(
        functions, unique, {"replicator.py": snippet("python", "replica_client")}, handler="replicator.handler",
        Environment={"Variables": {"REPLICA_REGION": replica_region, "REPLICA_TABLE": unique}})
    functions.create_event_source_mapping(
        FunctionName=unique, EventSourceArn=stream, StartingPosition="TRIM_HORIZON")
    source.put_item(TableName=unique, Item={"pk": {"S": "kept"}, "n": {"N": "1"}})
    source.put_item(TableName=unique, Item={"pk": {"S": "removed"}})
    source.delete_item(TableName=unique, Key={"pk": {"S": "removed"}})
    wait_for_output(functions, server.client("logs", region), unique, ["Deleted item from replica"])
    assert replica.scan(TableName=unique)["Items"] == [{"pk": {"S": "kept"}, "n": {"N": "1"}}]


def test_the_idempotency_condition(server):
    dynamodb = server.client("dynamodb", "ca-central-1")
    create_table(dynamodb, "ProcessedEvents", stream=None)
    condition = re.search(r"ConditionExpression: '(.*)'", snippet("javascript", "ProcessedEvents")).group(1)
    item = {"pk": {"S": "e1"}, "eventId": {"S": "e1"}}
    dynamodb.put_item(TableName="ProcessedEvents", Item=item, ConditionExpression=condition)
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(TableName="ProcessedEvents", Item=item, ConditionExpression=condition)
