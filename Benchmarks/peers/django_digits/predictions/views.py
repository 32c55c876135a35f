"""The three routes the benchmark uses."""

from __future__ import annotations

import time

from digits_pipeline import InvalidImage, is_data_url, pixels_from_data_url
from rest_framework.decorators import api_view
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from predictions.classifier import classifier
from predictions.models import Drawing


@api_view(["GET"])
def health(request: Request) -> Response:
    return Response({"status": "ok", "mongo": "embedded"})


@api_view(["POST"])
def predict(request: Request) -> Response:
    started = time.perf_counter()
    body = request.data if isinstance(request.data, dict) else {}
    image = body.get("image")
    if not is_data_url(image):
        raise ValidationError({"detail": "Champ 'image' (dataURL) requis"})
    try:
        pixels = pixels_from_data_url(image)
    except InvalidImage:
        raise ValidationError({"detail": "Champ 'image' (dataURL) invalide"}) from None
    digit, probability = classifier().classify(pixels)
    drawing = Drawing(
        pred_digit=digit,
        proba=probability,
        latency_ms=int((time.perf_counter() - started) * 1000),
        model_id=body.get("model_id"),
    )
    drawing.save(force_insert=True)
    return Response(
        {
            "id": drawing.id,
            "digit": digit,
            "proba": probability,
            "model_id": drawing.model_id,
            "latency_ms": drawing.latency_ms,
            "using_model": True,
        }
    )


@api_view(["GET"])
def overview(request: Request) -> Response:
    return Response({"total_records": Drawing.objects.count()})
