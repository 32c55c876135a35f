"""What the person at the terminal sees while the benchmark runs."""

from __future__ import annotations

import sys


def say(message: str) -> None:
    """Progress and remarks go to standard error; standard output carries the tables only."""
    print(f"==> {message}", file=sys.stderr, flush=True)
