"""Calls of the server's own controls, and what tests of them share."""

import json
import urllib.error
import urllib.request

from tests.functions import create_function, create_queue, create_table


class Refused(Exception):
    """An answer of 400 or more."""

    def __init__(self, status, document):
        super().__init__(status, document)
        self.status, self.document = status, document


def call(server, path, body=None, method="POST"):
    request = urllib.request.Request(
        f"{server.endpoint}/_millrace/{path}", method=method,
        data=json.dumps(body).encode() if body is not None else None)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise Refused(error.code, json.load(error)) from None


def settle(server):
    """Until every mapping has handled everything; fails if that does not come about."""
    return call(server, "await", {"settle": True, "timeoutSeconds": 60})


def start_pipeline(server, name, code, **mapping):
    """A table, a function and a mapping between them, and a queue that the function knows as QUEUE; returns the
    queue's URL and the mapping's UUID."""
    url, _ = create_queue(server.client("sqs"), name)
    stream = create_table(server.client("dynamodb"), name)["LatestStreamArn"]
    functions = server.client("lambda", read_timeout=120)
    create_function(functions, name, code, Environment={"Variables": {"QUEUE": url}})
    created = functions.create_event_source_mapping(
        FunctionName=name, EventSourceArn=stream, **{"StartingPosition": "TRIM_HORIZON", **mapping})
    return url, created["UUID"]


def put(server, table, key, **attributes):
    item = {"pk": {"S": key}, **{name: {"S": value} for name, value in attributes.items()}}
    server.client("dynamodb").put_item(TableName=table, Item=item)


def delivered(server, url):
    """The keys of each event that FORWARD has sent to the queue so far, in order."""
    sqs, batches = server.client("sqs"), []
    while True:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        if not messages:
            return batches
        for message in messages:
            event = json.loads(message["Body"])
            batches.append([record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
