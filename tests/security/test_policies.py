"""Policies of users and roles: who may do what, through real clients."""

import base64
import json
import os
import subprocess
import urllib.error
import urllib.request

import botocore.exceptions
import pytest

from tests.conftest import BINARY, Server
from tests.functions import create_function

SECRET, ACCOUNT = "the/secret+of/everyone", "123456789012"
TABLES = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/"


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions, resources, **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


POLICIES = {
    "Users": [
        {
            "UserName": "reader",
            "AccessKeyIds": ["AKIDREADER"],
            "Policies": [
                policy(
                    allow(
                        ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PartiQLSelect"],
                        TABLES + "Open",
                    ),
                    allow("millrace:Get", "arn:aws:millrace:*:*:metrics"),
                    allow("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/writer"),
                    {"Effect": "Deny", "Action": "dynamodb:*", "Resource": TABLES + "Denied"},
                )
            ],
        },
        {
            "UserName": "ada",
            "AccessKeyIds": ["AKIDADA"],
            "Policies": [
                policy(
                    allow(
                        "dynamodb:*",
                        TABLES + "Open",
                        Condition={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}},
                    ),
                    allow("lambda:*", "*"),
                )
            ],
        },
    ],
    "Roles": [
        {"RoleName": "writer", "Policies": [policy(allow("dynamodb:PutItem", TABLES + "Open"))]},
    ],
}


@pytest.fixture(scope="module")
def ruled(tmp_path_factory):
    path = tmp_path_factory.mktemp("policies") / "policies.json"
    path.write_text(json.dumps(POLICIES))
    keys = ",".join(f"{key}:{SECRET}:{ACCOUNT}" for key in ("AKIDROOT", "AKIDREADER", "AKIDADA"))
    server = Server("--in-memory", "--policies", str(path), env={"MILLRACE_ACCESS_KEYS": keys})
    dynamodb = client(server, "dynamodb", "AKIDROOT")
    for name in ("Open", "Closed", "Denied"):
        dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "v": {"S": "precious"}})
    yield server
    assert server.stop() == 0


def client(server, service, key, secret=SECRET, token=None):
    return server.client(service, account=key, secret=secret, token=token)


def refusal(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call(**arguments)
    answer = raised.value.response
    assert "precious" not in json.dumps(answer, default=str)
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def text(who, action, resource, denied=False):
    why = (
        "with an explicit deny in an identity-based policy"
        if denied
        else f"because no identity-based policy allows the {action} action"
    )
    return f"User: arn:aws:{who} is not authorized to perform: {action} on resource: {resource} {why}"


READER = f"iam::{ACCOUNT}:user/reader"
KEY = {"pk": {"S": "a"}}


def test_what_is_allowed_and_what_is_not(ruled):
    reader = client(ruled, "dynamodb", "AKIDREADER")
    assert reader.get_item(TableName="Open", Key=KEY)["Item"]["v"]["S"] == "precious"
    assert reader.get_item(TableName=TABLES + "Open", Key=KEY)["Item"]["v"]["S"] == "precious"
    assert refusal(reader.get_item, TableName="Closed", Key=KEY) == (
        400,
        "AccessDeniedException",
        text(READER, "dynamodb:GetItem", TABLES + "Closed"),
    )
    assert refusal(reader.get_item, TableName="Denied", Key=KEY)[2] == text(
        READER, "dynamodb:GetItem", TABLES + "Denied", denied=True
    )
    # Whether a table exists is not told either.
    assert refusal(reader.get_item, TableName="Nowhere", Key=KEY)[1] == "AccessDeniedException"
    assert refusal(reader.list_tables)[2] == text(READER, "dynamodb:ListTables", TABLES + "*")


def test_what_is_refused_changes_nothing(ruled):
    reader, root = client(ruled, "dynamodb", "AKIDREADER"), client(ruled, "dynamodb", "AKIDROOT")
    put = {"Put": {"TableName": "Open", "Item": {"pk": {"S": "changed"}}}}
    for call, arguments in (
        (reader.put_item, {"TableName": "Open", "Item": {"pk": {"S": "changed"}}}),
        (reader.delete_item, {"TableName": "Open", "Key": KEY, "ReturnValues": "ALL_OLD"}),
        (reader.transact_write_items, {"TransactItems": [put]}),
        (reader.batch_write_item, {"RequestItems": {"Open": [{"DeleteRequest": {"Key": KEY}}]}}),
        (reader.execute_statement, {"Statement": "DELETE FROM \"Open\" WHERE pk = 'a' RETURNING ALL OLD *"}),
        (reader.delete_table, {"TableName": "Open"}),
    ):
        assert refusal(call, **arguments)[1] == "AccessDeniedException"
    assert root.scan(TableName="Open")["Count"] == 1


def test_every_table_of_a_request_counts(ruled):
    reader = client(ruled, "dynamodb", "AKIDREADER")
    both = {"Open": {"Keys": [KEY]}, "Closed": {"Keys": [KEY]}}
    assert refusal(reader.batch_get_item, RequestItems=both)[2] == text(
        READER, "dynamodb:BatchGetItem", TABLES + "Closed"
    )
    del both["Closed"]
    assert reader.batch_get_item(RequestItems=both)["Responses"]["Open"]
    assert reader.execute_statement(Statement='SELECT * FROM "Open"')["Items"]
    assert refusal(reader.execute_statement, Statement='SELECT * FROM "Closed"')[2] == text(
        READER, "dynamodb:PartiQLSelect", TABLES + "Closed"
    )
    assert refusal(
        reader.batch_execute_statement,
        Statements=[{"Statement": f"SELECT * FROM \"{name}\" WHERE pk = 'a'"} for name in ("Open", "Denied")],
    )[2] == text(READER, "dynamodb:PartiQLSelect", TABLES + "Denied", denied=True)


def test_conditions_on_keys(ruled):
    ada = client(ruled, "dynamodb", "AKIDADA")
    ada.put_item(TableName="Open", Item={"pk": {"S": "ada"}})
    assert refusal(ada.put_item, TableName="Open", Item={"pk": {"S": "bob"}})[1] == "AccessDeniedException"
    query = {"TableName": "Open", "KeyConditionExpression": "#k = :k", "ExpressionAttributeNames": {"#k": "pk"}}
    assert ada.query(**query, ExpressionAttributeValues={":k": {"S": "ada"}})["Count"] == 1
    assert refusal(ada.query, **query, ExpressionAttributeValues={":k": {"S": "a"}})[1] == "AccessDeniedException"
    ada.delete_item(TableName="Open", Key={"pk": {"S": "ada"}})


def test_the_other_protocols(ruled):
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
    status, code, message = refusal(client(ruled, "sqs", "AKIDREADER").create_queue, QueueName="q")
    assert code in ("AccessDenied", "AccessDeniedException") and message == text(READER, "sqs:CreateQueue", queue)
    assert refusal(client(ruled, "lambda", "AKIDREADER").invoke, FunctionName="f") == (
        403,
        "AccessDeniedException",
        text(READER, "lambda:InvokeFunction", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"),
    )
    role = f"arn:aws:iam::{ACCOUNT}:role/other"
    assert refusal(client(ruled, "sts", "AKIDREADER").assume_role, RoleArn=role, RoleSessionName="me") == (
        403,
        "AccessDenied",
        text(READER, "sts:AssumeRole", role),
    )
    assert client(ruled, "sts", "AKIDREADER").get_caller_identity()["Account"] == ACCOUNT


def test_roles(ruled):
    sts = client(ruled, "sts", "AKIDREADER")
    given = sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/writer", RoleSessionName="me")["Credentials"]
    writer = client(ruled, "dynamodb", given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    writer.put_item(TableName="Open", Item=KEY | {"v": {"S": "precious"}})
    assert refusal(writer.get_item, TableName="Open", Key=KEY)[2] == text(
        f"sts::{ACCOUNT}:assumed-role/writer/me", "dynamodb:GetItem", TABLES + "Open"
    )
    # A role without policies of its own may do nothing, whoever takes it.
    root = client(ruled, "sts", "AKIDROOT")
    given = root.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/unknown", RoleSessionName="me")["Credentials"]
    nobody = client(ruled, "dynamodb", given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    assert refusal(nobody.list_tables)[1] == "AccessDeniedException"


HANDLER = """
import boto3
def handler(event, context):
    dynamodb = boto3.client("dynamodb")
    dynamodb.put_item(TableName="Open", Item={"pk": {"S": "from a function"}})
    try:
        dynamodb.get_item(TableName="Open", Key={"pk": {"S": "a"}})
    except dynamodb.exceptions.ClientError as error:
        return error.response["Error"]["Message"]
"""


def test_functions_may_do_what_their_role_may(ruled):
    root = client(ruled, "lambda", "AKIDROOT")
    create_function(root, "writes", HANDLER)
    root.update_function_configuration(FunctionName="writes", Role=f"arn:aws:iam::{ACCOUNT}:role/writer")
    answer = root.invoke(FunctionName="writes")
    assert json.load(answer["Payload"]) == text(
        f"sts::{ACCOUNT}:assumed-role/writer/writes", "dynamodb:GetItem", TABLES + "Open"
    )
    client(ruled, "dynamodb", "AKIDROOT").delete_item(TableName="Open", Key={"pk": {"S": "from a function"}})
    # Who may make functions may not thereby take a role that it was not given.
    role = f"arn:aws:iam::{ACCOUNT}:role/writer"
    ada = client(ruled, "lambda", "AKIDADA")
    assert refusal(ada.update_function_configuration, FunctionName="writes", Role=role) == (
        403,
        "AccessDeniedException",
        text(f"iam::{ACCOUNT}:user/ada", "iam:PassRole", role),
    )


def admin(server, path, key, method="GET"):
    basic = base64.b64encode(f"{key}:{SECRET}".encode()).decode()
    headers = {"Authorization": "Basic " + basic} if key else {}
    request = urllib.request.Request(server.endpoint + path, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_servers_own_paths(ruled):
    assert admin(ruled, "/_millrace/metrics", "AKIDREADER")[0] == 200
    status, body = admin(ruled, "/_millrace/status", "AKIDREADER")
    assert status == 403
    assert json.loads(body)["message"] == text(
        READER, "millrace:Get", f"arn:aws:millrace:us-east-1:{ACCOUNT}:status"
    )
    assert admin(ruled, "/_millrace/clock", "AKIDREADER", "POST")[0] == 403
    assert admin(ruled, "/_millrace/status", "AKIDROOT")[0] == 200
    assert admin(ruled, "/_millrace/status", None)[0] == 401
    assert admin(ruled, "/_millrace/health", None)[0] == 200


def test_json_that_names_a_member_twice_is_refused(ruled):
    """Readers differ in which of the two they take."""
    reader = client(ruled, "dynamodb", "AKIDREADER")

    body = '{"TableName":"Closed","TableName":"Open","Key":{"pk":{"S":"a"}}}'

    def replace(params, **_):
        params["body"] = body.encode()

    reader.meta.events.register("before-call.dynamodb.GetItem", replace)
    assert refusal(reader.get_item, TableName="Open", Key=KEY)[1] == "SerializationException"


@pytest.mark.parametrize(
    "document, complaint",
    [
        ("{", "It is not JSON"),
        (
            json.dumps({"Users": [{"UserName": "a", "AccessKeyIds": ["K"], "Policies": [policy(
                allow("*", "*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))]}]}),
            "The condition operator IpAddress is not supported.",
        ),
        (
            json.dumps({"Users": [{"UserName": "a", "AccessKeyIds": ["TYPO"], "Policies": []}]}),
            "The policies name the access key TYPO, which is not known.",
        ),
    ],
)
def test_policies_that_are_not_understood_are_refused(tmp_path, document, complaint):
    path = tmp_path / "policies.json"
    path.write_text(document)
    ended = subprocess.run(
        [BINARY, "serve", "--port", "0", "--in-memory", "--policies", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "MILLRACE_ACCESS_KEYS": f"K:{SECRET}"},
    )
    assert ended.returncode != 0 and complaint in ended.stderr + ended.stdout
