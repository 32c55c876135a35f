"""A server process with its children: started, watched and always ended."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.environments import Command
from harness.errors import BenchmarkError

GRACE_SECONDS = 15.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Memory:
    """Memory of a process tree in bytes.

    `resident` counts a page once for every process that has it, `proportional` shares it out among them.
    """

    resident: int
    proportional: int


class ProcessTree:
    """A program in a session of its own, so that all its descendants are found and ended with it."""

    def __init__(self, command: Command, environment: Mapping[str, str], folder: Path, log: Path) -> None:
        self._log = log
        self.started = time.monotonic()
        # The benchmark's own variable; the server refuses settings that it does not know.
        inherited = {name: value for name, value in os.environ.items() if name != "PRUNELLE_BIN"}
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                env={**inherited, **environment},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def __enter__(self) -> ProcessTree:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Asks politely, waits a while, then ends whatever is left."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()

    def require_alive(self) -> None:
        code = self._process.poll()
        if code is not None:
            tail = "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])
            raise BenchmarkError(f"the server ended by itself with exit code {code}; its last lines:\n{tail}")

    def memory(self) -> Memory:
        resident = proportional = 0
        for process in self._members():
            for line in _read(f"/proc/{process}/smaps_rollup").splitlines():
                if line.startswith("Rss:"):
                    resident += int(line.split()[1]) * 1024
                elif line.startswith("Pss:"):
                    proportional += int(line.split()[1]) * 1024
        return Memory(resident, proportional)

    def cpu_seconds(self) -> float:
        """User and system time of all members so far, with that of children already gone."""
        ticks = 0
        for process in self._members():
            fields = _stat_fields(process)
            ticks += sum(int(field) for field in fields[11:15])
        return ticks / TICKS

    def _members(self) -> list[int]:
        session = str(self._process.pid)
        members = []
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                fields = _stat_fields(int(entry))
                if fields and fields[3] == session:
                    members.append(int(entry))
        return members


def _stat_fields(process: int) -> list[str]:
    """Fields of /proc/PID/stat from the third on; the second may contain anything. Empty if it is gone."""
    return _read(f"/proc/{process}/stat").rpartition(")")[2].split()


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""
