"""The digit network in Keras on TensorFlow."""

from __future__ import annotations

from functools import cache

import keras
import numpy as np
from django.conf import settings


class DigitClassifier:
    """Uses `predict_on_batch`, the fastest of Keras's calls on one picture.

    `model(x, training=False)` runs layer by layer and takes about six times as long; `predict` builds a
    data pipeline for every call and takes longer still.
    """

    def __init__(self, file: str) -> None:
        self._model = keras.models.load_model(file, compile=False)
        self.classify(np.zeros((1, 28, 28, 1), dtype=np.float32))

    def classify(self, pixels: np.ndarray) -> tuple[int, float]:
        """Returns the likeliest digit and its probability."""
        probabilities = self._model.predict_on_batch(pixels)[0]
        digit = int(probabilities.argmax())
        return digit, float(probabilities[digit])


@cache
def classifier() -> DigitClassifier:
    return DigitClassifier(settings.DIGITS_MODEL)
