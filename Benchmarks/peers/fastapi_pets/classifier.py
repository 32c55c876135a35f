"""The cats and dogs network: in Keras as the original runs it, or in ONNX Runtime."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

SIDE = 128


class Classifier(Protocol):
    def dog(self, pixels: np.ndarray) -> float:
        """The probability of a dog, for float32 of shape (1, 128, 128, 3)."""


class KerasClassifier:
    """`predict` for each picture."""

    def __init__(self, model: Path) -> None:
        import keras

        self._model = keras.models.load_model(model)
        self.dog(np.zeros((1, SIDE, SIDE, 3), dtype=np.float32))

    def dog(self, pixels: np.ndarray) -> float:
        return float(self._model.predict(pixels, verbose=0)[0][0])


class OnnxClassifier:
    """One session shared by all request threads; one thread a call, since requests already run side by side."""

    def __init__(self, model: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[0].name
        self.dog(np.zeros((1, SIDE, SIDE, 3), dtype=np.float32))

    def dog(self, pixels: np.ndarray) -> float:
        return float(self._session.run([self._output], {self._input: pixels})[0].reshape(-1)[0])


def pixels(content: bytes) -> np.ndarray:
    """Any picture Pillow reads, as the network wants it: RGB, stretched to 128×128 (bicubic), values 0…255."""
    with Image.open(io.BytesIO(content)) as image:
        small = image.convert("RGB").resize((SIDE, SIDE))
    return np.asarray(small, dtype=np.float32)[None]


def load(model: Path) -> Classifier:
    return OnnxClassifier(model) if model.suffix == ".onnx" else KerasClassifier(model)
