"""Ratios between Prunelle and its peers, and the targets they are held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from harness.contender import Contender
from harness.workloads import FEEDBACK_MANY, FEEDBACK_ONE, HEALTH, PREDICT_MANY, PREDICT_ONE

CHAMPION = "prunelle"
START = "start"
MEMORY = "memory"
#: Workload, peer, and how many times better Prunelle is to be.
Target = tuple[str, str, float]
DIGITS_TARGETS: list[Target] = [
    (PREDICT_ONE, "django-plain", 25),
    (PREDICT_ONE, "django-tuned", 25),
    (PREDICT_MANY, "django-plain", 25),
    (PREDICT_MANY, "django-tuned", 25),
    (PREDICT_ONE, "fastapi-1", 6),
    (PREDICT_ONE, "fastapi-2", 6),
    (PREDICT_MANY, "fastapi-1", 6),
    (PREDICT_MANY, "fastapi-2", 6),
    (HEALTH, "fastapi-1", 5),
    (HEALTH, "fastapi-2", 3),
    (START, "django-plain", 5),
    (START, "django-tuned", 5),
    (START, "fastapi-1", 5),
    (START, "fastapi-2", 5),
    (MEMORY, "fastapi-1", 2),
    (MEMORY, "fastapi-2", 2),
]
PETS_TARGETS: list[Target] = [
    (PREDICT_ONE, "keras", 12),
    (PREDICT_MANY, "keras", 12),
    (PREDICT_ONE, "onnx-1", 3),
    (PREDICT_ONE, "onnx-2", 3),
    (PREDICT_MANY, "onnx-1", 3),
    (PREDICT_MANY, "onnx-2", 3),
    (FEEDBACK_ONE, "onnx-1", 4),
    (FEEDBACK_ONE, "onnx-2", 4),
    (FEEDBACK_MANY, "onnx-1", 4),
    (FEEDBACK_MANY, "onnx-2", 4),
]
#: Quantities of which less is better: their ratio is peer to Prunelle.
LESS_IS_BETTER = {START, MEMORY}


@dataclass(frozen=True)
class Comparison:
    """How many times better Prunelle did than one peer, round by round."""

    workload: str
    peer: str
    ratios: Sequence[float]
    target: float

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    @property
    def met(self) -> bool:
        return self.ratio >= self.target

    def as_json(self) -> dict[str, object]:
        return {
            "workload": self.workload,
            "peer": self.peer,
            "ratio": self.ratio,
            "least": min(self.ratios),
            "most": max(self.ratios),
            "target": self.target,
            "met": self.met,
        }


def figures(contender: Contender) -> dict[str, list[float]]:
    """Per workload one figure a round: answers a second, seconds, or bytes."""
    found = {name: [m.load.rate for m in runs] for name, runs in contender.loads.items()}
    if contender.starts:
        found[START] = contender.starts
    if contender.memories:
        found[MEMORY] = [float(memory.resident) for memory in contender.memories]
    return found


def compare(contenders: Sequence[Contender], targets: Sequence[Target]) -> list[Comparison]:
    """All comparisons the servers at hand allow; rounds are paired in the order they ran."""
    known: Mapping[str, dict[str, list[float]]] = {
        contender.server.key: figures(contender) for contender in contenders
    }
    if CHAMPION not in known:
        return []
    comparisons = []
    for workload, peer, target in targets:
        ours, theirs = known[CHAMPION].get(workload), known.get(peer, {}).get(workload)
        if not ours or not theirs:
            continue
        better, worse = (theirs, ours) if workload in LESS_IS_BETTER else (ours, theirs)
        ratios = [more / less for more, less in zip(better, worse, strict=True)]
        comparisons.append(Comparison(workload, peer, ratios, target))
    return comparisons
