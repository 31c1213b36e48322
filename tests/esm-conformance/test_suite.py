"""The suite itself, without an endpoint: it must tell what is wrong, and every scenario must be able to fail."""

import pytest

from esm_suite import cases
from esm_suite.expectations import CHECKS, Observation, check
from esm_suite.patterns import mismatches, substitute
from esm_suite.scenario import build, load_all, sources
from esm_suite.writes import key_of, parse, update_of


def observation(*batches, **rest):
    """Of invocations that were given these labels; the n-th occurrence of a label is always the same record."""
    invocations = []
    for number, labels in enumerate(batches, 1):
        invocations.append({
            "number": number, "labels": labels, "event_names": ["INSERT"] * len(labels),
            "event_ids": [f"id-{label}" for label in labels], "sequence_numbers": [str(len(label)) for label in labels],
            "bytes": 100, "event": "{}"})
    return Observation(invocations, **rest)


@pytest.mark.parametrize("expected, right, wrong", [
    ({"deliveries": [["a"], ["b"]]}, [["a"], ["b"]], [["a", "b"]]),
    ({"deliveries": []}, [], [["a"]]),
    ({"records": ["a", "b"]}, [["a"], ["a", "b"]], [["b"], ["a"]]),
    ({"records": ["a:INSERT"]}, [["a"], ["a"]], [["a", "b"]]),
    ({"each_partition": {"x": ["x/a", "x/b"], "p": ["c"]}}, [["c", "x/a"], ["x/b"]], [["x/b"], ["x/a", "c"]]),
    ({"each_partition": {"p": ["a"]}}, [["a"]], [["a", "x/a"]]),
    ({"changes": ["b:INSERT", "a:INSERT"]}, [["a"], ["b", "a"]], [["a"]]),
    ({"attempts": {"a": 2}}, [["a"], ["a", "b"]], [["a"]]),
    ({"attempts": {"a": "2.."}}, [["a"], ["a"], ["a"]], [["a"]]),
    ({"invocations": "1..2"}, [["a"]], [["a"], ["a"], ["a"]]),
    ({"batch_size": "..2"}, [["a", "b"]], [["a", "b", "c"]]),
    ({"never": ["b"]}, [["a"]], [["a", "b"]]),
])
def test_deliveries_are_told_from_others(expected, right, wrong):
    assert check(expected, lambda _: observation(*right)) == []
    assert check(expected, lambda _: observation(*wrong)) != []


def test_failures_are_compared_in_the_order_of_their_records():
    def message(number, size=1):
        return {"DDBStreamBatchInfo": {"startSequenceNumber": str(number), "batchSize": size}}
    expected = {"failures": [{"DDBStreamBatchInfo": {"startSequenceNumber": "9"}}, message(10)]}
    assert check(expected, lambda _: Observation([], failures=[message(10), message(9)])) == []
    assert check(expected, lambda _: Observation([], failures=[message(9)])) != []
    assert check({"failed_records": 3}, lambda _: Observation([], failures=[message(1, 2), message(3)])) == []
    assert check({"failed_records": 3}, lambda _: Observation([], failures=[message(1, 2)])) != []


def test_records_that_share_an_id_are_found():
    seen = observation(["a"], ["bb"])
    assert check({"unique_event_ids": True}, lambda _: seen) == []
    seen.invocations[1]["event_ids"] = ["id-a"]
    assert check({"unique_event_ids": True}, lambda _: seen) != []


def test_the_mapping_is_compared_or_must_be_gone():
    there = Observation([], mapping={"State": "Enabled"})
    assert check({"mapping": {"State": "Enabled", "Tags": "$absent"}}, lambda _: there) == []
    assert check({"mapping": {"State": "Disabled"}}, lambda _: there) == ["mapping.State is 'Enabled', not 'Disabled'"]
    assert check({"mapping": "gone"}, lambda _: there) == ["the mapping is still Enabled"]
    assert check({"mapping": "gone"}, lambda _: Observation([])) == []


@pytest.mark.parametrize("pattern, right, wrong", [
    ("~a+", ["a", "aa"], ["b", "ab", 1]),
    ("$any", [None, 1, {}], []),
    ("$number", [1, 1.5], [True, "1"]),
    ("$float", [1.0], [1]),
    ("$table", ["t1"], ["$table"]),
    ("$$LATEST", ["$LATEST"], ["LATEST"]),
    ({"$range": "2.."}, [2, 3], [1, "2"]),
    ({"a": 1}, [{"a": 1, "b": 2}], [{"a": 2}, {}, []]),
    ({"$only": {"a": 1}}, [{"a": 1}], [{"a": 1, "b": 2}]),
    ({"a": "$absent"}, [{}], [{"a": None}]),
    ([1, "$any"], [[1, 2]], [[1], [2, 2], {}]),
    (True, [True], [1]),
    (None, [None], ["", 0]),
])
def test_patterns(pattern, right, wrong):
    for value in right:
        assert mismatches(pattern, value, {"table": "t1"}) == []
    for value in wrong:
        assert mismatches(pattern, value, {"table": "t1"}) != []


def test_variables_are_replaced_wherever_they_stand():
    variables = {"uuid": "u1", "uuid(second)": "u2"}
    assert substitute({"a": ["x:$uuid:y", "$uuid(second)", "$$or"]}, variables) == {"a": ["x:u1:y", "u2", "$or"]}


def test_writes_are_read():
    assert key_of("a") == {"pk": {"S": "p"}, "sk": {"S": "a"}}
    assert key_of("x/a") == {"pk": {"S": "x"}, "sk": {"S": "a"}}
    assert parse("update a n=-1.5 t=x f=true -gone")[2:] == (
        {"n": {"N": "-1.5"}, "t": {"S": "x"}, "f": {"BOOL": True}}, ["gone"])
    assert update_of({}, {"n": {"N": "1"}}, ["gone"]) == {
        "Key": {}, "UpdateExpression": "SET #0 = :0 REMOVE #1", "ExpressionAttributeNames": {"#0": "n", "#1": "gone"},
        "ExpressionAttributeValues": {":0": {"N": "1"}}}


@pytest.mark.parametrize("mistake", [
    {"expect": {}},
    {"expect": {"delivered": []}},
    {"evidence": []},
    {"evidence": [{"source": "hearsay", "says": "so"}]},
    {"steps": ["wirte"]},
    {"handler": [{"attempt": 1, "do": "raise"}]},
    {"retries": 1},
])
def test_scenarios_with_mistakes_are_refused(mistake):
    right = {"name": "x", "title": "X", "evidence": [{"source": "polling", "says": "so"}], "expect": {"deliveries": []}}
    assert build("file", right).id == "file/x"
    with pytest.raises(AssertionError):
        build("file", {**right, **mistake})


def test_every_expectation_and_source_is_used():
    scenarios = load_all()
    used = set()
    for scenario in scenarios:
        expected = [scenario.expect] + [argument for name, argument in scenario.steps if name == "expect"]
        used |= {name for one in expected for name in one}
    assert set(CHECKS) <= used
    assert {one["source"] for scenario in scenarios for one in scenario.evidence} == set(sources())


def test_the_table_of_cases_is_up_to_date():
    assert cases.PATH.read_text() == cases.table(), "run: PYTHONPATH=. python3 -m esm_suite.cases"
