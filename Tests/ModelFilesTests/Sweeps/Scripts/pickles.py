"""Pickles fitted estimators of scikit-learn, arrays and whole networks of PyTorch, for `PickleSweepTests`.

    python pickles.py FOLDER     writes the files and expected.json: their names and the class of what they hold
"""
import json
import os
import pickle
import sys
import warnings

import joblib
import numpy as np
import scipy.sparse
import torch
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils import all_estimators

warnings.filterwarnings("ignore")
FOLDER = sys.argv[1]
files = []


def note(name, value, **more):
    files.append({"file": name, "class": type(value).__module__ + "." + type(value).__name__, **more})


def dump(name, value):
    for protocol in (2, 5):
        try:
            data = pickle.dumps(value, protocol)
        except Exception:  # Some hold functions, which cannot be pickled.
            return
        with open(os.path.join(FOLDER, f"{name}.{protocol}.pkl"), "wb") as file:
            file.write(data)
        note(f"{name}.{protocol}.pkl", value)
    for suffix, compress in (("joblib", 0), ("joblib.z", 3), ("joblib.lzma", ("lzma", 1))):
        joblib.dump(value, os.path.join(FOLDER, f"{name}.{suffix}"), compress=compress)
        note(f"{name}.{suffix}", value)


def estimators():
    samples, numbers = make_classification(60, 6, random_state=0)
    samples = np.abs(samples)
    names = np.array(["cat", "dog"], dtype=object)[numbers]
    for kind in ("classifier", "transformer", "regressor", "cluster"):
        for name, estimator in all_estimators(kind):
            try:
                yield name, estimator().fit(samples.copy(), names if kind == "classifier" else numbers)
            except Exception:  # Those that need other data.
                continue
    yield "search", GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}).fit(samples, numbers)
    generator = np.random.RandomState(0)
    steps = make_pipeline(StandardScaler(), FunctionTransformer(np.square), LogisticRegression(random_state=generator))
    yield "pipeline", steps.fit(samples, numbers)
    yield "seeded", RandomForestClassifier(5, random_state=np.random.RandomState(3)).fit(samples, numbers)
    yield "zero", GradientBoostingClassifier(n_estimators=5, init="zero").fit(samples, numbers)


def networks():
    nn = torch.nn
    yield "dense", nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Dropout(), nn.Linear(3, 2), nn.Softmax(1))
    yield "convolutions", nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.GELU(), nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(1), nn.LeakyReLU())
    yield "recurrent", nn.LSTM(3, 2, bidirectional=True)
    yield "transformer", nn.TransformerEncoderLayer(4, 2, 8)


if __name__ == "__main__":
    for name, value in estimators():
        dump(name, value)
    dump("masked", np.ma.array([1.0, 2.0], mask=[0, 1]))
    dump("sparse", scipy.sparse.csr_matrix(np.eye(3)))
    dump("sparse_array", scipy.sparse.csr_array(np.eye(3)))
    for name, value in (("generator", np.random.default_rng(1)), ("random", np.random.RandomState(1))):
        dump(name, value)
    for name, value in networks():
        for is_new in (True, False):
            file = f"{name}.{'zip' if is_new else 'old'}.pt"
            torch.save(value, os.path.join(FOLDER, file), _use_new_zipfile_serialization=is_new)
            note(file, value)
    with open(os.path.join(FOLDER, "expected.json"), "w") as file:
        json.dump({"files": files}, file)
