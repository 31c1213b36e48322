"""Numbers against Python's decimals: what is stored, how it is printed, sums and differences."""

import decimal
from decimal import Decimal

from tests.property.client import Failure, cases
from tests.property.values import EXACT, is_storable, number_text

BATCH = 20
KEY = {"pk": {"S": "n"}}


def random_text(rng):
    """A number as a client may write it; a few are out of range or have too many digits."""
    digits = "".join(rng.choice("0123456789") for _ in range(rng.choice([1, 2, 5, 18, 19, 37, 38, 38, 39])))
    if rng.random() < 0.3:
        digits = digits[: rng.randint(1, len(digits))] + "0" * rng.randint(0, 9)
    point = rng.choice([None, 0, len(digits), rng.randint(0, len(digits))])
    if point is not None:
        digits = digits[:point] + "." + digits[point:]
    exponent = rng.choice([0, rng.randint(-9, 9), rng.randint(-45, 45), rng.choice([-130, -100, 86, 88, 125])])
    written = rng.choice(["e", "E"]) + rng.choice(["", "+"] if exponent >= 0 else [""]) + str(exponent)
    return rng.choice(["", "", "-", "+"]) + digits + (written if exponent or rng.random() < 0.1 else "")


def random_storable(rng):
    while True:
        text = random_text(rng)
        number = decimal.Decimal(text)
        if number and is_storable(number):
            return text, number


def near(rng, number):
    """Another number whose digits meet those of the first; far apart ones need too many digits."""
    text, other = random_storable(rng)
    if rng.random() < 0.8:
        wanted = number.adjusted() + rng.randint(-30, 30)
        other = EXACT.scaleb(other, wanted - other.adjusted())
        text = str(other)
    return (text, other) if is_storable(other) else (str(number), number)


def test_writing(client, rng, make_table):
    table = make_table()
    for _ in range(cases(1500)):
        text = random_text(rng)
        number = Decimal(text)
        if not number and any(c in text for c in "eE"):
            continue  # zeros are judged by their exponent as it is written
        try:
            client.call("PutItem", TableName=table, Item={**KEY, "n": {"N": text}})
        except Failure as failure:
            assert failure.type == "ValidationException" and not is_storable(number), (text, failure)
            continue
        assert is_storable(number), text
        read = client.call("GetItem", TableName=table, Key=KEY)["Item"]["n"]["N"]
        assert read == number_text(number), text


def outcome(client, table, expression, values):
    try:
        answer = client.call(
            "UpdateItem",
            TableName=table,
            Key=KEY,
            UpdateExpression=expression,
            ExpressionAttributeValues=values,
            ReturnValues="UPDATED_NEW",
        )
    except Failure as failure:
        assert failure.type == "ValidationException", failure
        assert "Number overflow" in failure.document["message"], failure
        return None
    return {name: value["N"] for name, value in answer["Attributes"].items()}


def random_sum(rng):
    """Two numbers, an operator, and the text of the result; None if it is none that DynamoDB can keep."""
    left_text, left = random_storable(rng)
    right_text, right = near(rng, left)
    operator = rng.choice("+-")
    result = EXACT.add(left, right) if operator == "+" else EXACT.subtract(left, right)
    return left_text, operator, right_text, number_text(result) if is_storable(result) else None


def test_sums_and_differences(client, rng, make_table):
    table = make_table()
    good, refused = [], 0
    for _ in range(cases(3000)):
        left, operator, right, result = random_sum(rng)
        if result is not None:
            good.append((left, operator, right, result))
        else:
            refused += 1
            values = {":a": {"N": left}, ":b": {"N": right}}
            assert outcome(client, table, f"SET r = :a {operator} :b", values) is None, values
        if len(good) == BATCH:
            check_good(client, table, good)
            good = []
    assert refused


def check_good(client, table, sums):
    """Sums of values, and the same ones by ADD to what is stored, of one request each."""
    values, actions, additions = {}, [], []
    for i, (left, operator, right, _) in enumerate(sums):
        negated = right[1:] if right.startswith("-") else "-" + right.lstrip("+")
        values |= {f":a{i}": {"N": left}, f":b{i}": {"N": right}}
        values[f":c{i}"] = {"N": right if operator == "+" else negated}
        actions.append(f"r{i} = :a{i} {operator} :b{i}")
        additions.append(f"s{i} :c{i}")
    wanted = [result for _, _, _, result in sums]
    used = {name: value for name, value in values.items() if name[1] != "c"}
    found = outcome(client, table, "SET " + ", ".join(actions), used)
    assert found == {f"r{i}": result for i, result in enumerate(wanted)}, sums
    stored = {f"s{i}": values[f":a{i}"] for i in range(len(sums))}
    client.call("PutItem", TableName=table, Item={**KEY, **stored})
    added = {name: value for name, value in values.items() if name[1] == "c"}
    found = outcome(client, table, "ADD " + ", ".join(additions), added)
    assert found == {f"s{i}": result for i, result in enumerate(wanted)}, sums
