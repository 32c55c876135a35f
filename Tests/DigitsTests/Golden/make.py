"""Makes the golden model and pictures of the digits tests.

    python -m venv golden && golden/bin/pip install keras==3.11.3 jax==0.10.2 scipy==1.17.1 h5py==3.16.0 pillow==13.0.0
    golden/bin/python Tests/DigitsTests/Golden/make.py

`strokes` tells upright strokes (1) from level ones (0) and a blank picture (9): a dense layer whose weights are written
by hand, so that the right answer of every drawing is known. `SampleModels.strokes` is the same network as ONNX.

The pictures are 40 × 40, dark on white: an upright bar, which every format must carry to the model.
"""
import os

os.environ["KERAS_BACKEND"] = "numpy"

import keras
import numpy as np
from PIL import Image, ImageDraw

HERE = os.path.dirname(os.path.abspath(__file__))


def strokes():
    weights = np.zeros((28, 28, 10), "float32")
    for row in range(28):
        for column in range(28):
            down, right = abs(row - 14), abs(column - 14)
            if right <= 4 and down > 5:
                weights[row, column, 1] = 1
            if down <= 4 and right > 5:
                weights[row, column, 0] = 1
    bias = np.full(10, -4, "float32")
    bias[[0, 1]] = 0
    bias[9] = 2
    model = keras.Sequential([
        keras.layers.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")],
        name="strokes")
    model.layers[-1].set_weights([weights.reshape(784, 10), bias])
    return model


model = strokes()
for suffix in ["h5", "keras"]:
    model.save(os.path.join(HERE, "strokes." + suffix))

picture = Image.new("RGB", (40, 40), "white")
ImageDraw.Draw(picture).rectangle([17, 5, 22, 34], fill="black")
picture.save(os.path.join(HERE, "upright.jpg"), quality=90)
picture.save(os.path.join(HERE, "upright.png"))
picture.save(os.path.join(HERE, "upright.gif"))
picture.save(os.path.join(HERE, "upright.webp"), lossless=True)
picture.save(os.path.join(HERE, "upright.bmp"))
picture.save(os.path.join(HERE, "upright.tiff"))
