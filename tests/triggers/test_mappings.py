"""Event source mappings through their API: states, errors, checkpoints, what happens to failed records."""

import json
import re
import urllib.request

import botocore.exceptions
import pytest

from tests.functions import FORWARD, create_function, create_queue, create_table, receive, receive_records
from tests.triggers.test_main_job import put, start


def keys(records):
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in records]


def wait_for_state(client, uuid, state, minutes=1):
    """Asks until the mapping is in that state; each question is a round trip, there is nothing else to wait for."""
    for _ in range(minutes * 10_000):
        mapping = client.get_event_source_mapping(UUID=uuid)
        if mapping["State"] == state:
            return mapping
    raise AssertionError(f"{uuid} is {mapping['State']}, not {state}")


def wait_until_gone(client, uuid):
    for _ in range(10_000):
        try:
            client.get_event_source_mapping(UUID=uuid)
        except client.exceptions.ResourceNotFoundException as error:
            return error.response
    raise AssertionError(f"{uuid} is still there")


def refusal(call, **arguments):
    """(HTTP status, code, message) of a call that AWS refuses."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    error = response["Error"]
    message = error.get("Message") or response.get("message")
    return response["ResponseMetadata"]["HTTPStatusCode"], error["Code"], message


def test_a_new_mapping_has_the_defaults_of_aws(dynamodb, lambda_client, sqs, unique):
    _, created = start(dynamodb, lambda_client, sqs, unique)
    assert created.pop("ResponseMetadata")["HTTPStatusCode"] == 202
    uuid, modified = created.pop("UUID"), created.pop("LastModified")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", uuid)
    assert modified.year >= 2024
    assert created == {
        "EventSourceMappingArn": f"arn:aws:lambda:us-east-1:000000000000:event-source-mapping:{uuid}",
        "EventSourceArn": created["EventSourceArn"],
        "FunctionArn": f"arn:aws:lambda:us-east-1:000000000000:function:{unique}",
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 0,
        "ParallelizationFactor": 1,
        "MaximumRecordAgeInSeconds": -1,
        "MaximumRetryAttempts": -1,
        "BisectBatchOnFunctionError": False,
        "TumblingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        "DestinationConfig": {"OnFailure": {}},
        "LastProcessingResult": "No records processed",
        "State": "Creating",
        "StateTransitionReason": "User action",
    }
    assert wait_for_state(lambda_client, uuid, "Enabled")["LastProcessingResult"] == "No records processed"


def test_what_is_wrong_is_told_in_the_words_of_aws(dynamodb, lambda_client, sqs, unique):
    _, created = start(dynamodb, lambda_client, sqs, unique)
    stream = created["EventSourceArn"]
    create = lambda_client.create_event_source_mapping
    assert refusal(create, FunctionName=unique, EventSourceArn=stream, StartingPosition="LATEST") == (
        409, "ResourceConflictException",
        f'The event source arn (" {stream} ") and function (" {unique} ") provided mapping already exists. '
        f"Please update or delete the existing mapping with UUID {created['UUID']}")
    assert refusal(create, FunctionName=unique + "x", EventSourceArn=stream, StartingPosition="LATEST") == (
        400, "InvalidParameterValueException", "Function does not exist")
    assert refusal(create, FunctionName=unique, EventSourceArn=stream + "x", StartingPosition="LATEST") == (
        400, "InvalidParameterValueException", f"Stream not found: {stream}x")
    assert refusal(create, FunctionName=unique, StartingPosition="LATEST") == (
        400, "InvalidParameterValueException", "Unrecognized event source.")
    assert refusal(
        create, FunctionName=unique, EventSourceArn=stream, StartingPosition="LATEST",
        FilterCriteria={"Filters": [{"Pattern": "single-string"}]},
    ) == (400, "InvalidParameterValueException", "Invalid filter pattern definition.")
    for call in (lambda_client.get_event_source_mapping, lambda_client.delete_event_source_mapping,
                 lambda_client.update_event_source_mapping):
        assert refusal(call, UUID="00000000-0000-4000-8000-000000000000") == (
            404, "ResourceNotFoundException", "The resource you requested does not exist.")


def test_mappings_are_listed_by_stream_and_function(dynamodb, lambda_client, sqs, unique):
    _, created = start(dynamodb, lambda_client, sqs, unique)
    create_function(lambda_client, unique + "-2", FORWARD)
    second = lambda_client.create_event_source_mapping(
        FunctionName=created["FunctionArn"] + "-2", EventSourceArn=created["EventSourceArn"],
        StartingPosition="LATEST", Enabled=False)
    assert wait_for_state(lambda_client, second["UUID"], "Disabled")["StartingPosition"] == "LATEST"

    def listed(**wanted):
        pages = lambda_client.get_paginator("list_event_source_mappings").paginate(
            **wanted, PaginationConfig={"PageSize": 1})
        return {mapping["UUID"] for page in pages for mapping in page["EventSourceMappings"]}

    both = {created["UUID"], second["UUID"]}
    assert listed(EventSourceArn=created["EventSourceArn"]) == both
    assert listed(FunctionName=unique) == {created["UUID"]}
    assert listed(FunctionName=second["FunctionArn"]) == {second["UUID"]}
    assert listed(FunctionName=unique + "-3") == set()


def test_a_disabled_mapping_goes_on_where_it_was(dynamodb, lambda_client, sqs, unique):
    url, created = start(dynamodb, lambda_client, sqs, unique)
    put(dynamodb, unique, "a")
    assert keys(receive_records(sqs, url, 1)) == ["a"]
    answer = lambda_client.update_event_source_mapping(UUID=created["UUID"], Enabled=False)
    assert answer["State"] == "Disabling"
    assert wait_for_state(lambda_client, created["UUID"], "Disabled")["LastProcessingResult"] == "OK"
    put(dynamodb, unique, "b")
    put(dynamodb, unique, "c")
    answer = lambda_client.update_event_source_mapping(UUID=created["UUID"], Enabled=True)
    assert answer["State"] == "Enabling"
    assert keys(receive_records(sqs, url, 2)) == ["b", "c"]


def test_a_deleted_mapping_is_gone_and_may_be_made_again(dynamodb, lambda_client, sqs, unique):
    url, created = start(dynamodb, lambda_client, sqs, unique)
    put(dynamodb, unique, "a")
    receive_records(sqs, url, 1)
    deleted = lambda_client.delete_event_source_mapping(UUID=created["UUID"])
    assert deleted["State"] == "Deleting"
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 202
    wait_until_gone(lambda_client, created["UUID"])
    put(dynamodb, unique, "b")
    again = lambda_client.create_event_source_mapping(
        FunctionName=unique, EventSourceArn=created["EventSourceArn"], StartingPosition="TRIM_HORIZON")
    assert again["UUID"] != created["UUID"]
    assert keys(receive_records(sqs, url, 2)) == ["a", "b"], "a new mapping knows nothing of the old checkpoint"


def test_a_batch_waits_for_its_window_until_it_is_full(dynamodb, lambda_client, sqs, unique):
    url, _ = start(
        dynamodb, lambda_client, sqs, unique,
        mapping={"BatchSize": 3, "MaximumBatchingWindowInSeconds": 300})
    for key in ("a", "b", "c"):
        put(dynamodb, unique, key)
    (event,) = receive(sqs, url, 1)
    assert keys(event["Records"]) == ["a", "b", "c"]


ALWAYS_FAILS = """
import boto3, os
queue = boto3.client("sqs")
def handler(event, context):
    queue.send_message(QueueUrl=os.environ["QUEUE"], MessageBody='"%s"' % context.aws_request_id)
    raise ValueError("never")
"""


def test_exhausted_retries_end_in_the_message_of_aws(dynamodb, lambda_client, sqs, unique):
    dead_url, dead_arn = create_queue(sqs, unique + "-dead")
    url, created = start(
        dynamodb, lambda_client, sqs, unique, code=ALWAYS_FAILS,
        mapping={"Enabled": False, "MaximumRetryAttempts": 1,
                 "DestinationConfig": {"OnFailure": {"Destination": dead_arn}}})
    assert created["DestinationConfig"] == {"OnFailure": {"Destination": dead_arn}}
    put(dynamodb, unique, "a")
    put(dynamodb, unique, "b")
    lambda_client.update_event_source_mapping(UUID=created["UUID"], Enabled=True)
    (letter,) = receive(sqs, dead_url, 1)
    attempts = receive(sqs, url, 2)
    assert len(attempts) == 2, "one call and one retry"
    info = letter["DDBStreamBatchInfo"]
    arrival = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
    assert arrival.fullmatch(info["approximateArrivalOfFirstRecord"])
    assert arrival.fullmatch(info["approximateArrivalOfLastRecord"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", letter["timestamp"])
    assert int(info["startSequenceNumber"]) + 1 == int(info["endSequenceNumber"])
    assert letter == {
        "requestContext": {"requestId": attempts[-1], "functionArn": created["FunctionArn"],
                           "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 2},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": letter["timestamp"],
        "DDBStreamBatchInfo": {**info, "shardId": info["shardId"], "batchSize": 2,
                               "streamArn": created["EventSourceArn"]},
    }
    assert wait_for_state(lambda_client, created["UUID"], "Enabled")["LastProcessingResult"] == (
        "PROBLEM: Function call failed")


def test_records_that_no_filter_lets_through_are_behind_the_checkpoint(start_server, lambda_client, tmp_path, unique):
    """Only what matches is delivered, before and after a restart, and nothing twice."""
    data = str(tmp_path / "data")
    server = start_server("--data", data)
    pattern = json.dumps({"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "x"}]}}}})
    url, _ = start(
        server.client("dynamodb"), server.client("lambda"), server.client("sqs"), unique,
        mapping={"FilterCriteria": {"Filters": [{"Pattern": pattern}]}})
    for key in ("a", "x1", "b"):
        put(server.client("dynamodb"), unique, key)
    assert keys(receive_records(server.client("sqs"), url, 1)) == ["x1"]
    assert server.stop() == 0
    server = start_server("--data", data)
    for key in ("c", "x2"):
        put(server.client("dynamodb"), unique, key)
    url = server.client("sqs").get_queue_url(QueueName=unique)["QueueUrl"]
    assert keys(receive_records(server.client("sqs"), url, 1)) == ["x2"]


def post(server, route, **members):
    request = urllib.request.Request(server.endpoint + route, method="POST", data=json.dumps(members).encode())
    return json.load(urllib.request.urlopen(request))


def test_records_that_are_too_old_are_given_up(start_server, lambda_client, unique):
    """Time is moved, so it belongs to a server of this test's own."""
    server = start_server("--in-memory")
    dead_url, dead_arn = create_queue(server.client("sqs"), unique + "-dead")
    url, _ = start(
        server.client("dynamodb"), server.client("lambda"), server.client("sqs"), unique, code=ALWAYS_FAILS,
        mapping={"MaximumRecordAgeInSeconds": 60, "DestinationConfig": {"OnFailure": {"Destination": dead_arn}}})
    put(server.client("dynamodb"), unique, "a")
    receive(server.client("sqs"), url, 1)
    post(server, "/_millrace/clock", advanceSeconds=61)
    (letter,) = receive(server.client("sqs"), dead_url, 1)
    assert letter["requestContext"]["condition"] == "RecordAgeExceeded"
    assert letter["requestContext"]["approximateInvokeCount"] >= 1
    assert "responseContext" not in letter
    assert letter["DDBStreamBatchInfo"]["batchSize"] == 1
    assert post(server, "/_millrace/await", functionName=unique, timeoutSeconds=30)["done"], "the shard goes on"


SLOW = FORWARD + """
    if event["Records"][0]["dynamodb"]["Keys"]["pk"]["S"] == "slow":
        import time
        time.sleep(600)
"""


def test_the_server_stops_while_a_function_runs_and_delivers_again(start_server, lambda_client, tmp_path, unique):
    data = str(tmp_path / "data")
    server = start_server("--data", data)
    url, created = start(
        server.client("dynamodb"), server.client("lambda"), server.client("sqs"), unique, code=SLOW, Timeout=900)
    put(server.client("dynamodb"), unique, "slow")
    assert keys(receive_records(server.client("sqs"), url, 1)) == ["slow"]
    assert server.stop() == 0
    server = start_server("--data", data)
    url = server.client("sqs").get_queue_url(QueueName=unique)["QueueUrl"]
    assert keys(receive_records(server.client("sqs"), url, 1)) == ["slow"]
    deleted = server.client("lambda").delete_event_source_mapping(UUID=created["UUID"])
    assert deleted["State"] == "Deleting"


def test_tags_of_a_mapping(dynamodb, lambda_client, sqs, unique):
    _, created = start(dynamodb, lambda_client, sqs, unique, mapping={"Tags": {"team": "red", "stage": "test"}})
    arn = created["EventSourceMappingArn"]
    lambda_client.tag_resource(Resource=arn, Tags={"team": "blue"})
    lambda_client.untag_resource(Resource=arn, TagKeys=["stage"])
    assert lambda_client.list_tags(Resource=arn)["Tags"] == {"team": "blue"}
    missing = arn[:-12] + "000000000000"
    assert refusal(lambda_client.list_tags, Resource=missing) == (
        404, "ResourceNotFoundException", f"Event source mapping not found: {missing}")


def test_a_missing_function_keeps_records_until_it_is_back(dynamodb, lambda_client, sqs, unique):
    url, created = start(dynamodb, lambda_client, sqs, unique)
    lambda_client.delete_function(FunctionName=unique)
    put(dynamodb, unique, "a")
    assert lambda_client.get_event_source_mapping(UUID=created["UUID"])["State"] in ("Creating", "Enabled")
    create_function(lambda_client, unique, FORWARD, Environment={"Variables": {"QUEUE": url}})
    assert keys(receive_records(sqs, url, 1)) == ["a"]
