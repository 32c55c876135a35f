"""Tables for people and JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median

from harness.comparison import MEMORY, START, Comparison, Target, compare, figures
from harness.contender import Contender, Measured
from harness.workloads import FEEDBACK_MANY, FEEDBACK_ONE, HEALTH, PREDICT_MANY, PREDICT_ONE, Plan

WORKLOADS = {
    PREDICT_ONE: "`POST` predict, 1 client",
    PREDICT_MANY: "`POST` predict, 32 clients",
    FEEDBACK_ONE: "`POST` feedback, 1 client",
    FEEDBACK_MANY: "`POST` feedback, 32 clients",
    HEALTH: "`GET` health, 32 clients",
    START: "start to first right answer",
    MEMORY: "resident memory under load",
}
Row = Sequence[str]


@dataclass(frozen=True)
class Report:
    """Everything a run found."""

    contenders: Sequence[Contender]
    targets: Sequence[Target]
    #: What is true of every answer that was counted.
    checked: str
    #: What the contenders' verdicts tell.
    verdicts: str
    plan: Plan
    machine: dict[str, str]
    busy_before: float

    @property
    def comparisons(self) -> list[Comparison]:
        return compare(self.contenders, self.targets)

    @property
    def problems(self) -> list[str]:
        return [problem for contender in self.contenders for problem in contender.problems]

    def as_json(self) -> dict[str, object]:
        return {
            "machine": self.machine,
            "busy_before": self.busy_before,
            "plan": asdict(self.plan),
            "servers": {c.server.key: _contender_json(c) for c in self.contenders},
            "comparisons": [comparison.as_json() for comparison in self.comparisons],
            "problems": self.problems,
        }

    def tables(self) -> str:
        """The whole report as Markdown that also reads well in a terminal."""
        parts = [table(_figures_heading(self.contenders), _figures_rows(self.contenders))]
        if self.comparisons:
            titles = {c.server.key: c.server.title for c in self.contenders}
            heading = ["Workload", "Peer", "Times better", "Spread", "Target", "Met"]
            parts.append(table(heading, [_comparison_row(c, titles) for c in self.comparisons]))
        parts.append(self._checks())
        return "\n\n".join(parts)

    def _checks(self) -> str:
        if self.problems:
            return "\n".join(["Not valid:", *(f"- {problem}" for problem in self.problems)])
        asked = sum(contender.acknowledged for contender in self.contenders)
        verdicts = ", ".join(f"{c.server.title} {c.verdict}" for c in self.contenders)
        return f"Checked: {asked:,} predictions answered, {self.checked}.\n{self.verdicts}: {verdicts}."


def table(heading: Row, rows: Sequence[Row]) -> str:
    """A Markdown table with aligned columns, numbers to the right."""
    widths = [max(len(row[i]) for row in [heading, *rows]) for i in range(len(heading))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [heading, rule, *rows]
    return "\n".join(
        "| "
        + " | ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        + " |"
        for line in lines
    )


def _figures_heading(contenders: Sequence[Contender]) -> Row:
    return ["Median (least–most)", *(contender.server.title for contender in contenders)]


def _figures_rows(contenders: Sequence[Contender]) -> list[Row]:
    found = [figures(contender) for contender in contenders]
    rows: list[Row] = []
    for workload, title in WORKLOADS.items():
        if any(workload in values for values in found):
            rows.append([title, *(_spread(workload, values.get(workload, [])) for values in found)])
    for workload in (PREDICT_ONE, PREDICT_MANY, FEEDBACK_ONE, FEEDBACK_MANY, HEALTH):
        runs = [contender.loads.get(workload, []) for contender in contenders]
        if any(runs):
            title = WORKLOADS[workload]
            rows.append(
                [f"{title}: p50 / p99", *(_latency(measured) for measured in runs)],
            )
            rows.append(
                [f"{title}: processor", *(_processor(measured) for measured in runs)],
            )
    rows.append(["proportional share of memory", *(_proportional(contender) for contender in contenders)])
    return rows


def _spread(workload: str, values: Sequence[float]) -> str:
    if not values:
        return "–"
    middle, least, most = (_figure(workload, f(values)) for f in (median, min, max))
    spread = f" ({least}–{most})" if len(values) > 1 else ""
    return f"{middle}{_unit(workload)}{spread}"


def _figure(workload: str, value: float) -> str:
    if workload == START:
        return f"{value:.3f}" if value < 1 else f"{value:.2f}"
    if workload == MEMORY:
        return f"{value / 2**20:,.0f}"
    return f"{value:,.0f}"


def _unit(workload: str) -> str:
    return {START: " s", MEMORY: " MiB"}.get(workload, "/s")


def _latency(runs: Sequence[Measured]) -> str:
    if not runs:
        return "–"
    p50, p99 = (median(getattr(run.load, name) for run in runs) for name in ("p50", "p99"))
    return f"{p50:.2f} / {p99:.2f} ms"


def _processor(runs: Sequence[Measured]) -> str:
    return f"{median(run.cpu_milliseconds for run in runs):.3f} ms" if runs else "–"


def _proportional(contender: Contender) -> str:
    if not contender.memories:
        return "–"
    return f"{median(memory.proportional for memory in contender.memories) / 2**20:,.0f} MiB"


def _comparison_row(comparison: Comparison, titles: dict[str, str]) -> Row:
    return [
        WORKLOADS[comparison.workload],
        titles[comparison.peer],
        f"{comparison.ratio:.1f}×",
        f"{min(comparison.ratios):.1f}–{max(comparison.ratios):.1f}",
        f"{comparison.target:.0f}×",
        "yes" if comparison.met else "NO",
    ]


def _contender_json(contender: Contender) -> dict[str, object]:
    return {
        "title": contender.server.title,
        "versions": dict(contender.server.versions()),
        "verdict": contender.verdict,
        "loads": {name: [measured.as_json() for measured in runs] for name, runs in contender.loads.items()},
        "memory_bytes": [asdict(memory) for memory in contender.memories],
        "start_seconds": contender.starts,
        "predictions": contender.acknowledged,
    }
