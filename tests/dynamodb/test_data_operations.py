"""Data operations to the letter: capacity arithmetic, item collection metrics, and each limit at the limit and one
beyond."""

import pytest
from botocore.exceptions import ClientError

from tests.functions import create_table

KB = 1024
ITEM_MAX = 400 * KB
PUT_TOO_LARGE = ("ValidationException", "Item size has exceeded the maximum allowed size")
UPDATE_TOO_LARGE = ("ValidationException", "Item size to update has exceeded the maximum allowed size")


def error_of(call, *arguments, **more):
    with pytest.raises(ClientError) as refused:
        call(*arguments, **more)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def keys(*names):
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"))]


@pytest.fixture
def table(dynamodb, unique):
    """A local index on l (all), a global one on g (keys and `seen`)."""
    dynamodb.create_table(
        TableName=unique, BillingMode="PAY_PER_REQUEST", KeySchema=keys("pk", "sk"),
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "l", "g")],
        LocalSecondaryIndexes=[{"IndexName": "local", "KeySchema": keys("pk", "l"),
                                "Projection": {"ProjectionType": "KEYS_ONLY"}}],
        GlobalSecondaryIndexes=[{"IndexName": "global", "KeySchema": keys("g"), "Projection": {
            "ProjectionType": "INCLUDE", "NonKeyAttributes": ["seen"]}}])
    return unique


@pytest.fixture
def plain(dynamodb, unique):
    create_table(dynamodb, unique, stream=None)
    return unique


def key(number="1"):
    return {"pk": {"S": "p"}, "sk": {"S": number}}


def text(size):
    return {"S": "x" * size}


def arms(capacity, member="CapacityUnits"):
    """(total, table, local, global), None where an arm is absent."""
    def arm(*path):
        found = capacity
        for name in path:
            found = found.get(name, {})
        return found.get(member)

    return (capacity[member], arm("Table"), arm("LocalSecondaryIndexes", "local"),
            arm("GlobalSecondaryIndexes", "global"))


def test_what_writes_cost(dynamodb, table):
    def put(**attributes):
        answer = dynamodb.put_item(TableName=table, Item={**key(), **attributes}, ReturnConsumedCapacity="INDEXES")
        return arms(answer["ConsumedCapacity"])

    assert put() == (1, 1, None, None)
    assert put(l={"S": "1"}, g={"S": "1"}) == (3, 1, 1, 1)
    assert put(l={"S": "1"}, g={"S": "1"}) == (1, 1, None, None)           # nothing changes
    assert put(l={"S": "1"}, g={"S": "1"}, x=text(10)) == (1, 1, None, None)  # nothing that is projected
    assert put(l={"S": "1"}, g={"S": "1"}, seen=text(10)) == (2, 1, None, 1)
    assert put(l={"S": "2"}, g={"S": "1"}, seen=text(10)) == (3, 1, 2, None)  # a key: deleted and inserted
    assert put(l={"S": "2"}, g={"S": "2"}, seen=text(10)) == (3, 1, None, 2)
    assert put(l={"S": "2"}, g={"S": "2"}, seen=text(3000)) == (6, 3, None, 3)
    assert put(l={"S": "2"}) == (6, 3, None, 3)                            # the larger of old and new
    assert put(x=text(KB - 7)) == (2, 1, 1, None)                          # exactly 1 KB
    assert put(x=text(KB - 6)) == (2, 2, None, None)


def test_what_other_single_writes_cost(dynamodb, plain):
    def cost(call, **more):
        return call(TableName=plain, ReturnConsumedCapacity="TOTAL", **more)["ConsumedCapacity"]

    assert cost(dynamodb.delete_item, Key={"pk": {"S": "none"}}) == {"TableName": plain, "CapacityUnits": 1}
    dynamodb.put_item(TableName=plain, Item={"pk": {"S": "a"}, "x": text(2 * KB)})
    update = {"Key": {"pk": {"S": "a"}}, "UpdateExpression": "SET x = :x"}
    assert cost(dynamodb.update_item, **update, ExpressionAttributeValues={":x": text(1)})["CapacityUnits"] == 3
    assert cost(dynamodb.update_item, **update, ExpressionAttributeValues={":x": text(4 * KB)})["CapacityUnits"] == 5
    assert cost(dynamodb.delete_item, Key={"pk": {"S": "a"}})["CapacityUnits"] == 5
    assert "ConsumedCapacity" not in dynamodb.delete_item(
        TableName=plain, Key={"pk": {"S": "a"}}, ReturnConsumedCapacity="NONE")
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as refused:
        cost(dynamodb.delete_item, Key={"pk": {"S": "a"}}, ConditionExpression="attribute_exists(pk)")
    assert "ConsumedCapacity" not in refused.value.response
    statement = f'INSERT INTO "{plain}" VALUE {{\'pk\': ?, \'x\': ?}}'
    assert dynamodb.execute_statement(
        Statement=statement, Parameters=[{"S": "s"}, text(KB)],
        ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"] == {
            "TableName": plain, "CapacityUnits": 2, "Table": {"CapacityUnits": 2}}


@pytest.mark.parametrize("size, units", [(1, 1), (4 * KB, 1), (4 * KB + 1, 2), (8 * KB + 1, 3)])
def test_what_reads_of_one_item_cost(dynamodb, plain, size, units):
    dynamodb.put_item(TableName=plain, Item={"pk": {"S": "a"}, "x": text(max(size - 4, 0))})
    get = {"TableName": plain, "Key": {"pk": {"S": "a"}}, "ReturnConsumedCapacity": "TOTAL",
           "ProjectionExpression": "pk"}
    one = {plain: {"Keys": [{"pk": {"S": "none"}}, {"pk": {"S": "a"}}]}}

    def of(answer):
        capacity = answer["ConsumedCapacity"]
        return (capacity[0] if isinstance(capacity, list) else capacity)["CapacityUnits"]

    assert of(dynamodb.get_item(**get)) == units / 2
    assert of(dynamodb.get_item(**get, ConsistentRead=True)) == units
    assert of(dynamodb.get_item(**{**get, "Key": {"pk": {"S": "none"}}})) == 0.5
    assert of(dynamodb.batch_get_item(RequestItems=one, ReturnConsumedCapacity="TOTAL")) == units / 2 + 0.5
    one[plain]["ConsistentRead"] = True
    assert of(dynamodb.batch_get_item(RequestItems=one, ReturnConsumedCapacity="TOTAL")) == units + 1
    answer = dynamodb.transact_get_items(ReturnConsumedCapacity="INDEXES", TransactItems=[
        {"Get": {"TableName": plain, "Key": {"pk": {"S": name}}}} for name in ("a", "none")])
    total = {"CapacityUnits": 2 * units + 2, "ReadCapacityUnits": 2 * units + 2}
    assert answer["ConsumedCapacity"] == [{"TableName": plain, **total, "Table": total}]


def test_what_pages_cost(start_server):
    server = start_server("--in-memory", "--test-page-bytes", str(2**20))
    dynamodb, table = server.client("dynamodb"), "pages"
    dynamodb.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=keys("pk", "sk"),
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "l", "g")],
        LocalSecondaryIndexes=[{"IndexName": "local", "KeySchema": keys("pk", "l"),
                                "Projection": {"ProjectionType": "KEYS_ONLY"}}],
        GlobalSecondaryIndexes=[{"IndexName": "global", "KeySchema": keys("g"),
                                 "Projection": {"ProjectionType": "KEYS_ONLY"}}])
    for number in range(3):
        dynamodb.put_item(TableName=table, Item={**key(str(number)), "l": {"S": "1"}, "g": {"S": "1"},
                                                 "x": text(5 * KB)})
    query = {"TableName": table, "KeyConditionExpression": "pk = :p", "ReturnConsumedCapacity": "INDEXES",
             "ExpressionAttributeValues": {":p": {"S": "p"}}}

    def cost(call=dynamodb.query, **more):
        return arms(call(**{**query, **more})["ConsumedCapacity"])

    assert cost() == (2, 2, None, None)                      # 15.1 KB together
    assert cost(ConsistentRead=True) == (4, 4, None, None)
    assert cost(Limit=1) == (1, 1, None, None)
    assert cost(Select="COUNT") == (2, 2, None, None)
    assert cost(IndexName="local") == (0.5, 0, 0.5, None)
    assert cost(IndexName="local", ProjectionExpression="x") == (3.5, 3, 0.5, None)  # 2 half units for each item
    assert cost(IndexName="local", Select="ALL_ATTRIBUTES", ConsistentRead=True) == (7, 6, 1, None)
    assert cost(IndexName="global", KeyConditionExpression="g = :p", ExpressionAttributeValues={
        ":p": {"S": "1"}}) == (0.5, 0, None, 0.5)
    assert cost(ExpressionAttributeValues={":p": {"S": "none"}}) == (0.5, 0.5, None, None)
    scan = {"TableName": table, "ReturnConsumedCapacity": "INDEXES"}
    assert arms(dynamodb.scan(**scan)["ConsumedCapacity"]) == (2, 2, None, None)
    assert arms(dynamodb.scan(**scan, ConsistentRead=True)["ConsumedCapacity"]) == (4, 4, None, None)
    assert arms(dynamodb.scan(**scan, IndexName="global")["ConsumedCapacity"]) == (0.5, 0, None, 0.5)


def test_what_batches_and_transactions_cost(dynamodb, table, unique):
    other = unique + "-other"
    create_table(dynamodb, other, stream=None)
    item = {**key(), "l": {"S": "1"}, "g": {"S": "1"}, "x": text(KB)}
    answer = dynamodb.batch_write_item(ReturnConsumedCapacity="INDEXES", RequestItems={
        table: [{"PutRequest": {"Item": item}}, {"DeleteRequest": {"Key": key("none")}}],
        other: [{"PutRequest": {"Item": {"pk": {"S": "1"}}}}]})["ConsumedCapacity"]
    found = {capacity["TableName"]: arms(capacity) for capacity in answer}
    assert found == {table: (5, 3, 1, 1), other: (1, 1, None, None)}

    def transact(*actions, **more):
        answer = dynamodb.transact_write_items(
            TransactItems=list(actions), ReturnConsumedCapacity="INDEXES", **more)["ConsumedCapacity"]
        return {capacity["TableName"]: capacity for capacity in answer}

    check = {"ConditionCheck": {"TableName": table, "Key": key(), "ConditionExpression": "attribute_exists(pk)"}}
    move = {"Update": {"TableName": table, "Key": key("2"), "UpdateExpression": "SET g = :g",
                       "ExpressionAttributeValues": {":g": {"S": "1"}}}}
    add = {"Put": {"TableName": other, "Item": {"pk": {"S": "2"}}}}
    first = transact(check, move, add, ClientRequestToken=unique)
    assert arms(first[table]) == arms(first[table], "WriteCapacityUnits") == (7, 6, None, 1)
    assert arms(first[other]) == (2, 2, None, None) and "ReadCapacityUnits" not in first[other]
    again = transact(check, move, add, ClientRequestToken=unique)
    assert arms(again[table]) == arms(again[table], "ReadCapacityUnits") == (4, 4, None, None)
    assert "WriteCapacityUnits" not in again[table]
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as cancelled:
        transact({"ConditionCheck": {**check["ConditionCheck"], "ConditionExpression": "attribute_not_exists(pk)"}})
    assert "ConsumedCapacity" not in cancelled.value.response


def test_item_collection_metrics(dynamodb, table, unique):
    metrics = {"ItemCollectionKey": {"pk": {"S": "p"}}, "SizeEstimateRangeGB": [0, 1]}
    size = {"ReturnItemCollectionMetrics": "SIZE"}
    for call, arguments in ((dynamodb.put_item, {"Item": key()}), (dynamodb.update_item, {"Key": key()}),
                            (dynamodb.delete_item, {"Key": key()})):
        assert call(TableName=table, **arguments, **size)["ItemCollectionMetrics"] == metrics
        assert "ItemCollectionMetrics" not in call(TableName=table, **arguments)
    batch = {table: [{"PutRequest": {"Item": key("1")}}, {"PutRequest": {"Item": key("2")}}]}
    found = dynamodb.batch_write_item(RequestItems=batch, **size)["ItemCollectionMetrics"]
    assert found[table][0] == metrics and set(found) == {table}
    actions = [{"Put": {"TableName": table, "Item": key("1")}}]
    assert dynamodb.transact_write_items(TransactItems=actions, **size)["ItemCollectionMetrics"] == {table: [metrics]}
    other = unique + "-other"  # without local indexes
    create_table(dynamodb, other, stream=None)
    assert "ItemCollectionMetrics" not in dynamodb.put_item(TableName=other, Item={"pk": {"S": "a"}}, **size)


def item_of(size, name="a"):
    return {"pk": {"S": name}, "x": text(size - 3 - len(name))}


def test_the_largest_item(dynamodb, plain):
    def insert(size):
        dynamodb.execute_statement(Statement=f'INSERT INTO "{plain}" VALUE {{\'pk\': ?, \'x\': ?}}',
                                   Parameters=list(item_of(size, f"i{size}").values()))

    def update(size):
        dynamodb.put_item(TableName=plain, Item={"pk": {"S": "u"}})
        dynamodb.execute_statement(Statement=f'UPDATE "{plain}" SET x = ? WHERE pk = \'u\'',
                                   Parameters=[item_of(size, "u")["x"]])

    def put(size):
        dynamodb.put_item(TableName=plain, Item=item_of(size))

    def batch(size):
        dynamodb.batch_write_item(RequestItems={plain: [{"PutRequest": {"Item": item_of(size)}}]})

    def transact(size):
        dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": plain, "Item": item_of(size)}}])

    for write, too_large in ((put, PUT_TOO_LARGE), (batch, PUT_TOO_LARGE), (transact, PUT_TOO_LARGE),
                             (insert, PUT_TOO_LARGE), (update, UPDATE_TOO_LARGE)):
        write(ITEM_MAX)
        assert error_of(write, ITEM_MAX + 1) == too_large, write


def test_an_update_in_a_transaction_that_grows_too_large_cancels_it(dynamodb, plain):
    def update(size):
        dynamodb.transact_write_items(TransactItems=[{"Update": {
            "TableName": plain, "Key": {"pk": {"S": "a"}}, "UpdateExpression": "SET x = :x",
            "ExpressionAttributeValues": {":x": item_of(size)["x"]}}}])

    update(ITEM_MAX)
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as cancelled:
        update(ITEM_MAX + 1)
    assert cancelled.value.response["CancellationReasons"] == [
        {"Code": "ValidationError", "Message": UPDATE_TOO_LARGE[1]}]


def test_counts_at_the_limit_and_one_beyond(dynamodb, plain):
    def batch_write(count):
        dynamodb.batch_write_item(RequestItems={
            plain: [{"PutRequest": {"Item": {"pk": {"S": f"k{n}"}}}} for n in range(count)]})

    def batch_get(count):
        dynamodb.batch_get_item(RequestItems={plain: {"Keys": [{"pk": {"S": f"k{n}"}} for n in range(count)]}})

    def transact_write(count):
        dynamodb.transact_write_items(TransactItems=[
            {"Put": {"TableName": plain, "Item": {"pk": {"S": f"k{n}"}}}} for n in range(count)])

    def transact_get(count):
        dynamodb.transact_get_items(TransactItems=[
            {"Get": {"TableName": plain, "Key": {"pk": {"S": f"k{n}"}}}} for n in range(count)])

    def statements(count):
        dynamodb.batch_execute_statement(Statements=[
            {"Statement": f'SELECT * FROM "{plain}" WHERE pk = \'{n}\''} for n in range(count)])

    def transaction_of_statements(count):
        dynamodb.execute_transaction(TransactStatements=[
            {"Statement": f'SELECT * FROM "{plain}" WHERE pk = \'{n}\''} for n in range(count)])

    for call, most, told in ((batch_write, 25, "[Member must have length less than or equal to 25, "),
                             (batch_get, 100, "Member must have length less than or equal to 100"),
                             (transact_write, 100, "Member must have length less than or equal to 100"),
                             (transact_get, 100, "Member must have length less than or equal to 100"),
                             (statements, 25, "Member must have length less than or equal to 25"),
                             (transaction_of_statements, 100, "Member must have length less than or equal to 100")):
        call(1)
        call(most)
        code, message = error_of(call, most + 1)
        assert code == "ValidationException" and told in message, call
    for count in (26, 30):
        code, message = error_of(dynamodb.batch_write_item, RequestItems={
            plain: [{"PutRequest": {"Item": {"pk": {"S": f"k{n}"}}}} for n in range(count)]})
        assert message.startswith("1 validation error detected: Value '{" + plain + "=[")


def test_a_transaction_holds_four_megabytes(dynamodb, plain):
    def write(last):
        sizes = [ITEM_MAX] * 10 + [last]  # 4,194,304 is ten times 409,600 and 98,304
        dynamodb.transact_write_items(TransactItems=[
            {"Put": {"TableName": plain, "Item": item_of(size, f"k{n}")}} for n, size in enumerate(sizes)])

    write(98_304)
    code, message = error_of(write, 98_305)
    assert code == "ValidationException" and message.startswith("Collection size of items exceeded")
    # Reads are not held to it here.
    write(98_304)
    dynamodb.put_item(TableName=plain, Item=item_of(ITEM_MAX, "more"))
    answer = dynamodb.transact_get_items(TransactItems=[
        {"Get": {"TableName": plain, "Key": {"pk": {"S": name}}}} for name in ["more", *(f"k{n}" for n in range(11))]])
    assert all("Item" in response for response in answer["Responses"])


def test_a_token_has_up_to_36_characters(dynamodb, plain):
    actions = [{"Put": {"TableName": plain, "Item": {"pk": {"S": "a"}}}}]
    dynamodb.transact_write_items(TransactItems=actions, ClientRequestToken="t" * 36)
    assert error_of(dynamodb.transact_write_items, TransactItems=actions, ClientRequestToken="t" * 37) == (
        "ValidationException", f"1 validation error detected: Value '{'t' * 37}' at 'clientRequestToken' failed to "
        "satisfy constraint: Member must have length less than or equal to 36")
    with pytest.raises(dynamodb.exceptions.IdempotentParameterMismatchException):
        dynamodb.transact_write_items(TransactItems=[{"Delete": {"TableName": plain, "Key": {"pk": {"S": "a"}}}}],
                                      ClientRequestToken="t" * 36)


def test_keys_at_the_limit_and_one_beyond(dynamodb, unique):
    create_table(dynamodb, unique, stream=None, sort_key=True)

    def put(partition, sort):
        dynamodb.put_item(TableName=unique, Item={"pk": text(partition), "sk": text(sort)})

    put(1, 1)
    put(2048, 1024)
    for sizes, told in (((2049, 1), "Size of hashkey has exceeded the maximum size limit of2048 bytes"),
                        ((1, 1025), "Aggregated size of all range keys has exceeded the size limit of 1024 bytes")):
        code, message = error_of(put, *sizes)
        assert code == "ValidationException" and told in message
    assert dynamodb.get_item(TableName=unique, Key={"pk": text(2048), "sk": text(1024)})["Item"]


def test_expressions_at_the_limit_and_one_beyond(dynamodb, plain):
    def condition(size):
        expression = "attribute_exists(" + "x" * (size - 18) + ")"
        assert len(expression) == size
        return {"TableName": plain, "Key": {"pk": {"S": "a"}}, "ConditionExpression": expression}

    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.delete_item(**condition(4096))
    told = ("Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; "
            "expression size: 4097")
    assert error_of(dynamodb.delete_item, **condition(4097)) == (
        "ValidationException", "1 validation error detected: " + told)
    assert error_of(dynamodb.transact_write_items, TransactItems=[{"Delete": condition(4097)}]) == (
        "ValidationException", told)


def nested(levels, leaf=None):
    value = leaf or {"S": "leaf"}
    for level in range(levels):
        value = {"L": [value]} if level % 2 else {"M": {"m": value}}
    return value


NESTING = ("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported "
           "limit")


def test_nesting_at_the_limit_and_one_beyond(dynamodb, plain):
    def put(levels):
        dynamodb.put_item(TableName=plain, Item={"pk": {"S": "a"}, "d": nested(levels)})

    def update(levels):
        dynamodb.update_item(TableName=plain, Key={"pk": {"S": "a"}}, UpdateExpression="SET d = :deep",
                             ExpressionAttributeValues={":deep": nested(levels)})

    def batch(levels):
        dynamodb.batch_write_item(RequestItems={plain: [
            {"PutRequest": {"Item": {"pk": {"S": "a"}, "d": nested(levels)}}}]})

    def transact(levels):
        dynamodb.transact_write_items(TransactItems=[
            {"Put": {"TableName": plain, "Item": {"pk": {"S": "a"}, "d": nested(levels)}}}])

    def transact_update(levels):
        dynamodb.transact_write_items(TransactItems=[{"Update": {
            "TableName": plain, "Key": {"pk": {"S": "a"}}, "UpdateExpression": "SET d = :deep",
            "ExpressionAttributeValues": {":deep": nested(levels)}}}])

    enveloped = ("ValidationException", "1 validation error detected: " + NESTING)
    bare = ("ValidationException", NESTING)
    named = ("ValidationException", f"ExpressionAttributeValues contains invalid value: {NESTING} for key :deep")
    for call in (put, update, batch, transact, transact_update):
        call(31)
        assert dynamodb.get_item(TableName=plain, Key={"pk": {"S": "a"}})["Item"]["d"] == nested(31)
    for call, levels, error in ((put, 32, enveloped), (put, 61, enveloped), (update, 32, enveloped), (update, 61, enveloped),
                                # From 63 levels on AWS leaves the envelope out; here the words stay.
                                (put, 63, enveloped), (update, 63, enveloped),
                                (batch, 32, bare), (batch, 63, bare), (transact, 32, bare), (transact, 63, bare),
                                (transact_update, 33, named), (transact_update, 60, named),
                                (transact_update, 63, named)):
        assert error_of(call, levels) == error, (call, levels)
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as cancelled:
        transact_update(32)
    assert cancelled.value.response["CancellationReasons"][0] == {
        "Code": "ValidationError", "Message": "Nesting Levels have exceeded supported limits"}


@pytest.mark.parametrize("number, stored", [
    ("9" * 38, "9" * 38), ("0." + "1" * 38, "0." + "1" * 38), ("9.9999999999999999999999999999999999999E+125", None),
    ("1E-130", None), ("-1E-130", None), ("0e125", "0"), ("-0", "0"), ("+5", "5"), (".5", "0.5"), ("5.", "5"),
    ("1.e5", "100000"), ("00012.3400", "12.34"),
])
def test_numbers_that_are_taken(dynamodb, plain, number, stored):
    dynamodb.put_item(TableName=plain, Item={"pk": {"S": "n"}, "n": {"N": number}})
    found = dynamodb.get_item(TableName=plain, Key={"pk": {"S": "n"}})["Item"]["n"]["N"]
    assert float(found) == float(number) if stored is None else found == stored


@pytest.mark.parametrize("number, message", [
    ("1" * 39, "Attempting to store more than 38 significant digits in a Number"),
    ("1e126", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
    ("-1e126", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
    ("0e126", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
    ("1e-131", "Number underflow. Attempting to store a number with magnitude smaller than supported range"),
    ("0e-131", "Number underflow. Attempting to store a number with magnitude smaller than supported range"),
    ("", "The parameter cannot be converted to a numeric value: "),
    ("1 ", "The parameter cannot be converted to a numeric value: 1 "),
    ("0x10", "The parameter cannot be converted to a numeric value: 0x10"),
    ("NaN", "The parameter cannot be converted to a numeric value: NaN"),
    ("1e", "The parameter cannot be converted to a numeric value: 1e"),
])
def test_numbers_that_are_refused(dynamodb, plain, number, message):
    assert error_of(dynamodb.put_item, TableName=plain, Item={"pk": {"S": "n"}, "n": {"N": number}}) == (
        "ValidationException", "1 validation error detected: " + message)
    older = message.rstrip(": ") if not number else message
    assert error_of(dynamodb.batch_write_item, RequestItems={
        plain: [{"PutRequest": {"Item": {"pk": {"S": "n"}, "n": {"N": number}}}}]}) == ("ValidationException", older)


@pytest.mark.parametrize("number, size", [("3.14159", 5), ("123456", 4), ("100.5", 4), ("1E125", 2), ("0", 1), ("-1", 3)])
def test_sizes_of_numbers(dynamodb, plain, number, size):
    """The largest text that fits beside a number tells how large the number is."""
    def put(beside):
        dynamodb.put_item(TableName=plain, Item={"pk": {"S": "n"}, "n": {"N": number}, "x": text(beside)})

    rest = ITEM_MAX - len("pk" + "n" + "n" + "x") - size
    put(rest)
    assert error_of(put, rest + 1) == PUT_TOO_LARGE


def test_one_item_twice_in_a_transaction(dynamodb, plain):
    told = ("ValidationException", "Transaction request cannot include multiple operations on one item")
    get = {"Get": {"TableName": plain, "Key": {"pk": {"S": "a"}}}}
    assert error_of(dynamodb.transact_get_items, TransactItems=[get, get]) == told
    put = {"Put": {"TableName": plain, "Item": {"pk": {"S": "a"}, "n": {"N": "1"}}}}
    delete = {"Delete": {"TableName": plain, "Key": {"pk": {"S": "a"}}}}
    assert error_of(dynamodb.transact_write_items, TransactItems=[put, delete]) == told
    statement = {"Statement": f'SELECT * FROM "{plain}" WHERE pk = \'a\''}
    assert error_of(dynamodb.execute_transaction, TransactStatements=[statement, statement]) == told
