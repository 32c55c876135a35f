#!/usr/bin/env python3
"""Writes tensorflow.json: pictures made by a formula, resized by tf.image.resize without antialiasing.

Needs tensorflow (2.15.1 was used). Run: python make_tensorflow.py
"""
import json
import pathlib

import numpy as np
import tensorflow as tf

SIZES = [((37, 50), (12, 16)), ((4, 5), (13, 9)), ((3, 3), (3, 3)), ((1, 7), (5, 2)), ((375, 499), (6, 8)), ((2, 300), (7, 7))]


def picture(height, width):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return ((x * 7 + y * 13 + c * 31 + x * y) % 256).astype(np.uint8)


cases = []
for (height, width), (new_height, new_width) in SIZES:
    resized = tf.image.resize(picture(height, width), (new_height, new_width), method="bilinear", antialias=False).numpy()
    cases.append({"from": [width, height], "to": [new_width, new_height], "values": [round(float(v), 3) for v in resized.ravel()]})
target = pathlib.Path(__file__).parent / "tensorflow.json"
target.write_text(json.dumps({"tensorflow": tf.__version__, "cases": cases}, separators=(",", ":")) + "\n")
