"""PartiQL through boto3: statements, batches, transactions, and the stream records that they leave."""

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from tests.functions import read_all

VALUE_TYPES = TypeSerializer()
PYTHON_TYPES = TypeDeserializer()


@pytest.fixture
def music(dynamodb, unique):
    """Songs of artists, with a global index by year and a stream."""
    dynamodb.create_table(
        TableName=unique, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind}
                              for name, kind in [("Artist", "S"), ("SongTitle", "S"), ("Year", "N")]],
        KeySchema=[{"AttributeName": "Artist", "KeyType": "HASH"}, {"AttributeName": "SongTitle", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[{
            "IndexName": "by-year", "Projection": {"ProjectionType": "KEYS_ONLY"},
            "KeySchema": [{"AttributeName": "Year", "KeyType": "HASH"}]}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    dynamodb.get_waiter("table_exists").wait(TableName=unique, WaiterConfig={"Delay": 1})
    return unique


def parameters(values):
    return [VALUE_TYPES.serialize(value) for value in values]


def run(dynamodb, statement, *values, **more):
    if values:
        more["Parameters"] = parameters(values)
    return dynamodb.execute_statement(Statement=statement, **more)


def rows(answer):
    return [{name: PYTHON_TYPES.deserialize(value) for name, value in item.items()} for item in answer["Items"]]


def add(dynamodb, table, artist, song, **more):
    item = ", ".join(f"'{name}': ?" for name in more)
    run(dynamodb, f"""INSERT INTO "{table}" VALUE {{'Artist': ?, 'SongTitle': ?{', ' if more else ''}{item}}}""",
        artist, song, *more.values())


def fault(call, *arguments, **more):
    with pytest.raises(ClientError) as caught:
        call(*arguments, **more)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def records_of(streams, dynamodb, table):
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    return streams.get_records(ShardIterator=iterator)["Records"]


def test_the_life_of_an_item(dynamodb, music):
    add(dynamodb, music, "Acme Band", "PartiQL Rocks", Year=2020, Details={"Label": "x", "Sold": [1, 2]})
    key = "WHERE Artist = 'Acme Band' AND SongTitle = 'PartiQL Rocks'"
    assert fault(add, dynamodb, music, "Acme Band", "PartiQL Rocks") == (
        "DuplicateItemException", "Duplicate primary key exists in table")

    changed = run(dynamodb, f"""UPDATE "{music}" SET AwardsWon = 1 SET AwardDetail = {{'Grammys': [2020, 2018]}} {key}
                                RETURNING ALL NEW *""")
    assert rows(changed)[0]["AwardDetail"] == {"Grammys": [2020, 2018]}
    run(dynamodb, f"""UPDATE "{music}" SET AwardDetail.Grammys = list_append(AwardDetail.Grammys, [2016]),
                      AwardsWon = AwardsWon + 1, Genres = <<'rock', 'pop'>> REMOVE Details.Sold[0] {key}""")
    run(dynamodb, f"""UPDATE "{music}" SET Genres = set_add(Genres, <<'folk'>>) {key}""")
    run(dynamodb, f"""UPDATE "{music}" SET Genres = set_delete(Genres, <<'pop'>>) {key} AND Year = ?""", 2020)
    assert rows(run(dynamodb, f"""SELECT * FROM "{music}" {key}""")) == [{
        "Artist": "Acme Band", "SongTitle": "PartiQL Rocks", "Year": 2020, "AwardsWon": 2,
        "AwardDetail": {"Grammys": [2020, 2018, 2016]}, "Genres": {"rock", "folk"},
        "Details": {"Label": "x", "Sold": [2]}}]
    assert rows(run(dynamodb, f"""SELECT Details.Label, AwardDetail.Grammys[1], Gone FROM "{music}" {key}""")) == [
        {"Label": "x", "Grammys[1]": 2018}]

    assert fault(run, dynamodb, f"""DELETE FROM "{music}" {key} AND AwardsWon > 2""")[0] == \
        "ConditionalCheckFailedException"
    assert rows(run(dynamodb, f"""DELETE FROM "{music}" {key} RETURNING ALL OLD *"""))[0]["AwardsWon"] == 2
    assert run(dynamodb, f"""DELETE FROM "{music}" {key} RETURNING ALL OLD *""")["Items"] == []
    assert fault(run, dynamodb, f"""UPDATE "{music}" SET AwardsWon = 1 {key}""") == (
        "ConditionalCheckFailedException", "The conditional request failed")


def test_selects(dynamodb, music):
    for artist in ["a", "b"]:
        for song in range(1, 6):
            add(dynamodb, music, artist, f"song {song}", Year=2000 + song)

    def songs(rest, *values, source=f'"{music}"', **more):
        if values:
            more["Parameters"] = parameters(values)
        items = read_all(dynamodb.execute_statement, Statement=f"SELECT * FROM {source} {rest}", **more)
        return [row["SongTitle"][-1] for row in rows({"Items": items})]

    assert songs("WHERE Artist = ?", "a") == list("12345")
    assert songs("WHERE Artist = 'a' ORDER BY SongTitle DESC") == list("54321")
    assert songs("WHERE Artist = 'a' AND SongTitle BETWEEN 'song 2' AND 'song 3'") == list("23")
    assert songs("WHERE Artist = 'a' AND begins_with(SongTitle, 'song 4')") == list("4")
    assert songs("WHERE Artist IN ['a', 'b'] AND Year > 2004", ConsistentRead=True) == list("55")
    assert sorted(songs("WHERE Year IN (2001, 2002) OR contains(SongTitle, '5')")) == list("112255")
    assert sorted(songs("WHERE Year IS MISSING OR NOT Year < 2005")) == list("55")
    assert sorted(songs("WHERE Year = 2003", source=f'"{music}"."by-year"')) == list("33")
    assert songs("WHERE Artist = ? AND size(SongTitle) = 6 AND attribute_type(Year, 'N')", "b") == list("12345")


def test_pages(dynamodb, music):
    for artist in ["a", "b"]:
        for song in range(4):
            add(dynamodb, music, artist, str(song))
    statement = f"""SELECT SongTitle FROM "{music}" WHERE Artist IN [?, ?]"""
    more, seen = {"Limit": 3}, []
    while True:
        page = run(dynamodb, statement, "a", "b", **more)
        assert len(page["Items"]) <= 3
        seen += [row["SongTitle"] for row in rows(page)]
        if "NextToken" not in page:
            break
        more["NextToken"] = page["NextToken"]
    assert seen == list("01230123")
    assert fault(run, dynamodb, statement, "b", "a", **more) == (
        "ValidationException", "NextToken does not match request")


def test_what_is_wrong_is_told(dynamodb, music):
    def told(statement, *values, **more):
        code, message = fault(run, dynamodb, statement, *values, **more)
        assert code == "ValidationException"
        return message.removeprefix("Statement wasn't well formed, can't be processed: ")

    assert told(f"""SELECTT * FROM "{music}" """) == "Expected data manipulation"
    assert told(f"""SELECT * FROM "{music}" WHERE""") == "Unexpected term"
    assert told(f"""SELECT * FROM "{music}" WHERE a = 1 AND""") == \
        "Missing right-hand side expression of infix operator"
    assert told(f"""SELECT * FROM "{music}" WHERE a = ?""") == \
        "Number of parameters in request and statement don't match."
    assert told(f"""SELECT COUNT(*) FROM "{music}" """) == "Unexpected path component at 1:8:5"
    assert told(f"""UPDATE "{music}" SET a = 1 WHERE Artist = 'a'""") == \
        "Where clause does not contain a mandatory equality on all key attributes"
    assert told(f"""SELECT * FROM "{music}"."by-year" WHERE Year = 1""", ConsistentRead=True) == \
        "Strongly consistent read is not supported on Global Secondary Indexes"
    assert told(f"""SELECT * FROM "{music}"."other" """) == "The table does not have the specified index"
    assert fault(run, dynamodb, 'SELECT * FROM "nowhere"')[0] == "ResourceNotFoundException"


def test_batches(dynamodb, music):
    add(dynamodb, music, "a", "1")
    insert = f"""INSERT INTO "{music}" VALUE {{'Artist': 'a', 'SongTitle': ?}}"""
    written = dynamodb.batch_execute_statement(Statements=[
        {"Statement": insert, "Parameters": parameters(["1"])},
        {"Statement": insert, "Parameters": parameters(["2"])},
        {"Statement": "INSERT INTO"}])["Responses"]
    assert written[0]["Error"]["Code"] == "DuplicateItem"
    assert written[1] == {"TableName": music}
    assert written[2]["Error"]["Code"] == "ValidationError"

    select = f"""SELECT SongTitle FROM "{music}" WHERE Artist = 'a' AND SongTitle = ?"""
    read = dynamodb.batch_execute_statement(
        Statements=[{"Statement": select, "Parameters": parameters([song])} for song in ["2", "3"]])["Responses"]
    assert read == [{"TableName": music, "Item": {"SongTitle": {"S": "2"}}}, {"TableName": music}]


def test_transactions(dynamodb, music):
    add(dynamodb, music, "a", "1", Year=1999)

    def transact(*statements, **more):
        return dynamodb.execute_transaction(TransactStatements=[{"Statement": text} for text in statements], **more)

    one = f"""FROM "{music}" WHERE Artist = 'a' AND SongTitle = '1'"""
    insert = f"""INSERT INTO "{music}" VALUE {{'Artist': 'a', 'SongTitle': '%s'}}"""
    transact(f"EXISTS(SELECT * {one} AND Year = 1999)", insert % "2")
    assert len(run(dynamodb, f"""SELECT * FROM "{music}" """)["Items"]) == 2

    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        transact(f"DELETE {one} AND Year = 2000", insert % "2", insert % "3")
    assert [reason["Code"] for reason in caught.value.response["CancellationReasons"]] == [
        "ConditionalCheckFailed", "DuplicateItem", "None"]
    assert len(run(dynamodb, f"""SELECT * FROM "{music}" """)["Items"]) == 2

    read = transact(f"SELECT Year {one}", f"""SELECT * FROM "{music}" WHERE Artist = 'a' AND SongTitle = '9'""")
    assert read["Responses"] == [{"Item": {"Year": {"N": "1999"}}}, {}]

    for _ in range(2):
        transact(f"""UPDATE "{music}" SET Year = Year + 1 WHERE Artist = 'a' AND SongTitle = '1'""",
                 ClientRequestToken="a token of " + music)
    assert rows(run(dynamodb, f"SELECT Year {one}")) == [{"Year": 2000}]


def test_stream_records(dynamodb, streams, music):
    key = "WHERE Artist = 'a' AND SongTitle = '1'"
    add(dynamodb, music, "a", "1", Year=1)
    run(dynamodb, f"""UPDATE "{music}" SET Year = 2 {key}""")
    run(dynamodb, f"""UPDATE "{music}" SET Year = 2 {key}""")  # changes nothing, leaves nothing
    dynamodb.batch_execute_statement(Statements=[{"Statement": f"""UPDATE "{music}" SET Year = 3 {key}"""}])
    dynamodb.execute_transaction(TransactStatements=[{"Statement": f"""DELETE FROM "{music}" {key}"""}])
    records = [(record["eventName"], record["dynamodb"].get("OldImage", {}).get("Year"),
                record["dynamodb"].get("NewImage", {}).get("Year"))
               for record in records_of(streams, dynamodb, music)]
    assert records == [("INSERT", None, {"N": "1"}), ("MODIFY", {"N": "1"}, {"N": "2"}),
                       ("MODIFY", {"N": "2"}, {"N": "3"}), ("REMOVE", {"N": "3"}, None)]
