"""Building function packages for tests."""

import io
import json
import zipfile

ROLE = "arn:aws:iam::000000000000:role/test"


def zip_files(files):
    """A zip archive, as bytes, of {name: text}."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o755 if name == "bootstrap" else 0o644) << 16
            zipped.writestr(info, text)
    return archive.getvalue()


def create_function(client, name, files, runtime="python3.12", handler="app.handler", **settings):
    """Creates a function from {file name: text} and waits until it is active."""
    if isinstance(files, str):
        files = {"app.py": files}
    created = client.create_function(
        FunctionName=name,
        Runtime=runtime,
        Handler=handler,
        Role=ROLE,
        Code={"ZipFile": zip_files(files)},
        **{"Timeout": 30, **settings},
    )
    client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    return created


def create_table(client, name, stream="NEW_AND_OLD_IMAGES", sort_key=False, partitions=None, indexed=None):
    """A table with the key `pk` (and `sk`), an index of that name on the number `v`; returns its description."""
    attributes = [{"AttributeName": "pk", "AttributeType": "S"}]
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}]
    if sort_key:
        attributes.append({"AttributeName": "sk", "AttributeType": "S"})
        keys.append({"AttributeName": "sk", "KeyType": "RANGE"})
    settings = {}
    if indexed:
        attributes.append({"AttributeName": "v", "AttributeType": "N"})
        settings["GlobalSecondaryIndexes"] = [{
            "IndexName": indexed,
            "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"}}]
    if stream:
        settings["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream}
    if partitions:
        settings["Tags"] = [{"Key": "millrace:partitions", "Value": str(partitions)}]
    client.create_table(
        TableName=name,
        AttributeDefinitions=attributes,
        KeySchema=keys,
        BillingMode="PAY_PER_REQUEST",
        **settings,
    )
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return client.describe_table(TableName=name)["Table"]


def read_all(call, **arguments):
    """The items of all pages of a Query, Scan or ExecuteStatement."""
    items = []
    while True:
        page = call(**arguments)
        items += page["Items"]
        if "NextToken" in page:
            arguments["NextToken"] = page["NextToken"]
        elif "LastEvaluatedKey" in page:
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        else:
            return items


def create_queue(client, name, **attributes):
    """Returns (URL, ARN)."""
    url = client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, arn["Attributes"]["QueueArn"]


# A handler that sends each event to the queue named by QUEUE: what was delivered is received there, so
# tests wait for deliveries by long polling.
FORWARD = """
import boto3, json, os
queue = boto3.client("sqs")
def handler(event, context):
    queue.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(event))
"""


def receive(client, url, count, seconds=30):
    """The JSON bodies of the next `count` messages of a queue; fails if they do not come."""
    bodies = []
    for _ in range(seconds):
        answer = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            bodies.append(json.loads(message["Body"]))
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        if len(bodies) >= count:
            return bodies
    raise AssertionError(f"{len(bodies)} of {count} messages came within {seconds} s: {bodies}")


def receive_records(client, url, count, seconds=30):
    """The records of forwarded events, in order of delivery, until there are `count`."""
    records = []
    while len(records) < count:
        for event in receive(client, url, 1, seconds):
            records += event["Records"]
    return records
