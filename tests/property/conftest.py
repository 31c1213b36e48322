"""Random cases against the models of this folder. MILLRACE_PROPERTY_SEED (default 1) begins the random
sequence of each test and is printed when one fails; MILLRACE_PROPERTY_FACTOR says how many times as many
cases to try."""

import os
import random

import pytest

from tests.property.client import Client

SEED = os.environ.get("MILLRACE_PROPERTY_SEED", "1")


@pytest.fixture
def rng(request):
    print(f"MILLRACE_PROPERTY_SEED={SEED}")  # pytest shows it only for a test that failed
    return random.Random(f"{SEED} {request.node.name}")


@pytest.fixture(scope="session")
def client(server):
    return Client(server.endpoint)


@pytest.fixture
def make_table(client, unique):
    """make_table("S", "N"): the name of a table with keys pk and sk of these types; or with more members."""
    made = []

    def make(partition="S", sort=None, **members):
        name = f"{unique}{len(made)}"
        made.append(name)
        types = {"pk": partition, **({"sk": sort} if sort else {}), **members.pop("types", {})}
        client.call(
            "CreateTable",
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=key_schema("pk", "sk" if sort else None),
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": kind} for name, kind in types.items()
            ],
            **members,
        )
        while client.call("DescribeTable", TableName=name)["Table"]["TableStatus"] != "ACTIVE":
            pass
        return name

    yield make
    for name in made:
        client.call("DeleteTable", TableName=name)


def key_schema(partition, sort=None):
    schema = [{"AttributeName": partition, "KeyType": "HASH"}]
    return schema + ([{"AttributeName": sort, "KeyType": "RANGE"}] if sort else [])
