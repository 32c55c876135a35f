"""One server under test: started, taught, asked, measured, and its rows counted."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from harness import load
from harness.database import stored_rows
from harness.errors import BenchmarkError
from harness.http import Client, answer_length, free_port
from harness.load import Load, Question
from harness.materials import Drawing
from harness.places import OUTPUT
from harness.processes import Memory, ProcessTree
from harness.servers import Server

READY_SECONDS = 120.0
POLL_SECONDS = 0.002
MEMORY_SAMPLE_SECONDS = 0.4
#: Answers that agree with what was drawn, below which a server is not doing the work.
LEAST_RIGHT = 0.98
JSON_TYPE = {"Content-Type": "application/json"}
DIGIT = Question("/api/v1/predict", JSON_TYPE, '"digit":%s*(%d)[,}]')


@dataclass(frozen=True)
class Measured:
    """A load with the processor time the server spent on it."""

    load: Load
    server_cpu_seconds: float

    @property
    def cpu_milliseconds(self) -> float:
        """Server's processor time an answer."""
        return self.server_cpu_seconds / self.load.answers * 1000

    def as_json(self) -> dict[str, float]:
        cpu = {"server_cpu_milliseconds_per_answer": self.cpu_milliseconds}
        return {**self.load.as_json(), **cpu}


@dataclass
class Contender:
    """A server and everything learned about it."""

    server: Server
    drawings: Sequence[Drawing]
    answers: list[int] = field(default_factory=list)
    loads: dict[str, list[Measured]] = field(default_factory=dict)
    memories: list[Memory] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    #: Predictions answered with 200 so far: as many rows must be stored.
    acknowledged: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def requests(self) -> Path:
        return OUTPUT / f"requests-{self.server.key}.txt"

    @property
    def verdict(self) -> str:
        """How its answers compare with what was meant."""
        return f"{self.right}/{len(self.drawings)}"

    @property
    def right(self) -> int:
        """How many drawings the server reads as they were meant."""
        return sum(a == d.digit for a, d in zip(self.answers, self.drawings, strict=True))

    def introduce(self) -> None:
        """First start: an empty database, the network handed over, every drawing asked once in turn."""
        self.server.set_up()
        with self.running() as (_, port), Client(port) as client:
            self.server.teach(client)
            self.answers = [self.ask(client, drawing) for drawing in self.drawings]
            self._check_rows(client)
        load.write_requests(self.requests, (drawing.body for drawing in self.drawings), self.answers)
        if self.right < LEAST_RIGHT * len(self.drawings):
            raise BenchmarkError(
                f"{self.server.title} reads only {self.right} of {len(self.drawings)} drawings right, "
                f"at least {LEAST_RIGHT:.0%} are needed: it is not doing the work to be measured"
            )

    @contextmanager
    def running(self) -> Iterator[tuple[ProcessTree, int]]:
        """The server on a free port from its first healthy answer; it is ended in every case."""
        port = free_port()
        server = self.server
        command, settings = server.command(port), server.environment(port)
        with ProcessTree(command, settings, server.folder, server.log) as tree:
            try:
                while self._status(tree, port, "GET", server.health, None)[0] != 200:
                    time.sleep(POLL_SECONDS)
                yield tree, port
            except (OSError, HTTPException):
                tree.require_alive()  # a server that ended says more than a refused connection
                raise

    def ask(self, client: Client, drawing: Drawing) -> int:
        """One prediction by a real model."""
        answer = client.post("/api/v1/predict", drawing.body)
        self.acknowledged += 1
        if answer["using_model"] is not True:
            raise BenchmarkError(f"{self.server.title} answered without a model: {answer}")
        return int(answer["digit"])

    def measure(self, name: str, tree: ProcessTree, port: int, clients: int, seconds: float) -> Measured:
        """Puts the server under prediction load and keeps the result under `name`."""
        before = tree.cpu_seconds()
        result = self._predict(name, tree, port, clients, seconds)
        return self._keep(name, result, tree.cpu_seconds() - before)

    def measure_health(
        self, name: str, tree: ProcessTree, port: int, clients: int, seconds: float
    ) -> Measured:
        """The same for `GET` health, whose answers all have one length."""
        length = answer_length(port, "/api/v1/health")
        self._note(name, load.checked_health(port, clients, 1).problems())
        before = tree.cpu_seconds()
        result = load.health(port, clients, seconds)
        tree.require_alive()
        self._note(name, result.problems())
        measured = self._keep(name, result, tree.cpu_seconds() - before)
        if abs(result.transferred_bytes - result.answers * length) > clients * length:
            self._note(name, [f"answers are not all {length} bytes long as the first one was"])
        return measured

    def measure_memory(self, tree: ProcessTree, port: int, clients: int, seconds: float) -> Memory:
        """The most memory seen while digits are being read; apart from the timed loads, as looking costs."""
        samples = [tree.memory()]
        finished = threading.Event()

        def watch() -> None:
            while not finished.wait(MEMORY_SAMPLE_SECONDS):
                samples.append(tree.memory())

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            self._predict("memory", tree, port, clients, seconds)
        finally:
            finished.set()
            watcher.join()
        self.memories.append(max(samples, key=lambda sample: sample.resident))
        return self.memories[-1]

    def warm_up(self, tree: ProcessTree, port: int, clients: int, seconds: float) -> None:
        self._predict("warm-up", tree, port, clients, seconds)

    def check_rows(self, port: int) -> None:
        with Client(port) as client:
            self._check_rows(client)

    def time_start(self) -> float:
        """Seconds from the command to the first right answer, everything on disk being warm."""
        number = next(n for n, drawing in enumerate(self.drawings) if drawing.digit == self.answers[n])
        drawing, port = self.drawings[number], free_port()
        command, settings = self.server.command(port), self.server.environment(port)
        with ProcessTree(command, settings, self.server.folder, self.server.log) as tree:
            while True:
                status, answer = self._status(tree, port, "POST", "/api/v1/predict", drawing.body)
                self.acknowledged += status == 200
                if status == 200 and json.loads(answer)["digit"] == drawing.digit:
                    break
                time.sleep(POLL_SECONDS)
            self.starts.append(time.monotonic() - tree.started)
        return self.starts[-1]

    def _status(
        self, tree: ProcessTree, port: int, method: str, path: str, body: bytes | None
    ) -> tuple[int, bytes]:
        """Status and answer of one request to a server that may not be there yet: then 0 and nothing."""
        tree.require_alive()
        if time.monotonic() - tree.started > READY_SECONDS:
            raise BenchmarkError(f"{self.server.title} does not answer after {READY_SECONDS:.0f} s")
        try:
            with Client(port) as client:
                return client.status_and_answer(method, path, body, JSON_TYPE if body else {})
        except (OSError, HTTPException):
            return 0, b""

    def _predict(self, name: str, tree: ProcessTree, port: int, clients: int, seconds: float) -> Load:
        result = self._post(name, tree, port, DIGIT, self.requests, clients, seconds)
        self.acknowledged += result.answers - result.failed
        return result

    def _post(
        self,
        name: str,
        tree: ProcessTree,
        port: int,
        question: Question,
        requests: Path,
        clients: int,
        seconds: float,
    ) -> Load:
        result = load.post(port, question, requests, clients, seconds)
        tree.require_alive()
        self._note(name, result.problems())
        return result

    def _keep(self, name: str, result: Load, server_cpu: float) -> Measured:
        measured = Measured(result, server_cpu)
        self.loads.setdefault(name, []).append(measured)
        return measured

    def _check_rows(self, client: Client) -> None:
        """Every acknowledged prediction has its row: in the server's own words and in its database file."""
        told = client.get("/api/v1/metrics/overview")["total_records"]
        found = stored_rows(self.server.data, self.server.table)
        if not told == found == self.acknowledged:
            self._note(
                "rows",
                [f"{self.acknowledged} predictions answered, {found} stored, {told} according to the server"],
            )

    def _note(self, where: str, problems: Sequence[str]) -> None:
        self.problems += [f"{self.server.title}, {where}: {problem}" for problem in problems]
