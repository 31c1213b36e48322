"""Expressions as trees: written as text, checked and evaluated as DynamoDB's documentation says.

An operand is ("path", steps), ("value", value) or ("size", operand); in updates also ("if_not_exists",
path, operand), ("list_append", operand, operand), ("+", operand, operand) and ("-", operand, operand).
"""

from tests.property.values import ORDERED, SETS, find, order_key, to_json


class Invalid(Exception):
    """DynamoDB answers a ValidationException."""


class Writer:
    """Writes trees as text, with a placeholder for each value and some of the names."""

    def __init__(self, rng):
        self.rng = rng
        self.names = {}
        self.values = {}

    def value(self, value):
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = to_json(value)
        return placeholder

    def path(self, steps):
        text = ""
        for step in steps:
            if isinstance(step, int):
                text += f"[{step}]"
                continue
            if self.rng.random() < 0.3:
                self.names["#" + step] = step
                step = "#" + step
            text += ("." if text else "") + step
        return text

    def operand(self, operand):
        kind = operand[0]
        if kind == "path":
            return self.path(operand[1])
        if kind == "value":
            return self.value(operand[1])
        if kind == "size":
            return f"size({self.operand(operand[1])})"
        if kind == "if_not_exists":
            return f"if_not_exists({self.path(operand[1])}, {self.operand(operand[2])})"
        if kind == "list_append":
            return f"list_append({self.operand(operand[1])},{self.operand(operand[2])})"
        return f"{self.operand(operand[1])} {kind} {self.operand(operand[2])}"

    def condition(self, tree):
        kind, *rest = tree
        if kind in ("AND", "OR"):
            word = self.rng.choice([kind, kind.lower()])
            return f" {word} ".join(self.child(child) for child in rest)
        if kind == "NOT":
            return f"NOT {self.child(rest[0])}"
        if kind == "BETWEEN":
            value, lower, upper = map(self.operand, rest)
            return f"{value} BETWEEN {lower} AND {upper}"
        if kind == "IN":
            value, *listed = map(self.operand, rest)
            return f"{value} IN ({', '.join(listed)})"
        if kind in FUNCTIONS:
            return f"{kind}({', '.join(map(self.operand, rest))})"
        left, right = map(self.operand, rest)
        return f"{left}{self.rng.choice([' ', ''])}{kind} {right}"

    def child(self, tree):
        text = self.condition(tree)
        return f"({text})" if tree[0] in ("AND", "OR") or self.rng.random() < 0.2 else text

    def members(self, **expressions):
        """Of a request."""
        members = dict(expressions)
        if self.names:
            members["ExpressionAttributeNames"] = self.names
        if self.values:
            members["ExpressionAttributeValues"] = self.values
        return members


FUNCTIONS = ("attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains")
ORDERINGS = ("<", "<=", ">", ">=")
TYPES = ("S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS")


def literal(operand):
    return operand[1] if operand[0] == "value" else None


def require_literal_type(operand, kinds):
    value = literal(operand)
    if value is not None and value[0] not in kinds:
        raise Invalid(f"{value[0]} can not be used here")


def check_distinct(first, others):
    if first[0] == "path" and first in others:
        raise Invalid("the first operand must be distinct")


def check_condition(tree):
    """Raises Invalid for what DynamoDB refuses whatever the items are."""
    kind, *rest = tree
    if kind in ("AND", "OR", "NOT"):
        for child in rest:
            check_condition(child)
        return
    for operand in rest:
        if operand[0] == "size":
            require_literal_type(operand[1], ("S", "B", "L", "M") + SETS)
    if kind in ORDERINGS or kind == "BETWEEN":
        for operand in rest:
            require_literal_type(operand, ORDERED)
    if kind == "BETWEEN":
        lower, upper = map(literal, rest[1:])
        if lower and upper:
            if lower[0] != upper[0] or order_key(lower) > order_key(upper):
                raise Invalid("bounds")
    elif kind not in ("attribute_exists", "attribute_not_exists", "attribute_type"):
        check_distinct(rest[0], rest[1:])
    if kind == "begins_with":
        for operand in rest:
            require_literal_type(operand, ("S", "B"))
    if kind == "attribute_type":
        value = literal(rest[1])
        if value[0] != "S" or value[1] not in TYPES:
            raise Invalid("no type")


def operand_value(operand, item):
    kind, content = operand
    if kind == "value":
        return content
    if kind == "path":
        return find(item, content)
    value = operand_value(content, item)
    if value is None or value[0] in ("N", "BOOL", "NULL"):
        return None
    # DynamoDB counts the characters of strings in UTF-16.
    return "N", len(value[1].encode("utf-16-le")) // 2 if value[0] == "S" else len(value[1])


def compares(kind, left, right):
    if kind == "=":
        return left is not None and left == right
    if kind == "<>":
        return left is None or left != right
    if left is None or right is None or left[0] != right[0] or left[0] not in ORDERED:
        return False
    a, b = order_key(left), order_key(right)
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[kind]


def contains(whole, part):
    if whole is None or part is None:
        return False
    kind, content = whole
    if kind in ("S", "B"):
        return part[0] == kind and part[1] in content
    if kind in SETS:
        return part[0] == kind[0] and part[1] in content
    return kind == "L" and part in content


def evaluate(tree, item):
    kind, *rest = tree
    if kind == "AND":
        return all(evaluate(child, item) for child in rest)
    if kind == "OR":
        return any(evaluate(child, item) for child in rest)
    if kind == "NOT":
        return not evaluate(rest[0], item)
    values = [operand_value(operand, item) for operand in rest]
    first, *others = values
    if kind == "BETWEEN":
        return compares(">=", first, others[0]) and compares("<=", first, others[1])
    if kind == "IN":
        return any(compares("=", first, other) for other in others)
    if kind == "attribute_exists":
        return first is not None
    if kind == "attribute_not_exists":
        return first is None
    if kind == "attribute_type":
        return first is not None and first[0] == others[0][1]
    if kind == "begins_with":
        second = others[0]
        same = first is not None and second is not None and first[0] == second[0]
        return same and first[0] in ("S", "B") and first[1].startswith(second[1])
    if kind == "contains":
        return contains(first, others[0])
    return compares(kind, first, others[0])


def check_paths(paths):
    """No two may overlap, or take one place for a map and for a list."""
    for i, one in enumerate(paths):
        for other in paths[:i]:
            for a, b in zip(one, other):
                if a == b:
                    continue
                if isinstance(a, int) != isinstance(b, int):
                    raise Invalid("conflict")
                break
            else:
                raise Invalid("overlap")


def project(item, paths):
    """What of an item a ProjectionExpression asks for."""
    check_paths(paths)
    return prune(("M", item), [path for path in paths if find(item, path) is not None])[1]


def prune(value, paths):
    if () in paths:
        return value
    kind, content = value
    steps = sorted({path[0] for path in paths}) if paths else []
    parts = {step: prune(content[step], [p[1:] for p in paths if p[0] == step]) for step in steps}
    return (kind, list(parts.values())) if kind == "L" else (kind, parts)
