"""Calls of a server that may die at any moment, without the weight of an SDK."""

import http.client
import json

TARGETS = {"dynamodb": "DynamoDB_20120810", "streams": "DynamoDBStreams_20120810", "sqs": "AmazonSQS"}


class Gone(Exception):
    """The server ended before it answered: what was asked for may have happened or not."""


class Refused(Exception):
    """The server said no: nothing has happened."""

    def __init__(self, kind, message):
        super().__init__(f"{kind}: {message}")
        self.kind = kind


class Connection:
    """One connection, for one thread; made again when it breaks."""

    def __init__(self, port, timeout=60):
        self.port = port
        self.timeout = timeout
        self.http = None

    def call(self, service, operation, **body):
        headers = {"X-Amz-Target": f"{TARGETS[service]}.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        status, answer = self.post("/", body, headers)
        if status == 200:
            return answer
        if status >= 500:
            raise Gone(f"{status} {answer}")
        raise Refused(answer.get("__type", "").rsplit("#", 1)[-1], answer.get("message") or answer.get("Message"))

    def control(self, path, **body):
        return self.post(f"/_millrace/{path}", body, {})

    def post(self, path, body, headers):
        try:
            if self.http is None:
                self.http = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
            self.http.request("POST", path, json.dumps(body), headers)
            response = self.http.getresponse()
            return response.status, json.loads(response.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.http = None
            raise Gone(repr(error)) from error
