"""A PostgreSQL server for the time of a run, as the benchmark of the drivers starts one."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from harness.environments import Environment, run
from harness.places import BENCHMARKS, TOOLS


class PostgreSQL:
    """Databases on the running server; `environment` must have psycopg2."""

    def __init__(self, socket_folder: Path, environment: Environment) -> None:
        self._socket_folder = socket_folder
        self._environment = environment

    def url(self, database: str, scheme: str = "postgresql") -> str:
        return f"{scheme}://postgres@/{database}?host={self._socket_folder}"

    def make(self, database: str) -> None:
        """Makes a database, empty."""
        self._ask("postgres", f'CREATE DATABASE "{database}"')

    def count(self, database: str, table: str) -> int:
        return int(self._ask(database, f'SELECT count(*) FROM "{table}"'))

    def _ask(self, database: str, statement: str) -> str:
        tool = TOOLS / "ask_postgresql.py"
        command = [self._environment.program("python"), tool, self.url(database), statement]
        return run(command, "asking PostgreSQL")


@contextmanager
def running(environment: Environment) -> Iterator[PostgreSQL]:
    """A fresh server with every durability setting at its default: on."""
    # On a disk, unlike /tmp on many machines, and with a path short enough for a socket.
    with tempfile.TemporaryDirectory(prefix="prunelle-bench-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = _storage_benchmark().Server(folder)
        try:
            yield PostgreSQL(folder, environment)
        finally:
            server.stop()


def _storage_benchmark() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("storage_benchmark", str(BENCHMARKS / "storage" / "run"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None  # it was made for this loader
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True  # a cache beside `run` would look like a program
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module
