"""Walks through the steps of a scenario."""

import json
import re

import botocore.exceptions

from esm_suite.expectations import check
from esm_suite.patterns import mismatches, substitute, within
from esm_suite.world import World
from esm_suite.writes import write


class Unavailable(Exception):
    """The endpoint does not have what the scenario needs; says what."""


class Mismatch(AssertionError):
    """What happened is not what is expected; says what."""


def run(target, scenario):
    check_needs(target, scenario)
    world = World(target, scenario)
    try:
        target.freeze()
        world.create_journal()
        world.create_table()
        world.create_function()
        runner = Runner(target, scenario, world)
        for index, (name, argument) in enumerate(scenario.steps):
            runner.index = index
            getattr(runner, name.replace(" ", "_"))(argument)
        if scenario.expect:
            runner.expect(scenario.expect)
    finally:
        world.delete()


def check_needs(target, scenario):
    if "clock" in scenario.needs and not target.has_clock:
        raise Unavailable("needs a clock that can be moved")
    if not target.has_clock and scenario.seconds() > target.seconds_max:
        raise Unavailable(f"takes {scenario.seconds()} s, more than --seconds-max")
    if "restart" in scenario.needs and not target.can_restart:
        raise Unavailable("needs an endpoint that can be restarted: --restart-command")


class Runner:
    """One method for each step; its name is the step's, with underscores."""

    def __init__(self, target, scenario, world):
        self.target, self.scenario, self.world = target, scenario, world
        self.index = 0
        self.functions = target.client("lambda")

    def write(self, operations):
        for operation in self.scenario.writes if operations is None else operations:
            write(self.target.client("dynamodb"), self.world.table, operation, self.world.variables)

    # Mappings.

    def create_mapping(self, argument):
        argument = dict(argument or {})
        name, function = argument.pop("as", "default"), argument.pop("function", "default")
        settings = {
            "FunctionName": self.world.functions[function], "EventSourceArn": self.world.stream,
            "StartingPosition": "TRIM_HORIZON", **self.scenario.mapping, **argument}
        if self.scenario.filters is not None and "FilterCriteria" not in settings:
            settings["FilterCriteria"] = self.criteria(self.scenario.filters)
        try:
            created = self.functions.create_event_source_mapping(**substitute(settings, self.world.variables))
        except botocore.exceptions.ClientError as error:
            optional = {"parallelization", "tumbling-windows"} & set(self.scenario.needs)
            if optional and "upport" in str(error):
                raise Unavailable(f"needs {' and '.join(optional)}: {error}") from None
            raise
        self.world.add_mapping(name, created["UUID"])
        self.wait_for_state("Disabled" if settings.get("Enabled") is False else "Enabled", name)

    @staticmethod
    def criteria(filters):
        texts = [one if isinstance(one, str) else json.dumps(one) for one in filters]
        return {"Filters": [{"Pattern": text} for text in texts]}

    def wait_for_state(self, state, name="default"):
        self.target.poll(lambda: self.world.mapping(name)["State"] == state, f"mapping {name} becoming {state}")

    def update_mapping(self, argument):
        argument = dict(argument)
        name = argument.pop("as", "default")
        if "filters" in argument:
            argument["FilterCriteria"] = self.criteria(argument.pop("filters"))
        settings = substitute(argument, self.world.variables)
        self.functions.update_event_source_mapping(UUID=self.world.mappings[name], **settings)
        # An update that is not applied yet shows the state Updating, and the old values.
        self.target.poll(
            lambda: self.world.mapping(name)["State"] in ("Enabled", "Disabled"), f"the update of mapping {name}")

    def enable(self, name):
        self.update_mapping({"as": name or "default", "Enabled": True})
        self.wait_for_state("Enabled", name or "default")

    def disable(self, name):
        self.update_mapping({"as": name or "default", "Enabled": False})
        self.wait_for_state("Disabled", name or "default")

    def delete_mapping(self, name):
        self.functions.delete_event_source_mapping(UUID=self.world.mappings[name or "default"])
        self.target.poll(lambda: self.world.mapping(name or "default") is None, "the mapping being gone")

    # Functions.

    def create_function(self, argument):
        argument = argument or {}
        self.world.create_function(argument.get("as", "default"), argument.get("handler"))

    def delete_function(self, name):
        self.functions.delete_function(FunctionName=self.world.functions[name or "default"])

    def reserve_concurrency(self, count):
        self.functions.put_function_concurrency(
            FunctionName=self.world.functions["default"], ReservedConcurrentExecutions=count)

    def release_concurrency(self, _):
        self.functions.delete_function_concurrency(FunctionName=self.world.functions["default"])

    def set_flag(self, flag):
        self.world.set_flag(flag)

    # The rest of the world.

    def delete_table(self, _):
        self.target.client("dynamodb").delete_table(TableName=self.world.table)

    def enable_ttl(self, attribute):
        try:
            self.target.client("dynamodb").update_time_to_live(
                TableName=self.world.table, TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute})
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ("UnknownOperationException", "NotImplemented"):
                raise Unavailable(f"needs ttl: {error}") from None
            raise

    def restart(self, _):
        self.target.restart()
        self.target.freeze()
        self.functions = self.target.client("lambda")

    # Time.

    def advance(self, seconds):
        self.target.advance(seconds)

    def idle(self, _):
        self.target.idle(self.world.stream)

    def settle(self, _):
        expected = self.upcoming_expectation()
        self.target.settle(self.world.stream, lambda: not check(expected, self.world.observe))

    def upcoming_expectation(self):
        for name, argument in self.scenario.steps[self.index + 1:]:
            if name == "expect":
                return argument
        return self.scenario.expect

    def await_attempts(self, expected):
        def is_done():
            batches = [invocation["labels"] for invocation in self.world.invocations("default")]
            return all(sum(label in batch for batch in batches) >= count for label, count in expected.items())
        self.target.drive_until(self.world.stream, is_done, f"deliveries {expected}")

    def await_invocations(self, count):
        self.target.drive_until(
            self.world.stream, lambda: len(self.world.invocations("default")) >= count, f"{count} invocations")

    # Judging.

    def expect(self, expected):
        problems = check(expected, self.world.observe)
        if problems:
            raise Mismatch("\n".join([self.scenario.title, *problems, self.history()]))

    def history(self):
        lines = ["What the functions were given:"]
        for name in self.world.functions:
            for invocation in self.world.invocations(name):
                lines.append(f"  {name} {invocation['number']}: {' '.join(invocation['labels'][:50])}")
        return "\n".join(lines + [f"Failure messages: {json.dumps(self.world.failures)}",
                                  f"Mapping: {self.world.mapping()}"])

    def call(self, argument):
        """{call: lambda.GetEventSourceMapping, with: {...}, answers: PATTERN} or refused: {status, code, message}."""
        service, _, operation = argument["operation"].partition(".")
        method = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        arguments = substitute(argument.get("with", {}), self.world.variables)
        try:
            answer = getattr(self.target.client(service), method)(**arguments)
        except botocore.exceptions.ClientError as error:
            return self.check_refusal(operation, argument, error)
        if "refused" in argument:
            raise Mismatch(f"{operation} was not refused with {argument['refused']}, but answered {answer}")
        answer["status"] = answer.pop("ResponseMetadata")["HTTPStatusCode"]
        if "as" in argument:
            self.world.add_mapping(argument["as"], answer["UUID"])
        problems = mismatches(argument.get("answers", {}), answer, self.world.variables)
        if problems:
            raise Mismatch(f"{operation}: " + "; ".join(problems))

    def check_refusal(self, operation, argument, error):
        response = error.response
        if "refused" not in argument:
            raise Mismatch(f"{operation} was refused: {error}")
        refusal = {
            "status": response["ResponseMetadata"]["HTTPStatusCode"],
            "code": response["Error"]["Code"],
            "message": response["Error"].get("Message") or response.get("message", ""),
        }
        problems = mismatches(argument["refused"], refusal, self.world.variables)
        if problems:
            raise Mismatch(f"{operation} was refused in other words: " + "; ".join(problems))
