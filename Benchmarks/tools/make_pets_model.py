"""Makes the network of the cats and dogs classifier with random weights and saves it as a `.keras` file.

Usage: make_pets_model.py PICTURES OUT.keras     (PICTURES: a folder of JPEG files; needs Keras and Pillow)

Untrained, the network would say nearly the same of every picture, so that a mixed-up answer would look right. The last
layer is therefore stretched until the answers to the pictures at hand spread over most of 0…1.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from PIL import Image

SIDE = 128
SEED = 5
#: Standard deviation of the last layer's sums over the pictures: most answers lie between 0.05 and 0.95.
SPREAD = 1.5


def network() -> keras.Model:
    layers = keras.layers
    features = [
        layer
        for filters in (32, 64, 128)
        for layer in (layers.Conv2D(filters, 3, activation="relu"), layers.MaxPooling2D())
    ]
    augmentation = [layers.RandomFlip("horizontal"), layers.RandomRotation(0.1), layers.RandomZoom(0.1)]
    head = [layers.GlobalAveragePooling2D(), layers.Dropout(0.5), layers.Dense(1, activation="sigmoid")]
    return keras.Sequential(
        [layers.Input((SIDE, SIDE, 3)), layers.Rescaling(1 / 255), *augmentation, *features, *head]
    )


def pixels(file: Path) -> np.ndarray:
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB").resize((SIDE, SIDE)), dtype=np.float32)


def main(folder: Path, destination: Path) -> None:
    keras.utils.set_random_seed(SEED)
    model = network()
    pictures = np.stack([pixels(file) for file in sorted(folder.glob("*.jpg"))])
    shares = model.predict(pictures, verbose=0)[:, 0].astype(np.float64)
    sums = np.log(shares / (1 - shares))
    kernel, bias = model.layers[-1].get_weights()
    stretch = SPREAD / sums.std()
    model.layers[-1].set_weights([kernel * stretch, bias - sums.mean() * stretch])
    partial = destination.with_name("partial-" + destination.name)
    model.save(partial)
    partial.rename(destination)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
