"""Writes CASES.md, the table of all scenarios: PYTHONPATH=. python3 -m esm_suite.cases"""

from esm_suite.scenario import FOLDER, load_all, sources

PATH = FOLDER / "CASES.md"
HEAD = """# Cases

Written by `python3 -m esm_suite.cases` from `scenarios/*.yaml`; do not edit. *Evidence* names entries of
`scenarios/sources.yaml`. *Unsettled* cases expect what follows from their evidence, but AWS does not say so in so many
words; against AWS a difference there is reported as an expected failure.
"""


def row(scenario):
    evidence = ", ".join(dict.fromkeys(one["source"] for one in scenario.evidence))
    needs = ", ".join(scenario.needs)
    return f"| {scenario.name} | {scenario.title} | {evidence} | {needs} | {'yes' if scenario.unsettled else ''} |"


def table():
    lines, file = [HEAD], None
    for scenario in load_all():
        if scenario.file != file:
            file = scenario.file
            lines += [f"\n## {file}\n", "| Case | What must hold | Evidence | Needs | Unsettled |", "|---|---|---|---|---|"]
        lines.append(row(scenario))
    lines += ["\n## Sources\n", "| Name | Kind | Title |", "|---|---|---|"]
    lines += [f"| {name} | {source['kind']} | [{source['title']}]({source['url']}) |" for name, source in sources().items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PATH.write_text(table())
