"""Makes the golden scikit-learn models: tiny classifiers, inputs, and what scikit-learn answers.

    python -m venv a && a/bin/pip install scikit-learn==1.2.2 "numpy<2" "scipy<1.12" joblib lz4
    python -m venv b && b/bin/pip install scikit-learn==1.4.2 "numpy<2" "scipy<1.14" joblib lz4
    python -m venv c && c/bin/pip install scikit-learn==1.6.1 "scipy<1.16" joblib lz4
    python -m venv d && d/bin/pip install scikit-learn==1.9.1 joblib lz4
    for each: X/bin/python Tests/ModelFilesTests/Golden/make_sklearn.py
    a/bin/python Tests/ModelFilesTests/Golden/make_sklearn.py old

`old` writes files as 0.22 did: modules, attributes and node records have the names of that version. They are made by
1.2.2 and edited here, because 0.22 runs on no Python that is still to be had; the names are those of its sources.
"""
import json
import os
import pickle
import sys
import warnings

import joblib
import numpy as np
import sklearn
import sklearn.base
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier, ExtraTreesClassifier, GradientBoostingClassifier, HistGradientBoostingClassifier,
    RandomForestClassifier)
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
OLD = sys.argv[1:] == ["old"]
TAG = "sklearn022" if OLD else "sklearn" + "".join(sklearn.__version__.split(".")[:2])

digits, classes = load_digits(n_class=3, return_X_y=True)
columns = [10, 18, 20, 26, 28, 35, 36, 42, 44, 51]
x, y = digits[:90][:, columns], classes[:90]
asked = digits[90:100][:, columns]


def models():
    yield "logistic", LogisticRegression(max_iter=50)
    yield "ridge", RidgeClassifier()
    yield "sgd", SGDClassifier(loss="modified_huber", random_state=1)
    yield "linear_svc", LinearSVC(random_state=1)
    yield "svc", SVC(kernel="rbf", gamma=0.003)
    yield "svc_probability", SVC(kernel="poly", degree=2, probability=True, random_state=1)
    yield "mlp", MLPClassifier((4,), max_iter=60, random_state=1)
    yield "knn", KNeighborsClassifier(3, weights="distance", algorithm="kd_tree")
    yield "centroid", NearestCentroid()
    yield "gaussian", GaussianNB()
    yield "multinomial", MultinomialNB()
    yield "lda", LinearDiscriminantAnalysis()
    yield "tree", DecisionTreeClassifier(random_state=1, max_depth=4)
    yield "forest", RandomForestClassifier(4, max_depth=3, random_state=1)
    yield "extra_trees", ExtraTreesClassifier(3, max_depth=3, random_state=1)
    yield "boosting", GradientBoostingClassifier(n_estimators=2, max_depth=2, random_state=1)
    yield "histogram", HistGradientBoostingClassifier(
        max_iter=2, max_leaf_nodes=4, max_bins=8, min_samples_leaf=5, random_state=1)
    yield "adaboost", AdaBoostClassifier(n_estimators=3, random_state=1)
    yield "pipeline", make_pipeline(
        MinMaxScaler(), StandardScaler(), PCA(4, random_state=1), Normalizer(), LogisticRegression())


MODULES = {
    "sklearn.linear_model._logistic": "sklearn.linear_model.logistic",
    "sklearn.linear_model._ridge": "sklearn.linear_model.ridge",
    "sklearn.linear_model._stochastic_gradient": "sklearn.linear_model.stochastic_gradient",
    "sklearn.svm._classes": "sklearn.svm.classes", "sklearn.tree._classes": "sklearn.tree.tree",
    "sklearn.neural_network._multilayer_perceptron": "sklearn.neural_network.multilayer_perceptron",
    "sklearn.neighbors._classification": "sklearn.neighbors.classification",
    "sklearn.neighbors._nearest_centroid": "sklearn.neighbors.nearest_centroid",
    "sklearn.ensemble._forest": "sklearn.ensemble.forest",
    "sklearn.ensemble._gb": "sklearn.ensemble.gradient_boosting",
    "sklearn.ensemble._weight_boosting": "sklearn.ensemble.weight_boosting",
    "sklearn.preprocessing._data": "sklearn.preprocessing.data", "sklearn.decomposition._pca": "sklearn.decomposition.pca",
}
ATTRIBUTES = {
    "GaussianNB": {"var_": "sigma_"}, "SVC": {"_n_support": "n_support_", "_probA": "probA_", "_probB": "probB_"},
    "DecisionTreeClassifier": {"n_features_in_": "n_features_"}, "ExtraTreeClassifier": {"n_features_in_": "n_features_"},
    "RandomForestClassifier": {"n_features_in_": "n_features_", "estimator_": "base_estimator_"},
    "ExtraTreesClassifier": {"n_features_in_": "n_features_", "estimator_": "base_estimator_"},
    "GradientBoostingClassifier": {"n_features_in_": "n_features_", "_loss": "loss_"},
    "AdaBoostClassifier": {"estimator_": "base_estimator_"},
    "MultinomialNB": {"n_features_in_": "n_features_"},
    "HistGradientBoostingClassifier": {"n_features_in_": "n_features_", "_loss": "loss_"},
}
SEEN = set()


def age(thing):
    """Gives an estimator, and those inside it, the attributes of 0.22."""
    if isinstance(thing, (list, tuple)):
        for part in thing:
            age(part)
    elif isinstance(thing, np.ndarray) and thing.dtype == object:
        for part in thing.ravel():
            age(part)
    elif hasattr(thing, "__dict__") and type(thing).__module__.startswith("sklearn.") and id(thing) not in SEEN:
        SEEN.add(id(thing))
        state = thing.__dict__
        for new, old in ATTRIBUTES.get(type(thing).__name__, {}).items():
            if new in state:
                state[old] = state.pop(new)
        for gone in ["n_features_in_", "_n_features_out", "is_categorical_", "_label_binarizer_"]:
            state.pop(gone, None)
        if type(thing).__name__ == "GradientBoostingClassifier":
            state["loss"] = "deviance"
        if type(thing).__name__ == "TreePredictor":
            names = ["value", "count", "feature_idx", "num_threshold", "missing_go_to_left", "left", "right", "gain",
                     "depth", "is_leaf", "bin_threshold"]
            kinds = ["<f8", "<u4", "<u4", "<f8", "u1", "<u4", "<u4", "<f8", "<u4", "u1", "u1"]
            nodes = np.zeros(len(state["nodes"]), dtype=list(zip(
                [name if name != "num_threshold" else "threshold" for name in names], kinds)))
            for name in names:
                nodes[name if name != "num_threshold" else "threshold"] = state["nodes"][name]
            state.clear()
            state["nodes"] = nodes
        for part in list(state.values()):
            age(part)


def write(name, model):
    path = os.path.join(HERE, f"{TAG}_{name}.pkl")
    if OLD:
        age(model)
        sklearn.base.__version__ = "0.22.2.post1"
        content = pickle.dumps(model, protocol=2)
        for new, old in MODULES.items():
            content = content.replace(f"c{new}\n".encode(), f"c{old}\n".encode())
        with open(path, "wb") as stream:
            stream.write(content)
    else:
        joblib.dump(model, path, compress=("lz4" if name == "forest" else "zlib", 9) if name != "tree" else 0)
    return os.path.basename(path)


def main():
    expected = {}
    for name, model in models():
        model.fit(x, y)
        has_probabilities = hasattr(model, "predict_proba")
        answers = None
        if has_probabilities:
            answers = model.predict_proba(asked)
        elif hasattr(model, "decision_function"):
            answers = model.decision_function(asked)
        predicted = model.predict(asked).tolist()
        if not has_probabilities and answers is not None:
            # A support vector machine predicts the first of the classes with most votes, whatever the scores say.
            answers[np.arange(len(answers)), predicted] = answers.max(axis=1)
        expected[write(name, model)] = {
            "output": "probabilities" if has_probabilities else "scores", "inputs": asked.tolist(),
            "answers": None if answers is None else np.round(answers, 9).tolist(), "predicted": predicted,
            "labels": ["0", "1", "2"],
        }
    with open(os.path.join(HERE, TAG + ".json"), "w") as stream:
        json.dump({"version": "0.22.2.post1" if OLD else sklearn.__version__, "models": expected}, stream)


main()
