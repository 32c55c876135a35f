"""Folders and files of the benchmark."""

from __future__ import annotations

import os
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent
ROOT = BENCHMARKS.parent
PEERS = BENCHMARKS / "peers"
TOOLS = BENCHMARKS / "tools"
SCRIPTS = BENCHMARKS / "wrk"
SAVED_RESULTS = BENCHMARKS / "results.md"

#: Environments, the network and the drawings: kept between runs.
INSTALLED = ROOT / ".deps" / "bench"
#: Databases, logs and results: of the last run.
OUTPUT = ROOT / ".build" / "bench"


def prunelle_program() -> Path:
    """The server to measure; the variable `PRUNELLE_BIN` names another one."""
    return Path(os.environ.get("PRUNELLE_BIN") or ROOT / ".build" / "release" / "prunelle")
