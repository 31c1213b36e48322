"""Compares what happened with what a scenario expects. No clients, no waiting: facts in, sentences out."""

import json
from dataclasses import dataclass, field

from esm_suite.patterns import mismatches, within


@dataclass
class Observation:
    """What one function was given, and what became of its mapping."""

    invocations: list  # the handler's reports, in the order in which they began
    failures: list = field(default_factory=list)  # bodies of the messages to the on-failure destination
    mapping: dict | None = None  # as GetEventSourceMapping shows it; None once it is gone
    variables: dict = field(default_factory=dict)

    def batches(self):
        return [invocation["labels"] for invocation in self.invocations]

    def records(self):
        """(label, event name, event id) of each record at its first delivery."""
        seen = {}
        for invocation in self.invocations:
            for one in zip(invocation["labels"], invocation["event_names"], invocation["event_ids"]):
                seen.setdefault(one[2], one)
        return list(seen.values())

    def events(self):
        return [json.loads(invocation["event"]) for invocation in self.invocations]


def partition_of(label):
    return label.partition("/")[0] if "/" in label else "p"


def check_deliveries(expected, observed):
    found = observed.batches()
    return [] if found == expected else [f"the function was given {found}, not {expected}"]


def check_records(expected, observed):
    """In order of first delivery; "a" is any record of that item, "a:MODIFY" that change."""
    found = [f"{label}:{name}" for label, name, _ in observed.records()]
    fits = len(found) == len(expected) and all(
        one == other or one.partition(":")[0] == other for one, other in zip(found, expected))
    return [] if fits else [f"the records delivered were {found}, not {expected}"]


def check_changes(expected, observed):
    """The same records in whatever order: of operations that promise none, such as transactions."""
    found = sorted(f"{label}:{name}" for label, name, _ in observed.records())
    return [] if found == sorted(expected) else [f"the records delivered were {found}, not {sorted(expected)}"]


def check_each_partition(expected, observed):
    """Records of a partition key in the order written; order between partition keys is free."""
    problems = []
    found = {}
    for label, _, _ in observed.records():
        found.setdefault(partition_of(label), []).append(label)
    for partition, labels in expected.items():
        if found.get(partition, []) != labels:
            problems.append(f"partition key {partition} was delivered as {found.get(partition, [])}, not {labels}")
    return problems + [f"unexpected partition key {one}" for one in sorted(set(found) - set(expected))]


def check_attempts(expected, observed):
    problems = []
    for label, bounds in expected.items():
        count = sum(label in batch for batch in observed.batches())
        if not within(count, bounds):
            problems.append(f"{label} was delivered {count} times, not {bounds}")
    return problems


def check_invocations(expected, observed):
    count = len(observed.invocations)
    return [] if within(count, expected) else [f"there were {count} invocations, not {expected}: {observed.batches()}"]


def check_batch_size(expected, observed):
    sizes = [len(batch) for batch in observed.batches()]
    return [] if all(within(size, expected) for size in sizes) else [f"batches had the sizes {sizes}, not {expected}"]


def check_never(expected, observed):
    delivered = {label for batch in observed.batches() for label in batch}
    return [f"{label} was delivered" for label in expected if label in delivered]


def check_record(expected, observed):
    """A pattern for each record, in order of first delivery."""
    seen = {}
    for event in observed.events():
        for record in event.get("Records", []):
            seen.setdefault(record["eventID"], record)
    return mismatches(expected, list(seen.values()), observed.variables, "record")


def check_events(expected, observed):
    """A pattern for the whole event of each invocation."""
    return mismatches(expected, observed.events(), observed.variables, "event")


def check_some_event(expected, observed):
    """A pattern that the event of at least one invocation is like."""
    if any(not mismatches(expected, event, observed.variables) for event in observed.events()):
        return []
    return [f"no event was like {expected}: {observed.events()}"]


def check_failures(expected, observed):
    """A pattern for each message, in order of the records that they are about; no others."""
    def position(message):
        return int(message.get("DDBStreamBatchInfo", {}).get("startSequenceNumber", 0))
    return mismatches(expected, sorted(observed.failures, key=position), observed.variables, "failure")


def check_failed_records(expected, observed):
    """How many records the messages are about in all: AWS may merge neighbours into one message."""
    count = sum(message["DDBStreamBatchInfo"]["batchSize"] for message in observed.failures)
    return [] if within(count, expected) else [f"{count} records were reported as failed, not {expected}"]


def check_mapping(expected, observed):
    if expected == "gone":
        return [] if observed.mapping is None else [f"the mapping is still {observed.mapping['State']}"]
    if observed.mapping is None:
        return ["the mapping is gone"]
    return mismatches(expected, observed.mapping, observed.variables, "mapping")


def check_unique_event_ids(expected, observed):
    """A record keeps its id through retries; no two records share one."""
    by_id = {}
    for invocation in observed.invocations:
        for event_id, number in zip(invocation["event_ids"], invocation["sequence_numbers"]):
            by_id.setdefault(event_id, set()).add(number)
    numbers = {number for numbers in by_id.values() for number in numbers}
    unique = len(numbers) == len(by_id) and all(len(one) == 1 for one in by_id.values())
    return [] if unique == expected else [f"event ids and sequence numbers: {by_id}"]


def check_event_bytes(expected, observed):
    sizes = [invocation["bytes"] for invocation in observed.invocations]
    return [] if all(within(size, expected) for size in sizes) else [f"events had {sizes} bytes, not {expected}"]


CHECKS = {
    "deliveries": check_deliveries,
    "records": check_records,
    "changes": check_changes,
    "each_partition": check_each_partition,
    "attempts": check_attempts,
    "invocations": check_invocations,
    "batch_size": check_batch_size,
    "event_bytes": check_event_bytes,
    "never": check_never,
    "record": check_record,
    "events": check_events,
    "some_event": check_some_event,
    "failures": check_failures,
    "failed_records": check_failed_records,
    "mapping": check_mapping,
    "unique_event_ids": check_unique_event_ids,
}


def check(expected, observe):
    """All that is not as expected. `observe(function)` gives the Observation of a function of the scenario."""
    problems = []
    for name, value in expected.items():
        if name == "of":
            for function, inner in value.items():
                problems += [f"{function}: {problem}" for problem in check(inner, lambda _, f=function: observe(f))]
        else:
            problems += CHECKS[name](value, observe("default"))
    return problems
