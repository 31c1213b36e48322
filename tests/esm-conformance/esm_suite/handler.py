"""The function that every scenario deploys: it does what its rules say, and tells what it was given.

Its environment holds ESM_SCENARIO, a JSON object: `journal` (a table), `run` (this function's part of it) and `rules`.
Each invocation first counts itself in the item (run, "counter"), which also holds flags that the runner sets, and
then puts an item (run, "invocation#000001") with what it was given. Both are done before the rules are looked at,
so an invocation that fails or times out is known as well.

Only the standard library, so that it starts quickly; requests are signed as AWS Signature Version 4 says.
"""

import datetime
import hashlib
import hmac
import http.client
import json
import os
import time
import urllib.parse

SCENARIO = json.loads(os.environ["ESM_SCENARIO"])
REGION = os.environ.get("AWS_REGION", "us-east-1")
ENDPOINT = urllib.parse.urlsplit(
    os.environ.get("ESM_ENDPOINT")
    or os.environ.get("AWS_ENDPOINT_URL_DYNAMODB")
    or os.environ.get("AWS_ENDPOINT_URL")
    or f"https://dynamodb.{REGION}.amazonaws.com"
)
EVENT_BYTES_MAX = 300_000  # of larger events records and state are left out: an item holds 400 KB


def signed_headers(target, body):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "host": ENDPOINT.netloc,
        "x-amz-date": now,
        "x-amz-target": target,
    }
    if os.environ.get("AWS_SESSION_TOKEN"):
        headers["x-amz-security-token"] = os.environ["AWS_SESSION_TOKEN"]
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{now[:8]}/{REGION}/dynamodb/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = ("AWS4" + os.environ.get("AWS_SECRET_ACCESS_KEY", "")).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"{os.environ.get('AWS_ACCESS_KEY_ID', '')}/{scope}"
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    )
    return headers


def dynamodb(operation, request):
    body = json.dumps(request).encode()
    secure = ENDPOINT.scheme == "https"
    connection = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(ENDPOINT.netloc, timeout=20)
    try:
        connection.request("POST", "/", body, signed_headers("DynamoDB_20120810." + operation, body))
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{operation} of the journal was answered with {answer.status}: {text}")
    return json.loads(text)


def label(record):
    """How scenarios call the item: its sort key, with the partition key before it unless that is "p"."""
    keys = record["dynamodb"]["Keys"]
    pk, sk = keys["pk"]["S"], keys["sk"]["S"]
    return sk if pk == "p" else f"{pk}/{sk}"


def key(entry):
    return {"run": {"S": SCENARIO["run"]}, "entry": {"S": entry}}


def count(labels):
    """Counts this invocation, and for each record that a rule names how often it was delivered."""
    named = sorted({rule["key"] for rule in SCENARIO["rules"] if "key" in rule} & set(labels))
    names = {"#n": "invocations", **{f"#k{i}": "delivered#" + name for i, name in enumerate(named)}}
    answer = dynamodb("UpdateItem", {
        "TableName": SCENARIO["journal"],
        "Key": key("counter"),
        "UpdateExpression": "ADD " + ", ".join(f"{name} :one" for name in names),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {":one": {"N": "1"}},
        "ReturnValues": "ALL_NEW",
    })
    return answer["Attributes"]


def report(number, event, context, records, labels):
    text = json.dumps(event)
    entry = {
        "number": number,
        "request_id": context.aws_request_id,
        "function_arn": context.invoked_function_arn,
        "labels": labels,
        "event_ids": [record["eventID"] for record in records],
        "event_names": [record["eventName"] for record in records],
        "sequence_numbers": [record["dynamodb"]["SequenceNumber"] for record in records],
        "bytes": len(text),
    }
    if len(text) > EVENT_BYTES_MAX:
        text = json.dumps({name: event[name] for name in event if name not in ("Records", "state")})
    entry["event"] = text
    item = {**key(f"invocation#{number:06}"), "report": {"S": json.dumps(entry)}}
    dynamodb("PutItem", {"TableName": SCENARIO["journal"], "Item": item})


def within(number, bounds):
    low, _, high = str(bounds).partition("..")
    if ".." not in str(bounds):
        high = low
    return (not low or int(low) <= number) and (not high or number <= int(high))


def applies(rule, event, labels, counted):
    if "key" in rule and rule["key"] not in labels:
        return False
    if "attempt" in rule and not within(int(counted["delivered#" + rule["key"]]["N"]), rule["attempt"]):
        return False
    if "invocation" in rule and not within(int(counted["invocations"]["N"]), rule["invocation"]):
        return False
    if "records" in rule and not within(len(labels), rule["records"]):
        return False
    if "flag" in rule and "flag#" + rule["flag"] not in counted:
        return False
    if "unless_flag" in rule and "flag#" + rule["unless_flag"] in counted:
        return False
    return "final" not in rule or event.get("isFinalInvokeForWindow") == rule["final"]


def wait_for_others(invocations, context):
    """Until that many invocations have begun: they can only all be running at once."""
    while context.get_remaining_time_in_millis() > 2000:
        counted = dynamodb("GetItem", {
            "TableName": SCENARIO["journal"], "Key": key("counter"), "ConsistentRead": True})["Item"]
        if int(counted["invocations"]["N"]) >= invocations:
            return
        time.sleep(0.05)
    raise RuntimeError(f"fewer than {invocations} invocations ran at once")


def act(action, event, context, records, labels):
    if action == "raise":
        raise RuntimeError("as the scenario says")
    if action == "exit":
        os._exit(1)
    if action == "time out":
        time.sleep(context.get_remaining_time_in_millis() / 1000 + 30)
    if action == "succeed":
        return None
    if "return" in action:
        return action["return"]
    if "report" in action:
        failures = [record["dynamodb"]["SequenceNumber"] for record, name in zip(records, labels)
                    if name in action["report"]]
        if action.get("reversed"):
            failures.reverse()
        return {"batchItemFailures": [{"itemIdentifier": failure} for failure in failures]}
    if "wait for invocations" in action:
        return wait_for_others(action["wait for invocations"], context)
    if "state" in action:
        # Counts the window's records, and drags along as much as the scenario wants.
        counted = event.get("state", {}).get("count", 0) + len(records)
        return {"state": {"count": counted, "fill": "x" * action["state"].get("bytes", 0)}}
    raise RuntimeError(f"unknown action {action}")


def handler(event, context):
    records = event.get("Records", [])
    labels = [label(record) for record in records]
    counted = count(labels)
    report(int(counted["invocations"]["N"]), event, context, records, labels)
    for rule in SCENARIO["rules"]:
        if applies(rule, event, labels, counted):
            return act(rule["do"], event, context, records, labels)
    return None
