"""A PostgreSQL server for the time of a run."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.environments import Environment, run
from harness.places import TOOLS


class Server:
    """A private PostgreSQL server with every durability setting at its default: on."""

    def __init__(self, folder: Path) -> None:
        versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        programs = versions[-1] if versions else Path(shutil.which("initdb") or sys.exit("no PostgreSQL server")).parent
        self.folder = folder
        self.prefix: list[str] = []
        if os.geteuid() == 0:
            user = next(entry for entry in pwd.getpwall() if entry.pw_name in ("postgres", "nobody"))
            os.chown(folder, user.pw_uid, user.pw_gid)
            self.prefix = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        self._call(programs / "initdb", "-D", folder / "data", "-U", "postgres", "--auth=trust", "--encoding=UTF8")
        with open(folder / "log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [*self.prefix, programs / "postgres", "-D", folder / "data", "-c", "listen_addresses=",
                 "-c", f"unix_socket_directories={folder}"],
                cwd=folder, stdout=log, stderr=log,
            )
        while "ready" not in self._lock_file():
            if self.process.poll() is not None:
                sys.exit((folder / "log").read_text())
            time.sleep(0.05)

    def _lock_file(self) -> str:
        file = self.folder / "data/postmaster.pid"
        return file.read_text() if file.exists() else ""

    def _call(self, *command: object) -> None:
        subprocess.run([*self.prefix, *map(str, command)], check=True, cwd=self.folder, stdout=subprocess.DEVNULL)

    def url(self, scheme: str) -> str:
        return f"{scheme}://postgres@/postgres?host={self.folder}"

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


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
        server = Server(folder)
        try:
            yield PostgreSQL(folder, environment)
        finally:
            server.stop()
