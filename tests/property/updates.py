"""Update expressions: written as text, and what becomes of an item.

An update is a list of (section, path, operand): SET with any operand, REMOVE with None, ADD and DELETE with a
value.
"""

import copy

from tests.property.expressions import Invalid, check_paths, literal
from tests.property.values import EXACT, SETS, find, is_storable


def write_update(writer, update):
    sections = []
    for section in ("SET", "REMOVE", "ADD", "DELETE"):
        actions = []
        for kind, path, operand in update:
            if kind != section:
                continue
            text = writer.path(path)
            if operand is not None:
                text += (" = " if kind == "SET" else " ") + writer.operand(operand)
            actions.append(text)
        if actions:
            sections.append(writer.rng.choice([section, section.lower()]) + " " + ", ".join(actions))
    writer.rng.shuffle(sections)
    return " ".join(sections)


def check_operand(operand):
    kind, *rest = operand
    if kind in ("path", "value"):
        return
    operands = rest[1:] if kind == "if_not_exists" else rest
    if kind in ("if_not_exists", "list_append") and any(o[0] == "list_append" for o in operands):
        raise Invalid("list_append may not be nested")
    wanted = {"list_append": "L", "+": "N", "-": "N"}.get(kind)
    for inner in operands:
        check_operand(inner)
        value = literal(inner)
        if wanted and value is not None and value[0] != wanted:
            raise Invalid("operand type")


def check_update(update):
    for kind, _, operand in update:
        if kind == "SET":
            check_operand(operand)
        if kind == "ADD" and operand[1][0] not in ("N",) + SETS:
            raise Invalid("ADD of another type")
        if kind == "DELETE" and operand[1][0] not in SETS:
            raise Invalid("DELETE of another type")
    check_paths([path for _, path, _ in update])


def add(a, b, sign=1):
    result = EXACT.add(a, b) if sign > 0 else EXACT.subtract(a, b)
    if not is_storable(result):
        raise Invalid("overflow")
    return result


def operand_value(operand, item):
    kind, *rest = operand
    if kind == "value":
        return rest[0]
    if kind == "path":
        value = find(item, rest[0])
        if value is None:
            raise Invalid("refers to an attribute that does not exist")
        return value
    if kind == "if_not_exists":
        value = find(item, rest[0])
        return operand_value(rest[1], item) if value is None else value
    left, right = (operand_value(inner, item) for inner in rest)
    wanted = "L" if kind == "list_append" else "N"
    if left[0] != wanted or right[0] != wanted:
        raise Invalid("operand type")
    if kind == "list_append":
        return "L", left[1] + right[1]
    return "N", add(left[1], right[1], 1 if kind == "+" else -1)


def new_value(kind, path, operand, item):
    """What an action puts there; None: nothing is there afterwards."""
    if kind == "SET":
        return operand_value(operand, item)
    if kind == "REMOVE":
        return None
    given, old = operand[1], find(item, path)
    if old is None:
        return given if kind == "ADD" else None
    if old[0] != given[0]:
        raise Invalid("stored type")
    if given[0] == "N":
        return "N", add(old[1], given[1])
    members = old[1] | given[1] if kind == "ADD" else old[1] - given[1]
    return (given[0], members) if members else None


def check_parent(item, path):
    parent = find(item, path[:-1])
    if parent is None or parent[0] != ("L" if isinstance(path[-1], int) else "M"):
        raise Invalid("document path")


def apply(update, item):
    """The item afterwards. All operands and indexes mean the item as it was."""
    check_update(update)
    values = []
    for kind, path, operand in update:
        values.append(new_value(kind, path, operand, item))
        check_parent(item, path)
    result = copy.deepcopy(item)
    changed = []
    for (_, path, _), value in zip(update, values):
        parent = find(result, path[:-1])[1]
        step = path[-1]
        if isinstance(step, int):
            changed.append((parent, step, value))
        elif value is None:
            parent.pop(step, None)
        else:
            parent[step] = copy.deepcopy(value)
    change_lists(changed)
    return result


def change_lists(changed):
    lengths = {id(elements): len(elements) for elements, _, _ in changed}
    # What is set behind the end is appended, in order of the indexes; removals are done last, from behind.
    for elements, step, value in sorted(changed, key=lambda change: change[1]):
        if value is None:
            continue
        if step < lengths[id(elements)]:
            elements[step] = copy.deepcopy(value)
        else:
            elements.append(copy.deepcopy(value))
    for elements, step, value in sorted(changed, key=lambda change: -change[1]):
        if value is None and step < lengths[id(elements)]:
            del elements[step]
