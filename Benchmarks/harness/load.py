"""Load from wrk: many clients for little CPU, with every answer checked."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.errors import BenchmarkError
from harness.http import HOST
from harness.materials import Drawing
from harness.places import SCRIPTS

#: Beyond the measured time, for the slowest server to finish what it has accepted.
SPARE_SECONDS = 60
MARK = "RESULT "


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


def write_requests(file: Path, drawings: Sequence[Drawing], expected: Sequence[int]) -> None:
    """The file `predict.lua` reads: the digit an answer must give, then the body."""
    lines = (b"%d %s\n" % pair for pair in zip(expected, (d.body for d in drawings), strict=True))
    file.write_bytes(b"".join(lines))


def predict(port: int, requests: Path, clients: int, seconds: float) -> Load:
    """Posts drawings for about `seconds`; each client finishes its last request, so counts are exact."""
    return _wrk(
        ["--threads", str(clients), "--connections", str(clients)]
        + ["--duration", f"{round(seconds) + SPARE_SECONDS}s"]
        + ["--script", str(SCRIPTS / "predict.lua"), _url(port, "/api/v1/predict")]
        + ["--", str(requests), str(seconds), str(clients)]
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
