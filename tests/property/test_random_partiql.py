"""Random PartiQL statements against a dict: what they return, refuse and leave behind."""

import copy

import pytest

from tests.property import updates
from tests.property.client import Failure, cases
from tests.property.expressions import Invalid, check_condition, evaluate
from tests.property.values import (
    find,
    item_to_json,
    number_text,
    order_key,
    random_item,
    random_value,
    to_json,
)

NAMES = ["a", "b", "c"]
PARTITIONS = "pq"
SORTS = range(6)


class Statement:
    """Text, with a parameter for some of the values and for all that has no literal."""

    def __init__(self, rng):
        self.rng = rng
        self.parameters = []

    def value(self, value):
        if self.rng.random() < 0.4 or not has_literal(value):
            self.parameters.append(to_json(value))
            return "?"
        return literal(value)

    def path(self, steps):
        first, *rest = steps
        text = f'"{first}"' if self.rng.random() < 0.3 else first
        return text + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in rest)

    def operand(self, operand):
        kind, *rest = operand
        if kind == "value":
            return self.value(rest[0])
        if kind == "path":
            return self.path(rest[0])
        if kind in ("size", "list_append"):
            return f"{kind}({', '.join(map(self.operand, rest))})"
        return f"{self.operand(rest[0])} {kind} {self.operand(rest[1])}"

    def condition(self, tree):
        kind, *rest = tree
        if kind in ("AND", "OR"):
            return "(" + f" {kind} ".join(map(self.condition, rest)) + ")"
        if kind == "NOT":
            return f"NOT ({self.condition(rest[0])})"
        if kind == "BETWEEN":
            value, lower, upper = map(self.operand, rest)
            return f"{value} BETWEEN {lower} AND {upper}"
        if kind == "IN":
            value, *listed = map(self.operand, rest)
            return f"{value} IN [{', '.join(listed)}]"
        if kind == "attribute_exists" and self.rng.random() < 0.5:
            return f"{self.operand(rest[0])} IS NOT MISSING"
        if kind == "attribute_not_exists" and self.rng.random() < 0.5:
            return f"{self.operand(rest[0])} IS MISSING"
        if kind[0].isalpha():
            return f"{kind}({', '.join(map(self.operand, rest))})"
        return f"{self.operand(rest[0])} {kind} {self.operand(rest[1])}"

    def run(self, client, text, **members):
        if self.parameters:
            members["Parameters"] = self.parameters
        return client.call("ExecuteStatement", Statement=text, **members)["Items"]


def has_literal(value):
    kind, content = value
    if kind == "B" or kind == "BS":
        return False
    members = content if kind == "L" else content.values() if kind == "M" else ()
    return all(map(has_literal, members))


def literal(value):
    kind, content = value
    if kind == "S":
        return "'" + content.replace("'", "''") + "'"
    if kind == "N":
        return number_text(content)
    if kind == "BOOL":
        return "true" if content else "FALSE"
    if kind == "NULL":
        return "null"
    if kind == "L":
        return "[" + ", ".join(map(literal, content)) + "]"
    if kind == "M":
        return "{" + ", ".join(f"'{name}': {literal(member)}" for name, member in content.items()) + "}"
    return "<<" + ", ".join(literal((kind[0], member)) for member in content) + ">>"


def holds(tree, item):
    """As a filter, but a missing attribute is not unequal to anything."""
    kind, *rest = tree
    if kind in ("AND", "OR"):
        return (all if kind == "AND" else any)(holds(child, item) for child in rest)
    if kind == "NOT":
        return not holds(rest[0], item)
    if kind == "<>" and any(o[0] == "path" and find(item, o[1]) is None for o in rest):
        return False
    return evaluate(tree, item)


class World:
    """Each of its statements tells whether it succeeded and found something."""

    def __init__(self, client, rng, table):
        self.client, self.rng, self.table = client, rng, table
        self.items = {}
        self.done = {}  # how many statements of each kind succeeded

    def random_key(self):
        return self.rng.choice(PARTITIONS), self.rng.choice(SORTS)

    def path(self):
        path = [self.rng.choice(NAMES)]
        while len(path) < 3 and self.rng.random() < 0.3:
            path.append(self.rng.choice("xyz") if self.rng.random() < 0.5 else self.rng.choice([0, 1]))
        return "path", tuple(path)

    def random_condition(self, depth=2):
        if depth and self.rng.random() < 0.4:
            kind = self.rng.choice(["AND", "OR", "NOT"])
            count = 1 if kind == "NOT" else 2
            return (kind, *(self.random_condition(depth - 1) for _ in range(count)))
        value = lambda *kinds: ("value", random_value(self.rng, 0, kinds))
        kind = self.rng.choice(
            ["=", "<>", "<", "<=", ">", ">=", "BETWEEN", "IN", "size", "begins_with", "contains", "exists", "type"]
        )
        if kind in ("=", "<>"):
            return kind, self.path(), ("value", random_value(self.rng, 1))
        if kind == "BETWEEN":
            scalar = self.rng.choice("SN")
            bounds = sorted((random_value(self.rng, 0, scalar) for _ in range(2)), key=order_key)
            return kind, self.path(), ("value", bounds[0]), ("value", bounds[1])
        if kind == "IN":
            return kind, self.path(), *(value("S", "N") for _ in range(self.rng.randint(1, 3)))
        if kind == "size":
            return ">=", ("size", self.path()), ("value", ("N", self.rng.randint(0, 3)))
        if kind == "begins_with":
            return kind, self.path(), value("S")
        if kind == "contains":
            return kind, self.path(), value("S", "N")
        if kind == "exists":
            return self.rng.choice(["attribute_exists", "attribute_not_exists"]), self.path()
        if kind == "type":
            return "attribute_type", self.path(), ("value", ("S", self.rng.choice(["S", "N", "L", "M", "SS"])))
        return kind, self.path(), value("S", "N", "B")

    def where(self, statement, key, condition):
        text = f"pk = {statement.value(('S', key[0]))} AND sk = {statement.value(('N', key[1]))}"
        return text + (f" AND {statement.condition(condition)}" if condition else "")

    def select(self):
        statement = Statement(self.rng)
        partition = self.rng.choice(PARTITIONS)
        descending = self.rng.random() < 0.5
        condition = self.random_condition()
        check_condition(condition)
        text = (
            f'SELECT * FROM "{self.table}" WHERE pk = {statement.value(("S", partition))}'
            f" AND {statement.condition(condition)} ORDER BY sk {'DESC' if descending else 'ASC'}"
        )
        found = statement.run(self.client, text)
        keys = sorted(key for key in self.items if key[0] == partition and holds(condition, self.items[key]))
        wanted = [item_to_json(self.items[key]) for key in (keys[::-1] if descending else keys)]
        assert found == wanted, (text, statement.parameters)
        return bool(found)

    def insert(self):
        statement = Statement(self.rng)
        key = self.random_key()
        item = {"pk": ("S", key[0]), "sk": ("N", key[1]), **random_item(self.rng)}
        members = ", ".join(f"'{name}': {statement.value(value)}" for name, value in item.items())
        text = f'INSERT INTO "{self.table}" VALUE {{{members}}}'
        try:
            assert statement.run(self.client, text) == []
        except Failure as failure:
            assert failure.type == "DuplicateItemException" and key in self.items, (text, failure)
            return False
        assert key not in self.items, text
        self.items[key] = item
        return True

    def delete(self):
        statement = Statement(self.rng)
        key = self.random_key()
        condition = self.random_condition(1) if self.rng.random() < 0.7 else None
        text = f'DELETE FROM "{self.table}" WHERE {self.where(statement, key, condition)} RETURNING ALL OLD *'
        old = self.items.get(key)
        good = old is None or condition is None or holds(condition, old)
        try:
            found = statement.run(self.client, text)
        except Failure as failure:
            assert failure.type == "ConditionalCheckFailedException", (text, failure)
            # With more than the key in its WHERE clause, a missing item may fail it or not.
            assert not good or old is None and condition, (text, old)
            return False
        assert good, (text, statement.parameters, old)
        assert found == ([item_to_json(old)] if old else []), text
        return self.items.pop(key, None) is not None

    def random_action(self):
        _, path = self.path()
        kind = self.rng.random()
        if kind < 0.25:
            return "REMOVE", path, None
        if kind < 0.45:
            operator = self.rng.choice("+-")
            return "SET", path, (operator, self.path(), ("value", random_value(self.rng, 0, "N")))
        if kind < 0.6:
            return "SET", path, ("list_append", self.path(), ("value", random_value(self.rng, 1, "L")))
        return "SET", path, ("value", random_value(self.rng, 1))

    def update(self):
        statement = Statement(self.rng)
        key = self.random_key()
        old = self.items.get(key)
        actions = [self.random_action() for _ in range(self.rng.randint(1, 2))]
        clauses = []
        for section, path, operand in actions:
            text = f"{section} {statement.path(path)}"
            clauses.append(text + (f" = {statement.operand(operand)}" if operand else ""))
        condition = self.random_condition(1) if self.rng.random() < 0.3 else None
        where = self.where(statement, key, condition)
        text = f'UPDATE "{self.table}" {" ".join(clauses)} WHERE {where} RETURNING ALL NEW *'
        good = old is not None and (condition is None or holds(condition, old))
        try:
            new = updates.apply(actions, copy.deepcopy(old)) if good else None
        except Invalid:
            new = None
        try:
            found = statement.run(self.client, text)
        except Failure as failure:
            kinds = ("ValidationException",) + (() if good else ("ConditionalCheckFailedException",))
            assert failure.type in kinds and new is None, (text, statement.parameters, old, failure)
            return False
        assert new is not None, (text, statement.parameters, old)
        assert found == [item_to_json(new)], (text, statement.parameters, old)
        self.items[key] = new
        return True

    def check(self):
        found, _ = self.client.pages("Scan", TableName=self.table)
        found = {(item["pk"]["S"], int(item["sk"]["N"])): item for item in found}
        assert found == {key: item_to_json(item) for key, item in self.items.items()}


@pytest.fixture
def world(client, rng, make_table):
    return World(client, rng, make_table("S", "N"))


def test_statements(world):
    for case in range(cases(2500)):
        kind = world.rng.choice(["select", "insert", "update", "update", "update", "delete"])
        if getattr(world, kind)():
            world.done[kind] = world.done.get(kind, 0) + 1
        if case % 50 == 0:
            world.check()
    world.check()
    assert len(world.done) == 4 and min(world.done.values()) > case // 50, world.done
