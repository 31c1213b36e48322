"""`millrace deploy` on a running server."""

import re
import subprocess

import pytest

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


def test_settings_of_a_table_follow_the_template(server, dynamodb, unique, tmp_path):
    def deployed(settings):
        text = TEMPLATE.replace("      StreamSpecification:", f"{settings}      StreamSpecification:")
        result = deploy(server, tmp_path, text, unique)
        assert result.returncode == 0, result.stderr
        return dynamodb.describe_table(TableName=unique)["Table"]

    table = deployed("""\
      ContributorInsightsSpecification: {Enabled: true, Mode: THROTTLED_KEYS}
      KinesisStreamSpecification: {StreamArn: "arn:aws:kinesis:us-east-1:000000000000:stream/changes"}
      ResourcePolicy:
        PolicyDocument:
          Version: '2012-10-17'
          Statement:
            - {Effect: Allow, Principal: {AWS: '111111111111'}, Action: 'dynamodb:GetItem', Resource: '*'}
      SSESpecification: {SSEEnabled: true}
      TableClass: STANDARD_INFREQUENT_ACCESS
      DeletionProtectionEnabled: true
      OnDemandThroughput: {MaxReadRequestUnits: 5}
      WarmThroughput: {ReadUnitsPerSecond: 13000, WriteUnitsPerSecond: 5000}
      Tags: [{Key: team, Value: a}, {Key: old, Value: b}]
""")
    assert table["SSEDescription"]["SSEType"] == "KMS"
    assert table["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert table["DeletionProtectionEnabled"] is True
    assert table["OnDemandThroughput"] == {"MaxReadRequestUnits": 5}
    assert table["WarmThroughput"]["ReadUnitsPerSecond"] == 13000
    assert dynamodb.get_resource_policy(ResourceArn=table["TableArn"])["RevisionId"]
    insights = dynamodb.describe_contributor_insights(TableName=unique)
    assert insights["ContributorInsightsMode"] == "THROTTLED_KEYS"

    def destinations():
        return [each["DestinationStatus"] for each in dynamodb.describe_kinesis_streaming_destination(
            TableName=unique)["KinesisDataStreamDestinations"]]

    assert destinations() == ["ACTIVE"]
    table = deployed("      Tags: [{Key: team, Value: c}]\n")
    assert table["DeletionProtectionEnabled"] is False
    assert table["TableClassSummary"]["TableClass"] == "STANDARD"
    assert "SSEDescription" not in table
    assert dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == [{"Key": "team", "Value": "c"}]
    assert destinations() == ["DISABLED"]
    assert dynamodb.describe_contributor_insights(TableName=unique)["ContributorInsightsStatus"] == "DISABLED"
    error = dynamodb.exceptions.PolicyNotFoundException
    with pytest.raises(error):
        dynamodb.get_resource_policy(ResourceArn=table["TableArn"])
