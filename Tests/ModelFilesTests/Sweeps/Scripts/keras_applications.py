"""Makes models of keras.applications with random weights, and writes what they answer.

    keras_applications.py FOLDER [--quick] NAME…

Works with Keras 3 and with TensorFlow 2.15. Each network is saved whole in both formats and as weights alone, small
in picture and classes so that it is quick. The statistics of batch normalization are random too. With --quick, a
network is made once, with its top, and saved whole in one format and as weights alone.
"""
import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

A, L = keras.applications, keras.layers
IS3 = keras.__version__.startswith("3")
FOLDER = sys.argv[1]
QUICK = "--quick" in sys.argv
NAMES = [name for name in sys.argv[2:] if name != "--quick"]
random = np.random.default_rng(3)


def randomize(model):
    """Weights that keep the size of values about the same from layer to layer."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            randomize(layer)
            continue
        values = []
        for weight in layer.weights:
            name = (weight.path if IS3 else weight.name).split(":")[0].split("/")[-1]
            shape = tuple(weight.shape)
            if name in ("gamma", "moving_variance", "variance"):
                values.append(random.uniform(0.7, 1.3, shape))
            elif name in ("beta", "moving_mean", "bias"):
                values.append(random.normal(0, 0.1, shape))
            elif name == "count":
                values.append(np.zeros(shape))
            elif name == "mean":
                values.append(random.uniform(0.3, 0.6, shape))
            elif "depthwise" in name or isinstance(layer, L.DepthwiseConv2D):
                values.append(random.normal(0, (1 / np.prod(shape[:2])) ** 0.5, shape))
            elif len(shape) > 1:
                values.append(random.normal(0, (1.6 / np.prod(shape[:-1])) ** 0.5, shape))
            else:
                values.append(random.uniform(0.1, 0.9, shape))
        if values:
            layer.set_weights([v.astype("float32") for v in values])


SIZES = {"Xception": 75, "InceptionV3": 91, "InceptionResNetV2": 91, "VGG16": 32 if QUICK else 64}


def build(name, top):
    size = SIZES.get(name, 64)
    make = getattr(A, name)
    if top:
        return make(weights=None, input_shape=(size, size, 3), classes=7)
    return make(weights=None, input_shape=(size, size, 3), include_top=False)


def answer(model, size):
    pictures = np.round(random.uniform(0, 1, (2, size, size, 3)), 2).astype("float32")
    output = np.asarray(model.predict(pictures, verbose=0))
    tensor = lambda a: {"shape": list(a.shape), "values": [float(f"{v:.7g}") for v in a.reshape(-1).tolist()]}
    return {"input": tensor(pictures), "output": tensor(output)}


result = []
for name in NAMES:
    size = SIZES.get(name, 64)
    for top in [True] if QUICK else [True, False]:
        keras.backend.clear_session()
        model = build(name, top)
        randomize(model)
        entry = {"name": name, "top": top, "parameters": int(model.count_params())} | answer(model, size)
        stem = f"{name}_{'top' if top else 'notop'}"
        files = [f"{stem}.h5", f"{stem}.keras"] if top and not QUICK else [f"{stem}.keras"]
        for file in files:
            model.save(os.path.join(FOLDER, file))
        weights = [f"{stem}.weights.h5"]
        model.save_weights(os.path.join(FOLDER, weights[0]))
        result.append(entry | {"files": files, "weights": weights})
    if QUICK:
        continue
    # The network inside a user's own, behind layers that prepare its input.
    keras.backend.clear_session()
    inner = build(name, False)
    layers = [L.Input((size, size, 3)), inner, L.GlobalAveragePooling2D(), L.Dropout(0.2), L.Dense(3, activation="softmax")]
    model = keras.Sequential(layers)
    randomize(model)
    entry = {"name": name, "top": False, "parameters": int(model.count_params())} | answer(model, size)
    files, weights = [f"{name}_own.h5"], [f"{name}_own.weights.h5"]
    model.save(os.path.join(FOLDER, files[0]))
    model.save_weights(os.path.join(FOLDER, weights[0]))
    result.append(entry | {"files": files, "weights": weights, "own": True})
with open(os.path.join(FOLDER, "expected.json"), "w") as file:
    json.dump(result, file)
