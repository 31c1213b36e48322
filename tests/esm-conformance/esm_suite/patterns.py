"""What scenarios compare with: JSON in which some values are patterns.

    exact values        1, "OK", true, null; 1 and 1.0 are equal, 1 and true are not
    "~REGEX"            a string that matches as a whole
    "$any"              anything that is there
    "$absent"           the member must not be there
    "$number"           a JSON number;  "$float" one that was written with a fraction
    "$NAME"             a variable of the scenario: $stream, $uuid, $sequence(LABEL) (see README); "$$" is a dollar sign
    "1..3"              as the value of {"$range": "1..3"}: a number within bounds, either may be left out
    {...}               an object with these members, others are free; {"$only": {...}} forbids others
    [...]               a list of that length
"""

import re

ABSENT = object()


def within(number, bounds):
    """Is the number the integer `bounds`, or within "low..high"?"""
    if isinstance(bounds, int):
        return number == bounds
    low, separator, high = str(bounds).partition("..")
    if not separator:
        high = low
    return (not low or int(low) <= number) and (not high or number <= int(high))


def substitute(value, variables):
    """The value with every $NAME in its strings replaced."""
    if isinstance(value, dict):
        return {substitute(name, variables): substitute(member, variables) for name, member in value.items()}
    if isinstance(value, list):
        return [substitute(member, variables) for member in value]
    if not isinstance(value, str):
        return value
    # "$$" is a dollar sign, as in "$$LATEST".
    def replacement(found):
        return "$" if found.group(0) == "$$" else str(variables[found.group(1)])
    return re.sub(r"\$\$|\$([a-z_]+(?:\([\w/-]+\))?)", replacement, value)


def mismatches(pattern, value, variables, path=""):
    """Sentences, one for each place where the value is not as the pattern says."""
    where = path or "it"
    if isinstance(pattern, dict) and set(pattern) == {"$only"}:
        problems = mismatches(pattern["$only"], value, variables, path)
        extra = set(value) - set(pattern["$only"]) if isinstance(value, dict) else set()
        return problems + [f"{where} has {name!r}, which is not expected" for name in sorted(extra)]
    if isinstance(pattern, dict) and set(pattern) == {"$range"}:
        fits = isinstance(value, (int, float)) and within(value, pattern["$range"])
        return [] if fits else [f"{where} is {value!r}, not within {pattern['$range']}"]
    if isinstance(pattern, dict):
        return _object_mismatches(pattern, value, variables, path)
    if isinstance(pattern, list):
        if not isinstance(value, list) or len(value) != len(pattern):
            return [f"{where} is {value!r}, not a list of {len(pattern)}"]
        found = (mismatches(one, other, variables, f"{path}[{i}]") for i, (one, other) in enumerate(zip(pattern, value)))
        return [problem for problems in found for problem in problems]
    if isinstance(pattern, str) and _special(pattern) is not None:
        return [] if _special(pattern)(value) else [f"{where} is {value!r}, not {pattern}"]
    if isinstance(pattern, str):
        expected = substitute(pattern, variables)
        if expected.startswith("~"):
            fits = isinstance(value, str) and re.fullmatch(expected[1:], value)
        else:
            fits = value == expected
        return [] if fits else [f"{where} is {value!r}, not {expected!r}"]
    same = pattern == value and isinstance(pattern, bool) == isinstance(value, bool)
    return [] if same else [f"{where} is {value!r}, not {pattern!r}"]


def _object_mismatches(pattern, value, variables, path):
    if not isinstance(value, dict):
        return [f"{path or 'it'} is {value!r}, not an object"]
    problems = []
    for name, expected in pattern.items():
        member = value.get(name, ABSENT)
        inner = f"{path}.{name}" if path else name
        if expected == "$absent":
            if member is not ABSENT:
                problems.append(f"{inner} is {member!r}, but should not be there")
        elif member is ABSENT:
            problems.append(f"{inner} is missing")
        else:
            problems += mismatches(expected, member, variables, inner)
    return problems


def _special(pattern):
    return {
        "$any": lambda value: True,
        "$number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
        "$float": lambda value: isinstance(value, float),
    }.get(pattern)
