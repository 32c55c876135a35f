"""The cats and dogs backend as a FastAPI service: Pillow, Keras or ONNX Runtime, SQLAlchemy.

Settings come from the environment: `PETS_MODEL` is a `.keras` or `.onnx` file, `PETS_DATABASE` the URL of PostgreSQL,
`PETS_LOG` the monitoring file, `API_TOKEN` the token. Run with `uvicorn --factory pets_app:create_app`.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Literal

import classifier
from fastapi import Depends, FastAPI, File, HTTPException, Request, UploadFile
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from records import Feedback, InferenceLog, sessions
from sqlalchemy.exc import SQLAlchemyError

TOKEN = os.environ["API_TOKEN"].encode()


class FeedbackRequest(BaseModel):
    feedback: Literal["positive", "negative"]
    resultat_prediction: float
    input_user: str
    filename: str | None = None


# `async def`, so that checking a token does not cost a trip to the thread pool.
async def authorised(credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> None:
    if not secrets.compare_digest(credentials.credentials.encode(), TOKEN):
        raise HTTPException(401, "Token invalide", {"WWW-Authenticate": "Bearer"})


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.classifier = classifier.load(Path(os.environ["PETS_MODEL"]))
    app.state.log = InferenceLog(Path(os.environ["PETS_LOG"]))
    app.state.sessions = sessions(os.environ["PETS_DATABASE"])
    yield
    app.state.log.close()


def create_app() -> FastAPI:
    app = FastAPI(title="Cats vs Dogs Classifier", version="1.0.0", lifespan=lifespan)
    token = [Depends(authorised)]
    # Keras is asked on the event loop, as in the original: its `predict` occupies all cores by itself. ONNX Runtime
    # is asked on the thread pool, where decoding and inference of several requests run side by side.
    predict = predict_in_turn if os.environ["PETS_MODEL"].endswith(".keras") else predict_side_by_side
    app.add_api_route("/health", health, methods=["GET"])
    app.add_api_route("/api/predict", predict, methods=["POST"], dependencies=token)
    app.add_api_route("/api/feedback", feedback, methods=["POST"], dependencies=token)
    return app


async def health() -> JSONResponse:
    return JSONResponse({"status": "healthy", "model_loaded": True})


async def predict_in_turn(request: Request, file: Annotated[UploadFile, File()]) -> JSONResponse:
    return _prediction(request, file, await file.read())


def predict_side_by_side(request: Request, file: Annotated[UploadFile, File()]) -> JSONResponse:
    return _prediction(request, file, file.file.read())


def _prediction(request: Request, file: UploadFile, content: bytes) -> JSONResponse:
    started = time.perf_counter()
    state, success = request.app.state, False
    try:
        if not (file.content_type or "").startswith("image/"):
            raise HTTPException(400, "Format d'image invalide")
        try:
            dog = state.classifier.dog(classifier.pixels(content))
        except (OSError, ValueError, SyntaxError) as error:
            raise HTTPException(500, f"Erreur de prédiction: {error}") from None
        success = True
    finally:
        state.log.append((time.perf_counter() - started) * 1000, success)
    return JSONResponse(
        {
            "filename": file.filename,
            "prediction": "Dog" if dog > 0.5 else "Cat",
            "confidence": f"{max(dog, 1 - dog):.2%}",
            "probabilities": {"cat": f"{1 - dog:.2%}", "dog": f"{dog:.2%}"},
        }
    )


def feedback(body: FeedbackRequest, request: Request) -> JSONResponse:
    last = request.app.state.log.last
    row = Feedback(
        feedback=body.feedback == "positive",
        resultat_prediction=body.resultat_prediction,
        input_user=body.input_user,
        inference_time_ms=last[0] if last else None,
        success=last[1] if last else None,
    )
    try:
        with request.app.state.sessions() as session:
            session.add(row)
            session.commit()
        saved = True
    except SQLAlchemyError:
        saved = False
    told = body.model_dump(exclude={"filename"})
    return JSONResponse({"status": "received", **told, "timestamp": time.time(), "saved_to_db": saved})
