"""What the service keeps: a line for each prediction, a row for each feedback."""

from __future__ import annotations

import datetime
import os
import threading
from pathlib import Path

from sqlalchemy import Boolean, Date, Float, Integer, String, Text, create_engine, func
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

#: As many connections as the thread pool has threads, so that none waits for another's.
CONNECTIONS = 40


class Base(DeclarativeBase):
    pass


class Feedback(Base):
    __tablename__ = "feedback_user"

    id_feedback_user: Mapped[int] = mapped_column(Integer, primary_key=True)
    feedback: Mapped[bool] = mapped_column(Boolean)
    date_feedback: Mapped[datetime.date] = mapped_column(Date, server_default=func.current_date())
    resultat_prediction: Mapped[float] = mapped_column(Float)
    input_user: Mapped[str] = mapped_column(Text)
    inference_time_ms: Mapped[float | None] = mapped_column(Float)
    success: Mapped[bool | None] = mapped_column(Boolean)
    filename: Mapped[str | None] = mapped_column(String(255), index=True)


def sessions(url: str) -> sessionmaker[Session]:
    return sessionmaker(create_engine(url, pool_size=CONNECTIONS, max_overflow=0))


class InferenceLog:
    """The monitoring file, kept open; every line is written at once, whole, at the end."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._file = file.open("a", buffering=1)
        #: Milliseconds and success of the latest call: what feedback is stored with.
        self.last: tuple[float, bool] | None = None

    def append(self, milliseconds: float, success: bool) -> None:
        line = f"{datetime.datetime.now().isoformat()},{milliseconds:.2f},{success}\n"
        with self._lock:
            self._file.write(line)
            self.last = (milliseconds, success)

    def close(self) -> None:
        self._file.close()


def prepare() -> None:
    """Makes the table and begins the file; once, before the workers start."""
    Base.metadata.create_all(create_engine(os.environ["PETS_DATABASE"]))
    Path(os.environ["PETS_LOG"]).write_text("timestamp,inference_time_ms,success\n")


if __name__ == "__main__":
    prepare()
