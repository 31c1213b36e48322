#!/usr/bin/env python3
"""Makes a few changes, one poison record among them, and waits for what comes of them.

Usage: try.py   (AWS_ENDPOINT_URL names the server; default http://127.0.0.1:4566)
"""

import json
import os
import time

import boto3

SETTINGS = dict(
    endpoint_url=os.environ.get("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"),
    region_name="us-east-1",
    aws_access_key_id="test",
    aws_secret_access_key="test",
)
dynamodb = boto3.client("dynamodb", **SETTINGS)
sqs = boto3.client("sqs", **SETTINGS)
logs = boto3.client("logs", **SETTINGS)


def write():
    print("-- put ada, change her address, put a record that cannot be checked, remove ada", flush=True)
    dynamodb.put_item(
        TableName="Users",
        Item={"userId": {"S": "ada"}, "email": {"S": "ada@example.com"}, "tier": {"S": "free"}},
    )
    dynamodb.update_item(
        TableName="Users",
        Key={"userId": {"S": "ada"}},
        UpdateExpression="SET email = :email, tier = :tier",
        ExpressionAttributeValues={":email": {"S": "ada@lovelace.org"}, ":tier": {"S": "paid"}},
    )
    dynamodb.put_item(TableName="Users", Item={"userId": {"S": "eve"}, "email": {"S": "poison"}})
    dynamodb.delete_item(TableName="Users", Key={"userId": {"S": "ada"}})


def wait_for_output(words, deadline):
    """Until the function has printed each of the words."""
    while time.time() < deadline:
        events = logs.filter_log_events(logGroupName="/aws/lambda/users-changes")["events"]
        text = "\n".join(event["message"] for event in events)
        if all(word in text for word in words):
            return
        time.sleep(0.1)
    raise SystemExit(f"The function did not print all of {words}; it printed:\n{text}")


def dead_letter():
    queue = sqs.get_queue_url(QueueName="users-dead-letters")["QueueUrl"]
    messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20).get("Messages", [])
    if not messages:
        raise SystemExit("No dead letter came within 20 seconds")
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=messages[0]["ReceiptHandle"])
    return json.loads(messages[0]["Body"])


def main():
    write()
    letter = dead_letter()
    wait_for_output(["INSERT ada", "MODIFY ada", "REMOVE ada"], time.time() + 20)
    print("-- the dead letter for the record of eve:")
    print(json.dumps(letter, indent=2))


if __name__ == "__main__":
    main()
