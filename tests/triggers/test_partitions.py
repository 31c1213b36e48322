"""Event source mappings of tables whose partitions split and whose shards rotate."""

import json
import urllib.request

from tests.functions import FORWARD, create_function, create_queue, create_table, receive_records


def test_a_mapping_follows_splits_and_rotations(server, dynamodb, lambda_client, sqs, unique):
    url, _ = create_queue(sqs, unique)
    create_function(lambda_client, unique, FORWARD, Environment={"Variables": {"QUEUE": url}})
    arn = create_table(dynamodb, unique, partitions=2)["LatestStreamArn"]
    keys = [f"k{number}" for number in range(6)]
    written = 0

    def write():
        nonlocal written
        written += 1
        for key in keys:
            dynamodb.put_item(TableName=unique, Item={"pk": {"S": key}, "v": {"N": str(written)}})

    def change(action):
        request = urllib.request.Request(f"{server.endpoint}/_millrace/tables/{unique}/{action}", method="POST")
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    write()
    change("split")  # part of the lineage is over before the mapping is there
    lambda_client.create_event_source_mapping(
        FunctionName=unique, EventSourceArn=arn, StartingPosition="TRIM_HORIZON", BatchSize=4)
    for action in ("rotate", "split", "rotate", "split", "split"):
        write()
        change(action)
        write()
    versions = {}
    for record in receive_records(sqs, url, written * len(keys)):
        image = record["dynamodb"]["NewImage"]
        versions.setdefault(image["pk"]["S"], []).append(int(image["v"]["N"]))
    assert versions == {key: list(range(1, written + 1)) for key in keys}
