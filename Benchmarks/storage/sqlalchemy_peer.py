"""The peer: what a synchronous FastAPI handler does for each request, without the HTTP: a session, a row, a commit."""

from __future__ import annotations

import json
import sys
import threading
import time
import uuid

from sqlalchemy import BigInteger, Float, String, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker


class Base(DeclarativeBase):
    pass


class Row(Base):
    __tablename__ = "benchmark_rows_peer"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    digit: Mapped[int] = mapped_column(BigInteger)
    probability: Mapped[float] = mapped_column(Float)
    created_at: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str | None] = mapped_column(String)


def run(sessions: sessionmaker[Session], clients: int, seconds: float) -> int:
    counts = [0] * clients
    end = time.monotonic() + seconds

    def client(number: int) -> None:
        while time.monotonic() < end:
            with sessions() as session:
                session.add(
                    Row(
                        id=uuid.uuid4().hex[:24], digit=number % 10, probability=0.987,
                        created_at=1_756_941_841_215_596, note="a row of some length, as a prediction has",
                    )
                )
                session.commit()
            counts[number] += 1

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def main(url: str, clients: int, seconds: float) -> None:
    # As many connections as clients, so that the pool is never what it waits for.
    engine = create_engine(url, pool_size=clients, max_overflow=0)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    sessions = sessionmaker(engine)
    run(sessions, clients, 1)
    with sessions() as session:
        before = session.scalar(select(func.count()).select_from(Row))
    start = time.monotonic()
    count = run(sessions, clients, seconds)
    taken = time.monotonic() - start
    with sessions() as session:
        after = session.scalar(select(func.count()).select_from(Row))
    if after - before != count:
        sys.exit("rows are missing")
    print(json.dumps({"inserts": count, "seconds": taken, "rate": count / taken}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
