"""The peer of the drivers: rows as long as those of a prediction, through SQLAlchemy."""

from __future__ import annotations

import sys
import uuid
from pathlib import Path

from sqlalchemy import BigInteger, Float, String
from sqlalchemy.orm import Mapped, mapped_column

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness import sqlalchemy_inserts  # noqa: E402


class Row(sqlalchemy_inserts.Base):
    __tablename__ = "benchmark_rows_peer"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    digit: Mapped[int] = mapped_column(BigInteger)
    probability: Mapped[float] = mapped_column(Float)
    created_at: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str | None] = mapped_column(String)


def row(client: int, _: int) -> Row:
    return Row(
        id=uuid.uuid4().hex[:24], digit=client % 10, probability=0.987, created_at=1_756_941_841_215_596,
        note="a row of some length, as a prediction has",
    )


if __name__ == "__main__":
    sqlalchemy_inserts.main(Row, row)
