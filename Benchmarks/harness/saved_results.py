"""Writes `Benchmarks/results.md`, the committed record of the last full run."""

from __future__ import annotations

from datetime import UTC, datetime

from harness.places import SAVED_RESULTS
from harness.report import Report, table

INTRODUCTION = """\
# Last results

Written by `Benchmarks/run --save`; how it measures is told in [README.md](README.md). Figures are those of the
machine below: compare ratios, not absolute numbers, with what you see on yours.
"""


def save(report: Report) -> None:
    """Replaces the file."""
    plan = report.plan
    facts = [(name.capitalize(), value) for name, value in report.machine.items()]
    facts.append(("Used by others before the run", f"{report.busy_before:.0%}"))
    facts.append(("Date", datetime.now(UTC).date().isoformat()))
    programs = [
        (contender.server.title, ", ".join(f"{k} {v}" for k, v in contender.server.versions().items()))
        for contender in report.contenders
    ]
    method = (
        f"{plan.rounds} alternating rounds of {plan.seconds:g} s a workload, {plan.starts} starts each; a ratio is the "
        "median of the ratios of the rounds."
    )
    parts = [
        INTRODUCTION + "\n" + method,
        report.tables(),
        "## Machine",
        table(["What", "Value"], facts),
        "## Versions",
        "\n".join(f"- {title}: {versions}" for title, versions in programs),
    ]
    SAVED_RESULTS.write_text("\n\n".join(parts) + "\n")
