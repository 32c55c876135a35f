"""Load from wrk: many clients for little CPU, with every answer checked."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.errors import BenchmarkError
from harness.http import HOST
from harness.places import SCRIPTS

#: Beyond the measured time, for the slowest server to finish what it has accepted.
SPARE_SECONDS = 60
MARK = "RESULT "


@dataclass(frozen=True)
class Question:
    """A kind of request, and what in its answers is checked."""

    path: str
    headers: Mapping[str, str]
    #: A pattern of Lua with one capture.
    answer: str
    #: How far the captured number may be from the expected one; 0 wants the same text.
    tolerance: float = 0


@dataclass(frozen=True)
class Load:
    """What one run of the load generator saw; latencies in milliseconds."""

    answers: int
    wrong: int
    failed: int
    broken: int
    seconds: float
    p50: float
    p99: float
    transferred_bytes: int
    generator_cpu_seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds

    def problems(self) -> list[str]:
        found = []
        if self.answers == 0:
            found.append("no answer at all")
        for count, meaning in (
            (self.wrong, "wrong answers"),
            (self.failed, "answers with another status than 200"),
            (self.broken, "connection errors or timeouts"),
        ):
            if count:
                found.append(f"{count} {meaning}")
        return found

    def as_json(self) -> dict[str, float]:
        return {**asdict(self), "rate": self.rate}


def write_requests(file: Path, bodies: Iterable[bytes], expected: Iterable[object]) -> None:
    """The file `predict.lua` reads: what an answer must give, then the body."""
    pairs = zip(expected, bodies, strict=True)
    file.write_bytes(b"".join(b"%s %d\n%s\n" % (str(e).encode(), len(body), body) for e, body in pairs))


def post(port: int, question: Question, requests: Path, clients: int, seconds: float) -> Load:
    """Posts for about `seconds`; each client finishes its last request, so counts are exact."""
    headers = [part for name, value in question.headers.items() for part in ("--header", f"{name}: {value}")]
    return _wrk(
        ["--threads", str(clients), "--connections", str(clients)]
        + ["--duration", f"{round(seconds) + SPARE_SECONDS}s"]
        + ["--script", str(SCRIPTS / "predict.lua"), *headers, _url(port, question.path)]
        + ["--", str(requests), str(seconds), str(clients), question.answer, str(question.tolerance)]
    )


def health(port: int, clients: int, seconds: float) -> Load:
    """Asks for health; answers are checked by status here and by size by the caller."""
    return _health(port, "health.lua", clients, seconds)


def checked_health(port: int, clients: int, seconds: float) -> Load:
    """The same, slower, with the text of every answer read."""
    return _health(port, "health_checked.lua", clients, seconds)


def _health(port: int, script: str, clients: int, seconds: float) -> Load:
    # One thread keeps 32 connections busy and leaves more of the machine to the server.
    return _wrk(
        ["--threads", "1", "--connections", str(clients), "--duration", f"{max(1, round(seconds))}s"]
        + ["--script", str(SCRIPTS / script), _url(port, "/api/v1/health")]
    )


def require_wrk() -> None:
    if shutil.which("wrk") is None:
        raise BenchmarkError(
            "wrk is not installed: `apt-get install wrk` as administrator, or build it and put it on PATH"
        )


def _url(port: int, path: str) -> str:
    return f"http://{HOST}:{port}{path}"


def _wrk(arguments: Sequence[str]) -> Load:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        ["wrk", "--timeout", f"{SPARE_SECONDS}s", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    for line in output.splitlines():
        if line.startswith(MARK):
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            return Load(generator_cpu_seconds=spent, **json.loads(line.removeprefix(MARK)))
    raise BenchmarkError(f"wrk gave no result (exit code {process.returncode}):\n{output[-2000:]}")
