"""The digits backend as a FastAPI service: Pillow, ONNX Runtime and SQLite.

Settings come from the environment: `DIGITS_MODEL` is the `.onnx` file, `DIGITS_DATABASE` the SQLite
file. Run with `uvicorn --factory digits_app:create_app`.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from classifier import DigitClassifier
from digits_pipeline import InvalidImage, is_data_url, pixels_from_data_url
from drawing_store import DrawingStore
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel


class PredictionRequest(BaseModel):
    image: Any = None
    model_id: Any = None


class Prediction(BaseModel):
    id: str
    digit: int
    proba: float
    model_id: Any
    latency_ms: int
    using_model: bool


class Overview(BaseModel):
    total_records: int


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.classifier = DigitClassifier(Path(os.environ["DIGITS_MODEL"]))
    app.state.store = DrawingStore(Path(os.environ["DIGITS_DATABASE"]))
    yield
    app.state.store.close()


def create_app() -> FastAPI:
    app = FastAPI(title="Digits", lifespan=lifespan)
    app.add_api_route("/api/v1/health", health, methods=["GET"])
    app.add_api_route("/api/v1/predict", predict, methods=["POST"])
    app.add_api_route("/api/v1/metrics/overview", overview, methods=["GET"])
    return app


# A ready response spares FastAPI the check and conversion of a model: a tenth less time an answer.
async def health() -> JSONResponse:
    return JSONResponse({"status": "ok", "mongo": "embedded"})


# Plain `def`: FastAPI runs it on its thread pool, since decoding, inference and the commit all block.
def predict(body: PredictionRequest, request: Request) -> Prediction:
    started = time.perf_counter()
    if not is_data_url(body.image):
        raise HTTPException(400, "Champ 'image' (dataURL) requis")
    try:
        pixels = pixels_from_data_url(body.image)
    except InvalidImage:
        raise HTTPException(400, "Champ 'image' (dataURL) invalide") from None
    digit, probability = request.app.state.classifier.classify(pixels)
    latency = int((time.perf_counter() - started) * 1000)
    identifier = request.app.state.store.add(digit, probability, latency, body.model_id)
    return Prediction(
        id=identifier,
        digit=digit,
        proba=probability,
        model_id=body.model_id,
        latency_ms=latency,
        using_model=True,
    )


def overview(request: Request) -> Overview:
    return Overview(total_records=request.app.state.store.count())
