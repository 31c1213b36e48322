"""Random expressions and items: the same outcome as the evaluator of this folder."""

import pytest

from tests.property import updates
from tests.property.client import Failure, cases
from tests.property.expressions import (
    ORDERINGS,
    TYPES,
    Invalid,
    Writer,
    check_condition,
    evaluate,
    project,
)
from tests.property.values import (
    ATTRIBUTES,
    all_paths,
    find,
    item_from_json,
    item_to_json,
    random_item,
    random_path,
    random_value,
)

ITEMS = 25


@pytest.fixture
def stored(client, rng, make_table):
    """A table of one partition with random items, and these by sort key."""
    table = make_table("S", "N")
    items = {str(i): random_item(rng) for i in range(ITEMS)}
    client.put_all(table, [{**key(i), **item_to_json(item)} for i, item in items.items()])
    return table, items


def key(i):
    return {"pk": {"S": "p"}, "sk": {"N": i}}


def random_operand(rng, kinds=None):
    if rng.random() < 0.55:
        return "path", random_path(rng)
    return "value", random_value(rng, 1, kinds)


def random_sized(rng):
    kinds = ("S", "B", "L", "M", "SS", "N")
    return "size", random_operand(rng, kinds) if rng.random() < 0.3 else ("path", random_path(rng))


def random_condition(rng, depth=3):
    if depth and rng.random() < 0.4:
        kind = rng.choice(["AND", "OR", "NOT"])
        count = 1 if kind == "NOT" else rng.randint(2, 3)
        return (kind, *(random_condition(rng, depth - 1) for _ in range(count)))
    ordered = ("S", "N", "B") if rng.random() < 0.9 else None
    kind = rng.choice(["=", "<>", "size", "BETWEEN", "IN", *ORDERINGS, "exists", "type", "begins_with", "contains"])
    if kind in ("=", "<>"):
        return kind, random_operand(rng), random_operand(rng)
    if kind == "size":
        return rng.choice(["=", *ORDERINGS]), random_sized(rng), ("value", random_value(rng, 0, ("N",)))
    if kind == "IN":
        return kind, random_operand(rng), *(random_operand(rng) for _ in range(rng.randint(1, 4)))
    if kind == "BETWEEN":
        bounds = (rng.choice("SNB"),) if rng.random() < 0.9 else None
        lower, upper = random_operand(rng, bounds), random_operand(rng, bounds)
        return kind, random_operand(rng, ordered), lower, upper
    if kind == "exists":
        return rng.choice(["attribute_exists", "attribute_not_exists"]), ("path", random_path(rng))
    if kind == "type":
        name = rng.choice(TYPES) if rng.random() < 0.95 else "X"
        return "attribute_type", ("path", random_path(rng)), ("value", ("S", name))
    if kind == "begins_with":
        return kind, ("path", random_path(rng)), random_operand(rng, ("S", "B") if ordered else None)
    if kind == "contains":
        return kind, ("path", random_path(rng)), random_operand(rng)
    return kind, random_operand(rng, ordered), random_operand(rng, ordered)


def filtered(client, table, writer, text):
    answer = client.call(
        "Query",
        TableName=table,
        KeyConditionExpression="pk = :pk",
        **writer.members(FilterExpression=text)
        | {"ExpressionAttributeValues": {**writer.values, ":pk": {"S": "p"}}},
    )
    return {item["sk"]["N"] for item in answer["Items"]}


def checked(client, table, writer, text):
    """The items for which a transaction of condition checks finds the condition true."""
    check = writer.members(TableName=table, ConditionExpression=text)
    actions = [{"ConditionCheck": {**check, "Key": key(str(i))}} for i in range(ITEMS)]
    try:
        client.call("TransactWriteItems", TransactItems=actions)
    except Failure as failure:
        if failure.type != "TransactionCanceledException":
            raise
        codes = [reason["Code"] for reason in failure.document["CancellationReasons"]]
        assert set(codes) <= {"None", "ConditionalCheckFailed"}, failure
        return {str(i) for i, code in enumerate(codes) if code == "None"}
    return {str(i) for i in range(ITEMS)}


@pytest.mark.parametrize("ask", [filtered, checked])
def test_conditions(client, rng, stored, ask):
    table, items = stored
    for _ in range(cases(600)):
        tree = random_condition(rng)
        writer = Writer(rng)
        text = writer.condition(tree)
        try:
            check_condition(tree)
            wanted = {i for i, item in items.items() if evaluate(tree, item)}
        except Invalid as invalid:
            wanted = f"{invalid}"
        try:
            found = ask(client, table, writer, text)
        except Failure as failure:
            assert failure.type == "ValidationException", (text, failure)
            assert isinstance(wanted, str), (text, writer.values, failure)
            continue
        assert found == wanted, (text, writer.values, [items[i] for i in list(wanted ^ found)[:1]])


def test_projections(client, rng, stored):
    table, items = stored
    for _ in range(cases(400)):
        paths = [random_path(rng) for _ in range(rng.randint(1, 4))]
        writer = Writer(rng)
        text = ", ".join(map(writer.path, paths))
        try:
            wanted = {i: item_to_json(project(item, paths)) for i, item in items.items()}
        except Invalid:
            wanted = None
        request = writer.members(ProjectionExpression="sk, " + text, Keys=[key(i) for i in items])
        try:
            answer = client.call("BatchGetItem", RequestItems={table: request})
        except Failure as failure:
            assert failure.type == "ValidationException" and wanted is None, (text, failure)
            continue
        found = {item.pop("sk")["N"]: item for item in answer["Responses"][table]}
        assert found == wanted, text


class UpdateMaker:
    """Random updates of an item, most of which fit it."""

    def __init__(self, rng, item):
        self.rng = rng
        self.item = item
        self.paths = all_paths(item)

    def path(self, kinds=None):
        fitting = [path for path in self.paths if not kinds or (find(self.item, path) or "?")[0] in kinds]
        if fitting and self.rng.random() < 0.9:
            return self.rng.choice(fitting)
        return random_path(self.rng, 1)

    def operand(self, depth, kinds=None):
        kind = self.rng.random()
        if depth and kind < 0.2:
            return "if_not_exists", self.path(kinds), self.operand(depth - 1, kinds)
        if depth and kind < 0.25:
            return "list_append", self.operand(depth - 1, ("L",)), self.operand(depth - 1, ("L",))
        if kind < 0.6:
            return "path", self.path(kinds)
        return "value", random_value(self.rng, 1, kinds if self.rng.random() < 0.97 else None)

    def right_side(self):
        kind = self.rng.random()
        if kind < 0.35:
            return self.rng.choice("+-"), self.operand(1, ("N",)), self.operand(0, ("N",))
        if kind < 0.55:
            return "list_append", self.operand(1, ("L",)), self.operand(0, ("L",))
        return self.operand(2)

    def action(self):
        section = self.rng.choice(["SET", "SET", "SET", "REMOVE", "ADD", "DELETE"])
        if section == "SET":
            return section, self.path(), self.right_side()
        if section == "REMOVE":
            return section, self.path(), None
        kind = self.rng.choice(["SS", "NS", "BS"] + ["N"] * (section == "ADD"))
        path = self.path((kind,)) if self.rng.random() < 0.7 else (self.rng.choice(ATTRIBUTES),)
        kinds = (kind,) if self.rng.random() < 0.97 else None
        return section, path, ("value", random_value(self.rng, 1, kinds))

    def update(self):
        return [self.action() for _ in range(self.rng.choice([1, 1, 2, 3]))]


def test_updates(client, rng, make_table):
    table = make_table()
    item_key = {"pk": {"S": "p"}}
    accepted = 0
    for case in range(cases(3000)):
        if case % 4 == 0:
            item = random_item(rng)
            client.call("PutItem", TableName=table, Item={**item_key, **item_to_json(item)})
        update = UpdateMaker(rng, item).update()
        writer = Writer(rng)
        text = updates.write_update(writer, update)
        try:
            wanted = updates.apply(update, item)
        except Invalid as invalid:
            wanted = str(invalid)
        try:
            answer = client.call(
                "UpdateItem",
                TableName=table,
                Key=item_key,
                ReturnValues="ALL_NEW",
                **writer.members(UpdateExpression=text),
            )
        except Failure as failure:
            assert failure.type == "ValidationException", (text, failure)
            assert isinstance(wanted, str), (text, writer.values, item, failure)
            continue
        context = (text, writer.values, item, wanted)
        assert not isinstance(wanted, str), context
        assert answer["Attributes"] == {**item_key, **item_to_json(wanted)}, context
        item = item_from_json(answer["Attributes"])
        del item["pk"]
        accepted += 1
    assert accepted > case // 3, "most random updates are refused"
