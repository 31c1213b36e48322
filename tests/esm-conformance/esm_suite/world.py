"""What one scenario has at the endpoint: its table, functions, mappings and queue, and what came of them."""

import io
import json
import pathlib
import uuid
import zipfile

import botocore.exceptions

from esm_suite.expectations import Observation

JOURNAL = "esm-conformance-journal"
HANDLER = pathlib.Path(__file__).with_name("handler.py")


def refused(error, *codes):
    return error.response["Error"]["Code"] in codes


def package():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        entry = zipfile.ZipInfo("handler.py")
        entry.external_attr = 0o644 << 16
        zipped.writestr(entry, HANDLER.read_text())
    return archive.getvalue()


class Variables(dict):
    """$NAME in scenarios; what has to be made or asked for is made when it is named."""

    def __init__(self, world):
        super().__init__()
        self.world = world

    def __missing__(self, name):
        world = self.world
        verb, _, argument = name.rstrip(")").partition("(")
        if verb == "queue_arn":
            return world.queue()[1]
        if verb == "in":  # $in(60): the time of the endpoint in a minute
            return int(world.target.now()) + int(argument)
        if verb == "sequence":
            return world.sequence_number(argument)
        if verb == "request":
            return world.invocations("default")[int(argument)]["request_id"]
        raise KeyError(f"scenarios have no variable ${name}")


class World:
    def __init__(self, target, scenario):
        self.target, self.scenario = target, scenario
        self.run = f"esm-{scenario.name[:24].strip('-')}-{uuid.uuid4().hex[:8]}"
        self.table = self.stream = None
        self.functions = {}  # name in the scenario -> FunctionName
        self.mappings = {}  # name in the scenario -> UUID
        self.failures = []
        self._queue = None
        self.variables = Variables(self)

    # Making things.

    def create_journal(self):
        dynamodb = self.target.client("dynamodb")
        try:
            dynamodb.create_table(
                TableName=JOURNAL, BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("run", "entry")],
                KeySchema=[{"AttributeName": "run", "KeyType": "HASH"}, {"AttributeName": "entry", "KeyType": "RANGE"}])
        except botocore.exceptions.ClientError as error:
            if not refused(error, "ResourceInUseException"):
                raise
        self._wait_for_table(JOURNAL)

    def create_table(self):
        dynamodb = self.target.client("dynamodb")
        self.table = self.run
        stream = {"StreamEnabled": True, "StreamViewType": self.scenario.table.get("view", "NEW_AND_OLD_IMAGES")}
        dynamodb.create_table(
            TableName=self.table, BillingMode="PAY_PER_REQUEST", StreamSpecification=stream,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}])
        self.stream = self._wait_for_table(self.table)["LatestStreamArn"]
        parts = self.stream.split(":")
        self.variables.update(table=self.table, stream=self.stream, region=parts[3], account=parts[4])

    def _wait_for_table(self, name):
        client = self.target.client("dynamodb")
        found = {}

        def is_active():
            found.update(client.describe_table(TableName=name)["Table"])
            return found["TableStatus"] == "ACTIVE"

        self.target.poll(is_active, f"table {name} becoming active")
        return found

    def create_function(self, name="default", rules=None):
        client = self.target.client("lambda")
        function = self.functions.setdefault(name, self.run if name == "default" else f"{self.run}-{name}")
        rules = self.scenario.handler if rules is None else rules
        environment = {"ESM_SCENARIO": json.dumps({"journal": JOURNAL, "run": function, "rules": rules})}
        if self.target.function_endpoint:
            environment["ESM_ENDPOINT"] = self.target.function_endpoint
        created = client.create_function(
            FunctionName=function, Runtime="python3.12", Handler="handler.handler", Role=self.target.role,
            Code={"ZipFile": package()}, Environment={"Variables": environment},
            Timeout=self.scenario.function.get("timeout", 30))
        self.target.poll(
            lambda: client.get_function_configuration(FunctionName=function).get("State", "Active") == "Active",
            f"function {function} becoming active")
        if name == "default":
            self.variables.update(function_name=function, function_arn=created["FunctionArn"])
        else:
            self.variables[f"function_name({name})"] = function

    def add_mapping(self, name, uuid):
        self.mappings[name] = uuid
        self.variables["uuid" if name == "default" else f"uuid({name})"] = uuid

    def queue(self):
        """(URL, ARN) of the on-failure destination."""
        if self._queue is None:
            client = self.target.client("sqs")
            url = client.create_queue(QueueName=self.run)["QueueUrl"]
            arn = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            self._queue = url, arn
        return self._queue

    def set_flag(self, flag, function="default"):
        self.target.client("dynamodb").update_item(
            TableName=JOURNAL, Key={"run": {"S": self.functions[function]}, "entry": {"S": "counter"}},
            UpdateExpression="SET #f = :set", ExpressionAttributeNames={"#f": "flag#" + flag},
            ExpressionAttributeValues={":set": {"BOOL": True}})

    # Looking.

    def invocations(self, function):
        pages = self.target.client("dynamodb").get_paginator("query").paginate(
            TableName=JOURNAL, ConsistentRead=True, KeyConditionExpression="#r = :r AND begins_with(entry, :e)",
            ExpressionAttributeNames={"#r": "run"},
            ExpressionAttributeValues={":r": {"S": self.functions[function]}, ":e": {"S": "invocation#"}})
        return [json.loads(item["report"]["S"]) for page in pages for item in page["Items"]]

    def mapping(self, name="default"):
        """None if it is gone."""
        if name not in self.mappings:
            return None
        try:
            answer = self.target.client("lambda").get_event_source_mapping(UUID=self.mappings[name])
        except botocore.exceptions.ClientError as error:
            if refused(error, "ResourceNotFoundException"):
                return None
            raise
        answer.pop("ResponseMetadata")
        return answer

    def receive_failures(self):
        if self._queue is None:
            return
        client, url = self.target.client("sqs"), self._queue[0]
        while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.failures.append(json.loads(message["Body"]))
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def observe(self, function="default"):
        self.receive_failures()
        return Observation(self.invocations(function), self.failures, self.mapping(function), self.variables)

    def sequence_number(self, label):
        """Of the first record of that item that a function was given."""
        for function in self.functions:
            for invocation in self.invocations(function):
                if label in invocation["labels"]:
                    return invocation["sequence_numbers"][invocation["labels"].index(label)]
        return f"(no record of {label} was delivered)"

    # Tidying up.

    def delete(self):
        functions = self.target.client("lambda")
        for mapping in self.mappings.values():
            self._quietly(functions.delete_event_source_mapping, UUID=mapping)
        for function in self.functions.values():
            self._quietly(functions.delete_function, FunctionName=function)
        if self.table:
            self._quietly(self.target.client("dynamodb").delete_table, TableName=self.table)
        if self._queue:
            self._quietly(self.target.client("sqs").delete_queue, QueueUrl=self._queue[0])

    @staticmethod
    def _quietly(call, **arguments):
        try:
            call(**arguments)
        except botocore.exceptions.ClientError:
            pass  # the scenario itself deleted it, or it is being changed: what is left has the suite's prefix
