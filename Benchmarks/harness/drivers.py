"""What the benchmarks of the drivers share: programs that print their rate, measured in alternating rounds."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import venv
from collections.abc import Callable, Mapping
from pathlib import Path

from harness.places import BENCHMARKS, INSTALLED

ENVIRONMENT = Path(os.environ.get("STORAGE_BENCHMARK_PEER", INSTALLED / "storage"))
REQUIREMENTS = BENCHMARKS / "requirements-storage.txt"


def peer_python() -> Path:
    python = ENVIRONMENT / "bin/python"
    stamp = ENVIRONMENT / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != REQUIREMENTS.read_text():
        print("installing the peers", file=sys.stderr)
        venv.create(ENVIRONMENT, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", REQUIREMENTS], check=True)
        stamp.write_text(REQUIREMENTS.read_text())
    return python


def rate(*command: object) -> float:
    done = subprocess.run([str(part) for part in command], check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return float(json.loads(done.stdout)["rate"])


class Rounds:
    """Runs every contender once a round, each time beginning with another one, and prints what it sees."""

    def __init__(self, contenders: Mapping[str, Callable[[], float]], count: int) -> None:
        self.rates: dict[str, list[float]] = {name: [] for name in contenders}
        names = list(contenders)
        for number in range(count):
            first = number % len(names)
            for name in names[first:] + names[:first]:
                self.rates[name].append(contenders[name]())
                print(f"round {number + 1}: {name}: {self.rates[name][-1]:,.0f}/s", flush=True)

    def ratio(self, better: str, worse: str) -> str:
        """The median of the ratios between figures of the same round, with the least and the largest."""
        ratios = [first / second for first, second in zip(self.rates[better], self.rates[worse], strict=True)]
        return f"{statistics.median(ratios):.1f}× ({min(ratios):.1f}–{max(ratios):.1f})"
