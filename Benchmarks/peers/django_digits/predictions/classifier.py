"""The digit network in Keras on TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import keras
import numpy as np
from django.conf import settings

CALLS: dict[str, Callable[[keras.Model], Callable[[np.ndarray], np.ndarray]]] = {
    "predict_on_batch": lambda model: model.predict_on_batch,
    "predict": lambda model: partial(model.predict, verbose=0),
}


class DigitClassifier:
    """A network asked by one of Keras's calls.

    `predict_on_batch` is the fastest on one picture. `model(x, training=False)` runs layer by layer and
    takes several times as long; `predict`, which most code uses, builds a data pipeline for every call and
    takes about a hundred times as long.
    """

    def __init__(self, file: str, call: str) -> None:
        model = keras.models.load_model(file, compile=False)
        self._probabilities = CALLS[call](model)
        self.classify(np.zeros((1, 28, 28, 1), dtype=np.float32))

    def classify(self, pixels: np.ndarray) -> tuple[int, float]:
        """Returns the likeliest digit and its probability."""
        probabilities = self._probabilities(pixels)[0]
        digit = int(probabilities.argmax())
        return digit, float(probabilities[digit])


@cache
def classifier() -> DigitClassifier:
    return DigitClassifier(settings.DIGITS_MODEL, settings.DIGITS_CALL)
