"""The writes of scenarios as requests to DynamoDB.

    put a                    an item with the partition key "p" and the sort key "a"
    put x/a color=red n=5    partition key "x"; attributes: digits are N, true and false BOOL, null NULL, else S
    put a fill=@390000       a string of that many characters
    update a color=blue -n   sets and removes attributes
    delete a
    {batch: [...]}           the same (not update) as one BatchWriteItem
    {transact: [...]}        as one TransactWriteItems
    {many: "put r{i}", count: 100}   r1 to r100, in batches of 25
    {OperationName: {...}}   any operation of DynamoDB; TableName is filled in
"""

import re

from esm_suite.patterns import substitute


def value_of(text):
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return {"N": text}
    if text in ("true", "false"):
        return {"BOOL": text == "true"}
    if text == "null":
        return {"NULL": True}
    if re.fullmatch(r"@\d+", text):
        return {"S": "x" * int(text[1:])}
    return {"S": text}


def key_of(label):
    partition, slash, sort = label.rpartition("/")
    return {"pk": {"S": partition if slash else "p"}, "sk": {"S": sort}}


def parse(text):
    """(verb, key, {attribute: value}, [removed attribute])."""
    verb, label, *rest = text.split(" ")
    assert verb in ("put", "update", "delete"), f"unknown write {text!r}"
    attributes, removed = {}, []
    for word in rest:
        if word.startswith("-"):
            removed.append(word[1:])
        else:
            name, _, value = word.partition("=")
            attributes[name] = value_of(value)
    return verb, key_of(label), attributes, removed


def update_of(key, attributes, removed):
    names = {f"#{i}": name for i, name in enumerate([*attributes, *removed])}
    by_name = {name: placeholder for placeholder, name in names.items()}
    clauses = []
    if attributes:
        clauses.append("SET " + ", ".join(f"{by_name[name]} = :{by_name[name][1:]}" for name in attributes))
    if removed:
        clauses.append("REMOVE " + ", ".join(by_name[name] for name in removed))
    update = {"Key": key}
    if clauses:
        update.update(UpdateExpression=" ".join(clauses), ExpressionAttributeNames=names)
    if attributes:
        update["ExpressionAttributeValues"] = {f":{by_name[name][1:]}": value for name, value in attributes.items()}
    return update


def write(client, table, operation, variables):
    operation = substitute(operation, variables)
    if isinstance(operation, str):
        verb, key, attributes, removed = parse(operation)
        if verb == "put":
            client.put_item(TableName=table, Item={**key, **attributes})
        elif verb == "delete":
            client.delete_item(TableName=table, Key=key)
        else:
            client.update_item(TableName=table, **update_of(key, attributes, removed))
    elif "batch" in operation:
        write_batch(client, table, operation["batch"])
    elif "transact" in operation:
        client.transact_write_items(TransactItems=[transaction_part(table, part) for part in operation["transact"]])
    elif "many" in operation:
        texts = [operation["many"].replace("{i}", str(i + 1)) for i in range(operation["count"])]
        for start in range(0, len(texts), 25):
            write_batch(client, table, texts[start:start + 25])
    else:
        ((name, arguments),) = operation.items()
        method = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        getattr(client, method)(**{"TableName": table, **arguments})


def write_batch(client, table, texts):
    requests = []
    for verb, key, attributes, _ in map(parse, texts):
        assert verb != "update", "a batch has puts and deletes"
        requests.append({"PutRequest": {"Item": {**key, **attributes}}} if verb == "put"
                        else {"DeleteRequest": {"Key": key}})
    unprocessed = {table: requests}
    while unprocessed:
        unprocessed = client.batch_write_item(RequestItems=unprocessed).get("UnprocessedItems")


def transaction_part(table, text):
    verb, key, attributes, removed = parse(text)
    if verb == "put":
        return {"Put": {"TableName": table, "Item": {**key, **attributes}}}
    if verb == "delete":
        return {"Delete": {"TableName": table, "Key": key}}
    return {"Update": {"TableName": table, **update_of(key, attributes, removed)}}
