"""The peer: what a synchronous FastAPI handler does to keep a feedback, without the HTTP: a session, a row, a commit."""

from __future__ import annotations

import datetime
import json
import sys
import threading
import time

from sqlalchemy import Boolean, Date, Float, Integer, String, Text, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker


class Base(DeclarativeBase):
    pass


class Feedback(Base):
    __tablename__ = "feedback_peer"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    feedback: Mapped[bool] = mapped_column(Boolean)
    date_feedback: Mapped[datetime.date] = mapped_column(Date)
    resultat_prediction: Mapped[float] = mapped_column(Float)
    input_user: Mapped[str] = mapped_column(Text)
    inference_time_ms: Mapped[float | None] = mapped_column(Float)
    success: Mapped[bool | None] = mapped_column(Boolean)
    filename: Mapped[str | None] = mapped_column(String(255), index=True)


def run(sessions: sessionmaker[Session], clients: int, seconds: float) -> int:
    counts = [0] * clients
    end = time.monotonic() + seconds

    def client(number: int) -> None:
        while time.monotonic() < end:
            with sessions() as session:
                session.add(
                    Feedback(
                        feedback=counts[number] % 5 != 0, date_feedback=datetime.date.today(),
                        resultat_prediction=0.8765, input_user="IMG_1234.jpg", inference_time_ms=42.17, success=True,
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
        before = session.scalar(select(func.count()).select_from(Feedback))
    start = time.monotonic()
    count = run(sessions, clients, seconds)
    taken = time.monotonic() - start
    with sessions() as session:
        after = session.scalar(select(func.count()).select_from(Feedback))
    if after - before != count:
        sys.exit("rows are missing")
    print(json.dumps({"inserts": count, "seconds": taken, "rate": count / taken}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
