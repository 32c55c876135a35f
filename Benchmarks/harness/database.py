"""Counts the rows a server has stored, in its database file itself."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from harness.errors import BenchmarkError

MAGIC = b"SQLite format 3\x00"


def stored_rows(data: Path, table: str) -> int:
    """Rows of `table` in the SQLite file below `data` that has it, read beside the running server."""
    for file in sorted(data.rglob("*")):
        if not file.is_file() or not _is_database(file):
            continue
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)
        try:
            found = connection.execute(
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
            ).fetchone()
            if found:
                return int(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])
        finally:
            connection.close()
    raise BenchmarkError(f"no SQLite file below the data folder has a table '{table}'")


def _is_database(file: Path) -> bool:
    with file.open("rb") as content:
        return content.read(len(MAGIC)) == MAGIC
