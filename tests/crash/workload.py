"""Clients that write, read and disturb until the server is gone, and keep the ledgers."""

import itertools
import threading
import time

from tests.crash.connection import Connection, Gone, Refused
from tests.crash.ledger import Change, Write
from tests.crash.world import QUEUE

KEYS = 8  # of a writer in a table: few, so that versions follow each other
ITEM_BYTES_MAX = 2500


def key_of(table, name):
    """The key attributes of an item that the ledger calls `name`."""
    if table == "plain":
        return {"pk": {"S": name}}
    pk, sk = name.split("/")
    return {"pk": {"S": pk}, "sk": {"S": sk}}


class Client(threading.Thread):
    """Does `step` until the server is gone or everybody is to stop; keeps what went wrong otherwise."""

    def __init__(self, world, chance):
        super().__init__(daemon=True)
        self.world, self.chance = world, chance
        self.connection = Connection(world.port)
        self.failure = None

    def run(self):
        try:
            while not self.world.stop.is_set():
                self.step()
        except Gone:
            pass
        except BaseException as error:  # told by the driver, which names the seed
            self.failure = error

    def dynamodb(self, operation, **body):
        return self.connection.call("dynamodb", operation, **body)


class ItemWriter(Client):
    """Writes its own items in every way that there is; no two writers share an item."""

    versions = itertools.count(1)

    def __init__(self, world, chance, number):
        super().__init__(world, chance)
        self.number = number

    def names(self, count):
        table_and_number = self.chance.sample([(t, k) for t in ("plain", "ordered") for k in range(KEYS)], count)
        return [(table, f"w{self.number}-{k}" if table == "plain" else f"w{self.number}-{k % 2}/{k}")
                for table, k in table_and_number]

    def item(self, table, name, version):
        padding = "x" * self.chance.randrange(ITEM_BYTES_MAX)
        return {**key_of(table, name), "v": {"N": str(version)}, "padding": {"S": padding}}

    def step(self):
        how = self.chance.choices(
            [self.put, self.update, self.delete, self.refused, self.batch, self.transact], [4, 4, 2, 1, 2, 4])[0]
        how()

    def do(self, write, operation, **body):
        ledger = self.world.ledger
        ledger.begin(write)
        try:
            answer = self.dynamodb(operation, **body)
        except Refused as refused:
            ledger.refuse(write)
            known = ("TransactionCanceledException", "ConditionalCheckFailedException", "TransactionConflictException")
            if refused.kind not in known:
                raise
            return refused
        ledger.acknowledge(write)
        return answer

    def change(self, table, name, version):
        return Change(table, name, self.world.ledger.version(table, name), version)

    def put(self):
        (table, name), = self.names(1)
        version = next(self.versions)
        self.do(Write([self.change(table, name, version)]),
                "PutItem", TableName=table, Item=self.item(table, name, version))

    def update(self):
        (table, name), = self.names(1)
        version = next(self.versions)
        self.do(Write([self.change(table, name, version)]),
                "UpdateItem", TableName=table, Key=key_of(table, name), UpdateExpression="SET v = :v ADD n :one",
                ExpressionAttributeValues={":v": {"N": str(version)}, ":one": {"N": "1"}})

    def delete(self):
        (table, name), = self.names(1)
        change = self.change(table, name, None)
        # Deleting what is not there changes nothing and has no record.
        self.do(Write([change] if change.before is not None else []),
                "DeleteItem", TableName=table, Key=key_of(table, name))

    def refused(self):
        (table, name), = self.names(1)
        answer = self.do(Write([]), "PutItem", TableName=table, Item=self.item(table, name, 0),
                         ConditionExpression="v < :none", ExpressionAttributeValues={":none": {"N": "0"}})
        assert isinstance(answer, Refused), "a condition that cannot hold"

    def batch(self):
        names = self.names(3)
        version = next(self.versions)
        requests = {}
        for table, name in names:
            requests.setdefault(table, []).append({"PutRequest": {"Item": self.item(table, name, version)}})
        answer = self.do(Write([self.change(table, name, version) for table, name in names]),
                         "BatchWriteItem", RequestItems=requests)
        assert not answer.get("UnprocessedItems"), answer

    def transact(self):
        names = self.names(self.chance.randrange(2, 5))
        version = next(self.versions)
        items = []
        for table, name in names:
            if self.chance.random() < 0.5:
                items.append({"Put": {"TableName": table, "Item": self.item(table, name, version)}})
            else:
                items.append({"Update": {
                    "TableName": table, "Key": key_of(table, name), "UpdateExpression": "SET v = :v",
                    "ExpressionAttributeValues": {":v": {"N": str(version)}}}})
        body = dict(TransactItems=items, ClientRequestToken=f"{self.world.generation}-{version}")
        write = Write([self.change(table, name, version) for table, name in names], atomic=True,
                      again=lambda connection: connection.call("dynamodb", "TransactWriteItems", **body))
        self.do(write, "TransactWriteItems", **body)


class Reader(Client):
    """Notes what is shown while others write: items, index rows and stream records."""

    def step(self):
        table = self.chance.choice(["plain", "ordered"])
        kind = self.chance.choice([{}, {"ConsistentRead": True}, {"IndexName": "by-version"}])
        for item in self.dynamodb("Scan", TableName=table, **kind)["Items"]:
            name = item["pk"]["S"] + (f"/{item['sk']['S']}" if table == "ordered" else "")
            self.world.ledger.show(table, name, int(item["v"]["N"]))
        try:
            self.world.read_stream(self.connection, table, from_last=True)
        except Refused:
            # A shard may expire after it has been listed; the comparison reads all that is left.
            if not self.world.streams[table].trimmed:
                raise


class QueueClient(Client):
    """Sends numbered messages, receives some, deletes some of these."""

    numbers = itertools.count(1)

    def sqs(self, operation, **body):
        return self.connection.call("sqs", operation, QueueUrl=QUEUE, **body)

    def step(self):
        if self.chance.random() < 0.6:
            self.send()
        else:
            self.receive()
        time.sleep(0.005)  # writes of items come first

    def send(self):
        ledger = self.world.queue
        body = str(next(self.numbers))
        ledger.maybe_sent.add(body)
        self.sqs("SendMessage", MessageBody=body)
        ledger.sent.add(body)

    def receive(self):
        ledger = self.world.queue
        for message in self.sqs("ReceiveMessage", MaxNumberOfMessages=3).get("Messages", []):
            if self.chance.random() < 0.5:
                continue
            ledger.maybe_deleted.add(message["Body"])
            self.sqs("DeleteMessage", ReceiptHandle=message["ReceiptHandle"])
            ledger.deleted.add(message["Body"])


class Disturber(Client):
    """Splits partitions, rotates shards, and makes and deletes an index, as often as asked."""

    def __init__(self, world, chance, pause):
        super().__init__(world, chance)
        self.pause = pause  # writes of items between two disturbances

    def step(self):
        target = self.world.ledger.acknowledged + self.chance.randrange(*self.pause)
        while self.world.ledger.acknowledged < target and not self.world.stop.is_set():
            if self.world.is_dead():
                raise Gone("ended")
            time.sleep(0.002)
        kind = self.chance.choice(["split", "rotate", "index", "index"])
        table = self.chance.choice(["plain", "ordered"])
        if kind != "index":
            self.connection.control(f"tables/{table}/{kind}")  # refused once a table has all its partitions
            return
        description = self.dynamodb("DescribeTable", TableName="plain")["Table"]
        late = [index for index in description["GlobalSecondaryIndexes"] if index["IndexName"] == "late"]
        if not late:
            self.dynamodb("UpdateTable", TableName="plain", AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "v", "AttributeType": "N"}],
                GlobalSecondaryIndexUpdates=[{"Create": {
                    "IndexName": "late", "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"}}}])
        elif late[0]["IndexStatus"] == "ACTIVE":
            self.dynamodb("UpdateTable", TableName="plain",
                          GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "late"}}])
