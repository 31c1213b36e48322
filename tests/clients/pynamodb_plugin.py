"""A pytest plugin for PynamoDB's tests: CreateTable without attribute definitions that no key uses.

Two of its tests define one, which DynamoDB refuses and the emulator that they were written against does not.
"""

import botocore.client

call_as_written = botocore.client.BaseClient._make_api_call


def used_attributes(table):
    keys = list(table["KeySchema"])
    for index in [*table.get("GlobalSecondaryIndexes", []), *table.get("LocalSecondaryIndexes", [])]:
        keys += index["KeySchema"]
    return {key["AttributeName"] for key in keys}


def call(self, operation, arguments):
    # The test about indexes that disagree on a type is about the definitions themselves.
    names = [definition["AttributeName"] for definition in arguments.get("AttributeDefinitions", [])]
    if operation == "CreateTable" and len(names) == len(set(names)):
        used = used_attributes(arguments)
        kept = [each for each in arguments["AttributeDefinitions"] if each["AttributeName"] in used]
        arguments = {**arguments, "AttributeDefinitions": kept}
    return call_as_written(self, operation, arguments)


botocore.client.BaseClient._make_api_call = call
