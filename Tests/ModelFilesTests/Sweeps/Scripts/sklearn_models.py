"""Fits many small scikit-learn classifiers and writes what they answer.

    python sklearn_models.py FOLDER

writes `NAME.pkl` (or `.joblib`) for each and `expected.json`: for each the inputs, the probabilities (or the scores of
a `decision_function`), the index of `predict` in `classes_`, and the names of the classes.
"""
import json
import os
import pickle
import sys
import warnings

import joblib
import numpy as np
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits, make_classification
from sklearn.decomposition import PCA, IncrementalPCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier, BaggingClassifier, ExtraTreesClassifier, GradientBoostingClassifier,
    HistGradientBoostingClassifier, RandomForestClassifier, VotingClassifier)
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    LogisticRegression, LogisticRegressionCV, PassiveAggressiveClassifier, Perceptron, RidgeClassifier,
    RidgeClassifierCV, SGDClassifier)
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    Binarizer, FunctionTransformer, MaxAbsScaler, MinMaxScaler, Normalizer, PolynomialFeatures, RobustScaler,
    StandardScaler)
from sklearn.svm import SVC, LinearSVC, NuSVC
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier
from scipy.sparse import csr_matrix

warnings.filterwarnings("ignore")
FOLDER = sys.argv[1]
VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])

DIGITS, DIGIT_CLASSES = load_digits(return_X_y=True)
DIGITS = DIGITS.astype("float32").astype("float64")
LARGE = np.round(DIGITS * 255 / 16)
X2, Y2 = make_classification(300, 12, n_informative=6, n_redundant=0, random_state=3)
X3, Y3 = make_classification(400, 10, n_informative=6, n_redundant=0, n_classes=3, random_state=5)
X2, X3 = X2.astype("float32").astype("float64"), X3.astype("float32").astype("float64")
NAMES = np.array(["ant", "bee", "cat"])
CALLED = 24


def data(name):
    """Training inputs and classes, and other inputs to ask for."""
    if name == "digits":
        return DIGITS[:600], DIGIT_CLASSES[:600], DIGITS[600:600 + CALLED]
    if name == "unit":
        return DIGITS[:600] / 16, DIGIT_CLASSES[:600], DIGITS[600:600 + CALLED] / 16
    if name == "large":
        return LARGE[:600], DIGIT_CLASSES[:600], LARGE[600:600 + CALLED]
    if name == "two":
        return X2[:250], Y2[:250], X2[250:250 + CALLED]
    if name == "three":
        return X3[:350], Y3[:350], X3[350:350 + CALLED]
    if name == "names":
        return X3[:350], NAMES[Y3[:350]], X3[350:350 + CALLED]
    if name == "objects":
        return X3[:350], NAMES[Y3[:350]].astype(object), X3[350:350 + CALLED]
    if name == "floats":
        return X2[:250], Y2[:250] * 2.0 - 1.0, X2[250:250 + CALLED]
    if name == "bools":
        return X2[:250], Y2[:250] > 0, X2[250:250 + CALLED]
    if name == "coarse":  # many ties
        x = np.round(X3)
        return x[:300], Y3[:300], x[300:400]
    if name == "repeated":  # equal samples of different classes
        x = np.round(X3[:60])
        return np.vstack([x, x, x]), np.concatenate([Y3[:60], (Y3[:60] + 1) % 3, Y3[:60]]), x[:CALLED]
    raise ValueError(name)


def old(**parameters):
    """Parameters of versions that have them."""
    return parameters if VERSION < (1, 7) else {}


def models():
    T, F = DecisionTreeClassifier, RandomForestClassifier
    logistic = LogisticRegression(max_iter=300)
    yield "lr_digits", "digits", LogisticRegression(max_iter=100)
    yield "lr_two", "two", LogisticRegression()
    yield "lr_names", "names", LogisticRegression()
    yield "lr_objects", "objects", LogisticRegression()
    yield "lr_floats", "floats", LogisticRegression(fit_intercept=False)
    yield "lr_bools", "bools", LogisticRegression()
    yield "lr_liblinear", "two", LogisticRegression(solver="liblinear")
    if VERSION < (1, 7):
        yield "lr_ovr", "three", LogisticRegression(multi_class="ovr")
        yield "lr_liblinear_three", "three", LogisticRegression(solver="liblinear")
        yield "lr_multinomial_two", "two", LogisticRegression(multi_class="multinomial")
    yield "lrcv", "three", LogisticRegressionCV(Cs=3, cv=3)
    yield "ridge_two", "two", RidgeClassifier()
    yield "ridge_digits", "unit", RidgeClassifier()
    yield "ridgecv", "three", RidgeClassifierCV()
    for loss in ["hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron"]:
        yield "sgd_" + loss, "three", SGDClassifier(loss=loss, random_state=1)
        yield "sgd_two_" + loss, "two", SGDClassifier(loss=loss, random_state=1)
    yield "sgd_huber_digits", "digits", SGDClassifier(loss="modified_huber", random_state=1)
    yield "perceptron", "unit", Perceptron(random_state=1)
    yield "passive", "three", PassiveAggressiveClassifier(random_state=1)
    yield "linearsvc", "unit", LinearSVC(random_state=1)
    yield "linearsvc_two", "two", LinearSVC(random_state=1, fit_intercept=False)
    yield "sparsified", "three", SGDClassifier(penalty="l1", alpha=0.01, random_state=1)
    for kernel in ["linear", "rbf", "poly", "sigmoid"]:
        yield "svc_" + kernel, "digits", SVC(kernel=kernel)
        yield "svc_two_" + kernel, "two", SVC(kernel=kernel, C=3)
        yield "svc_probability_" + kernel, "three", SVC(kernel=kernel, probability=True, random_state=1)
    yield "svc_digits_probability", "unit", SVC(probability=True, random_state=1)
    yield "svc_two_probability", "two", SVC(probability=True, random_state=1)
    yield "svc_ovo", "three", SVC(decision_function_shape="ovo")
    yield "svc_ties", "coarse", SVC(kernel="sigmoid", gamma=2.0)
    yield "svc_break_ties", "coarse", SVC(kernel="sigmoid", gamma=2.0, break_ties=True)
    yield "svc_large", "large", SVC(C=10)
    yield "svc_poly", "large", SVC(kernel="poly", degree=4, coef0=1.5, gamma="auto")
    yield "nusvc", "three", NuSVC(nu=0.3)
    yield "nusvc_probability", "names", NuSVC(nu=0.3, probability=True, random_state=1)
    yield "svc_many_vectors", "unit", SVC(gamma=5.0)
    yield "svc_sparse", "sparse", SVC()
    yield "svc_sparse_probability", "sparse", SVC(probability=True, random_state=1)
    for activation in ["relu", "tanh", "logistic", "identity"]:
        yield "mlp_" + activation, "digits", MLPClassifier((20, 10), activation=activation, max_iter=30, random_state=1)
    yield "mlp_two", "two", MLPClassifier((8,), max_iter=50, random_state=1)
    yield "mlp_none", "three", MLPClassifier((), max_iter=50, random_state=1)
    yield "mlp_large", "large", MLPClassifier((20,), max_iter=30, random_state=1)
    yield "knn", "digits", KNeighborsClassifier()
    yield "knn_ties", "coarse", KNeighborsClassifier(4, algorithm="brute")
    yield "knn_repeated", "repeated", KNeighborsClassifier(2, algorithm="brute")
    yield "knn_one", "large", KNeighborsClassifier(1)
    yield "knn_distance", "unit", KNeighborsClassifier(7, weights="distance")
    yield "knn_distance_met", "repeated", KNeighborsClassifier(5, weights="distance", algorithm="brute")
    yield "knn_manhattan", "digits", KNeighborsClassifier(3, p=1)
    yield "knn_minkowski", "three", KNeighborsClassifier(5, p=3, weights="distance")
    yield "knn_chebyshev", "three", KNeighborsClassifier(5, metric="chebyshev")
    yield "knn_cosine", "unit", KNeighborsClassifier(5, metric="cosine", weights="distance")
    yield "knn_kd", "three", KNeighborsClassifier(5, algorithm="kd_tree")
    yield "knn_ball", "names", KNeighborsClassifier(5, algorithm="ball_tree", weights="distance")
    yield "knn_all", "three", KNeighborsClassifier(350)
    yield "centroid", "digits", NearestCentroid()
    yield "centroid_manhattan", "three", NearestCentroid(metric="manhattan")
    yield "centroid_shrunk", "three", NearestCentroid(shrink_threshold=0.3)
    yield "gaussian", "digits", GaussianNB()
    yield "gaussian_large", "large", GaussianNB()
    yield "gaussian_two", "two", GaussianNB(var_smoothing=1e-3)
    yield "bernoulli", "unit", BernoulliNB(binarize=0.4)
    yield "bernoulli_plain", "bits", BernoulliNB(binarize=None)
    yield "multinomial", "digits", MultinomialNB()
    yield "multinomial_large", "large", MultinomialNB(fit_prior=False)
    yield "complement", "digits", ComplementNB()
    yield "complement_norm", "unit", ComplementNB(norm=True)
    yield "lda", "unit", LinearDiscriminantAnalysis()
    yield "lda_two", "two", LinearDiscriminantAnalysis()
    yield "lda_eigen", "three", LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto")
    yield "lda_lsqr", "three", LinearDiscriminantAnalysis(solver="lsqr")
    yield "qda", "three", QuadraticDiscriminantAnalysis()
    yield "qda_two", "two", QuadraticDiscriminantAnalysis(reg_param=0.1)
    yield "tree", "digits", T(random_state=1)
    yield "tree_names", "names", T(max_depth=4, random_state=1)
    yield "tree_best_first", "three", T(max_leaf_nodes=9, random_state=1, criterion="entropy")
    yield "tree_stump", "two", T(max_depth=1)
    yield "tree_on_thresholds", "thresholds", T(random_state=1)
    yield "tree_leaf", "two", T(min_samples_leaf=200)
    yield "extra_tree", "three", ExtraTreeClassifier(random_state=1)
    yield "forest", "digits", F(30, random_state=1)
    yield "forest_shallow", "unit", F(20, max_depth=5, random_state=1)
    yield "forest_two", "two", F(15, random_state=1, class_weight="balanced")
    yield "extra_trees", "digits", ExtraTreesClassifier(25, random_state=1)
    yield "boosting", "three", GradientBoostingClassifier(n_estimators=20, random_state=1)
    yield "boosting_two", "two", GradientBoostingClassifier(n_estimators=30, random_state=1)
    yield "boosting_digits", "digits", GradientBoostingClassifier(n_estimators=10, max_depth=2, random_state=1)
    yield "boosting_exponential", "two", GradientBoostingClassifier(
        loss="exponential", n_estimators=15, random_state=1, subsample=0.7)
    yield "boosting_zero", "three", GradientBoostingClassifier(init="zero", n_estimators=10, random_state=1)
    yield "boosting_init", "three", GradientBoostingClassifier(init=LogisticRegression(), n_estimators=5, random_state=1)
    yield "histogram", "digits", HistGradientBoostingClassifier(max_iter=10, random_state=1)
    yield "histogram_two", "two", HistGradientBoostingClassifier(max_iter=20, random_state=1, early_stopping=True)
    yield "adaboost", "three", AdaBoostClassifier(n_estimators=20, random_state=1)
    yield "adaboost_two", "two", AdaBoostClassifier(n_estimators=20, random_state=1)
    yield "adaboost_digits", "digits", AdaBoostClassifier(
        DecisionTreeClassifier(max_depth=4, random_state=1), n_estimators=15, random_state=1)
    yield "adaboost_lr", "three", AdaBoostClassifier(LogisticRegression(), n_estimators=4, random_state=1)
    if VERSION < (1, 6):
        yield "adaboost_samme", "three", AdaBoostClassifier(n_estimators=20, random_state=1, algorithm="SAMME")
        yield "adaboost_samme_two", "two", AdaBoostClassifier(n_estimators=20, random_state=1, algorithm="SAMME")
    yield "bagging", "digits", BaggingClassifier(n_estimators=8, max_features=0.5, random_state=1)
    yield "bagging_knn", "three", BaggingClassifier(
        KNeighborsClassifier(3), n_estimators=3, max_samples=0.6, bootstrap_features=True, random_state=1)
    yield "bagging_svc", "names", BaggingClassifier(LinearSVC(), n_estimators=4, random_state=1)
    members = [("a", LogisticRegression()), ("b", GaussianNB()), ("c", T(max_depth=3, random_state=1))]
    yield "voting_soft", "three", VotingClassifier(members, voting="soft", weights=[1, 2, 1])
    yield "voting_hard", "names", VotingClassifier(members, voting="hard")
    yield "voting_dropped", "three", VotingClassifier(
        members + [("d", "drop")], voting="soft", weights=[3, 1, 1, 9])
    yield "calibrated", "three", CalibratedClassifierCV(LinearSVC(), cv=3)
    yield "calibrated_two", "two", CalibratedClassifierCV(RidgeClassifier(), cv=2)
    yield "calibrated_isotonic", "three", CalibratedClassifierCV(GaussianNB(), method="isotonic", cv=3)
    yield "calibrated_forest", "digits", CalibratedClassifierCV(F(8, random_state=1), cv=2)
    yield "calibrated_svc", "three", CalibratedClassifierCV(SVC(), cv=2)
    yield "ovr", "three", OneVsRestClassifier(LogisticRegression())
    yield "ovr_svc", "three", OneVsRestClassifier(LinearSVC())
    yield "ovr_two", "two", OneVsRestClassifier(SVC())
    yield "ovo", "names", OneVsOneClassifier(LinearSVC())
    yield "dummy", "three", DummyClassifier()
    yield "dummy_frequent", "names", DummyClassifier(strategy="most_frequent")
    yield "dummy_constant", "names", DummyClassifier(strategy="constant", constant="bee")
    yield "pipe_standard", "large", make_pipeline(StandardScaler(), clone(logistic))
    yield "pipe_standard_far", "far", make_pipeline(StandardScaler(), clone(logistic))
    yield "pipe_minmax", "large", make_pipeline(MinMaxScaler((-1, 1), clip=True), LinearSVC(random_state=1))
    yield "pipe_maxabs", "large", make_pipeline(MaxAbsScaler(), GaussianNB(var_smoothing=1e-2))
    yield "pipe_robust", "digits", make_pipeline(RobustScaler(), KNeighborsClassifier(3))
    for norm in ["l1", "l2", "max"]:
        yield "pipe_normalizer_" + norm, "digits", make_pipeline(Normalizer(norm), clone(logistic))
    yield "pipe_binarizer", "unit", make_pipeline(Binarizer(threshold=0.3), BernoulliNB())
    yield "pipe_pca", "large", make_pipeline(PCA(15, random_state=1), SVC())
    yield "pipe_whiten", "unit", make_pipeline(PCA(0.9, whiten=True), clone(logistic))
    yield "pipe_incremental", "unit", make_pipeline(IncrementalPCA(8), QuadraticDiscriminantAnalysis(reg_param=0.1))
    yield "pipe_svd", "digits", make_pipeline(TruncatedSVD(10, random_state=1), clone(logistic))
    yield "pipe_polynomial", "three", make_pipeline(PolynomialFeatures(2), StandardScaler(), clone(logistic))
    yield "pipe_polynomial3", "three", make_pipeline(
        PolynomialFeatures((2, 3), interaction_only=True, include_bias=False), StandardScaler(), clone(logistic))
    yield "pipe_imputer", "three", make_pipeline(SimpleImputer(), T(max_depth=5, random_state=1))
    yield "pipe_imputer_zero", "digits", make_pipeline(SimpleImputer(missing_values=0), clone(logistic))
    yield "pipe_kbest", "digits", make_pipeline(SelectKBest(k=20), clone(logistic))
    yield "pipe_variance", "digits", make_pipeline(VarianceThreshold(1.0), GaussianNB())
    yield "pipe_lda", "unit", make_pipeline(LinearDiscriminantAnalysis(n_components=5), KNeighborsClassifier(3))
    yield "pipe_passthrough", "three", Pipeline([
        ("a", "passthrough"), ("b", FunctionTransformer()), ("c", None), ("d", LogisticRegression())])
    yield "pipe_nested", "digits", make_pipeline(
        make_pipeline(StandardScaler(with_std=False), PCA(12, random_state=1)),
        make_pipeline(MinMaxScaler(), F(10, random_state=1)))
    yield "pipe_union", "digits", make_pipeline(
        FeatureUnion([("a", PCA(5, random_state=1)), ("b", StandardScaler())], transformer_weights={"a": 0.5}),
        clone(logistic))
    yield "pipe_mlp", "large", make_pipeline(StandardScaler(), MLPClassifier((16,), max_iter=40, random_state=1))
    yield "pipe_boosting", "unit", make_pipeline(StandardScaler(), HistGradientBoostingClassifier(max_iter=5))
    yield "grid", "three", GridSearchCV(
        make_pipeline(StandardScaler(), SVC()), {"svc__C": [0.5, 2]}, cv=2)
    yield "randomized", "digits", RandomizedSearchCV(T(random_state=1), {"max_depth": [3, 6]}, n_iter=2, cv=2)


def case(kind):
    if kind == "sparse":
        x, y, asked = data("digits")
        return csr_matrix(x), y, asked
    if kind == "bits":
        x, y, asked = data("unit")
        return (x > 0.4) * 1.0, y, (asked > 0.4) * 1.0
    if kind == "far":  # a mean that is large against the deviation
        x, y, asked = data("three")
        return [(part + 300).astype("float32").astype("float64") for part in (x, asked)][0], y, \
            (asked + 300).astype("float32").astype("float64")
    if kind == "thresholds":
        x, y, asked = data("three")
        return x, y, None
    return data(kind)


def inputs_on_thresholds(model, x):
    """Inputs whose values are the thresholds of a tree as 32-bit floats, and the floats beside them."""
    tree = model.tree_
    reached = model.decision_path(x).toarray()
    rows = []
    for node in np.flatnonzero(tree.children_left >= 0):
        near = np.float32(tree.threshold[node])
        for sample in np.flatnonzero(reached[:, node])[:2]:
            for value in [near, np.nextafter(near, np.float32(np.inf)), np.nextafter(near, np.float32(-np.inf))]:
                row = x[sample].copy()
                row[tree.feature[node]] = value
                rows.append(row)
    return np.array(rows)


def name_of(label):
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


def without_ties(model, asked):
    """Inputs whose neighbours are certain: which of several equally far samples counts is chance in scikit-learn."""
    distances = np.sort(((asked[:, None] - model._fit_X[None]) ** 2).sum(axis=2), axis=1)
    return asked[distances[:, model.n_neighbors - 1] < distances[:, model.n_neighbors]]


def main():
    expected = {"version": sklearn.__version__, "models": {}}
    only = sys.argv[2:]
    for number, (name, kind, model) in enumerate(models()):
        if only and name not in only:
            continue
        x, y, asked = case(kind)
        model.fit(x, y)
        if name == "sparsified":
            model.sparsify()
        if name == "knn_ties":
            asked = without_ties(model, asked)
        if asked is None:
            asked = inputs_on_thresholds(model, x)
        if hasattr(model, "predict_proba"):
            output, answer = "probabilities", model.predict_proba(asked)
        elif hasattr(model, "decision_function"):
            output, answer = "scores", model.decision_function(asked)
            if answer.ndim == 1:
                answer = np.stack([-answer, answer], 1)
        else:
            output, answer = "scores", None
        classes = list(model.classes_)
        predicted = [classes.index(label) for label in model.predict(asked)]
        if name == "svc_ovo":
            answer = None  # a decision for each pair
        if output == "scores" and answer is not None:
            # A support vector machine predicts the first of the classes with most votes, whatever the scores say.
            rows = np.arange(len(answer))
            answer[rows, predicted] = answer.max(axis=1)
        file = f"{name}.pkl"
        path = os.path.join(FOLDER, file)
        if number % 3 == 0:
            joblib.dump(model, path, compress=[0, ("zlib", 3), ("gzip", 1), ("lzma", 1)][number // 3 % 4])
        else:
            with open(path, "wb") as stream:
                pickle.dump(model, stream, protocol=[2, 3, 4, 5, 0][number % 5])
        expected["models"][file] = {
            "output": output, "inputs": np.asarray(asked, dtype="float64").tolist(),
            "answers": None if answer is None else answer.tolist(),
            "predicted": predicted, "labels": [name_of(label) for label in classes], "data": kind,
        }
    with open(os.path.join(FOLDER, "expected.json"), "w") as stream:
        json.dump(expected, stream)


main()
