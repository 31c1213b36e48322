"""A random sequence of writes against a dict: the table, its indexes, and its stream."""

import copy

import pytest

from tests.property import updates
from tests.property.client import Failure, cases
from tests.property.conftest import key_schema
from tests.property.expressions import Writer, evaluate
from tests.property.values import from_json, item_from_json, item_to_json, order_key

GLOBAL = {"by-g": ("g", "n", None), "by-n": ("n", None, {"pk", "sk", "n", "f"})}
LOCAL = {"local": ("pk", "n", {"pk", "sk", "n"})}


def index(name, keys):
    partition, sort, projected = keys
    projection = {"ProjectionType": "ALL" if projected is None else "KEYS_ONLY"}
    if projected and "f" in projected:
        projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["f"]}
    return {"IndexName": name, "KeySchema": key_schema(partition, sort), "Projection": projection}


class Model:
    """What the table holds, and each item's changes in order."""

    def __init__(self):
        self.items = {}
        self.changes = {}

    def set(self, key, item):
        """None removes it."""
        old = self.items.get(key)
        if old == item:
            return
        self.changes.setdefault(key, []).append((old, item))
        if item is None:
            del self.items[key]
        else:
            self.items[key] = item

    def rows(self, keys):
        partition, sort, projected = keys
        for item in self.items.values():
            if partition in item and (not sort or sort in item):
                yield {name: v for name, v in item.items() if projected is None or name in projected}


class World:
    def __init__(self, client, rng, table):
        self.client, self.rng, self.table = client, rng, table
        self.model = Model()

    def random_key(self):
        return self.rng.choice("pq"), self.rng.randint(0, 11)

    def key_item(self, key):
        return {"pk": ("S", key[0]), "sk": from_json({"N": str(key[1])})}

    def random_content(self):
        item = {"f": ("S", self.rng.choice(["", "x", "y"]))}
        if self.rng.random() < 0.6:
            item["g"] = ("S", self.rng.choice("uv"))
        if self.rng.random() < 0.6:
            item["n"] = from_json({"N": str(self.rng.randint(0, 3))})
        if self.rng.random() < 0.2:
            item["big"] = ("S", "z" * self.rng.randint(1, 900))
        return item

    def random_condition(self):
        """A tree, or None."""
        kind = self.rng.random()
        if kind < 0.5:
            return None
        if kind < 0.7:
            return self.rng.choice(["attribute_exists", "attribute_not_exists"]), ("path", ("pk",))
        return self.rng.choice(["=", "<>", "<"]), ("path", ("f",)), ("value", ("S", self.rng.choice("xy")))

    def random_update(self):
        actions = [("SET", ("f",), ("value", ("S", self.rng.choice("xyz"))))]
        for name in self.rng.sample(["g", "n"], self.rng.randint(0, 2)):
            if self.rng.random() < 0.4:
                actions.append(("REMOVE", (name,), None))
            elif name == "g":
                actions.append(("SET", (name,), ("value", ("S", self.rng.choice("uv")))))
            else:
                one = ("value", from_json({"N": "1"}))
                default = ("value", from_json({"N": "0"}))
                actions.append(("SET", (name,), ("+", ("if_not_exists", (name,), default), one)))
        return actions

    def random_write(self, key):
        """(kind, members, new item, whether its condition holds): Put, Update or Delete."""
        old = self.model.items.get(key)
        writer = Writer(self.rng)
        members = {"TableName": self.table}
        condition = self.random_condition()
        if condition:
            members["ConditionExpression"] = writer.condition(condition)
        kind = self.rng.choice(["Put", "Put", "Update", "Update", "Delete"])
        if kind == "Put":
            new = {**self.key_item(key), **self.random_content()}
            members["Item"] = item_to_json(new)
        else:
            members["Key"] = item_to_json(self.key_item(key))
            new = None
        if kind == "Update":
            update = self.random_update()
            members["UpdateExpression"] = updates.write_update(writer, update)
            new = updates.apply(update, copy.deepcopy(old or self.key_item(key)))
        holds = condition is None or evaluate(condition, old or {})
        return kind, members | writer.members(), new, holds

    def write_one(self):
        key = self.random_key()
        kind, members, new, holds = self.random_write(key)
        old = self.model.items.get(key)
        members["ReturnValues"] = "ALL_OLD"
        try:
            answer = self.client.call(kind + "Item", **members)
        except Failure as failure:
            assert failure.type == "ConditionalCheckFailedException" and not holds, (members, failure)
            return
        assert holds, members
        assert answer.get("Attributes") == (item_to_json(old) if old else None), members
        self.model.set(key, new)

    def write_batch(self):
        requests, news = [], {}
        for key in {self.random_key() for _ in range(self.rng.randint(1, 12))}:
            if self.rng.random() < 0.3:
                requests.append({"DeleteRequest": {"Key": item_to_json(self.key_item(key))}})
                news[key] = None
            else:
                news[key] = {**self.key_item(key), **self.random_content()}
                requests.append({"PutRequest": {"Item": item_to_json(news[key])}})
        self.client.call("BatchWriteItem", RequestItems={self.table: requests})
        for key, new in news.items():
            self.model.set(key, new)

    def write_transaction(self):
        actions, news, codes = [], {}, []
        for key in {self.random_key() for _ in range(self.rng.randint(1, 4))}:
            kind, members, news[key], holds = self.random_write(key)
            codes.append("None" if holds else "ConditionalCheckFailed")
            actions.append({kind: members})
        try:
            self.client.call("TransactWriteItems", TransactItems=actions)
        except Failure as failure:
            assert failure.type == "TransactionCanceledException", failure
            assert [r["Code"] for r in failure.document["CancellationReasons"]] == codes, actions
            return
        assert set(codes) == {"None"}, actions
        for key, new in news.items():
            self.model.set(key, new)

    def check_table(self):
        found, _ = self.client.pages("Scan", TableName=self.table, ConsistentRead=True)
        assert normal(found) == normal(map(item_to_json, self.model.items.values()))
        for name, keys in LOCAL.items():
            found, _ = self.client.pages("Scan", TableName=self.table, IndexName=name)
            assert normal(found) == normal(map(item_to_json, self.model.rows(keys))), name

    def check_global_indexes(self):
        for name, keys in GLOBAL.items():
            wanted = normal(map(item_to_json, self.model.rows(keys)))
            # They follow the table: wrong is what never becomes right.
            for _ in range(5000):
                found, _ = self.client.pages("Scan", TableName=self.table, IndexName=name)
                if normal(found) == wanted:
                    break
            assert normal(found) == wanted, name
        for partition in "uv":
            found, _ = self.client.pages(
                "Query",
                TableName=self.table,
                IndexName="by-g",
                KeyConditionExpression="g = :g",
                ExpressionAttributeValues={":g": {"S": partition}},
            )
            order = [order_key(from_json(item["n"])) for item in found]
            assert order == sorted(order)

    def records(self):
        arn = self.client.call("DescribeTable", TableName=self.table)["Table"]["LatestStreamArn"]
        shards = self.client.streams("DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"]
        for shard in shards:
            iterator = self.client.streams(
                "GetShardIterator",
                StreamArn=arn,
                ShardId=shard["ShardId"],
                ShardIteratorType="TRIM_HORIZON",
            )["ShardIterator"]
            while iterator:
                page = self.client.streams("GetRecords", ShardIterator=iterator)
                if not page["Records"]:
                    break
                yield from page["Records"]
                iterator = page.get("NextShardIterator")

    def check_stream(self):
        changes = {}
        for record in self.records():
            old, new = (
                item_from_json(record["dynamodb"][image]) if image in record["dynamodb"] else None
                for image in ("OldImage", "NewImage")
            )
            name = "MODIFY" if old and new else "INSERT" if new else "REMOVE"
            assert record["eventName"] == name, record
            keys = record["dynamodb"]["Keys"]
            changes.setdefault((keys["pk"]["S"], int(keys["sk"]["N"])), []).append((old, new))
        assert changes == self.model.changes


def normal(rows):
    return sorted(rows, key=lambda row: (row["pk"]["S"], int(row["sk"]["N"])))


@pytest.fixture(params=[1, 3], ids=["one partition", "three partitions"])
def world(request, client, rng, make_table):
    table = make_table(
        "S",
        "N",
        types={"g": "S", "n": "N"},
        Tags=[{"Key": "millrace:partitions", "Value": str(request.param)}],
        GlobalSecondaryIndexes=[index(name, keys) for name, keys in GLOBAL.items()],
        LocalSecondaryIndexes=[index(name, keys) for name, keys in LOCAL.items()],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return World(client, rng, table)


def test_writes(world):
    for case in range(cases(1200)):
        kind = world.rng.random()
        if kind < 0.75:
            world.write_one()
        elif kind < 0.85:
            world.write_batch()
        else:
            world.write_transaction()
        if case % 40 == 0:
            world.check_table()
        if case % 200 == 0:
            world.check_global_indexes()
    world.check_table()
    world.check_global_indexes()
    world.check_stream()
