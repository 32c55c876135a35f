"""Writes `Benchmarks/results.md`, the committed record of the last full run of each app."""

from __future__ import annotations

from datetime import UTC, datetime

from harness.places import SAVED_RESULTS
from harness.report import Report, table

INTRODUCTION = """\
# Last results

Written by `Benchmarks/run --save`; how it measures is told in [README.md](README.md). Figures are those of the
machine below: compare ratios, not absolute numbers, with what you see on yours.
"""
#: The heading of each app's part, in order; a part may have been measured on another day than the others.
PARTS = {"digits": "# Digits", "pets": "# Pets"}


def save(report: Report, app: str, remark: str = "") -> None:
    """Replaces the part of one app.

    - remark: what else must be known of this run.
    """
    texts = _parts(SAVED_RESULTS.read_text()) | {app: _part(report, app, remark)}
    written = [texts[name] for name in PARTS if name in texts]
    SAVED_RESULTS.write_text("\n\n".join([INTRODUCTION.strip(), *written]) + "\n")


def _parts(text: str) -> dict[str, str]:
    """What the file holds of each app."""
    found: dict[str, list[str]] = {}
    current = None
    for line in text.splitlines():
        current = next((name for name, heading in PARTS.items() if line == heading), current)
        if current:
            found.setdefault(current, []).append(line)
    return {name: "\n".join(lines).strip() for name, lines in found.items()}


def _part(report: Report, app: str, remark: str) -> str:
    plan = report.plan
    starts = f", {plan.starts} starts each" if plan.starts else ""
    facts = [(name.capitalize(), value) for name, value in report.machine.items()]
    facts.append(("Used by others before the run", f"{report.busy_before:.0%}"))
    facts.append(("Date", datetime.now(UTC).date().isoformat()))
    programs = [
        (contender.server.title, ", ".join(f"{k} {v}" for k, v in contender.server.versions().items()))
        for contender in report.contenders
    ]
    method = (
        f"{plan.rounds} alternating rounds of {plan.seconds:g} s a workload{starts}; a ratio is the median of the "
        f"ratios of the rounds.{remark}"
    )
    parts = [
        PARTS[app],
        method,
        report.tables(),
        "## Machine",
        table(["What", "Value"], facts),
        "## Versions",
        "\n".join(f"- {title}: {versions}" for title, versions in programs),
    ]
    return "\n\n".join(parts)
