"""What the figures depend on besides the programs."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path


def description() -> dict[str, str]:
    memory = int(_value("/proc/meminfo", "MemTotal").split()[0])
    return {
        "processor": _value("/proc/cpuinfo", "model name"),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory / 2**20:.0f} GiB",
        "system": _value("/etc/os-release", "PRETTY_NAME", "=").strip('"'),
        "kernel": ".".join(platform.release().split(".")[:2]),
        "python": platform.python_version(),
    }


def busy_share(seconds: float = 2.0) -> float:
    """Share of the processors that other programs use right now, 0…1."""
    first = _processor_times()
    time.sleep(seconds)
    second = _processor_times()
    passed = [after - before for before, after in zip(first, second, strict=True)]
    idle = passed[3] + passed[4]
    return 1 - idle / max(1, sum(passed))


def _processor_times() -> list[int]:
    return [int(part) for part in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]


def _value(file: str, key: str, separator: str = ":") -> str:
    for line in Path(file).read_text().splitlines():
        name, found, value = line.partition(separator)
        if found and name.strip() == key:
            return value.strip()
    return "unknown"
