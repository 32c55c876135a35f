"""The digit network in ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime


class DigitClassifier:
    """One session shared by all request threads; ONNX Runtime allows concurrent `run` calls.

    One thread a call: on a network this small more threads only wait for each other, and requests
    already run side by side.
    """

    def __init__(self, model: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        entry = self._session.get_inputs()[0]
        self._input = entry.name
        self._output = self._session.get_outputs()[0].name
        self._shape = [side if isinstance(side, int) else 1 for side in entry.shape]
        self.classify(np.zeros(self._shape, dtype=np.float32))

    def classify(self, pixels: np.ndarray) -> tuple[int, float]:
        """Returns the likeliest digit and its probability."""
        feed = {self._input: pixels.reshape(self._shape)}
        probabilities = self._session.run([self._output], feed)[0][0]
        digit = int(probabilities.argmax())
        return digit, float(probabilities[digit])
