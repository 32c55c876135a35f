"""The rounds: which load each server gets, in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from harness.console import say
from harness.contender import Contender, Measured
from harness.processes import Memory

CLIENTS = 32
PREDICT_ONE = "predict, 1 client"
PREDICT_MANY = f"predict, {CLIENTS} clients"
FEEDBACK_ONE = "feedback, 1 client"
FEEDBACK_MANY = f"feedback, {CLIENTS} clients"
HEALTH = f"health, {CLIENTS} clients"

Subject = TypeVar("Subject", bound=Contender)


@dataclass(frozen=True)
class Plan:
    """How often and how long."""

    rounds: int
    seconds: float
    starts: int

    @property
    def warm_up_seconds(self) -> float:
        return min(2.0, self.seconds)


def run_rounds(
    contenders: Sequence[Subject], plan: Plan, run_round: Callable[[Subject, Plan, str], None]
) -> None:
    """One server at a time; each round begins with another one, so that none always has the cold machine."""
    for number in range(plan.rounds):
        shift = number % len(contenders)
        for contender in [*contenders[shift:], *contenders[:shift]]:
            run_round(contender, plan, f"round {number + 1} of {plan.rounds}, {contender.server.title}")


def run_digits_round(contender: Contender, plan: Plan, heading: str) -> None:
    with contender.running() as (tree, port):
        contender.warm_up(tree, port, CLIENTS, plan.warm_up_seconds)
        one = contender.measure(PREDICT_ONE, tree, port, 1, plan.seconds)
        tell(heading, PREDICT_ONE, one)
        many = contender.measure(PREDICT_MANY, tree, port, CLIENTS, plan.seconds)
        tell(heading, PREDICT_MANY, many)
        health = contender.measure_health(HEALTH, tree, port, CLIENTS, plan.seconds)
        tell(heading, HEALTH, health)
        memory = contender.measure_memory(tree, port, CLIENTS, plan.warm_up_seconds)
        tell_memory(heading, memory)
        contender.check_rows(port)


def tell(heading: str, name: str, measured: Measured) -> None:
    load = measured.load
    say(
        f"{heading}: {name}: {load.rate:,.0f}/s, {load.p50:.2f} ms median, {load.p99:.2f} ms p99, "
        f"{measured.cpu_milliseconds:.3f} ms of processor an answer"
    )


def tell_memory(heading: str, memory: Memory) -> None:
    say(f"{heading}: {memory.resident / 2**20:.0f} MiB")


def run_starts(contenders: Sequence[Contender], plan: Plan) -> None:
    """Starts the servers in turn, several times."""
    for _ in range(plan.starts):
        for contender in contenders:
            seconds = contender.time_start()
            say(f"start, {contender.server.title}: first right answer after {seconds:.3f} s")
