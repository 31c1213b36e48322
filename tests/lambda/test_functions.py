"""Functions through the Lambda API: created, changed, invoked, as SDK clients do it."""

import base64
import concurrent.futures
import hashlib
import io
import json
import urllib.request
import zipfile

import botocore.exceptions
import pytest

from tests.functions import ROLE, create_function, create_queue, create_table, receive, zip_files

ECHO = "def handler(event, context):\n    return event\n"


def invoke(client, name, payload=None, **settings):
    """(what the function returned, the whole answer)."""
    if payload is not None:
        settings["Payload"] = json.dumps(payload)
    answer = client.invoke(FunctionName=name, **settings)
    return json.loads(answer["Payload"].read()), answer


def error_of(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call(**arguments)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_function_from_creation_to_deletion(lambda_client, unique):
    archive = zip_files({"app.py": ECHO})
    created = create_function(lambda_client, unique, ECHO, Tags={"team": "a"})
    assert created["FunctionArn"] == f"arn:aws:lambda:us-east-1:000000000000:function:{unique}"
    assert created["CodeSha256"] == base64.b64encode(hashlib.sha256(archive).digest()).decode()
    assert invoke(lambda_client, unique, {"a": [1, "ü"]})[0] == {"a": [1, "ü"]}
    function = lambda_client.get_function(FunctionName=created["FunctionArn"])
    assert function["Tags"] == {"team": "a"}
    with urllib.request.urlopen(function["Code"]["Location"]) as answer:
        assert answer.read() == archive
    pages = lambda_client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1})
    assert unique in [f["FunctionName"] for page in pages for f in page["Functions"]]
    lambda_client.update_function_code(
        FunctionName=unique, ZipFile=zip_files({"app.py": "def handler(e, c): return 'new'"})
    )
    lambda_client.get_waiter("function_updated_v2").wait(FunctionName=unique)
    assert invoke(lambda_client, unique)[0] == "new"
    lambda_client.update_function_configuration(FunctionName=unique, Handler="app.other")
    lambda_client.update_function_code(
        FunctionName=unique, ZipFile=zip_files({"app.py": "def other(e, c): return 'other'"})
    )
    assert invoke(lambda_client, unique)[0] == "other"
    lambda_client.delete_function(FunctionName=unique)
    code, message = error_of(lambda_client.invoke, FunctionName=unique)
    assert code == "ResourceNotFoundException"
    assert message == f"Function not found: {created['FunctionArn']}"


def test_functions_see_their_environment(lambda_client, unique):
    code = "import os\ndef handler(event, context):\n    return dict(os.environ)\n"
    create_function(lambda_client, unique, code, Environment={"Variables": {"COLOR": "red"}}, MemorySize=256)
    environment, _ = invoke(lambda_client, unique)
    assert environment["COLOR"] == "red"
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "us-east-1"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == unique
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert environment["_HANDLER"] == "app.handler"
    lambda_client.update_function_configuration(
        FunctionName=unique, Environment={"Variables": {"COLOR": "blue"}}
    )
    assert invoke(lambda_client, unique)[0]["COLOR"] == "blue"


def test_the_context_of_an_invocation(lambda_client, unique):
    code = (
        "def handler(event, context):\n"
        "    return [context.function_name, context.aws_request_id, context.invoked_function_arn,\n"
        "            context.memory_limit_in_mb, context.client_context.custom,\n"
        "            0 < context.get_remaining_time_in_millis() <= 30000]\n"
    )
    arn = create_function(lambda_client, unique, code)["FunctionArn"]
    client_context = base64.b64encode(json.dumps({"custom": {"a": 1}}).encode()).decode()
    result, answer = invoke(lambda_client, unique, ClientContext=client_context)
    assert result == [unique, answer["ResponseMetadata"]["RequestId"], arn, "128", {"a": 1}, True]
    assert answer["ExecutedVersion"] == "$LATEST"


def test_errors_of_handlers_and_their_output(lambda_client, unique):
    code = (
        "def handler(event, context):\n"
        "    print('about to fail')\n"
        "    raise ValueError('no good')\n"
    )
    create_function(lambda_client, unique, code)
    error, answer = invoke(lambda_client, unique, LogType="Tail")
    assert answer["StatusCode"] == 200 and answer["FunctionError"] == "Unhandled"
    assert error["errorType"] == "ValueError" and error["errorMessage"] == "no good"
    assert error["requestId"] == answer["ResponseMetadata"]["RequestId"]
    assert any("raise ValueError" in line for line in error["stackTrace"])
    tail = base64.b64decode(answer["LogResult"]).decode().splitlines()
    assert tail[0].startswith("START RequestId: ") and tail[1] == "about to fail"
    assert tail[-1].startswith("REPORT RequestId: ")
    assert "LogResult" not in lambda_client.invoke(FunctionName=unique)


def test_a_function_that_takes_too_long(lambda_client, unique):
    code = "import time\ndef handler(event, context):\n    time.sleep(60)\n"
    create_function(lambda_client, unique, code, Timeout=1)
    error, answer = invoke(lambda_client, unique)
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert answer["FunctionError"] == "Unhandled"
    assert error == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request_id} Error: Task timed out after 1.00 seconds",
    }


def test_code_that_cannot_be_loaded(lambda_client, unique):
    create_function(lambda_client, unique, "import missing_module\n")
    error, answer = invoke(lambda_client, unique)
    assert answer["FunctionError"] == "Unhandled"
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert "missing_module" in error["errorMessage"]


def test_asynchronous_invocations(lambda_client, sqs, unique):
    url, _ = create_queue(sqs, unique)
    code = (
        "import boto3, json, os\n"
        "def handler(event, context):\n"
        "    boto3.client('sqs').send_message(QueueUrl=os.environ['QUEUE'], MessageBody=json.dumps(event))\n"
    )
    create_function(lambda_client, unique, code, Environment={"Variables": {"QUEUE": url}})
    answer = lambda_client.invoke(FunctionName=unique, InvocationType="Event", Payload=b'{"a": 1}')
    assert answer["StatusCode"] == 202 and answer["Payload"].read() == b""
    assert receive(sqs, url, 1) == [{"a": 1}]
    assert lambda_client.invoke(FunctionName=unique, InvocationType="DryRun")["StatusCode"] == 204


def test_concurrent_invocations_run_at_the_same_time(lambda_client, server, sqs, unique):
    # Each invocation ends only when it has received what the other one has sent.
    mine, theirs = (create_queue(sqs, unique + side)[0] for side in "ab")
    code = (
        "import boto3\n"
        "queue = boto3.client('sqs')\n"
        "def handler(event, context):\n"
        "    queue.send_message(QueueUrl=event['to'], MessageBody='here')\n"
        "    for _ in range(20):\n"
        "        if queue.receive_message(QueueUrl=event['from'], WaitTimeSeconds=1).get('Messages'):\n"
        "            return 'met'\n"
    )
    create_function(lambda_client, unique, code)
    events = [{"to": mine, "from": theirs}, {"to": theirs, "from": mine}]
    with concurrent.futures.ThreadPoolExecutor() as threads:
        results = threads.map(lambda event: invoke(lambda_client, unique, event)[0], events)
        assert list(results) == ["met", "met"]


def test_reserved_concurrency_of_zero_stops_a_function(lambda_client, unique):
    create_function(lambda_client, unique, ECHO)
    lambda_client.put_function_concurrency(FunctionName=unique, ReservedConcurrentExecutions=0)
    code, message = error_of(lambda_client.invoke, FunctionName=unique)
    assert (code, message) == ("TooManyRequestsException", "Rate Exceeded.")
    assert lambda_client.get_function(FunctionName=unique)["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    lambda_client.delete_function_concurrency(FunctionName=unique)
    assert invoke(lambda_client, unique, 1)[0] == 1


NODE_HANDLERS = {
    # An ES module without a package.json that says so, as tutorials show it.
    "handler.js": "export const handler = async (event) => ({ got: event });\n",
    "handler.mjs": "import fs from 'node:fs';\nexport const handler = async (event) => ({ got: event, fs: !!fs });\n",
    "handler.cjs": "exports.handler = (event, context, callback) => callback(null, { got: event });\n",
}


@pytest.mark.parametrize("name", NODE_HANDLERS)
def test_module_styles_of_node(lambda_client, unique, name):
    create_function(
        lambda_client, unique, {name: NODE_HANDLERS[name]}, runtime="nodejs22.x", handler="handler.handler"
    )
    assert invoke(lambda_client, unique, {"a": 1})[0]["got"] == {"a": 1}


def test_commonjs_in_a_folder(lambda_client, unique):
    files = {
        "src/app.js": "const { double } = require('./lib');\nexports.run = async (e) => double(e.n);\n",
        "src/lib.js": "module.exports.double = (n) => 2 * n;\n",
    }
    create_function(lambda_client, unique, files, runtime="nodejs20.x", handler="src/app.run")
    assert invoke(lambda_client, unique, {"n": 21})[0] == 42


def test_handlers_reach_the_server_with_the_sdk_for_python(dynamodb, lambda_client, unique):
    create_table(dynamodb, unique, stream=None)
    code = (
        "import boto3\n"
        "table = boto3.resource('dynamodb')\n"
        "def handler(event, context):\n"
        "    table.Table(event['table']).put_item(Item={'pk': 'from the handler'})\n"
    )
    create_function(lambda_client, unique, code)
    assert invoke(lambda_client, unique, {"table": unique})[0] is None
    item = dynamodb.get_item(TableName=unique, Key={"pk": {"S": "from the handler"}})
    assert "Item" in item


def test_handlers_reach_the_server_with_the_sdk_for_javascript(dynamodb, lambda_client, unique):
    create_table(dynamodb, unique, stream=None)
    code = (
        "import { DynamoDBClient } from '@aws-sdk/client-dynamodb';\n"
        "import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';\n"
        "const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));\n"
        "export const handler = async (event) => {\n"
        "  await client.send(new PutCommand({ TableName: event.table, Item: { pk: 'node' } }));\n"
        "};\n"
    )
    create_function(
        lambda_client, unique, {"index.mjs": code}, runtime="nodejs22.x", handler="index.handler", MemorySize=512
    )
    result, answer = invoke(lambda_client, unique, {"table": unique})
    assert "FunctionError" not in answer, result
    assert "Item" in dynamodb.get_item(TableName=unique, Key={"pk": {"S": "node"}})


def test_custom_runtimes(lambda_client, unique):
    bootstrap = (
        "#!/usr/bin/env python3\n"
        "import os, urllib.request as r\n"
        "api = 'http://%s/2018-06-01/runtime/invocation/' % os.environ['AWS_LAMBDA_RUNTIME_API']\n"
        "while True:\n"
        "    with r.urlopen(api + 'next') as event:\n"
        "        id, body = event.headers['Lambda-Runtime-Aws-Request-Id'], event.read()\n"
        "    r.urlopen(api + id + '/response', b'[' + body + b']').close()\n"
    )
    create_function(lambda_client, unique, {"bootstrap": bootstrap}, runtime="provided.al2023", handler="any")
    assert invoke(lambda_client, unique, 1)[0] == [1]


def test_bounds_of_code_and_payloads(lambda_client, unique):
    create_function(lambda_client, unique, ECHO)
    update = lambda_client.update_function_code
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(262144001))
    assert error_of(update, FunctionName=unique, ZipFile=bomb.getvalue()) == (
        "InvalidParameterValueException",
        "Unzipped size must be smaller than 262144000 bytes",
    )
    code, _ = error_of(lambda_client.invoke, FunctionName=unique, Payload=json.dumps("x" * 6291456))
    assert code == "RequestTooLargeException"
    code, message = error_of(lambda_client.invoke, FunctionName=unique, Payload="{")
    assert code == "InvalidRequestContentException"
    assert message.startswith("Could not parse request body into json: Could not parse payload into json: ")
    assert invoke(lambda_client, unique, "x" * 5_000_000)[0] == "x" * 5_000_000


def test_what_is_wrong_is_told_in_the_words_of_aws(lambda_client, unique):
    good = {
        "FunctionName": unique,
        "Runtime": "python3.12",
        "Handler": "app.handler",
        "Role": ROLE,
        "Code": {"ZipFile": zip_files({"app.py": ECHO})},
    }
    create = lambda_client.create_function
    code, message = error_of(create, **{**good, "Runtime": "cobol"})
    assert code == "InvalidParameterValueException"
    assert message.startswith("Value cobol at 'runtime' failed to satisfy constraint: Member must satisfy enum")
    code, message = error_of(create, **{**good, "Role": "nobody"})
    assert code == "ValidationException" and "at 'role' failed to satisfy constraint" in message
    code, message = error_of(create, **{**good, "Code": {"ZipFile": b"no zip"}})
    assert message == "Could not unzip uploaded file. Please check your file, then try to upload again."
    code, message = error_of(create, **{**good, "Code": {"S3Bucket": "bucket", "S3Key": "k"}})
    assert code == "InvalidParameterValueException" and "ZipFile" in message
    code, _ = error_of(create, **{**good, "Layers": ["arn:aws:lambda:us-east-1:000000000000:layer:l:1"]})
    assert code == "InvalidParameterValueException"
    create(**good)
    assert error_of(create, **good) == ("ResourceConflictException", f"Function already exist: {unique}")
    code, _ = error_of(lambda_client.publish_version, FunctionName=unique)
    assert code == "InvalidParameterValueException"


def test_permissions_and_tags(lambda_client, unique):
    arn = create_function(lambda_client, unique, ECHO)["FunctionArn"]
    lambda_client.tag_resource(Resource=arn, Tags={"a": "1", "b": "2"})
    lambda_client.untag_resource(Resource=arn, TagKeys=["a"])
    assert lambda_client.list_tags(Resource=arn)["Tags"] == {"b": "2"}
    lambda_client.add_permission(
        FunctionName=unique, StatementId="s", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com"
    )
    policy = json.loads(lambda_client.get_policy(FunctionName=unique)["Policy"])
    assert policy["Statement"][0]["Resource"] == arn
    lambda_client.remove_permission(FunctionName=unique, StatementId="s")
    code, _ = error_of(lambda_client.get_policy, FunctionName=unique)
    assert code == "ResourceNotFoundException"


def test_functions_are_there_after_a_crash(start_server, tmp_path, unique):
    server = start_server("--data", str(tmp_path / "data"))
    client = server.client("lambda")
    created = create_function(client, unique, ECHO, Environment={"Variables": {"A1": "b"}})
    server.kill()
    server = start_server("--data", str(tmp_path / "data"))
    client = server.client("lambda")
    after = client.get_function_configuration(FunctionName=unique)
    for name in ("CodeSha256", "RevisionId", "LastModified", "Environment"):
        assert after[name] == created[name]
    assert invoke(client, unique, 1)[0] == 1
    assert server.stop() == 0


def test_accounts_and_regions_do_not_see_each_other(server, lambda_client, unique):
    create_function(lambda_client, unique, ECHO)
    for other in (server.client("lambda", region="eu-west-1"), server.client("lambda", account="111111111111")):
        code, _ = error_of(other.get_function, FunctionName=unique)
        assert code == "ResourceNotFoundException"
    code = "import boto3\ndef handler(event, context):\n    return boto3.client('sts').meta.region_name\n"
    client = server.client("lambda", region="eu-west-1", account="111111111111")
    created = create_function(client, unique, code)
    assert created["FunctionArn"] == f"arn:aws:lambda:eu-west-1:111111111111:function:{unique}"
    assert invoke(client, unique)[0] == "eu-west-1"


def test_handlers_sign_with_keys_that_the_server_accepts(start_server, unique):
    import boto3

    server = start_server("--in-memory", env={"MILLRACE_ACCESS_KEYS": "me:secret,you:secret2:222222222222"})
    for key, secret, account in (("me", "secret", "000000000000"), ("you", "secret2", "222222222222")):
        client, dynamodb = (
            boto3.client(
                service,
                endpoint_url=server.endpoint,
                region_name="us-east-1",
                aws_access_key_id=key,
                aws_secret_access_key=secret,
            )
            for service in ("lambda", "dynamodb")
        )
        create_table(dynamodb, "things", stream=None)
        code = (
            "import boto3, os\n"
            "def handler(event, context):\n"
            "    table = boto3.client('dynamodb').describe_table(TableName='things')['Table']\n"
            "    return [table['TableArn'], os.environ['AWS_ACCESS_KEY_ID']]\n"
        )
        create_function(client, unique, code)
        (arn, used), answer = invoke(client, unique)
        assert "FunctionError" not in answer
        assert f":{account}:" in arn and used != key


def test_output_of_functions_is_found_in_the_logs(lambda_client, logs, unique):
    create_function(lambda_client, unique, "def handler(event, context):\n    print('printed ' + event)\n")
    invoke(lambda_client, unique, "this")
    # An invocation ends after its output was given to the log, whose reads see all that was given before.
    events = logs.filter_log_events(logGroupName=f"/aws/lambda/{unique}", filterPattern="printed")["events"]
    assert [event["message"].strip() for event in events] == ["printed this"]
