"""The peer of feedback: what a synchronous FastAPI handler does to keep one, through SQLAlchemy."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

from sqlalchemy import Boolean, Date, Float, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness import sqlalchemy_inserts  # noqa: E402


class Feedback(sqlalchemy_inserts.Base):
    __tablename__ = "feedback_peer"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    feedback: Mapped[bool] = mapped_column(Boolean)
    date_feedback: Mapped[datetime.date] = mapped_column(Date)
    resultat_prediction: Mapped[float] = mapped_column(Float)
    input_user: Mapped[str] = mapped_column(Text)
    inference_time_ms: Mapped[float | None] = mapped_column(Float)
    success: Mapped[bool | None] = mapped_column(Boolean)
    filename: Mapped[str | None] = mapped_column(String(255), index=True)


def row(_: int, number: int) -> Feedback:
    return Feedback(
        feedback=number % 5 != 0, date_feedback=datetime.date.today(), resultat_prediction=0.8765,
        input_user="IMG_1234.jpg", inference_time_ms=42.17, success=True,
    )


if __name__ == "__main__":
    sqlalchemy_inserts.main(Feedback, row)
