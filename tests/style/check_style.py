#!/usr/bin/env python3
"""Style as a test: who may include whom, how long files and functions get, and what only base/ may call.

Exceptions are named in EXCEPTIONS with their present length; they may only shrink.
Usage: tests/style/check_style.py
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "src"

# Folder -> folders that it may include, besides itself and base. As the links in the CMake files.
ITEM = ["aws", "dynamodb/item"]
STREAM = ITEM + ["engine", "dynamodb/stream"]
TABLE = STREAM + ["dynamodb/expression", "dynamodb/table"]
FUNCTION = ["aws", "engine", "logs", "lambda/function"]
TRIGGER = ["aws", "engine", "dynamodb/stream", "lambda/function", "lambda/trigger"]
ALLOWED = {
    "base": [],
    "engine": [],
    "engine/conformance": ["engine"],
    "engine/rocksdb": ["engine"],
    "aws": [],
    "aws/protocol": ["aws"],
    "aws/signature": ["aws"],
    "dynamodb/item": ["aws"],
    "dynamodb/expression": ITEM,
    "dynamodb/partiql": ITEM + ["dynamodb/expression"],
    "dynamodb/stream": STREAM,
    "dynamodb/table": TABLE,
    "dynamodb/backup": TABLE + ["dynamodb/backup"],
    "dynamodb/operation": TABLE + ["dynamodb/operation", "dynamodb/partiql"],
    "dynamodb/operation/backup": TABLE + ["dynamodb/backup", "dynamodb/operation"],
    "dynamodb/operation/stream": STREAM + ["dynamodb/operation"],
    "logs": ["aws", "engine"],
    "logs/operation": ["aws", "engine", "logs"],
    "lambda/function": FUNCTION,
    "lambda/trigger": TRIGGER,
    "lambda/operation/function": FUNCTION + ["lambda/operation"],
    "lambda/operation/mapping": TRIGGER + ["lambda/operation/function"],
    # Queues implement the trigger's destination interface, one header.
    "sqs": ["aws", "engine", "lambda/trigger"],
    "sqs/operation": ["aws", "aws/protocol", "engine", "sqs"],
    "iam": ["aws", "aws/protocol", "aws/signature"],
    # Status, waiting and time, over the services' own interfaces.
    "control": TRIGGER,
    "cloudformation": ["aws", "engine"],
    "server/http": ["aws"],
    "server": None,  # wires everything
    "cli": None,
}
NOTHING_INCLUDES = ["server"]  # except cli

FILE_LINES_MAX = 600
TEST_FILE_LINES_MAX = 900
FUNCTION_LINES_MAX = 100  # the aim is 70; a hard stop needs some air
EXCEPTIONS = {}

BANNED = {
    r"system_clock::now": "take a Clock (base/clock.h)",
    r"\bsleep_for\b|\bsleep_until\b|\busleep\(": "take Timers (base/executor.h)",
    r"\brand\(\)|\brandom_device\b|\bmt19937": "take a Random (base/random.h)",
    r"\bTODO\b|\bFIXME\b|\bXXX\b": "finish it, or write it down as a known difference",
}

problems = []


def problem(path, line, text):
    problems.append(f"{path.relative_to(ROOT)}:{line}: {text}")


def is_for_tests(path):
    return path.name.endswith(("_test.cc", "_benchmark.cc", "_fixture.h")) or path.name == "testing.h"


def check_includes(path, folder, lines):
    allowed = ALLOWED.get(folder, "missing")
    if allowed == "missing":
        problem(path, 1, f"folder {folder} is not in ALLOWED of {pathlib.Path(__file__).name}")
        return
    for number, line in enumerate(lines, 1):
        found = re.match(r'#include "([^"]+)/[^/"]+"', line)
        if not found:
            continue
        used = found.group(1)
        if used in NOTHING_INCLUDES and folder not in ("server", "cli"):
            problem(path, number, f"nothing includes {used}")
        elif allowed is None or used in ("base", folder) or used in allowed:
            continue
        elif is_for_tests(path) and used in ("engine", "engine/rocksdb"):
            continue  # tests run on the real engine
        else:
            problem(path, number, f"{folder} must not include {used}")


def function_lengths(lines):
    """(line, length) of each function, told by a brace opening a body in column 0's scope style."""
    start = None
    for number, line in enumerate(lines, 1):
        if start is None:
            if re.match(r"^[A-Za-z_].*\)[^;]*\{$", line) or re.match(r"^    .*\)[^;]*\{$", line) and lines[
                number - 2
            ][:1].isalpha():
                start = number
        elif line == "}" or line.startswith("}  //"):
            yield start, number - start + 1
            start = None


def check_lengths(path, lines):
    is_test = path.name.endswith(("_test.cc", "_benchmark.cc")) or "conformance" in path.name
    limit = TEST_FILE_LINES_MAX if is_test else FILE_LINES_MAX
    limit = EXCEPTIONS.get(str(path.relative_to(ROOT)), limit)
    if len(lines) > limit:
        problem(path, 1, f"{len(lines)} lines, at most {limit}: split it by what a reader looks for")
    if is_test:
        return
    for start, length in function_lengths(lines):
        name = f"{path.relative_to(ROOT)}:{lines[start - 1].split('(')[0].split()[-1]}"
        if length > EXCEPTIONS.get(name, FUNCTION_LINES_MAX):
            problem(path, start, f"a function of {length} lines, at most {FUNCTION_LINES_MAX}")


def check_banned(path, folder, lines):
    if folder == "base":
        return
    for number, line in enumerate(lines, 1):
        for pattern, instead in BANNED.items():
            if re.search(pattern, line):
                problem(path, number, f"{re.search(pattern, line).group()}: {instead}")


def main():
    for path in sorted(SOURCE.rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        folder = str(path.parent.relative_to(SOURCE))
        lines = path.read_text().splitlines()
        check_includes(path, folder, lines)
        check_lengths(path, lines)
        check_banned(path, folder, lines)
        if path.suffix == ".h" and "#pragma once" not in lines:
            problem(path, 1, "a header begins with #pragma once")
        # The conformance suite is built by its parent folder.
        if not any((place / "CMakeLists.txt").exists() for place in (path.parent, path.parent.parent)):
            problem(path, 1, "this file is in no CMake target")
    for text in problems:
        print(text)
    print(f"{len(problems)} style problems" if problems else "style: no problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
