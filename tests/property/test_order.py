"""Sort keys of each type against sorted values, and pages of any size against one page."""

from decimal import Decimal

import pytest

from tests.property.client import cases
from tests.property.conftest import key_schema
from tests.property.values import from_json, is_storable, order_key, to_json

PARTITION = {"S": "p"}


def random_key(rng, kind):
    if kind == "N":
        number = Decimal(rng.randint(-99, 99)).scaleb(rng.choice([0, 0, -1, -2, 1, 5, -120, 120]))
        if rng.random() < 0.2:
            number = Decimal(rng.choice("+-") + "".join(rng.choice("0123456789") for _ in range(38)))
        return kind, number if is_storable(number) else Decimal(0)
    if kind == "S":
        return kind, "".join(rng.choice("\0\x01aab~é\uffff\U0001f600") for _ in range(rng.randint(1, 5)))
    return kind, bytes(rng.choice(b"\x00\x01aa\x7f\x80\xff") for _ in range(rng.randint(1, 5)))


def random_range(rng, kind, keys):
    """A condition on sk as text, its values, and which keys satisfy it."""
    pick = lambda: rng.choice(keys) if rng.random() < 0.7 else random_key(rng, kind)
    a, b = sorted((pick(), pick()), key=order_key)
    low, high = order_key(a), order_key(b)
    values = {":a": to_json(a), ":b": to_json(b)}
    operator = rng.choice(["", "=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"])
    if operator == "begins_with":
        if kind == "N":
            operator = ""
        else:
            prefix = kind, a[1][: rng.randint(1, len(a[1]))]
            start = order_key(prefix)
            return "begins_with(sk, :a)", {":a": to_json(prefix)}, lambda key: key.startswith(start)
    if operator == "":
        return "", {}, lambda key: True
    if operator == "BETWEEN":
        return "sk BETWEEN :a AND :b", values, lambda key: low <= key <= high
    compare = {
        "=": lambda key: key == low,
        "<": lambda key: key < low,
        "<=": lambda key: key <= low,
        ">": lambda key: key > low,
        ">=": lambda key: key >= low,
    }[operator]
    return f"sk {operator} :a", {":a": values[":a"]}, compare


@pytest.mark.parametrize("kind", ["S", "N", "B"])
def test_order_of_sort_keys(client, rng, make_table, kind):
    table = make_table("S", kind)
    keys = {order_key(key): key for key in (random_key(rng, kind) for _ in range(90))}
    client.put_all(table, [{"pk": PARTITION, "sk": to_json(key)} for key in keys.values()])
    ordered = sorted(keys)
    for _ in range(cases(500)):
        text, values, satisfies = random_range(rng, kind, list(keys.values()))
        forward = rng.random() < 0.5
        limit = {"Limit": rng.randint(1, 40)} if rng.random() < 0.3 else {}
        found, _ = client.pages(
            "Query",
            TableName=table,
            KeyConditionExpression="pk = :pk" + (f" AND {text}" if text else ""),
            ExpressionAttributeValues={":pk": PARTITION, **values},
            ScanIndexForward=forward,
            **limit,
        )
        wanted = [key for key in ordered if satisfies(key)]
        found = [order_key(from_json(item["sk"])) for item in found]
        assert found == (wanted if forward else wanted[::-1]), (text, values, forward, limit)


@pytest.fixture
def paged(client, rng, make_table):
    """A table with an index of each kind, several partitions, and equal index keys."""
    projection = {"Projection": {"ProjectionType": "ALL"}}
    table = make_table(
        "S",
        "N",
        types={"g": "S", "l": "N"},
        GlobalSecondaryIndexes=[{"IndexName": "gsi", "KeySchema": key_schema("g", "l"), **projection}],
        LocalSecondaryIndexes=[{"IndexName": "lsi", "KeySchema": key_schema("pk", "l"), **projection}],
    )
    items = []
    for i in range(150):
        item = {"pk": {"S": rng.choice("pqr")}, "sk": {"N": str(i)}, "f": {"N": str(rng.randint(0, 3))}}
        if rng.random() < 0.8:
            item |= {"g": {"S": rng.choice("xy")}, "l": {"N": str(rng.randint(0, 5))}}
        items.append(item)
    client.put_all(table, items)
    indexed = sum("g" in item for item in items)
    while client.call("Scan", TableName=table, IndexName="gsi", Select="COUNT")["Count"] < indexed:
        pass
    return table


def random_read(rng):
    index = rng.choice([None, "gsi", "lsi"])
    members = {"IndexName": index} if index else {}
    if rng.random() < 0.4:
        operation = "Scan"
        if rng.random() < 0.5:
            segments = rng.randint(1, 5)
            members |= {"TotalSegments": segments, "Segment": rng.randrange(segments)}
    else:
        operation = "Query"
        partition = "g" if index == "gsi" else "pk"
        members |= {
            "KeyConditionExpression": f"{partition} = :k",
            "ExpressionAttributeValues": {":k": {"S": rng.choice("xy" if index == "gsi" else "pqr")}},
            "ScanIndexForward": rng.random() < 0.5,
        }
    if rng.random() < 0.4:
        values = members.setdefault("ExpressionAttributeValues", {})
        values[":f"] = {"N": "1"}
        members["FilterExpression"] = "f > :f"
    return operation, members


def test_pages_of_any_size(client, rng, paged):
    for _ in range(cases(150)):
        operation, members = random_read(rng)
        whole, pages = client.pages(operation, TableName=paged, **members)
        limit = rng.choice([1, 2, 3, 7, 20, 149, 150, 151])
        found, limited = client.pages(operation, TableName=paged, Limit=limit, **members)
        assert found == whole, (operation, members, limit)
        assert limited >= pages
