"""Tables and items through boto3: each operation once, and the errors that clients branch on."""

import decimal

import pytest
from botocore.exceptions import ClientError

from tests.functions import create_table


@pytest.fixture
def table(dynamodb, unique):
    create_table(dynamodb, unique, stream=None, sort_key=True)
    return unique


def key(pk, sk):
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def error_of(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return raised.value.response["Error"]["Code"], raised.value.response["Error"]["Message"]


def test_put_get_update_delete(dynamodb, table):
    dynamodb.put_item(TableName=table, Item={**key("a", "1"), "n": {"N": "1"}, "l": {"L": [{"BOOL": True}]}})
    updated = dynamodb.update_item(
        TableName=table, Key=key("a", "1"), UpdateExpression="SET n = n + :one, #l[1] = :one REMOVE gone",
        ExpressionAttributeNames={"#l": "l"}, ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnValues="UPDATED_NEW")["Attributes"]
    assert updated == {"n": {"N": "2"}, "l": {"L": [{"N": "1"}]}}
    item = dynamodb.get_item(TableName=table, Key=key("a", "1"), ConsistentRead=True)["Item"]
    assert item == {**key("a", "1"), "n": {"N": "2"}, "l": {"L": [{"BOOL": True}, {"N": "1"}]}}
    old = dynamodb.delete_item(TableName=table, Key=key("a", "1"), ReturnValues="ALL_OLD")["Attributes"]
    assert old == item
    assert "Item" not in dynamodb.get_item(TableName=table, Key=key("a", "1"))


def test_a_failed_condition_changes_nothing_and_can_return_the_item(dynamodb, table):
    dynamodb.put_item(TableName=table, Item={**key("a", "1"), "v": {"N": "1"}})
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as raised:
        dynamodb.put_item(
            TableName=table, Item={**key("a", "1"), "v": {"N": "2"}},
            ConditionExpression="attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert raised.value.response["Error"]["Message"] == "The conditional request failed"
    assert raised.value.response["Item"]["v"] == {"N": "1"}
    assert dynamodb.get_item(TableName=table, Key=key("a", "1"))["Item"]["v"] == {"N": "1"}


def test_query_pages_filters_and_directions(dynamodb, table):
    for number in range(25):
        dynamodb.put_item(
            TableName=table, Item={**key("p", f"{number:02}"), "even": {"BOOL": number % 2 == 0}})
    dynamodb.put_item(TableName=table, Item=key("other", "00"))
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table, KeyConditionExpression="pk = :p AND sk BETWEEN :low AND :high",
        ExpressionAttributeValues={":p": {"S": "p"}, ":low": {"S": "03"}, ":high": {"S": "20"}},
        PaginationConfig={"PageSize": 4})
    assert [item["sk"]["S"] for page in pages for item in page["Items"]] == [f"{n:02}" for n in range(3, 21)]
    answer = dynamodb.query(
        TableName=table, KeyConditionExpression="pk = :p AND begins_with(sk, :one)", ScanIndexForward=False,
        FilterExpression="even = :true", Select="COUNT",
        ExpressionAttributeValues={":p": {"S": "p"}, ":one": {"S": "1"}, ":true": {"BOOL": True}})
    assert (answer["Count"], answer["ScannedCount"]) == (5, 10)


def test_parallel_scan_segments_cover_the_table_once(dynamodb, table):
    for number in range(60):
        dynamodb.put_item(TableName=table, Item=key(f"p{number}", "s"))
    seen = [item["pk"]["S"] for segment in range(4)
            for item in dynamodb.scan(TableName=table, Segment=segment, TotalSegments=4)["Items"]]
    assert sorted(seen) == sorted(f"p{number}" for number in range(60))


def test_indexes(dynamodb, unique):
    dynamodb.create_table(
        TableName=unique, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": type_}
                              for name, type_ in (("pk", "S"), ("sk", "N"), ("color", "S"), ("size", "N"))],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        LocalSecondaryIndexes=[{"IndexName": "by-size", "Projection": {"ProjectionType": "KEYS_ONLY"},
                                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"},
                                              {"AttributeName": "size", "KeyType": "RANGE"}]}],
        GlobalSecondaryIndexes=[{"IndexName": "by-color", "Projection": {"ProjectionType": "ALL"},
                                 "KeySchema": [{"AttributeName": "color", "KeyType": "HASH"},
                                               {"AttributeName": "size", "KeyType": "RANGE"}]}])
    for number in range(10):
        dynamodb.put_item(TableName=unique, Item={
            "pk": {"S": "p"}, "sk": {"N": str(number)}, "size": {"N": str(10 - number)},
            "color": {"S": "red" if number % 2 else "blue"}})
    red = dynamodb.query(TableName=unique, IndexName="by-color", KeyConditionExpression="color = :c",
                         ExpressionAttributeValues={":c": {"S": "red"}})["Items"]
    assert [item["sk"]["N"] for item in red] == ["9", "7", "5", "3", "1"], "a query reads its own writes"
    local = dynamodb.query(TableName=unique, IndexName="by-size", Limit=2,
                           KeyConditionExpression="pk = :p AND #s > :two", ExpressionAttributeNames={"#s": "size"},
                           ExpressionAttributeValues={":p": {"S": "p"}, ":two": {"N": "2"}})
    assert local["Items"][0] == {"pk": {"S": "p"}, "sk": {"N": "7"}, "size": {"N": "3"}}
    assert set(local["LastEvaluatedKey"]) == {"pk", "sk", "size"}


def test_batches(dynamodb, table):
    puts = [{"PutRequest": {"Item": key("b", f"{n:02}")}} for n in range(25)]
    assert dynamodb.batch_write_item(RequestItems={table: puts})["UnprocessedItems"] == {}
    keys = [key("b", f"{n:02}") for n in range(25)] + [key("b", "absent")]
    found = dynamodb.batch_get_item(RequestItems={table: {"Keys": keys}})
    assert len(found["Responses"][table]) == 25 and found["UnprocessedKeys"] == {}
    code, message = error_of(dynamodb.batch_write_item, RequestItems={table: puts[:1] + puts[:1]})
    assert (code, message) == ("ValidationException", "Provided list of item keys contains duplicates")


def test_transactions_are_all_or_nothing(dynamodb, table):
    dynamodb.put_item(TableName=table, Item={**key("t", "taken"), "n": {"N": "1"}})
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as raised:
        dynamodb.transact_write_items(TransactItems=[
            {"Put": {"TableName": table, "Item": key("t", "new")}},
            {"Update": {"TableName": table, "Key": key("t", "taken"), "UpdateExpression": "SET n = :two",
                        "ConditionExpression": "n = :nine",
                        "ExpressionAttributeValues": {":two": {"N": "2"}, ":nine": {"N": "9"}}}}])
    reasons = raised.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert "Item" not in dynamodb.get_item(TableName=table, Key=key("t", "new"))
    token = table
    action = {"Update": {"TableName": table, "Key": key("t", "taken"), "UpdateExpression": "ADD n :one",
                         "ExpressionAttributeValues": {":one": {"N": "1"}}}}
    for _ in range(2):  # the same token applies once
        dynamodb.transact_write_items(TransactItems=[action], ClientRequestToken=token)
    got = dynamodb.transact_get_items(TransactItems=[
        {"Get": {"TableName": table, "Key": key("t", "taken")}}, {"Get": {"TableName": table, "Key": key("t", "x")}}])
    assert [response.get("Item", {}).get("n") for response in got["Responses"]] == [{"N": "2"}, None]


def test_numbers_keep_38_digits(dynamodb, table):
    number = "1234567890123456789012345678901234567.8"
    dynamodb.put_item(TableName=table, Item={**key("n", "1"), "v": {"N": number}})
    stored = dynamodb.get_item(TableName=table, Key=key("n", "1"))["Item"]["v"]["N"]
    assert decimal.Decimal(stored) == decimal.Decimal(number)


@pytest.mark.parametrize("arguments, message", [
    ({"Key": {"pk": {"S": "a"}}}, "The provided key element does not match the schema"),
    ({"Key": {"pk": {"S": ""}, "sk": {"S": "b"}}},
     "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
     "empty string value. Key: pk"),
])
def test_bad_keys(dynamodb, table, arguments, message):
    assert error_of(dynamodb.get_item, TableName=table, **arguments) == ("ValidationException", message)


def test_errors_about_tables(dynamodb, unique):
    assert error_of(dynamodb.get_item, TableName=unique, Key=key("a", "b")) == (
        "ResourceNotFoundException", "Requested resource not found")
    assert error_of(dynamodb.describe_table, TableName=unique) == (
        "ResourceNotFoundException", f"Requested resource not found: Table: {unique} not found")
    create_table(dynamodb, unique)
    with pytest.raises(dynamodb.exceptions.ResourceInUseException):
        create_table(dynamodb, unique)
    dynamodb.delete_table(TableName=unique)
    dynamodb.get_waiter("table_not_exists").wait(TableName=unique, WaiterConfig={"Delay": 1})


def test_regions_and_accounts_are_apart(server, unique):
    create_table(server.client("dynamodb"), unique, stream=None)
    for other in (server.client("dynamodb", region="eu-west-1"), server.client("dynamodb", account="111122223333")):
        assert unique not in other.list_tables()["TableNames"]
