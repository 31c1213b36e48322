"""Tables through boto3: what deploy tools and waiters do with them."""

import pytest
from botocore.exceptions import ClientError

from tests.functions import create_table


def error_of(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return raised.value.response["Error"]["Code"], raised.value.response["Error"]["Message"]


def test_create_wait_delete(dynamodb, unique):
    created = dynamodb.create_table(
        TableName=unique, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])["TableDescription"]
    assert created["TableStatus"] == "CREATING"
    dynamodb.get_waiter("table_exists").wait(TableName=unique, WaiterConfig={"Delay": 1})
    table = dynamodb.describe_table(TableName=created["TableArn"])["Table"]
    assert table["TableStatus"] == "ACTIVE"
    assert table["WarmThroughput"]["Status"] == "ACTIVE"  # Terraform waits for it
    assert unique in [name for page in dynamodb.get_paginator("list_tables").paginate() for name in page["TableNames"]]
    assert dynamodb.delete_table(TableName=unique)["TableDescription"]["TableStatus"] == "DELETING"
    dynamodb.get_waiter("table_not_exists").wait(TableName=unique, WaiterConfig={"Delay": 1})
    assert error_of(dynamodb.get_item, TableName=unique, Key={"pk": {"S": "a"}}) == (
        "ResourceNotFoundException", "Requested resource not found")


def test_a_new_table_of_the_same_name_is_empty(dynamodb, unique):
    first = create_table(dynamodb, unique)
    dynamodb.put_item(TableName=unique, Item={"pk": {"S": "a"}})
    dynamodb.delete_table(TableName=unique)
    second = create_table(dynamodb, unique)
    assert second["TableId"] != first["TableId"]
    assert dynamodb.scan(TableName=unique)["Items"] == []


def test_protection_and_tags(dynamodb, unique):
    arn = create_table(dynamodb, unique)["TableArn"]
    dynamodb.update_table(TableName=unique, DeletionProtectionEnabled=True)
    assert error_of(dynamodb.delete_table, TableName=unique)[0] == "ValidationException"
    dynamodb.update_table(TableName=unique, DeletionProtectionEnabled=False)
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "a"}, {"Key": "x", "Value": ""}])
    dynamodb.untag_resource(ResourceArn=arn, TagKeys=["x"])
    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]


def test_a_region_does_not_see_the_tables_of_another(server, dynamodb, unique):
    create_table(dynamodb, unique)
    elsewhere = server.client("dynamodb", region="eu-west-1")
    assert unique not in elsewhere.list_tables()["TableNames"]
    other_account = server.client("dynamodb", account="111111111111")
    assert error_of(other_account.describe_table, TableName=unique) == (
        "ResourceNotFoundException", f"Requested resource not found: Table: {unique} not found")
