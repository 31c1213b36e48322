"""A write reaches a function, durably and in order: the main job through real clients."""

import json

from tests.functions import FORWARD, create_function, create_queue, create_table, receive, receive_records


def start(dynamodb, lambda_client, sqs, name, code=FORWARD, mapping=None, **function):
    """A table with a stream, a function and a mapping between them; returns (queue URL, mapping)."""
    url, _ = create_queue(sqs, name)
    stream = create_table(dynamodb, name)["LatestStreamArn"]
    create_function(lambda_client, name, code, Environment={"Variables": {"QUEUE": url}}, **function)
    created = lambda_client.create_event_source_mapping(
        FunctionName=name,
        EventSourceArn=stream,
        **{"StartingPosition": "TRIM_HORIZON", **(mapping or {})},
    )
    return url, created


def put(dynamodb, table, pk, **attributes):
    item = {"pk": {"S": pk}, **{name: {"S": value} for name, value in attributes.items()}}
    dynamodb.put_item(TableName=table, Item=item)


def test_insert_modify_and_remove_reach_the_handler_in_order(dynamodb, lambda_client, sqs, unique):
    url, _ = start(dynamodb, lambda_client, sqs, unique)
    put(dynamodb, unique, "a", color="red")
    put(dynamodb, unique, "a", color="red")  # changes nothing: no record
    put(dynamodb, unique, "a", color="blue")
    dynamodb.delete_item(TableName=unique, Key={"pk": {"S": "a"}})
    records = receive_records(sqs, url, 3)
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    insert, modify, remove = (record["dynamodb"] for record in records)
    assert "OldImage" not in insert and insert["NewImage"]["color"] == {"S": "red"}
    assert modify["OldImage"]["color"] == {"S": "red"} and modify["NewImage"]["color"] == {"S": "blue"}
    assert "NewImage" not in remove and remove["OldImage"]["color"] == {"S": "blue"}
    for record in records:
        assert record["eventSource"] == "aws:dynamodb"
        assert record["eventVersion"] == "1.1"
        assert record["awsRegion"] == "us-east-1"
        assert f"table/{unique}/stream/" in record["eventSourceARN"]
        assert record["dynamodb"]["Keys"] == {"pk": {"S": "a"}}
        assert isinstance(record["dynamodb"]["ApproximateCreationDateTime"], float)
        assert len(record["dynamodb"]["SequenceNumber"]) == 21
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    assert numbers == sorted(numbers)


def test_a_filter_lets_only_matching_records_through(dynamodb, lambda_client, sqs, unique):
    pattern = {"dynamodb": {"NewImage": {"status": {"S": ["active"]}}}}
    url, created = start(
        dynamodb, lambda_client, sqs, unique,
        mapping={"FilterCriteria": {"Filters": [{"Pattern": json.dumps(pattern)}]}},
    )
    assert created["FilterCriteria"]["Filters"][0]["Pattern"] == json.dumps(pattern)
    put(dynamodb, unique, "a", status="new")
    put(dynamodb, unique, "b", status="active")
    put(dynamodb, unique, "c", status="old")
    put(dynamodb, unique, "d", status="active")
    keys = [record["dynamodb"]["Keys"]["pk"]["S"] for record in receive_records(sqs, url, 2)]
    assert keys == ["b", "d"]


FAIL_ON_POISON = FORWARD.replace(
    "def handler(event, context):",
    """def handler(event, context):
    if any(record["dynamodb"]["Keys"]["pk"]["S"] == "poison" for record in event["Records"]):
        raise ValueError("poison")
    forward(event)
def forward(event):""",
)


def test_a_poison_record_is_isolated_and_ends_in_the_dead_letter_queue(dynamodb, lambda_client, sqs, unique):
    dead_url, dead_arn = create_queue(sqs, unique + "-dead")
    url, created = start(
        dynamodb, lambda_client, sqs, unique, code=FAIL_ON_POISON,
        mapping={
            "BatchSize": 10,
            "Enabled": False,
            "MaximumRetryAttempts": 0,
            "BisectBatchOnFunctionError": True,
            "DestinationConfig": {"OnFailure": {"Destination": dead_arn}},
        },
    )
    for key in ("a", "b", "poison", "c", "d"):
        put(dynamodb, unique, key)
    lambda_client.update_event_source_mapping(UUID=created["UUID"], Enabled=True)
    (letter,) = receive(sqs, dead_url, 1)
    assert letter["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert letter["requestContext"]["functionArn"].endswith(f":function:{unique}")
    assert letter["responseContext"] == {
        "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    info = letter["DDBStreamBatchInfo"]
    assert info["batchSize"] == 1
    assert info["startSequenceNumber"] == info["endSequenceNumber"]
    assert info["streamArn"] == created["EventSourceArn"]
    keys = [record["dynamodb"]["Keys"]["pk"]["S"] for record in receive_records(sqs, url, 4)]
    assert keys == ["a", "b", "c", "d"]


REPORT_POISON = """
import boto3, json, os
queue = boto3.client("sqs")
def handler(event, context):
    failures = [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]} for record in event["Records"]
                if record["dynamodb"]["Keys"]["pk"]["S"] == "poison"]
    queue.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(
        [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]))
    return {"batchItemFailures": failures}
"""


def test_a_partial_response_retries_from_the_reported_record(dynamodb, lambda_client, sqs, unique):
    dead_url, dead_arn = create_queue(sqs, unique + "-dead")
    url, created = start(
        dynamodb, lambda_client, sqs, unique, code=REPORT_POISON,
        mapping={
            "BatchSize": 10,
            "Enabled": False,
            "MaximumRetryAttempts": 1,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "DestinationConfig": {"OnFailure": {"Destination": dead_arn}},
        },
    )
    for key in ("a", "b", "poison"):
        put(dynamodb, unique, key)
    lambda_client.update_event_source_mapping(UUID=created["UUID"], Enabled=True)
    (letter,) = receive(sqs, dead_url, 1)
    assert letter["DDBStreamBatchInfo"]["batchSize"] == 1
    assert letter["responseContext"]["functionError"] is None
    deliveries = receive(sqs, url, 3)
    # The call that moved the checkpoint does not count for the remainder: one call, one retry.
    assert deliveries == [["a", "b", "poison"], ["poison"], ["poison"]]


def test_functions_in_node_are_called_too(dynamodb, lambda_client, sqs, unique):
    code = """
import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
const queue = new SQSClient({});
export const handler = async (event) => {
  await queue.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE, MessageBody: JSON.stringify(event) }));
};
"""
    url, _ = start(
        dynamodb, lambda_client, sqs, unique, code={"index.mjs": code},
        runtime="nodejs20.x", handler="index.handler",
    )
    put(dynamodb, unique, "a")
    (record,) = receive_records(sqs, url, 1)
    assert record["eventName"] == "INSERT"


def test_latest_delivers_what_is_written_after_the_mapping_was_created(dynamodb, lambda_client, sqs, unique):
    url, _ = create_queue(sqs, unique)
    stream = create_table(dynamodb, unique)["LatestStreamArn"]
    create_function(lambda_client, unique, FORWARD, Environment={"Variables": {"QUEUE": url}})
    put(dynamodb, unique, "before")
    lambda_client.create_event_source_mapping(
        FunctionName=unique, EventSourceArn=stream, StartingPosition="LATEST")
    put(dynamodb, unique, "after")
    keys = [record["dynamodb"]["Keys"]["pk"]["S"] for record in receive_records(sqs, url, 1)]
    assert keys == ["after"]


def test_output_is_kept_in_log_streams(dynamodb, lambda_client, sqs, logs, unique):
    code = FORWARD.replace("def handler(event, context):", "def handler(event, context):\n    print('seen', len(event['Records']))")
    url, _ = start(dynamodb, lambda_client, sqs, unique, code=code)
    put(dynamodb, unique, "a")
    receive_records(sqs, url, 1)
    # Synchronous and after it in the same worker: its answer says that the earlier output is complete.
    lambda_client.invoke(FunctionName=unique, Payload=json.dumps({"Records": []}))
    messages = [event["message"] for event in logs.filter_log_events(logGroupName=f"/aws/lambda/{unique}")["events"]]
    assert any(message.startswith("seen 1") for message in messages), messages
    assert any(message.startswith("START RequestId: ") for message in messages)
    assert any(message.startswith("REPORT RequestId: ") for message in messages)
