"""Pages that end by size, with a server that ends them after a hundred bytes."""

import pytest

from tests.conftest import Server
from tests.functions import create_table, read_all

PAGE = 100
ITEM = 26  # bytes: pk (2) and its value (3), sk (2) and its value (2), x (1) and its value (16)


@pytest.fixture(scope="module")
def client():
    own = Server("--in-memory", "--test-page-bytes", str(PAGE))
    yield own.client("dynamodb")
    assert own.stop() == 0


@pytest.fixture
def table(client, unique):
    create_table(client, unique, stream=None, sort_key=True)
    for number in range(10, 20):
        client.put_item(TableName=unique, Item={
            "pk": {"S": "one"}, "sk": {"S": str(number)}, "x": {"S": "x" * 16}})
    return unique


def of_one(table, **more):
    return {"TableName": table, "KeyConditionExpression": "pk = :one",
            "ExpressionAttributeValues": {":one": {"S": "one"}, **more.pop("values", {})}, **more}


def numbers(items):
    return [int(item["sk"]["S"]) for item in items]


def test_a_page_ends_with_the_item_that_fills_it(client, table):
    page = client.query(**of_one(table))
    assert numbers(page["Items"]) == [10, 11, 12, 13] and page["ScannedCount"] == -(-PAGE // ITEM)
    assert page["LastEvaluatedKey"] == {"pk": {"S": "one"}, "sk": {"S": "13"}}
    assert numbers(read_all(client.query, **of_one(table))) == list(range(10, 20))
    assert numbers(read_all(client.query, **of_one(table, ScanIndexForward=False))) == list(range(19, 9, -1))
    assert numbers(client.query(**of_one(table, Limit=3))["Items"]) == [10, 11, 12]
    assert numbers(client.query(**of_one(table, Limit=5))["Items"]) == [10, 11, 12, 13]


def test_what_a_filter_drops_fills_a_page_too(client, table):
    last = of_one(table, FilterExpression="x = :none", values={":none": {"S": "none"}})
    page = client.query(**last)
    assert (page["Count"], page["ScannedCount"]) == (0, 4) and "LastEvaluatedKey" in page
    assert client.query(**of_one(table, ProjectionExpression="sk"))["Count"] == 4
    assert client.query(**of_one(table, Select="COUNT"))["Count"] == 4


def test_scans_and_statements_have_pages(client, table):
    page = client.scan(TableName=table)
    assert page["Count"] == 4 and "LastEvaluatedKey" in page
    assert numbers(read_all(client.scan, TableName=table)) == list(range(10, 20))
    statement = {"Statement": f'SELECT * FROM "{table}" WHERE pk = \'one\' ORDER BY sk DESC'}
    page = client.execute_statement(**statement)
    assert numbers(page["Items"]) == [19, 18, 17, 16] and "NextToken" in page
    assert numbers(read_all(client.execute_statement, **statement)) == list(range(19, 9, -1))


def test_keys_beyond_a_full_answer_come_back(client, table):
    keys = [{"pk": {"S": "one"}, "sk": {"S": str(number)}} for number in range(10, 20)]
    request = {table: {"Keys": keys, "ProjectionExpression": "sk, #x", "ExpressionAttributeNames": {"#x": "x"},
                       "ConsistentRead": True}}
    answer = client.batch_get_item(RequestItems=request)
    assert numbers(answer["Responses"][table]) == [10, 11, 12, 13]
    assert answer["UnprocessedKeys"] == {table: {**request[table], "Keys": keys[4:]}}
