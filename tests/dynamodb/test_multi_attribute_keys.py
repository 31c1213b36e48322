"""Global indexes whose keys have several attributes."""

import itertools
import re

import pytest
from botocore.exceptions import ClientError

from tests.functions import create_table, read_all


def schema(*keys):
    return [{"AttributeName": key.lstrip("#"), "KeyType": "HASH" if key.startswith("#") else "RANGE"} for key in keys]


def definitions(*names, numbers=()):
    return [{"AttributeName": name, "AttributeType": "N" if name in numbers else "S"} for name in names]


def index(*keys, name="gsi", projection="ALL"):
    return {"IndexName": name, "KeySchema": schema(*keys), "Projection": {"ProjectionType": projection}}


def create(client, table, *indexes, names, numbers=()):
    return client.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=schema("#pk"),
        AttributeDefinitions=definitions("pk", *names, numbers=numbers), GlobalSecondaryIndexes=list(indexes))


def put(client, table, **attributes):
    client.put_item(TableName=table, Item={
        name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in attributes.items()})


def error_of(call, *arguments, **more):
    with pytest.raises(ClientError) as refused:
        call(*arguments, **more)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def ask(table, condition, name="gsi", **more):
    """A Query in which `:x` stands for the string "x", and `:n5` for the number 5."""
    words = [word.strip("()") for word in condition.split() if word.startswith(":")]
    values = {word: {"N": word[2:]} if re.match(r":n\d", word) else {"S": word[1:]} for word in words}
    return {"TableName": table, "IndexName": name, "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values, **more}


@pytest.fixture
def table(dynamodb, unique):
    """Two partition and three sort key attributes, the second of these a number."""
    create(dynamodb, unique, index("#h1", "#h2", "a", "b", "c"), names=["h1", "h2", "a", "b", "c"], numbers=["b"])
    rows = itertools.product("xy", "xy", ["k", "l", "ll"], [2, 10], ["u", "v"])
    for number, (h1, h2, a, b, c) in enumerate(rows):
        put(dynamodb, unique, pk=f"p{number:02}", h1=h1, h2=h2, a=a, b=b, c=c)
    return unique


def keys_of(items):
    return [(item["a"]["S"], int(item["b"]["N"]), item["c"]["S"]) for item in items]


ALL = list(itertools.product(["k", "l", "ll"], [2, 10], ["u", "v"]))


@pytest.mark.parametrize("condition, expected", [
    ("", ALL),
    ("AND a = :l", ALL[4:8]),
    ("AND a > :k", ALL[4:]),
    ("AND a <= :l", ALL[:8]),
    ("AND a BETWEEN :l AND :ll", ALL[4:]),
    ("AND begins_with(a, :l)", ALL[4:]),
    ("AND a = :l AND b = :n10", ALL[6:8]),
    ("AND a = :l AND b < :n10", ALL[4:6]),
    ("AND a = :l AND b >= :n2", ALL[4:8]),
    ("AND a = :l AND b BETWEEN :n3 AND :n11", ALL[6:8]),
    ("AND a = :l AND b = :n2 AND c = :v", [("l", 2, "v")]),
    ("AND a = :l AND b = :n2 AND c > :u", [("l", 2, "v")]),
    ("AND c = :v AND b = :n2 AND a = :l", [("l", 2, "v")]),
    ("AND a = :l AND b = :n2 AND begins_with(c, :u)", [("l", 2, "u")]),
    ("AND a = :nothing", []),
])
def test_queries(dynamodb, table, condition, expected):
    asked = ask(table, f"h1 = :x AND h2 = :y {condition}")
    assert keys_of(read_all(dynamodb.query, **asked)) == expected
    assert keys_of(read_all(dynamodb.query, **asked, ScanIndexForward=False)) == expected[::-1]
    assert keys_of(read_all(dynamodb.query, **asked, Limit=1)) == expected
    assert keys_of(read_all(dynamodb.query, **asked, Limit=1, ScanIndexForward=False)) == expected[::-1]


@pytest.mark.parametrize("condition, message", [
    ("h1 = :x", "Query condition missed key schema element: h2"),
    ("h2 = :x", "Query condition missed key schema element: h1"),
    ("h1 = :x AND h2 > :x", "Query key condition not supported"),
    ("h1 = :x AND h2 = :x AND b = :n1", "RANGE key attributes a must have equality conditions specified in the query "
     "because a condition is present on key attribute b"),
    ("h1 = :x AND h2 = :x AND a = :k AND c = :u", "RANGE key attributes b must have equality conditions specified in "
     "the query because a condition is present on key attribute c"),
    ("h1 = :x AND h2 = :x AND a = :k AND b > :n1 AND c = :u", "RANGE key attributes b must have equality conditions "
     "specified in the query because a condition is present on key attribute c"),
    ("h1 = :x AND h2 = :x AND a = :k AND b = :k", "One or more parameter values were invalid: Condition parameter type "
     "does not match schema type"),
    ("h1 = :x AND h2 = :x AND a = :k AND b = :n1 AND c = :u AND pk = :x",
     "The number of query conditions (6) exceeds the number of key attributes defined in the schema (5)"),
    ("h1 = :x AND h2 = :x AND h1 = :x",
     "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"),
])
def test_conditions_that_are_refused(dynamodb, table, condition, message):
    assert error_of(dynamodb.query, **ask(table, condition)) == ("ValidationException", message)


def test_key_conditions_of_before_expressions(dynamodb, table):
    def equal(value):
        return {"ComparisonOperator": "EQ", "AttributeValueList": [value]}

    answer = dynamodb.query(TableName=table, IndexName="gsi", KeyConditions={
        "h1": equal({"S": "x"}), "h2": equal({"S": "y"}), "a": equal({"S": "l"}),
        "b": {"ComparisonOperator": "GT", "AttributeValueList": [{"N": "2"}]}})
    assert keys_of(answer["Items"]) == ALL[6:8]


def test_a_page_ends_with_all_keys(dynamodb, table):
    page = dynamodb.query(**ask(table, "h1 = :x AND h2 = :y", Limit=2))
    last = page["LastEvaluatedKey"]
    assert last == {"pk": last["pk"], "h1": {"S": "x"}, "h2": {"S": "y"},
                    "a": {"S": "k"}, "b": {"N": "2"}, "c": {"S": "v"}}
    without = {name: value for name, value in last.items() if name != "b"}
    assert error_of(dynamodb.query, **ask(table, "h1 = :x AND h2 = :y", ExclusiveStartKey=without)) == (
        "ValidationException", "The provided starting key is invalid")
    assert error_of(dynamodb.query, **ask(table, "h1 = :x AND h2 = :x", ExclusiveStartKey=last)) == (
        "ValidationException",
        "The provided starting key is outside query boundaries based on provided conditions")
    assert error_of(dynamodb.query, **ask(table, "h1 = :x AND h2 = :y AND a = :l", ExclusiveStartKey=last)) == (
        "ValidationException", "The provided starting key does not match the range key predicate")


def test_scans_see_every_item_once(dynamodb, table):
    whole = read_all(dynamodb.scan, TableName=table, IndexName="gsi")
    assert len(whole) == 48
    parts = [read_all(dynamodb.scan, TableName=table, IndexName="gsi", Segment=part, TotalSegments=3, Limit=5)
             for part in range(3)]
    assert sorted(item["pk"]["S"] for part in parts for item in part) == sorted(item["pk"]["S"] for item in whole)


def test_an_item_is_in_the_index_while_it_has_all_keys(dynamodb, table):
    def change(expression, **values):
        dynamodb.update_item(TableName=table, Key={"pk": {"S": "p00"}}, UpdateExpression=expression,
                             **({"ExpressionAttributeValues": values} if values else {}))

    def found(condition):
        return [item["pk"]["S"] for item in read_all(dynamodb.query, **ask(table, condition))]

    whole = "AND a = :k AND b = :n2 AND c = :u"
    assert found(f"h1 = :x AND h2 = :x {whole}") == ["p00"]
    for expression in ("REMOVE h2", "REMOVE b"):
        change(expression)
        assert found(f"h1 = :x AND h2 = :x {whole}") == []
        change("SET h2 = :x, b = :n", **{":x": {"S": "x"}, ":n": {"N": "2"}})
        assert found(f"h1 = :x AND h2 = :x {whole}") == ["p00"]
    change("SET h2 = :y", **{":y": {"S": "y"}})
    assert found(f"h1 = :x AND h2 = :x {whole}") == []
    assert sorted(found(f"h1 = :x AND h2 = :y {whole}")) == ["p00", "p12"]
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "p00"}})
    assert found(f"h1 = :x AND h2 = :y {whole}") == ["p12"]


def test_values_are_not_joined(dynamodb, unique):
    create(dynamodb, unique, index("#h1", "#h2", "a", "b"), names=["h1", "h2", "a", "b"])
    put(dynamodb, unique, pk="1", h1="ab", h2="c", a="ab", b="c")
    put(dynamodb, unique, pk="2", h1="a", h2="bc", a="a", b="bc")
    assert [item["pk"]["S"] for item in dynamodb.query(**ask(unique, "h1 = :ab AND h2 = :c"))["Items"]] == ["1"]
    assert dynamodb.query(**ask(unique, "h1 = :ab AND h2 = :c AND a = :a"))["Count"] == 0


@pytest.mark.parametrize("attribute, value, message", [
    ("h2", {"N": "1"}, "One or more parameter values were invalid: Type mismatch for Index Key h2 Expected: S Actual: N "
     "IndexName: gsi"),
    ("b", {"S": "1"}, "One or more parameter values were invalid: Type mismatch for Index Key b Expected: N Actual: S "
     "IndexName: gsi"),
    ("c", {"S": ""}, "One or more parameter values are not valid. A value specified for a secondary index key is not "
     "supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: gsi, "
     "IndexKey: c"),
])
def test_items_that_do_not_fit(dynamodb, table, attribute, value, message):
    assert error_of(dynamodb.put_item, TableName=table, Item={"pk": {"S": "bad"}, attribute: value}) == (
        "ValidationException", message)


def test_up_to_four_of_each(dynamodb, unique):
    hashes, ranges = [f"h{n}" for n in range(5)], [f"r{n}" for n in range(5)]

    def of(hash_count, range_count):
        return index(*[f"#{name}" for name in hashes[:hash_count]], *ranges[:range_count])

    def names(hash_count, range_count):
        return hashes[:hash_count] + ranges[:range_count]

    answer = create(dynamodb, unique, of(4, 4), names=names(4, 4))
    assert answer["TableDescription"]["GlobalSecondaryIndexes"][0]["KeySchema"] == of(4, 4)["KeySchema"]
    put(dynamodb, unique, pk="1", **{name: name for name in names(4, 4)})
    asked = " AND ".join(f"{name} = :{name}" for name in names(4, 4))
    assert dynamodb.query(**ask(unique, asked))["Count"] == 1
    for number, counts in enumerate([(5, 0), (1, 5)]):
        code, message = error_of(create, dynamodb, f"{unique}-{number}", of(*counts), names=names(*counts))
        assert code == "ValidationException" and "maximum allowed number of" in message
    code, message = error_of(create, dynamodb, f"{unique}-9", of(5, 4), names=names(5, 4))
    assert code == "ValidationException"
    assert "Member must have length less than or equal to 8" in message


def test_only_global_indexes_take_several(dynamodb, unique):
    assert error_of(
        dynamodb.create_table, TableName=unique, BillingMode="PAY_PER_REQUEST", KeySchema=schema("#pk", "#sk"),
        AttributeDefinitions=definitions("pk", "sk")) == (
            "ValidationException", "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
    code, message = error_of(
        dynamodb.create_table, TableName=unique, BillingMode="PAY_PER_REQUEST", KeySchema=schema("#pk", "sk"),
        AttributeDefinitions=definitions("pk", "sk", "a", "b"), LocalSecondaryIndexes=[index("#pk", "a", "b")])
    assert code == "ValidationException" and "less than or equal to 2" in message
    assert error_of(create, dynamodb, unique, index("#h1", "a", "#h2"), names=["h1", "a", "h2"])[0] == \
        "ValidationException"
    assert error_of(create, dynamodb, unique, index("#h1", "a", "a"), names=["h1", "a"])[0] == "ValidationException"


def test_a_live_table_gets_one(dynamodb, unique):
    create_table(dynamodb, unique)
    for number in range(5):
        put(dynamodb, unique, pk=f"p{number}", h1="x", h2="y", a="k", b=number)
    put(dynamodb, unique, pk="without", h1="x", a="k", b=1)
    dynamodb.update_table(TableName=unique, AttributeDefinitions=definitions("h1", "h2", "a", "b", numbers=["b"]),
                          GlobalSecondaryIndexUpdates=[{"Create": index("#h1", "#h2", "a", "b")}])
    for _ in range(10_000):
        description = dynamodb.describe_table(TableName=unique)["Table"]
        if description["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE":
            break
    assert {name["AttributeName"] for name in description["AttributeDefinitions"]} == {"pk", "h1", "h2", "a", "b"}
    asked = ask(unique, "h1 = :x AND h2 = :y AND a = :k AND b > :n2")
    assert [item["pk"]["S"] for item in read_all(dynamodb.query, **asked)] == ["p3", "p4"]
    dynamodb.update_table(TableName=unique, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "gsi"}}])
    for _ in range(10_000):
        description = dynamodb.describe_table(TableName=unique)["Table"]
        if not description.get("GlobalSecondaryIndexes"):
            break
    assert [name["AttributeName"] for name in description["AttributeDefinitions"]] == ["pk"]


def test_partiql_refuses_them(dynamodb, table):
    refusal = ("ValidationException", "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or "
               "multi-attribute RANGE keys.")

    def refused(rest, **more):
        return error_of(dynamodb.execute_statement, Statement=f'SELECT * FROM "{table}"."gsi"{rest}', **more)

    # Ahead of what keys and conditions would be refused for, behind what cannot be read.
    for rest in ("", " WHERE h1 = 'x'", " WHERE h1 = 5", " WHERE pk = 'p01'", " WHERE h1 = 'x' AND h2 = 'y' ORDER BY a"):
        assert refused(rest) == refusal
    assert refused(" WHERE")[1] == "Statement wasn't well formed, can't be processed: Unexpected term"
    assert refused(" WHERE h1 = ?", Parameters=[{"N": "1e99999999999"}])[1] == (
        "The parameter cannot be converted to a numeric value: 1e99999999999")
    # In a batch it is its own statement's, and the table itself is read and written as ever.
    answer = dynamodb.batch_execute_statement(Statements=[
        {"Statement": f'SELECT * FROM "{table}"."gsi" WHERE h1 = \'x\' AND h2 = \'y\' AND a = \'k\''},
        {"Statement": f'SELECT * FROM "{table}" WHERE pk = \'p01\''}])["Responses"]
    assert (answer[0]["Error"]["Code"], answer[0]["Error"]["Message"]) == ("ValidationError", refusal[1])
    assert answer[1]["Item"]["c"] == {"S": "v"}
    dynamodb.execute_statement(Statement=f'UPDATE "{table}" SET c = \'u\' WHERE pk = \'p01\'')
    dynamodb.execute_statement(Statement=f'INSERT INTO "{table}" VALUE {{\'pk\': \'new\'}}')


def test_capacity_counts_a_moved_key_twice(dynamodb, table):
    def units(expression):
        answer = dynamodb.update_item(
            TableName=table, Key={"pk": {"S": "p00"}}, UpdateExpression=expression, ReturnConsumedCapacity="INDEXES",
            ExpressionAttributeValues={":v": {"S": "moved"}})["ConsumedCapacity"]
        return answer["Table"]["CapacityUnits"], answer.get("GlobalSecondaryIndexes", {}).get("gsi", {}).get(
            "CapacityUnits")

    assert units("SET h2 = :v") == (1, 2)
    assert units("SET c = :v") == (1, 2)
    assert units("SET note = :v") == (1, 1)


def test_they_survive_a_restart(start_server, tmp_path):
    server = start_server("--data", str(tmp_path / "data"))
    create(server.client("dynamodb"), "orders", index("#h1", "#h2", "a", "b"), names=["h1", "h2", "a", "b"],
           numbers=["b"])
    put(server.client("dynamodb"), "orders", pk="1", h1="x", h2="y", a="k", b=5)
    server.kill()
    client = start_server("--data", str(tmp_path / "data")).client("dynamodb")
    answer = client.query(**ask("orders", "h1 = :x AND h2 = :y AND a = :k AND b > :n4"))
    assert [item["pk"]["S"] for item in answer["Items"]] == ["1"]
    assert client.describe_table(TableName="orders")["Table"]["GlobalSecondaryIndexes"][0]["KeySchema"] == \
        schema("#h1", "#h2", "a", "b")
