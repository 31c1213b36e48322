"""The texts of errors that AWS changed in 2026, where a public conformance suite still has those of before.

Each case bears the name of its test in that suite (docs/compatibility.md lists them).
"""

import botocore.exceptions
import pytest

from tests.functions import create_table

ONE = "1 validation error detected: "
PUT = {"Item": {"pk": {"S": "test"}}}
KEY = {"Key": {"pk": {"S": "test"}}}
SET = {**KEY, "UpdateExpression": "SET attr1 = :v"}
VALUE = {":v": {"S": "val"}}
EMPTY_NAME = ONE + ("Value at 'TableName' failed to satisfy constraint: Member must have length greater than or "
                    "equal to 1")
EMPTY_BATCH = EMPTY_NAME.replace("TableName", "RequestItems")
RETURN_VALUES = ("Failed to satisfy constraint: Member must satisfy enum value set: "
                 "[ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]")
CAPACITY = ("Value 'INVALID' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value "
            "set: [INDEXES, TOTAL, NONE]")
METRICS = ("Value 'INVALID' at 'returnItemCollectionMetrics' failed to satisfy constraint: Member must satisfy enum "
           "value set: [SIZE, NONE]")


def invalid(*members):
    return {member: "INVALID" for member in members}


@pytest.fixture(scope="module")
def client(server):
    return server.client("dynamodb", parameter_validation=False)


@pytest.fixture(scope="module")
def table(dynamodb):
    create_table(dynamodb, "todays-texts", stream=None)
    yield "todays-texts"
    dynamodb.delete_table(TableName="todays-texts")


@pytest.mark.parametrize("operation, arguments, text", [
    pytest.param(operation, arguments, text, id=f"{suite}: {name}") for suite, name, operation, arguments, text in [
        ("batchGetItem", "empty RequestItems: full required-parameter error", "batch_get_item",
         {"RequestItems": {}}, EMPTY_BATCH),
        ("putItem", "empty table name: minimum length 1 error", "put_item", {"TableName": "", **PUT}, EMPTY_NAME),
        ("putItem", "empty string set: full parameter-values-invalid error", "put_item",
         {"Item": {"pk": {"S": "test"}, "bad": {"SS": []}}},
         ONE + "One or more parameter values were invalid: An string set  may not be empty"),
        ("putItem", "empty number set: full parameter-values-invalid error", "put_item",
         {"Item": {"pk": {"S": "test"}, "bad": {"NS": []}}},
         ONE + "One or more parameter values were invalid: An number set  may not be empty"),
        ("putItem", "duplicate values in SS: full duplicates error", "put_item",
         {"Item": {"pk": {"S": "test"}, "bad": {"SS": ["a", "a"]}}},
         ONE + 'One or more parameter values were invalid: Input collection ["a", "a"] contains duplicates.'),
        ("putItem", "NULL attr with false: full null-attribute error", "put_item",
         {"Item": {"pk": {"S": "test"}, "attr1": {"NULL": False}}},
         ONE + "One or more parameter values were invalid: Null attribute value types must have the value of true"),
        ("putItem", "mixing expression and non-expression: full conflict error", "put_item",
         {**PUT, "Expected": {"pk": {"Exists": False}}, "ConditionExpression": "attribute_not_exists(pk)"},
         ONE + "Can not use both expression and non-expression parameters in the same request: Non-expression "
         "parameters: {Expected} Expression parameters: {ConditionExpression}"),
        ("putItem", "ExpressionAttributeValues without expression: full unused-EAV error", "put_item",
         {**PUT, "ExpressionAttributeValues": VALUE},
         ONE + "ExpressionAttributeValues can only be specified when using expressions"),
        ("updateItem", "invalid UpdateExpression syntax", "update_item",
         {**KEY, "UpdateExpression": "INVALID SYNTAX HERE", "ExpressionAttributeValues": VALUE},
         ONE + 'Invalid UpdateExpression: Syntax error; token: "INVALID", near: "INVALID SYNTAX"'),
        ("updateItem", "unused ExpressionAttributeNames", "update_item",
         {**SET, "ExpressionAttributeValues": VALUE, "ExpressionAttributeNames": {"#unused": "someattr"}},
         ONE + "Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}"),
        ("updateItem", "unused ExpressionAttributeValues", "update_item",
         {**SET, "ExpressionAttributeValues": {**VALUE, ":unused": {"S": "extra"}}},
         ONE + "Value provided in ExpressionAttributeValues unused in expressions: keys: {:unused}"),
        ("updateItem", "missing ExpressionAttributeValues reference", "update_item", SET,
         ONE + "Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute "
         "value: :v"),
        ("updateItem", "mixing UpdateExpression with AttributeUpdates", "update_item",
         {**SET, "ExpressionAttributeValues": VALUE,
          "AttributeUpdates": {"attr1": {"Value": {"S": "val"}, "Action": "PUT"}}},
         ONE + "Can not use both expression and non-expression parameters in the same request: Non-expression "
         "parameters: {AttributeUpdates} Expression parameters: {UpdateExpression}"),
        ("updateItem", "empty UpdateExpression", "update_item", {**KEY, "UpdateExpression": ""},
         ONE + "Invalid UpdateExpression: The expression can not be empty;"),
        ("batchOperations", "BatchGetItem rejects empty RequestItems", "batch_get_item", {"RequestItems": {}},
         EMPTY_BATCH),
        ("deleteItem", "empty TableName reports only tableName constraint", "delete_item",
         {"TableName": "", "Key": {}}, EMPTY_NAME),
        ("deleteItem", "reports invalid ReturnValues and invalid ReturnConsumedCapacity together", "delete_item",
         {**KEY, **invalid("ReturnValues", "ReturnConsumedCapacity")},
         f"2 validation errors detected: {CAPACITY}; {RETURN_VALUES}"),
        ("putItem", "empty TableName reports tableName constraint (stops early)", "put_item",
         {"TableName": "", "Item": {}}, EMPTY_NAME),
        ("putItem", "empty TableName with invalid ReturnValues reports only tableName", "put_item",
         {"TableName": "", "Item": {}, **invalid("ReturnValues")}, EMPTY_NAME),
        ("putItem", "reports invalid ReturnConsumedCapacity, ReturnItemCollectionMetrics, and ReturnValues together",
         "put_item",
         {**PUT, **invalid("ReturnConsumedCapacity", "ReturnItemCollectionMetrics", "ReturnValues")},
         f"3 validation errors detected: {CAPACITY}; {RETURN_VALUES}; {METRICS}"),
        ("updateItem", "empty TableName reports only tableName constraint", "update_item",
         {"TableName": "", "Key": {}}, EMPTY_NAME),
        ("updateItem", "reports invalid ReturnValues and invalid ReturnConsumedCapacity together", "update_item",
         {**KEY, **invalid("ReturnValues", "ReturnConsumedCapacity")}, ONE + RETURN_VALUES),
    ]])
def test_texts_of_today(client, table, operation, arguments, text):
    if operation != "batch_get_item":
        arguments = {"TableName": table, **arguments}
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        getattr(client, operation)(**arguments)
    error = raised.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("ValidationException", text)
