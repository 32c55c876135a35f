"""One pets server under test: asked about every photo, measured, and what it stored counted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import load
from harness.contender import Contender, Measured
from harness.errors import BenchmarkError
from harness.http import Client
from harness.load import Load, Question
from harness.pets.materials import BOUNDARY, Photo
from harness.pets.servers import TOKEN, PetsServer
from harness.places import OUTPUT
from harness.processes import ProcessTree
from harness.workloads import (
    CLIENTS,
    FEEDBACK_MANY,
    FEEDBACK_ONE,
    PREDICT_MANY,
    PREDICT_ONE,
    Plan,
    tell,
    tell_memory,
)

AUTHORIZATION = {"Authorization": f"Bearer {TOKEN}"}
#: Percentage points between a server's first answer about a photo and those under load: the last printed digit.
SAME = 0.011
#: Percentage points between the answers of any two servers about a photo.
LARGEST_DIFFERENCE = 0.05
PREDICTION = Question(
    "/api/predict",
    {**AUTHORIZATION, "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
    '"dog":%s*"([%d.]+)%%"',
    SAME,
)
FEEDBACK = Question(
    "/api/feedback", {**AUTHORIZATION, "Content-Type": "application/json"}, '"saved_to_db":%s*(%a+)'
)


@dataclass
class PetsContender(Contender):
    """A pets server and everything learned about it; `drawings` are photos, `answers` percentages of a dog."""

    server: PetsServer
    drawings: Sequence[Photo]
    answers: list[float] = field(default_factory=list)
    #: Feedbacks answered with `saved_to_db` so far: as many rows must be stored.
    saved: int = 0

    @property
    def feedbacks(self) -> Path:
        return OUTPUT / f"feedbacks-{self.server.key}.txt"

    @property
    def verdict(self) -> str:
        return f"{sum(answer > 50 for answer in self.answers)}/{len(self.answers)}"

    def introduce(self) -> None:
        """First start: an empty database, the network in its place, every photo asked about once in turn."""
        self.server.set_up()
        with self.running() as (_, port), Client(port) as client:
            texts = [self._ask(client, photo) for photo in self.drawings]
        self.answers = [float(text) for text in texts]
        self.check_stored()
        load.write_requests(self.requests, (photo.body for photo in self.drawings), texts)
        bodies = [_feedback(photo, answer) for photo, answer in zip(self.drawings, self.answers, strict=True)]
        load.write_requests(self.feedbacks, bodies, ["true"] * len(bodies))

    def run_round(self, plan: Plan, heading: str) -> None:
        with self.running() as (tree, port):
            self.warm_up(tree, port, CLIENTS, plan.warm_up_seconds)
            for name, clients in ((PREDICT_ONE, 1), (PREDICT_MANY, CLIENTS)):
                tell(heading, name, self.measure(name, tree, port, clients, plan.seconds))
            if self.server.takes_feedback:
                self._give_feedback("warm-up", tree, port, CLIENTS, plan.warm_up_seconds)
                for name, clients in ((FEEDBACK_ONE, 1), (FEEDBACK_MANY, CLIENTS)):
                    tell(heading, name, self._measure_feedback(name, tree, port, clients, plan.seconds))
            tell_memory(heading, self.measure_memory(tree, port, CLIENTS, plan.warm_up_seconds))
        self.check_stored()

    def check_stored(self) -> None:
        """Every answered prediction has its line, and where predictions are kept its row; every feedback has its row.

        To be called when the server has ended and all lines are written.
        """
        server = self.server
        lines = len(server.inference_log.read_text().splitlines()) - 1
        rows = server.stored_predictions()
        if not lines == self.acknowledged == (lines if rows is None else rows):
            self._note("stored", [f"{self.acknowledged} predictions answered, {lines} lines, {rows} rows"])
        if self.saved and (kept := server.postgresql.count(server.database, "feedback_user")) != self.saved:
            self._note("stored", [f"{self.saved} feedbacks acknowledged, {kept} rows"])

    def _predict(self, name: str, tree: ProcessTree, port: int, clients: int, seconds: float) -> Load:
        result = self._post(name, tree, port, PREDICTION, self.requests, clients, seconds)
        self.acknowledged += result.answers - result.failed
        return result

    def _give_feedback(self, name: str, tree: ProcessTree, port: int, clients: int, seconds: float) -> Load:
        result = self._post(name, tree, port, FEEDBACK, self.feedbacks, clients, seconds)
        self.saved += result.answers - result.failed - result.wrong
        return result

    def _measure_feedback(
        self, name: str, tree: ProcessTree, port: int, clients: int, seconds: float
    ) -> Measured:
        before = tree.cpu_seconds()
        result = self._give_feedback(name, tree, port, clients, seconds)
        return self._keep(name, result, tree.cpu_seconds() - before)

    def _ask(self, client: Client, photo: Photo) -> str:
        """Percentage of a dog, as printed."""
        status, content = client.status_and_answer("POST", PREDICTION.path, photo.body, PREDICTION.headers)
        if status != 200:
            raise BenchmarkError(f"{self.server.title} answered {status} for {photo.name}: {content[:300]!r}")
        self.acknowledged += 1
        answer: Any = json.loads(content)
        return str(answer["probabilities"]["dog"]).removesuffix("%")


def require_agreement(contenders: Sequence[PetsContender]) -> float:
    """The largest difference between two servers about one photo, in percentage points.

    All say what one network says, so that a larger difference than rounding explains means another work.
    """
    largest = 0.0
    for number, photo in enumerate(contenders[0].drawings):
        answers = [contender.answers[number] for contender in contenders]
        difference = round(max(answers) - min(answers), 2)
        if difference > LARGEST_DIFFERENCE:
            told = ", ".join(f"{c.server.title} {c.answers[number]:.2f}" for c in contenders)
            raise BenchmarkError(f"the servers disagree about {photo.name} (percentage of a dog): {told}")
        largest = max(largest, difference)
    return largest


def _feedback(photo: Photo, dog: float) -> bytes:
    judgement = {
        "feedback": "positive" if dog > 50 else "negative",
        "resultat_prediction": max(dog, 100 - dog) / 100,
        "input_user": photo.name,
    }
    return json.dumps(judgement).encode()
