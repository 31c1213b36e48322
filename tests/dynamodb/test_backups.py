"""Backups, point-in-time recovery and restored tables through boto3, and what is said of export and import."""

import re
from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ClientError

from tests.control.controls import call


@pytest.fixture
def own(start_server):
    return start_server("--in-memory")


def create(dynamodb, name, **settings):
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk", "color")],
        LocalSecondaryIndexes=[{"IndexName": "local", "Projection": {"ProjectionType": "ALL"}, "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "color", "KeyType": "RANGE"}]}],
        GlobalSecondaryIndexes=[{"IndexName": "global", "Projection": {"ProjectionType": "ALL"},
                                 "KeySchema": [{"AttributeName": "color", "KeyType": "HASH"}]}], **settings)


def put(dynamodb, table, key, value, color="red"):
    dynamodb.put_item(TableName=table, Item={
        "pk": {"S": key}, "sk": {"S": "s"}, "color": {"S": color}, "v": {"N": str(value)}})


def items(dynamodb, table):
    """Values by key; the indexes must have the same ones."""
    def of(**scan):
        pages = dynamodb.get_paginator("scan").paginate(TableName=table, **scan)
        return {item["pk"]["S"]: int(item["v"]["N"]) for page in pages for item in page["Items"]}
    found = of()
    for index in dynamodb.describe_table(TableName=table)["Table"].get("GlobalSecondaryIndexes", []):
        assert of(IndexName=index["IndexName"]) == found
    return found


def restored(dynamodb, table):
    dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return dynamodb.describe_table(TableName=table)["Table"]


def back_up(dynamodb, table, name="backup"):
    return dynamodb.create_backup(TableName=table, BackupName=name)["BackupDetails"]


def fails(error, text, function, **arguments):
    with pytest.raises(ClientError) as caught:
        function(**arguments)
    assert caught.value.response["Error"]["Code"] == error
    assert text in caught.value.response["Error"]["Message"]


def recover(dynamodb, table, enabled=True, **specification):
    return dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification={
        "PointInTimeRecoveryEnabled": enabled, **specification})["ContinuousBackupsDescription"]


def test_a_backup_restores_to_a_new_table_also_when_its_own_is_gone(dynamodb, unique):
    table = unique + "-source"
    create(dynamodb, table, Tags=[{"Key": "team", "Value": "a"}],
           StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    for i in range(120):
        put(dynamodb, table, f"k{i}", i)
    details = back_up(dynamodb, table)
    arn = details["BackupArn"]
    assert re.fullmatch(r"arn:aws:dynamodb:us-east-1:000000000000:table/" + table + r"/backup/\d{14}-[0-9a-f]{8}", arn)
    assert details["BackupStatus"] == "CREATING" and details["BackupType"] == "USER"
    put(dynamodb, table, "k1", 1000)
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "k2"}, "sk": {"S": "s"}})
    description = dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]
    assert description["BackupDetails"]["BackupStatus"] == "AVAILABLE"
    assert description["SourceTableDetails"]["ItemCount"] == 120
    assert description["SourceTableDetails"]["TableName"] == table
    features = description["SourceTableFeatureDetails"]
    assert features["StreamDescription"]["StreamViewType"] == "KEYS_ONLY"
    assert [index["IndexName"] for index in features["GlobalSecondaryIndexes"]] == ["global"]
    dynamodb.delete_table(TableName=table)

    target = unique + "-target"
    answer = dynamodb.restore_table_from_backup(TargetTableName=target, BackupArn=arn)["TableDescription"]
    assert answer["TableStatus"] == "CREATING"
    summary = answer["RestoreSummary"]
    assert summary["SourceBackupArn"] == arn and summary["RestoreInProgress"]
    assert summary["SourceTableArn"].endswith("table/" + table)
    described = restored(dynamodb, target)
    assert "RestoreSummary" not in described and "StreamSpecification" not in described
    assert described["ItemCount"] == 120
    assert dynamodb.list_tags_of_resource(ResourceArn=described["TableArn"])["Tags"] == []
    assert items(dynamodb, target) == {f"k{i}": i for i in range(120)}
    found = dynamodb.query(TableName=target, IndexName="local", KeyConditionExpression="pk = :k and color = :c",
                           ExpressionAttributeValues={":k": {"S": "k5"}, ":c": {"S": "red"}})
    assert found["Count"] == 1
    fails("TableAlreadyExistsException", f"Table already exists: {target}",
          dynamodb.restore_table_from_backup, TargetTableName=target, BackupArn=arn)

    deleted = dynamodb.delete_backup(BackupArn=arn)["BackupDescription"]
    assert deleted["BackupDetails"]["BackupStatus"] == "DELETED"
    for operation in (dynamodb.describe_backup, dynamodb.delete_backup):
        fails("BackupNotFoundException", f"Backup not found: {arn}", operation, BackupArn=arn)
    fails("BackupNotFoundException", "Backup not found", dynamodb.restore_table_from_backup,
          TargetTableName=unique + "-none", BackupArn=arn)


def test_a_restore_takes_other_indexes_and_billing(dynamodb, unique):
    table, target = unique + "-source", unique + "-target"
    create(dynamodb, table)
    put(dynamodb, table, "a", 1)
    arn = back_up(dynamodb, table)["BackupArn"]
    dynamodb.restore_table_from_backup(
        TargetTableName=target, BackupArn=arn, GlobalSecondaryIndexOverride=[], BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride={"ReadCapacityUnits": 3, "WriteCapacityUnits": 4})
    described = restored(dynamodb, target)
    assert "GlobalSecondaryIndexes" not in described
    assert [index["IndexName"] for index in described["LocalSecondaryIndexes"]] == ["local"]
    assert described["ProvisionedThroughput"]["WriteCapacityUnits"] == 4
    assert items(dynamodb, target) == {"a": 1}
    other = {"IndexName": "other", "KeySchema": [{"AttributeName": "color", "KeyType": "HASH"}],
             "Projection": {"ProjectionType": "ALL"}}
    fails("ValidationException", "Index override", dynamodb.restore_table_from_backup,
          TargetTableName=unique + "-none", BackupArn=arn, GlobalSecondaryIndexOverride=[other])
    fails("ValidationException", "must both be specified", dynamodb.restore_table_from_backup,
          TargetTableName=unique + "-none", BackupArn=arn, BillingModeOverride="PROVISIONED")


def test_backups_are_listed_by_table_time_and_type_in_pages(dynamodb, unique):
    table = unique + "-listed"
    create(dynamodb, table)
    arns = [back_up(dynamodb, table, f"backup-{i}")["BackupArn"] for i in range(3)]
    assert len(set(arns)) == 3
    listed, start = [], {}
    while True:
        page = dynamodb.list_backups(TableName=table, Limit=2, **start)
        listed += page["BackupSummaries"]
        if "LastEvaluatedBackupArn" not in page:
            break
        start = {"ExclusiveStartBackupArn": page["LastEvaluatedBackupArn"]}
    assert sorted(each["BackupArn"] for each in listed) == sorted(arns)
    assert listed[0]["TableName"] == table and listed[0]["BackupSizeBytes"] == 0
    created = max(each["BackupCreationDateTime"] for each in listed)
    assert dynamodb.list_backups(TableName=table, TimeRangeLowerBound=created)["BackupSummaries"]
    later = created + timedelta(seconds=1)
    assert dynamodb.list_backups(TableName=table, TimeRangeLowerBound=later)["BackupSummaries"] == []
    assert dynamodb.list_backups(TableName=table, BackupType="SYSTEM")["BackupSummaries"] == []
    assert dynamodb.list_backups(TableName=unique + "-unknown")["BackupSummaries"] == []


def test_backup_errors(dynamodb, unique):
    table = unique + "-none"
    fails("TableNotFoundException", f"Table not found: {table}", dynamodb.create_backup,
          TableName=table, BackupName="backup")
    bad = "arn:aws:dynamodb:us-east-1:000000000000:table/no-backup"
    fails("ValidationException", "Invalid Backup ARN", dynamodb.describe_backup, BackupArn=bad)
    fails("ValidationException", "Invalid Backup ARN", dynamodb.restore_table_from_backup,
          TargetTableName=table, BackupArn=bad)
    fails("ValidationException", "'limit' failed to satisfy constraint", dynamodb.list_backups, Limit=101)


def test_recovery_is_described_and_checked(dynamodb, unique):
    table = unique + "-recovered"
    create(dynamodb, table)
    off = {"ContinuousBackupsStatus": "ENABLED",
           "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"}}
    describe = dynamodb.describe_continuous_backups
    assert describe(TableName=table)["ContinuousBackupsDescription"] == off
    fails("PointInTimeRecoveryUnavailableException", f"Point in time recovery is not enabled for table '{table}'",
          dynamodb.restore_table_to_point_in_time, SourceTableName=table, TargetTableName=unique + "-target",
          UseLatestRestorableTime=True)
    on = recover(dynamodb, table)["PointInTimeRecoveryDescription"]
    assert on["PointInTimeRecoveryStatus"] == "ENABLED" and on["RecoveryPeriodInDays"] == 35
    assert on["EarliestRestorableDateTime"] <= on["LatestRestorableDateTime"]
    again = recover(dynamodb, table, RecoveryPeriodInDays=2)["PointInTimeRecoveryDescription"]
    assert again["RecoveryPeriodInDays"] == 2
    assert again["EarliestRestorableDateTime"] == on["EarliestRestorableDateTime"]
    fails("ValidationException", "1 validation error detected: Value '36' at 'pointInTimeRecoverySpecification."
          "recoveryPeriodInDays' failed to satisfy constraint: Member must have value less than or equal to 35",
          recover, dynamodb=dynamodb, table=table, RecoveryPeriodInDays=36)
    fails("ValidationException", "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling "
          "point-in-time recovery.", recover, dynamodb=dynamodb, table=table, enabled=False, RecoveryPeriodInDays=3)
    restore = dynamodb.restore_table_to_point_in_time
    fails("ValidationException", "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be "
          "specified, but not both", restore, SourceTableName=table, TargetTableName=unique + "-target")
    fails("ValidationException", "Must provide exactly one of: sourceTableArn, sourceTableName", restore,
          TargetTableName=unique + "-target", UseLatestRestorableTime=True)
    for time in (datetime.now(timezone.utc) - timedelta(days=1), datetime.now(timezone.utc) + timedelta(days=1)):
        fails("InvalidRestoreTimeException", "RestoreDateTime", restore, SourceTableName=table,
              TargetTableName=unique + "-target", RestoreDateTime=time)
    assert recover(dynamodb, table, enabled=False) == off
    missing = unique + "-missing"
    for function in (describe, lambda TableName: recover(dynamodb, TableName)):
        fails("TableNotFoundException", f"Table not found: {missing}", function, TableName=missing)


def test_a_table_goes_back_to_a_time_on_the_servers_clock(own):
    dynamodb = own.client("dynamodb")
    create(dynamodb, "source", Tags=[{"Key": "millrace:partitions", "Value": "3"}])
    put(dynamodb, "source", "before", 0)
    recover(dynamodb, "source", RecoveryPeriodInDays=3)
    states = []
    for day in range(3):
        for i in range(20):
            put(dynamodb, "source", f"k{i}", 100 * day + i)
        dynamodb.delete_item(TableName="source", Key={"pk": {"S": f"k{day}"}, "sk": {"S": "s"}})
        call(own, "clock", {"advanceSeconds": 2})  # boto3 sends whole seconds
        window = dynamodb.describe_continuous_backups(TableName="source")["ContinuousBackupsDescription"]
        states.append((window["PointInTimeRecoveryDescription"]["LatestRestorableDateTime"], items(dynamodb, "source")))
        call(own, "clock", {"advanceSeconds": 86_000})
    for day, (time, state) in enumerate(states):
        dynamodb.restore_table_to_point_in_time(
            SourceTableName="source", TargetTableName=f"day-{day}", RestoreDateTime=time)
        restored(dynamodb, f"day-{day}")
        assert items(dynamodb, f"day-{day}") == state
    arn = dynamodb.describe_table(TableName="source")["Table"]["TableArn"]
    dynamodb.restore_table_to_point_in_time(SourceTableArn=arn, TargetTableName="latest", UseLatestRestorableTime=True)
    restored(dynamodb, "latest")
    assert items(dynamodb, "latest") == states[-1][1]
    # Older than the period: gone.
    call(own, "clock", {"advanceSeconds": 86_400})
    fails("InvalidRestoreTimeException", "RestoreDateTime", dynamodb.restore_table_to_point_in_time,
          SourceTableName="source", TargetTableName="too-old", RestoreDateTime=states[0][0])


def test_a_stream_shows_no_record_that_only_recovery_keeps(own):
    dynamodb, streams = own.client("dynamodb"), own.client("dynamodbstreams")
    create(dynamodb, "source", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    recover(dynamodb, "source")
    put(dynamodb, "source", "old", 1)
    call(own, "clock", {"advanceSeconds": 90_000})
    put(dynamodb, "source", "new", 1)
    arn = dynamodb.describe_table(TableName="source")["Table"]["LatestStreamArn"]
    keys = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        for record in streams.get_records(ShardIterator=iterator)["Records"]:
            assert "OldImage" not in record["dynamodb"]
            keys.append(record["dynamodb"]["Keys"]["pk"]["S"])
    assert keys == ["new"]


def test_a_deleted_table_with_recovery_leaves_a_backup(dynamodb, unique):
    table = unique + "-deleted"
    create(dynamodb, table)
    put(dynamodb, table, "a", 1)
    recover(dynamodb, table)
    dynamodb.delete_table(TableName=table)
    backup, = dynamodb.list_backups(TableName=table, BackupType="SYSTEM")["BackupSummaries"]
    assert backup["BackupName"] == f"{table}$DeletedTableBackup" and backup["BackupStatus"] == "AVAILABLE"
    assert backup["BackupExpiryDateTime"] - backup["BackupCreationDateTime"] == timedelta(days=35)
    dynamodb.restore_table_from_backup(TargetTableName=table, BackupArn=backup["BackupArn"])
    restored(dynamodb, table)
    assert items(dynamodb, table) == {"a": 1}


def test_backups_and_recovery_survive_a_restart(start_server, tmp_path):
    server = start_server("--data", str(tmp_path))
    dynamodb = server.client("dynamodb")
    create(dynamodb, "source")
    recover(dynamodb, "source")
    for i in range(30):
        put(dynamodb, "source", f"k{i}", i)
    arn = back_up(dynamodb, "source")["BackupArn"]
    put(dynamodb, "source", "k0", 7)
    server.kill()
    dynamodb = start_server("--data", str(tmp_path)).client("dynamodb")
    assert dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupSizeBytes"] > 0
    dynamodb.restore_table_from_backup(TargetTableName="first", BackupArn=arn)
    dynamodb.restore_table_to_point_in_time(
        SourceTableName="source", TargetTableName="second", UseLatestRestorableTime=True)
    for target, value in (("first", 0), ("second", 7)):
        restored(dynamodb, target)
        assert items(dynamodb, target) == {**{f"k{i}": i for i in range(30)}, "k0": value}


def test_export_and_import_say_that_they_need_s3(dynamodb, unique):
    table = unique + "-exported"
    create(dynamodb, table)
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    export = dynamodb.export_table_to_point_in_time
    fails("PointInTimeRecoveryUnavailableException", "not enabled", export, TableArn=arn, S3Bucket="bucket")
    fails("TableNotFoundException", "Table not found", export, TableArn=arn + "x", S3Bucket="bucket")
    recover(dynamodb, table)
    fails("ValidationException", "needs Amazon S3", export, TableArn=arn, S3Bucket="bucket")
    keys = {"TableName": unique + "-imported", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}
    fails("ValidationException", "needs Amazon S3", dynamodb.import_table, S3BucketSource={"S3Bucket": "bucket"},
          InputFormat="DYNAMODB_JSON", TableCreationParameters=keys)
    assert dynamodb.list_exports(TableArn=arn)["ExportSummaries"] == []
    assert dynamodb.list_imports()["ImportSummaryList"] == []
    missing = arn + "/export/01234567890123-01234567"
    fails("ExportNotFoundException", f"Export not found: {missing}", dynamodb.describe_export, ExportArn=missing)
    fails("ImportNotFoundException", "Import not found", dynamodb.describe_import, ImportArn=missing)
