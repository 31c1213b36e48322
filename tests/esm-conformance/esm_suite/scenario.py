"""Scenarios as they stand in scenarios/*.yaml: read, merged with their variants, and checked for mistakes."""

import functools
import pathlib
import re
from dataclasses import dataclass

import yaml

from esm_suite.expectations import CHECKS

# The loader in C, where PyYAML was built with it: the same, ten times quicker.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FOLDER = pathlib.Path(__file__).resolve().parent.parent
MEMBERS = {
    "name", "title", "evidence", "unsettled", "needs", "table", "function", "handler", "filters", "mapping", "writes",
    "steps", "expect", "variants",
}
NEEDS = {"clock", "restart", "ttl", "parallelization", "tumbling-windows"}
STEPS = {
    "write", "create mapping", "update mapping", "delete mapping", "enable", "disable", "create function",
    "delete function", "reserve concurrency", "release concurrency", "delete table", "enable ttl", "set flag",
    "restart", "advance", "settle", "idle", "await attempts", "await invocations", "expect", "call",
}
RULE_MEMBERS = {"key", "attempt", "invocation", "records", "flag", "unless_flag", "final", "do"}
DEFAULT_STEPS = ["write", "create mapping", "settle"]


@dataclass
class Scenario:
    file: str
    name: str
    title: str
    evidence: list
    unsettled: str | None
    needs: list
    table: dict
    function: dict
    handler: list
    filters: list | None
    mapping: dict
    writes: list
    steps: list  # of (name, argument)
    expect: dict

    @property
    def id(self):
        return f"{self.file}/{self.name}"

    def seconds(self):
        """How far the scenario moves the clock."""
        return sum(argument for name, argument in self.steps if name == "advance")


@functools.cache
def sources():
    """{name: {title, url, kind}}: what evidence refers to."""
    return yaml.load((FOLDER / "scenarios/sources.yaml").read_text(), Loader=LOADER)


def load_all():
    found = []
    for path in sorted((FOLDER / "scenarios").glob("*.yaml")):
        if path.name == "sources.yaml":
            continue
        for document in yaml.load_all(path.read_text(), Loader=LOADER):
            found += expand(path.stem, document)
    names = [scenario.id for scenario in found]
    repeated = {name for name in names if names.count(name) > 1}
    assert not repeated, f"names are used twice: {sorted(repeated)}"
    return found


def expand(file, document):
    """A document, or each of its variants laid over it."""
    variants = document.get("variants")
    if variants is None:
        return [build(file, document)]
    base = {name: value for name, value in document.items() if name != "variants"}
    built = []
    for variant in variants:
        merged = {**base, **variant, "name": f"{base['name']}-{variant['name']}"}
        merged["mapping"] = {**base.get("mapping", {}), **variant.get("mapping", {})}
        merged["evidence"] = variant.get("evidence", base.get("evidence"))
        built.append(build(file, merged))
    return built


def build(file, document):
    where = f"{file}/{document.get('name')}"
    unknown = set(document) - MEMBERS
    assert not unknown, f"{where}: unknown members {sorted(unknown)}"
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", document["name"]), f"{where}: names are lower-case-with-dashes"
    assert document.get("evidence"), f"{where}: where does the expectation come from?"
    for evidence in document["evidence"]:
        assert {"source", "says"} <= set(evidence) <= {"source", "section", "says"}, f"{where}: {evidence}"
        assert evidence["source"] in sources(), f"{where}: {evidence['source']} is not in sources.yaml"
    assert set(document.get("needs", [])) <= NEEDS, f"{where}: needs"
    steps = [read_step(where, step) for step in document.get("steps", DEFAULT_STEPS)]
    for rule in document.get("handler", []):
        assert "do" in rule and set(rule) <= RULE_MEMBERS, f"{where}: rule {rule}"
        assert "attempt" not in rule or "key" in rule, f"{where}: attempts are counted by key"
    for expected in [document.get("expect", {})] + [argument for name, argument in steps if name == "expect"]:
        check_expectation(where, expected)
    asserts = document.get("expect") or any(
        name == "expect" or name == "call" and set(argument) & {"refused", "answers"} for name, argument in steps)
    assert asserts, f"{where}: nothing is expected, so it cannot fail"
    return Scenario(
        file=file, name=document["name"], title=document["title"], evidence=document["evidence"],
        unsettled=document.get("unsettled"), needs=document.get("needs", []), table=document.get("table", {}),
        function=document.get("function", {}), handler=document.get("handler", []), filters=document.get("filters"),
        mapping=document.get("mapping", {}), writes=document.get("writes", []), steps=steps,
        expect=document.get("expect", {}))


def check_expectation(where, expected):
    for name, value in expected.items():
        if name == "of":
            for inner in value.values():
                check_expectation(where, inner)
        else:
            assert name in CHECKS, f"{where}: unknown expectation {name}"


def read_step(where, step):
    if isinstance(step, str):
        name, argument = step, None
    else:
        assert len(step) == 1, f"{where}: a step is one action: {step}"
        ((name, argument),) = step.items()
    assert name in STEPS, f"{where}: unknown step {name}"
    return name, argument
