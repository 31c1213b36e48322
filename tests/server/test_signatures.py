"""A server with access keys: what its clients sign, computed by botocore's own signer."""

import base64
import datetime
import gzip
import json
import urllib.error
import urllib.parse
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.exceptions
import pytest

from tests.conftest import Server

ID, SECRET, ACCOUNT = "AKIDTEAM", "secret/of+the/team", "123456789012"
MISMATCH = "The request signature we calculated does not match the signature you provided."
JSON_HEADERS = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.ListTables"}


@pytest.fixture(scope="module")
def guarded():
    server = Server("--in-memory", env={"MILLRACE_ACCESS_KEYS": f"{ID}:{SECRET}:{ACCOUNT},OTHER:{SECRET}:999999999999"})
    yield server
    server.stop()


def client(server, service, key=ID, secret=SECRET, token=None):
    return server.client(service, account=key, secret=secret, token=token)


def error_of(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call(**arguments)
    answer = raised.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def signed(server, body=b"{}", at=None, headers=JSON_HEADERS, target="/"):
    """The headers of a request that was signed at some time."""
    at = at or datetime.datetime.now(datetime.timezone.utc)
    signer = botocore.auth.SigV4Auth(botocore.credentials.Credentials(ID, SECRET), "dynamodb", "us-east-1")
    request = botocore.awsrequest.AWSRequest("POST", server.endpoint + target, headers=headers, data=body)
    request.context["timestamp"] = at.strftime("%Y%m%dT%H%M%SZ")
    request.headers["X-Amz-Date"] = request.context["timestamp"]
    request.headers["Host"] = urllib.parse.urlsplit(server.endpoint).netloc
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    names = signer.signed_headers(signer.headers_to_sign(request))
    request.headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={signer.scope(request)}, SignedHeaders={names}, Signature={signature}"
    )
    return dict(request.headers.items())


def post(server, headers, body=b"{}", target="/"):
    request = urllib.request.Request(server.endpoint + target, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def refusal(server, headers, body=b"{}", target="/"):
    status, document = post(server, headers, body, target)
    return status, document["__type"].rsplit("#")[-1], document["message"]


def test_good_signatures(guarded):
    assert client(guarded, "dynamodb").list_tables()["TableNames"] == []
    assert client(guarded, "sts").get_caller_identity()["Account"] == ACCOUNT
    assert post(guarded, signed(guarded))[0] == 200


def test_wrong_secrets_and_unknown_keys(guarded):
    status, code, text = error_of(client(guarded, "dynamodb", secret="wrong").list_tables)
    assert (status, code) == (400, "InvalidSignatureException") and text.startswith(MISMATCH)
    assert error_of(client(guarded, "dynamodb", key="AKIDNOBODY").list_tables) == (
        400,
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    )


def test_query_services_have_codes_of_their_own(guarded):
    status, code, text = error_of(client(guarded, "sts", secret="wrong").get_caller_identity)
    assert (status, code) == (403, "SignatureDoesNotMatch") and text.startswith(MISMATCH)
    assert error_of(client(guarded, "sts", key="AKIDNOBODY").get_caller_identity)[:2] == (403, "InvalidClientTokenId")


def test_a_changed_body_or_query_is_seen(guarded):
    headers = signed(guarded)
    assert refusal(guarded, headers, b'{"Limit":1}')[:2] == (400, "InvalidSignatureException")
    assert refusal(guarded, headers, target="/?a=b")[:2] == (400, "InvalidSignatureException")
    other = {**headers, "X-Amz-Target": "DynamoDB_20120810.DescribeLimits"}
    assert refusal(guarded, other)[:2] == (400, "InvalidSignatureException")


def test_unsigned_requests(guarded):
    assert refusal(guarded, JSON_HEADERS) == (
        400,
        "MissingAuthenticationTokenException",
        "Request is missing Authentication Token",
    )
    # What is no JSON is told before the caller is looked at, as DynamoDB does.
    assert post(guarded, JSON_HEADERS, b"{")[1]["__type"].endswith("#SerializationException")


@pytest.mark.parametrize("minutes, text", [(-20, "Signature expired: "), (20, "Signature not yet current: ")])
def test_clocks_must_agree(guarded, minutes, text):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    status, code, message = refusal(guarded, signed(guarded, at=at))
    assert (status, code) == (400, "InvalidSignatureException")
    assert message.startswith(text + at.strftime("%Y%m%dT%H%M%SZ"))
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes / 2)
    assert post(guarded, signed(guarded, at=at))[0] == 200


def test_compressed_bodies_are_signed_as_they_travel(guarded):
    body = gzip.compress(b'{"Limit":1}')
    headers = {**JSON_HEADERS, "Content-Encoding": "gzip"}
    assert post(guarded, signed(guarded, body, headers=headers), body)[0] == 200


def test_odd_queries_are_signed_alike(guarded):
    for target in ("/?b=2&a=1&a=0", "/?empty&x=%20%2F", "/a//b/./c"):
        status, document = post(guarded, signed(guarded, target=target), target=target)
        assert status == 200, (target, document)


def test_names_in_paths_are_signed_as_they_are_sent(guarded):
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:no/such function"
    status, code, _ = error_of(client(guarded, "lambda").get_function, FunctionName=arn)
    assert "Signature" not in code and status in (400, 404)


def test_presigned_urls(guarded):
    url = client(guarded, "sts").generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    with urllib.request.urlopen(url) as response:
        assert f"<Account>{ACCOUNT}</Account>" in response.read().decode()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url.replace("X-Amz-Expires=60", "X-Amz-Expires=61"))
    assert refused.value.code == 403
    assert b"<Code>SignatureDoesNotMatch</Code>" in refused.value.read()


def test_temporary_credentials(guarded):
    role = f"arn:aws:iam::{ACCOUNT}:role/deploy"
    answer = client(guarded, "sts").assume_role(RoleArn=role, RoleSessionName="me")
    given = answer["Credentials"]
    lifetime = given["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
    assert 3500 < lifetime.total_seconds() <= 3600
    session = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    assert client(guarded, "dynamodb", *session).list_tables()["TableNames"] == []
    identity = client(guarded, "sts", *session).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/me"
    assert identity["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]

    invalid = (400, "UnrecognizedClientException", "The security token included in the request is invalid.")
    key, secret, token = session
    assert error_of(client(guarded, "dynamodb", key, secret).list_tables) == invalid
    assert error_of(client(guarded, "dynamodb", ID, SECRET, token).list_tables) == invalid
    assert error_of(client(guarded, "dynamodb", key, secret, token[:-4] + "AAAA").list_tables) == invalid
    assert error_of(client(guarded, "dynamodb", key, SECRET, token).list_tables)[1] == "InvalidSignatureException"


def test_roles_of_other_accounts_are_not_assumed(guarded):
    role = "arn:aws:iam::999999999999:role/deploy"
    assert error_of(client(guarded, "sts").assume_role, RoleArn=role, RoleSessionName="me") == (
        403,
        "AccessDenied",
        f"User: arn:aws:iam::{ACCOUNT}:root is not authorized to perform: sts:AssumeRole on resource: {role}",
    )


def test_metrics_take_basic_credentials(guarded):
    url = guarded.endpoint + "/_millrace/metrics"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url)
    assert refused.value.code == 401
    basic = base64.b64encode(f"{ID}:{SECRET}".encode()).decode()
    request = urllib.request.Request(url, headers={"Authorization": "Basic " + basic})
    with urllib.request.urlopen(request) as response:
        assert b"millrace_requests_total" in response.read()
