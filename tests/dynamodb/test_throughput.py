"""Throttling of tables that ask for it. The server's clock is frozen, so nothing is earned by itself."""

import pytest

from tests.control.controls import call

TABLE_TEXT = ("The level of configured provisioned throughput for the table was exceeded. Consider increasing your "
              "provisioning level with the UpdateTable API.")
INDEX_TEXT = ("The level of configured provisioned throughput for one or more global secondary indexes of the table "
              "was exceeded. Consider increasing your provisioning level for the under-provisioned global secondary "
              "indexes with the UpdateTable API")


def clock(server, **change):
    call(server, "clock", change)


@pytest.fixture
def frozen(start_server):
    server = start_server("--in-memory", "--enforce-capacity")
    clock(server, freeze=True)
    return server


def create(client, name, reads, writes, index=None, **more):
    throughput = {"ReadCapacityUnits": reads, "WriteCapacityUnits": writes}
    attributes = [{"AttributeName": "pk", "AttributeType": "S"}]
    if index:
        attributes.append({"AttributeName": "g", "AttributeType": "S"})
        more["GlobalSecondaryIndexes"] = [{
            "IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": index}}]
    client.create_table(TableName=name, KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                        AttributeDefinitions=attributes, ProvisionedThroughput=throughput, **more)


def refused(client, call, text, reason):
    with pytest.raises(client.exceptions.ProvisionedThroughputExceededException) as raised:
        call()
    answer = raised.value.response
    assert answer["Error"]["Message"] == text
    assert [each["reason"] for each in answer["ThrottlingReasons"]] == [reason]


def test_a_table_is_throttled_until_time_passes(frozen):
    client = frozen.client("dynamodb")
    create(client, "orders", 1, 2)

    def put(pk):
        return client.put_item(TableName="orders", Item={"pk": {"S": pk}})

    put("a")
    put("b")
    refused(client, lambda: put("c"), TABLE_TEXT, "TableWriteProvisionedThroughputExceeded")
    assert client.scan(TableName="orders")["Count"] == 2
    client.get_item(TableName="orders", Key={"pk": {"S": "a"}})
    refused(client, lambda: client.get_item(TableName="orders", Key={"pk": {"S": "a"}}), TABLE_TEXT,
            "TableReadProvisionedThroughputExceeded")
    clock(frozen, advanceSeconds=1)
    put("c")


def test_five_minutes_of_unused_throughput_are_kept(frozen):
    client = frozen.client("dynamodb")
    create(client, "orders", 1, 1)
    clock(frozen, advanceSeconds=3600)
    written = 0
    with pytest.raises(client.exceptions.ProvisionedThroughputExceededException):
        while written <= 300:
            client.put_item(TableName="orders", Item={"pk": {"S": "a"}})
            written += 1
    assert written == 300


def test_an_index_is_throttled_by_itself(frozen):
    client = frozen.client("dynamodb")
    create(client, "orders", 50, 50, index=1)
    client.put_item(TableName="orders", Item={"pk": {"S": "a"}, "g": {"S": "x"}})
    refused(client, lambda: client.put_item(TableName="orders", Item={"pk": {"S": "b"}, "g": {"S": "x"}}), INDEX_TEXT,
            "IndexWriteProvisionedThroughputExceeded")
    client.put_item(TableName="orders", Item={"pk": {"S": "b"}})
    query = {"TableName": "orders", "IndexName": "by-g", "KeyConditionExpression": "g = :x",
             "ExpressionAttributeValues": {":x": {"S": "x"}}}
    assert [client.query(**query)["Count"] for _ in range(2)] == [1, 1]
    refused(client, lambda: client.query(**query), INDEX_TEXT, "IndexReadProvisionedThroughputExceeded")


def test_batches_say_what_is_left_to_do(frozen):
    client = frozen.client("dynamodb")
    create(client, "orders", 5, 10)
    requests = {"orders": [{"PutRequest": {"Item": {"pk": {"S": f"k{i}"}}}} for i in range(25)]}
    rounds = 0
    while requests:
        requests = client.batch_write_item(RequestItems=requests)["UnprocessedItems"]
        clock(frozen, advanceSeconds=1)
        rounds += 1
    assert rounds == 3
    keys = {"orders": {"Keys": [{"pk": {"S": f"k{i}"}} for i in range(25)], "ConsistentRead": True}}
    found = []
    while keys:
        answer = client.batch_get_item(RequestItems=keys)
        found += answer["Responses"]["orders"]
        keys = answer["UnprocessedKeys"]
        clock(frozen, advanceSeconds=2)
    assert len(found) == 25


def test_tags_decide_for_their_table(start_server):
    server = start_server("--in-memory")
    clock(server, freeze=True)
    client = server.client("dynamodb")
    create(client, "free", 1, 1)
    create(client, "enforced", 1, 1, Tags=[{"Key": "millrace:enforce-capacity", "Value": "true"}])
    for name, succeeds in (("free", 5), ("enforced", 1)):
        for _ in range(succeeds):
            client.put_item(TableName=name, Item={"pk": {"S": "a"}})
    with pytest.raises(client.exceptions.ProvisionedThroughputExceededException):
        client.put_item(TableName="enforced", Item={"pk": {"S": "a"}})
    with pytest.raises(client.exceptions.TransactionCanceledException) as raised:
        client.transact_write_items(TransactItems=[
            {"Put": {"TableName": name, "Item": {"pk": {"S": "b"}}}} for name in ("free", "enforced")])
    reasons = raised.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ProvisionedThroughputExceeded"]
    assert reasons[1]["Message"] == TABLE_TEXT
    client.put_item(TableName="free", Item={"pk": {"S": "a"}})


def test_an_on_demand_maximum_is_one(frozen):
    client = frozen.client("dynamodb")
    client.create_table(TableName="orders", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                        BillingMode="PAY_PER_REQUEST", OnDemandThroughput={"MaxWriteRequestUnits": 1})
    client.put_item(TableName="orders", Item={"pk": {"S": "a"}})
    with pytest.raises(client.exceptions.ClientError) as raised:
        client.put_item(TableName="orders", Item={"pk": {"S": "a"}})
    answer = raised.value.response
    assert answer["Error"]["Code"] == "ThrottlingException"
    assert answer["Error"]["Message"] == "Throughput exceeds the maximum OnDemandThroughput configured on table or index"
    assert answer["throttlingReasons"][0]["reason"] == "TableWriteMaxOnDemandThroughputExceeded"
    client.get_item(TableName="orders", Key={"pk": {"S": "a"}})
