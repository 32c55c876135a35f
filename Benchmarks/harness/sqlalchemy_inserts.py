"""What a synchronous FastAPI handler does to keep a row, without the HTTP: a session, an `add` and a `commit` for each."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, sessionmaker

from harness.callers import in_threads


class Base(DeclarativeBase):
    """Of the tables that are measured, one in each program."""


def main(table: type[Base], row: Callable[[int, int], Base]) -> None:
    """Inserts as many rows as a number of clients can, and prints how many a second.

    The program's arguments are a URL of SQLAlchemy, clients and seconds. `row` makes one, told the client and how many
    it has inserted before.
    """
    url, clients, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    # As many connections as clients, so that the pool is never what it waits for.
    engine = create_engine(url, pool_size=clients, max_overflow=0)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    sessions = sessionmaker(engine)

    def insert(client: int, number: int) -> None:
        with sessions() as session:
            session.add(row(client, number))
            session.commit()

    def stored() -> int:
        with sessions() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    in_threads(clients, 1, insert)
    before = stored()
    start = time.monotonic()
    count = in_threads(clients, seconds, insert)
    taken = time.monotonic() - start
    if stored() - before != count:
        sys.exit("rows are missing")
    print(json.dumps({"inserts": count, "seconds": taken, "rate": count / taken}))
