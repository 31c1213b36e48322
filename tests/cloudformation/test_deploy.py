"""`millrace deploy` on a running server."""

import re
import subprocess

from tests.conftest import BINARY

TEMPLATE = """
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Name: {Type: String}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "${Name}"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_IMAGE}
Outputs:
  StreamArn: {Value: !GetAtt Table.StreamArn}
"""


def deploy(server, folder, text, name, *arguments):
    (folder / "template.yaml").write_text(text)
    return subprocess.run(
        [BINARY, "deploy", str(folder / "template.yaml"), "--endpoint", server.endpoint, "--stack-name", name,
         "--parameter", f"Name={name}", *arguments],
        capture_output=True, text=True)


def test_a_template_is_deployed_and_then_changed(server, dynamodb, unique, tmp_path):
    result = deploy(server, tmp_path, TEMPLATE, unique)
    assert result.returncode == 0, result.stderr
    arn = re.search(r"StreamArn = (\S+)", result.stdout).group(1)
    assert dynamodb.describe_table(TableName=unique)["Table"]["LatestStreamArn"] == arn
    assert "= no changes" in deploy(server, tmp_path, TEMPLATE, unique).stdout
    result = deploy(server, tmp_path, TEMPLATE.replace("NEW_IMAGE", "KEYS_ONLY"), unique)
    assert "~ Table" in result.stdout
    table = dynamodb.describe_table(TableName=unique)["Table"]
    assert table["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"


def test_time_to_live_follows_the_template(server, dynamodb, unique, tmp_path):
    def deployed(setting):
        text = TEMPLATE.replace("      StreamSpecification:", f"{setting}      StreamSpecification:")
        result = deploy(server, tmp_path, text, unique)
        assert result.returncode == 0, result.stderr
        return dynamodb.describe_time_to_live(TableName=unique)["TimeToLiveDescription"]

    setting = "      TimeToLiveSpecification: {AttributeName: ttl, Enabled: true}\n"
    enabled = {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    assert deployed(setting) == enabled
    assert deployed(setting) == enabled
    assert deployed(setting.replace("ttl", "until")) == {**enabled, "AttributeName": "until"}
    assert deployed(setting.replace("ttl", "until").replace("true", "false")) == {"TimeToLiveStatus": "DISABLED"}
    assert deployed(setting) == enabled
    assert deployed("") == {"TimeToLiveStatus": "DISABLED"}


def test_a_bad_template_changes_nothing(server, dynamodb, unique, tmp_path):
    bad = TEMPLATE.replace("Outputs:", "  Other: {Type: AWS::Nothing::Here}\nOutputs:")
    result = deploy(server, tmp_path, bad, unique)
    assert result.returncode == 1
    assert "Other" in result.stderr and "AWS::Nothing::Here" in result.stderr
    assert unique not in dynamodb.list_tables()["TableNames"]
