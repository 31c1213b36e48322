"""Checks new e-mail addresses. A record that cannot be checked is reported, so that only it is retried."""

import logging

logger = logging.getLogger()
logger.setLevel(logging.INFO)


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            check(record)
        except ValueError as error:
            logger.error("%s", error)
            failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
            break  # keep the order: what comes after is delivered again
    return {"batchItemFailures": failures}


def check(record):
    user = record["dynamodb"]["NewImage"]
    address = user["email"]["S"]
    if "@" not in address:
        raise ValueError(f"{user['userId']['S']} has no valid address: {address!r}")
    logger.info("%s can be reached at %s", user["userId"]["S"], address)
