"""DynamoDB over one kept connection: several thousand calls a second, where boto3 does several hundred."""

import http.client
import json
import os
import socket
import urllib.parse

# Servers without access keys look only at the scope.
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request,"
    " SignedHeaders=host;x-amz-date, Signature=" + "0" * 64
)


class Failure(Exception):
    """An answer that is an error; `type` is its name without the namespace."""

    def __init__(self, document):
        self.type = document.get("__type", "").split("#")[-1]
        self.document = document
        super().__init__(json.dumps(document))


class Client:
    def __init__(self, endpoint):
        address = urllib.parse.urlparse(endpoint)
        self.connection = http.client.HTTPConnection(address.hostname, address.port)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(self, operation, api="DynamoDB_20120810", **members):
        self.connection.request(
            "POST",
            "/",
            body=json.dumps(members),
            headers={
                "X-Amz-Target": f"{api}.{operation}",
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Date": "20260101T000000Z",
                "Authorization": AUTHORIZATION,
            },
        )
        answer = self.connection.getresponse()
        document = json.loads(answer.read() or b"{}")
        if answer.status != 200:
            if answer.status != 400:
                raise AssertionError(f"{operation} {members} answered {answer.status}: {document}")
            raise Failure(document)
        return document

    def streams(self, operation, **members):
        return self.call(operation, api="DynamoDBStreams_20120810", **members)

    def put_all(self, table, items):
        for first in range(0, len(items), 25):
            requests = [{"PutRequest": {"Item": item}} for item in items[first : first + 25]]
            assert not self.call("BatchWriteItem", RequestItems={table: requests})["UnprocessedItems"]

    def pages(self, operation, **members):
        """All items of a Query or Scan, and how many pages they took."""
        items, pages = [], 0
        while True:
            page = self.call(operation, **members)
            items += page["Items"]
            pages += 1
            if "LastEvaluatedKey" not in page:
                return items, pages
            members["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def cases(count):
    """How many cases a test tries: MILLRACE_PROPERTY_FACTOR times as many as it says."""
    return int(count * float(os.environ.get("MILLRACE_PROPERTY_FACTOR", "1")))
