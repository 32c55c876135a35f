"""The table of predictions in SQLite."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

TABLE = """
CREATE TABLE IF NOT EXISTS drawings (
    id TEXT PRIMARY KEY, image_type TEXT NOT NULL, image TEXT, pred_digit INTEGER, proba REAL NOT NULL,
    latency_ms INTEGER NOT NULL, created_at TEXT NOT NULL, model_id TEXT, stub INTEGER NOT NULL,
    ground_truth INTEGER
)
"""
INSERT = "INSERT INTO drawings VALUES (?, 'png_base64', NULL, ?, ?, ?, ?, ?, 0, NULL)"


def prepare(file: Path) -> None:
    """Creates the database; once, before the workers start, as they would trip over each other."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(TABLE)
    connection.close()


class DrawingStore:
    """Every row is on disk before its answer leaves: write-ahead log, `synchronous=FULL`, a commit a row.

    One connection a process behind a lock: the threads queue up for it in order, where connections
    of their own would poll SQLite's file lock and sleep in between.
    """

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(file, timeout=30, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA synchronous=FULL")

    def add(self, digit: int, probability: float, latency: int, model_id: object) -> str:
        """Stores one prediction durably and returns its identifier, 24 hex digits."""
        identifier = secrets.token_hex(12)
        created = datetime.now(UTC).replace(tzinfo=None).isoformat()
        model = None if model_id is None else json.dumps(model_id)
        with self._lock:
            self._connection.execute(INSERT, (identifier, digit, probability, latency, created, model))
        return identifier

    def count(self) -> int:
        with self._lock:
            return self._connection.execute("SELECT count(*) FROM drawings").fetchone()[0]

    def close(self) -> None:
        self._connection.close()


if __name__ == "__main__":
    prepare(Path(os.environ["DIGITS_DATABASE"]))
