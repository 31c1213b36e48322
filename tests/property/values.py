"""Attribute values as Python sees them, to and from DynamoDB JSON, and random ones.

A value is a pair of its type and: str (S), Decimal (N), bytes (B), bool (BOOL), True (NULL), list of values
(L), dict of values (M), frozenset (SS, NS, BS). Pairs are equal when DynamoDB takes the values for equal.
"""

import base64
import decimal
from decimal import Decimal

EXACT = decimal.Context(prec=1000, Emin=-9999, Emax=9999)
DIGITS_MAX = 38
SCALARS = ("S", "N", "B", "BOOL", "NULL")
ORDERED = ("S", "N", "B")
SETS = ("SS", "NS", "BS")


def number_text(number):
    """As DynamoDB prints it: plain digits, no zeros that say nothing."""
    if number == 0:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def is_storable(number):
    if number == 0:
        return True
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    return len(digits) <= DIGITS_MAX and -130 <= number.adjusted() <= 125


def from_json(document):
    ((kind, content),) = document.items()
    convert = {
        "N": Decimal,
        "B": base64.b64decode,
        "L": lambda members: [from_json(member) for member in members],
        "M": item_from_json,
        "SS": frozenset,
        "NS": lambda members: frozenset(map(Decimal, members)),
        "BS": lambda members: frozenset(map(base64.b64decode, members)),
    }
    return kind, convert.get(kind, lambda same: same)(content)


def to_json(value):
    """The canonical form: what a server must answer, to the letter."""
    kind, content = value
    binary = lambda raw: base64.b64encode(raw).decode()
    convert = {
        "N": number_text,
        "B": binary,
        "L": lambda members: [to_json(member) for member in members],
        "M": item_to_json,
        "SS": lambda members: sorted(members, key=str.encode),
        "NS": lambda members: [number_text(member) for member in sorted(members)],
        "BS": lambda members: [binary(member) for member in sorted(members)],
    }
    return {kind: convert.get(kind, lambda same: same)(content)}


def item_from_json(document):
    return {name: from_json(value) for name, value in document.items()}


def item_to_json(item):
    return {name: to_json(value) for name, value in item.items()}


def order_key(value):
    """Sorts values of one type as DynamoDB orders keys."""
    kind, content = value
    return content.encode() if kind == "S" else content


# Few different values, so that equal ones, prefixes and members of sets meet.
TEXTS = ["", "a", "ab", "abc", "b", "ba", "é", "\U0001f600", "a\U0001f600"]
NUMBERS = ["0", "1", "-1", "2", "1.5", "-0.25", "100", "1e2", "3.0", "9e125", "1e-130", "12345678901234567890"]
BYTES = [b"", b"a", b"ab", b"\x00", b"\xff\x00", b"b"]
NAMES = ["x", "y", "z"]


def random_value(rng, depth=2, kinds=None):
    kind = rng.choice(kinds or (SCALARS[:3] * 3 + SCALARS + SETS + (("L", "M") * 3 if depth else ())))
    pools = {"S": TEXTS, "N": [Decimal(text) for text in NUMBERS], "B": BYTES}
    if kind in pools:
        return kind, rng.choice(pools[kind])
    if kind in SETS:
        pool = pools[kind[0]]
        return kind, frozenset(rng.choice(pool) for _ in range(rng.randint(1, 3)))
    if kind == "BOOL":
        return kind, rng.random() < 0.5
    if kind == "NULL":
        return kind, True
    members = rng.randint(0, 3)
    if kind == "L":
        return kind, [random_value(rng, depth - 1) for _ in range(members)]
    return kind, {rng.choice(NAMES): random_value(rng, depth - 1) for _ in range(members)}


ATTRIBUTES = ["a", "b", "c", "d"]


def random_item(rng):
    return {name: random_value(rng) for name in ATTRIBUTES if rng.random() < 0.8}


def random_path(rng, depth=2):
    """Attribute names and list indexes; most lead to something in a random item."""
    path = [rng.choice(ATTRIBUTES)]
    while depth and rng.random() < 0.4:
        path.append(rng.choice(NAMES) if rng.random() < 0.5 else rng.choice([0, 0, 1, 2, 7]))
        depth -= 1
    return tuple(path)


def all_paths(item):
    """To everything in the item, and to one place behind the end of each list."""
    paths = []

    def visit(path, value):
        paths.append(path)
        kind, content = value
        if kind == "M":
            for name, member in content.items():
                visit((*path, name), member)
        if kind == "L":
            for index, member in enumerate(content):
                visit((*path, index), member)
            paths.append((*path, len(content)))

    for name, value in item.items():
        visit((name,), value)
    return paths


def find(item, path):
    """The value at the path; None if there is none."""
    value = ("M", item)
    for step in path:
        kind, content = value
        if isinstance(step, int):
            if kind != "L" or step >= len(content):
                return None
            value = content[step]
        else:
            if kind != "M" or step not in content:
                return None
            value = content[step]
    return value
