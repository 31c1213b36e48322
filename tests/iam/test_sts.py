"""STS on a server that checks no signatures: deploy tools ask it first who they are."""

import urllib.request

import boto3
import botocore.exceptions
import pytest


@pytest.fixture(scope="module")
def sts(server):
    return server.client("sts")


def error_of(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call(**arguments)
    return raised.value.response["Error"]["Code"], raised.value.response["Error"]["Message"]


def test_the_access_key_is_the_account(server):
    identity = server.client("sts", account="123456789012").get_caller_identity()
    del identity["ResponseMetadata"]
    assert identity == {"UserId": "123456789012", "Account": "123456789012", "Arn": "arn:aws:iam::123456789012:root"}
    assert server.client("sts", account="anything").get_caller_identity()["Account"] == "000000000000"


def test_partitions(server):
    assert server.client("sts", region="cn-north-1").get_caller_identity()["Arn"] == "arn:aws-cn:iam::000000000000:root"


def test_a_presigned_identity(sts):
    url = sts.generate_presigned_url("get_caller_identity", HttpMethod="GET")
    with urllib.request.urlopen(url) as response:
        assert "<Arn>arn:aws:iam::000000000000:root</Arn>" in response.read().decode()


def test_an_assumed_role_is_in_its_account(server, sts, unique):
    answer = sts.assume_role(RoleArn="arn:aws:iam::111122223333:role/ci/deploy", RoleSessionName=unique)
    given = answer["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], "eu-west-1")
    identity = session.client("sts", endpoint_url=server.endpoint).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::111122223333:assumed-role/deploy/{unique}"
    table = session.client("dynamodb", endpoint_url=server.endpoint).create_table(
        TableName=unique,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )["TableDescription"]
    assert table["TableArn"] == f"arn:aws:dynamodb:eu-west-1:111122223333:table/{unique}"


def test_a_session_token(server, sts):
    given = sts.get_session_token(DurationSeconds=900)["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], "us-east-1")
    inner = session.client("sts", endpoint_url=server.endpoint)
    assert inner.get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:root"
    assert error_of(inner.get_session_token) == (
        "AccessDenied",
        "Cannot call GetSessionToken with session credentials",
    )


def test_errors(sts):
    assert error_of(sts.assume_role, RoleArn="arn:aws:iam::111122223333:user/me", RoleSessionName="me") == (
        "ValidationError",
        "arn:aws:iam::111122223333:user/me is invalid",
    )
    assert error_of(sts.get_federation_token, Name="me") == (
        "InvalidAction",
        "Could not find operation GetFederationToken for version 2011-06-15",
    )
