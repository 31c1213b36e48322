"""Indexes, batches and transactions through boto3."""

import boto3
import pytest

from tests.functions import create_table


@pytest.fixture
def indexed(dynamodb, unique):
    """Orders by customer; a local index by total, a global one by state."""
    dynamodb.create_table(
        TableName=unique, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in
                              [("customer", "S"), ("order", "S"), ("total", "N"), ("state", "S")]],
        KeySchema=[{"AttributeName": "customer", "KeyType": "HASH"}, {"AttributeName": "order", "KeyType": "RANGE"}],
        LocalSecondaryIndexes=[{
            "IndexName": "by-total", "Projection": {"ProjectionType": "KEYS_ONLY"},
            "KeySchema": [{"AttributeName": "customer", "KeyType": "HASH"},
                          {"AttributeName": "total", "KeyType": "RANGE"}]}],
        GlobalSecondaryIndexes=[{
            "IndexName": "by-state", "Projection": {"ProjectionType": "ALL"},
            "KeySchema": [{"AttributeName": "state", "KeyType": "HASH"}]}])
    dynamodb.get_waiter("table_exists").wait(TableName=unique, WaiterConfig={"Delay": 1})
    return unique


def order(customer, number, total, state=None):
    item = {"customer": {"S": customer}, "order": {"S": number}, "total": {"N": str(total)}}
    return {**item, "state": {"S": state}} if state else item


def test_indexes_follow_the_table(dynamodb, indexed):
    for number, total in [("1", 100), ("2", 9), ("3", 20.5)]:
        dynamodb.put_item(TableName=indexed, Item=order("c", number, total, "open"))

    def by_total(**more):
        return dynamodb.query(TableName=indexed, IndexName="by-total", KeyConditionExpression="customer = :c",
                              ExpressionAttributeValues={":c": {"S": "c"}}, **more)["Items"]

    def by_state(state):
        return dynamodb.query(
            TableName=indexed, IndexName="by-state", KeyConditionExpression="#s = :s",
            ExpressionAttributeNames={"#s": "state"}, ExpressionAttributeValues={":s": {"S": state}})["Items"]

    assert [item["total"]["N"] for item in by_total(ConsistentRead=True)] == ["9", "20.5", "100"]
    assert "state" not in by_total()[0]
    assert by_total(Select="ALL_ATTRIBUTES")[0]["state"] == {"S": "open"}
    dynamodb.update_item(TableName=indexed, Key={"customer": {"S": "c"}, "order": {"S": "2"}},
                         UpdateExpression="SET #s = :s", ExpressionAttributeNames={"#s": "state"},
                         ExpressionAttributeValues={":s": {"S": "closed"}})
    assert len(by_state("open")) == 2
    assert by_state("closed") == [order("c", "2", 9, "closed")]
    dynamodb.update_item(TableName=indexed, Key={"customer": {"S": "c"}, "order": {"S": "2"}},
                         UpdateExpression="REMOVE #s", ExpressionAttributeNames={"#s": "state"})
    assert by_state("closed") == []


def test_batches_of_the_resource_api(server, dynamodb, unique):
    create_table(dynamodb, unique, stream=None)
    table = boto3.resource("dynamodb", endpoint_url=server.endpoint, region_name="us-east-1",
                           aws_access_key_id="000000000000", aws_secret_access_key="test").Table(unique)
    with table.batch_writer() as batch:
        for number in range(60):
            batch.put_item(Item={"pk": f"k{number:02}", "n": number})
    assert sum(page["Count"] for page in dynamodb.get_paginator("scan").paginate(
        TableName=unique, PaginationConfig={"PageSize": 7})) == 60
    wanted, found = {unique: {"Keys": [{"pk": {"S": f"k{number:02}"}} for number in range(100)]}}, []
    while wanted:
        read = dynamodb.batch_get_item(RequestItems=wanted)
        found += read["Responses"][unique]
        wanted = read["UnprocessedKeys"]
    assert len(found) == 60


def test_a_cancelled_transaction_says_why_and_writes_nothing(dynamodb, unique):
    create_table(dynamodb, unique, stream=None)
    dynamodb.put_item(TableName=unique, Item={"pk": {"S": "a"}, "n": {"N": "1"}})
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as raised:
        dynamodb.transact_write_items(TransactItems=[
            {"Put": {"TableName": unique, "Item": {"pk": {"S": "b"}}}},
            {"Update": {"TableName": unique, "Key": {"pk": {"S": "a"}}, "UpdateExpression": "ADD n :one",
                        "ConditionExpression": "n = :two", "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                        "ExpressionAttributeValues": {":one": {"N": "1"}, ":two": {"N": "2"}}}}])
    reasons = raised.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert reasons[1]["Item"] == {"pk": {"S": "a"}, "n": {"N": "1"}}
    got = dynamodb.transact_get_items(TransactItems=[
        {"Get": {"TableName": unique, "Key": {"pk": {"S": pk}}}} for pk in ("b", "a")])["Responses"]
    assert got == [{}, {"Item": {"pk": {"S": "a"}, "n": {"N": "1"}}}]


def test_a_token_applies_a_transaction_once(dynamodb, unique):
    create_table(dynamodb, unique, stream=None)
    add = {"Update": {"TableName": unique, "Key": {"pk": {"S": "a"}}, "UpdateExpression": "ADD n :one",
                      "ExpressionAttributeValues": {":one": {"N": "1"}}}}
    for _ in range(3):
        dynamodb.transact_write_items(TransactItems=[add], ClientRequestToken=unique)
    assert dynamodb.get_item(TableName=unique, Key={"pk": {"S": "a"}})["Item"]["n"] == {"N": "1"}
