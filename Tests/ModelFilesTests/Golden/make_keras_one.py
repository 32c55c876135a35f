"""Makes files as Keras 1 wrote them, and small files of weights alone, with what the same networks answer in Keras 3.

    KERAS_BACKEND=torch python Tests/ModelFilesTests/Golden/make_keras_one.py

Keras 1 itself runs on no Python of today: its HDF5 layout and its words (`nb_filter`, `dim_ordering`, `Merge`, one
weight for each gate of a recurrent layer, kernels by channels first) are written here by hand, after its version 1.2.2.
"""
import json
import os

os.environ["KERAS_BACKEND"] = "torch"

import h5py
import keras
import numpy as np

L = keras.layers
HERE = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(11)
result = {}


def randomize(model):
    for layer in model.layers:
        layer.set_weights([
            random.uniform(0.5, 1.5, w.shape).astype("float32") if "variance" in w.path or "gamma" in w.path
            else random.normal(0, 0.5, w.shape).astype("float32") for w in layer.weights])


def entry(name, model, names, files=None, **more):
    inputs = {n: np.round(random.uniform(0, 1, [2] + list(t.shape[1:])), 2).astype("float32")
              for n, t in zip(names, model.inputs)}
    output = np.asarray(model.predict(list(inputs.values()) if len(names) > 1 else inputs[names[0]], verbose=0))
    tensor = lambda a: {"shape": list(a.shape), "values": [float(f"{v:.6g}") for v in a.reshape(-1).tolist()]}
    result[name] = {"inputs": {k: tensor(v) for k, v in inputs.items()}, "outputs": [tensor(output)],
                    "parameters": int(model.count_params()), "files": files or [f"{name}.h5"]} | more


def write(name, kind, config, layers, version="1.2.2", backend=None, names="{}_{}:0"):
    """Layers: name, and the weights with their names in Keras 1."""
    with h5py.File(os.path.join(HERE, f"{name}.h5"), "w") as file:
        if version:
            file.attrs["keras_version"] = version.encode()
        file.attrs["model_config"] = json.dumps({"class_name": kind, "config": config}).encode()
        group = file.create_group("model_weights")
        if backend:
            group.attrs["backend"] = backend.encode()
        group.attrs["layer_names"] = [n.encode() for n, _ in layers]
        for layer, weights in layers:
            inner = group.create_group(layer)
            keys = [names.format(layer, w) for w, _ in weights]
            inner.attrs["weight_names"] = [k.encode() for k in keys]
            for key, (_, value) in zip(keys, weights):
                inner.create_dataset(key, data=value)


def conv(name, count, rows, columns, order, **more):
    return {"class_name": "Convolution2D", "config": {
        "name": name, "trainable": True, "nb_filter": count, "nb_row": rows, "nb_col": columns, "init": "glorot_uniform",
        "activation": "relu", "border_mode": "valid", "subsample": [1, 1], "dim_ordering": order, "bias": True,
        "W_regularizer": None, "b_regularizer": None, "activity_regularizer": None, "W_constraint": None,
        "b_constraint": None} | more}


def plain(kind, name, **config):
    return {"class_name": kind, "config": {"name": name, "trainable": True} | config}


def dense(name, units, inputs, activation, **more):
    return plain("Dense", name, output_dim=units, init="glorot_uniform", activation=activation, bias=True,
                 input_dim=inputs, W_regularizer=None, **more)


def pool(name, order, kind="MaxPooling2D", border="valid"):
    return plain(kind, name, pool_size=[2, 2], strides=[2, 2], border_mode=border, dim_ordering=order)


def norm(name, axis):
    return plain("BatchNormalization", name, epsilon=0.001, mode=0, axis=axis, momentum=0.99, gamma_regularizer=None)


STATISTICS = ["gamma", "beta", "running_mean", "running_std"]


def tensorflow_order():
    model = keras.Sequential([
        L.Input((9, 8, 1)), L.Conv2D(3, (3, 2), strides=(2, 1), activation="relu", padding="same"),
        L.BatchNormalization(), L.MaxPooling2D(2), L.Dropout(0.3), L.Flatten(), L.Dense(5, activation="tanh"),
        L.Dense(3, activation="softmax")])
    randomize(model)
    w = [layer.get_weights() for layer in model.layers]
    config = [conv("convolution2d_1", 3, 3, 2, "tf", batch_input_shape=[None, 9, 8, 1], input_dtype="float32",
                   border_mode="same", subsample=[2, 1]),
              norm("batchnormalization_1", -1), pool("maxpooling2d_1", "tf"), plain("Dropout", "dropout_1", p=0.3),
              plain("Flatten", "flatten_1"), dense("dense_1", 5, 24, "tanh"), dense("dense_2", 3, 5, "softmax")]
    write("keras1_tf", "Sequential", config, [
        ("convolution2d_1", list(zip("Wb", w[0]))), ("batchnormalization_1", list(zip(STATISTICS, w[1]))),
        ("maxpooling2d_1", []), ("dropout_1", []), ("flatten_1", []), ("dense_1", list(zip("Wb", w[5]))),
        ("dense_2", list(zip("Wb", w[6])))])
    entry("keras1_tf", model, ["convolution2d_1_input"])


def theano_order(name, backend):
    first = dict(data_format="channels_first")
    model = keras.Sequential([
        L.Input((2, 7, 6)), L.ZeroPadding2D((1, 2), **first), L.Conv2D(3, (3, 2), activation="relu", **first),
        L.BatchNormalization(axis=1), L.AveragePooling2D(2, padding="valid", **first),
        L.Conv2D(4, 2, activation="relu", **first), L.Flatten(), L.Dense(3, activation="softmax")])
    randomize(model)
    w = [layer.get_weights() for layer in model.layers]
    config = [plain("ZeroPadding2D", "zeropadding2d_1", padding=[1, 2], batch_input_shape=[None, 2, 7, 6]),
              conv("convolution2d_1", 3, 3, 2, "th"), norm("batchnormalization_1", 1),
              pool("averagepooling2d_1", "th", "AveragePooling2D"), conv("convolution2d_2", 4, 2, 2, "th"),
              plain("Flatten", "flatten_1"), dense("dense_1", 3, w[6][0].shape[0], "softmax")]

    def kernel(k):
        # Theano turns kernels around before it multiplies: what it has learnt lies the other way round.
        return np.transpose(k[::-1, ::-1] if backend == "theano" else k, (3, 2, 0, 1)).copy()
    write(name, "Sequential", config, [
        ("zeropadding2d_1", []), ("convolution2d_1", [("W", kernel(w[1][0])), ("b", w[1][1])]),
        ("batchnormalization_1", list(zip(STATISTICS, w[2]))), ("averagepooling2d_1", []),
        ("convolution2d_2", [("W", kernel(w[4][0])), ("b", w[4][1])]), ("flatten_1", []),
        ("dense_1", list(zip("Wb", w[6])))], version=None if backend is None else "1.1.0", backend=backend,
        names="param_{1}" if backend is None else "{}_{}")
    entry(name, model, ["zeropadding2d_1_input"])


def merges():
    i, j = L.Input((6,)), L.Input((6,))
    a, b = L.Dense(4, activation="relu")(i), L.Dense(4, activation="sigmoid")(j)
    parts = [L.Add()([a, b]), L.Multiply()([a, b]), L.Average()([a, b]), L.Maximum()([a, b])]
    joined = L.Concatenate()(parts)
    model = keras.Model([i, j], L.Dense(3, activation="softmax")(joined))
    randomize(model)
    w = {l.name: l.get_weights() for l in model.layers if l.get_weights()}
    names = list(w)

    def node(layer, *inputs):
        return layer | {"name": layer["config"]["name"], "inbound_nodes": [[[n, 0, 0] for n in inputs]] if inputs else []}

    def merge(name, mode, axis=-1):
        return plain("Merge", name, mode=mode, mode_type="raw", concat_axis=axis, dot_axes=-1, output_shape=None,
                     output_shape_type="raw", output_mask=None, output_mask_type="raw", arguments={})
    layers = [node(plain("InputLayer", n, batch_input_shape=[None, 6], input_dtype="float32", sparse=False))
              for n in ["input_1", "input_2"]]
    layers += [node(dense("dense_1", 4, 6, "relu"), "input_1"), node(dense("dense_2", 4, 6, "sigmoid"), "input_2")]
    modes = ["sum", "mul", "ave", "max"]
    layers += [node(merge(f"merge_{m}", m), "dense_1", "dense_2") for m in modes]
    layers += [node(merge("merge_5", "concat"), *[f"merge_{m}" for m in modes]),
               node(dense("dense_3", 3, 16, "softmax"), "merge_5")]
    config = {"name": "model_1", "layers": layers, "input_layers": [["input_1", 0, 0], ["input_2", 0, 0]],
              "output_layers": [["dense_3", 0, 0]]}
    write("keras1_merge", "Model", config, [
        ("dense_1", list(zip("Wb", w[names[0]]))), ("dense_2", list(zip("Wb", w[names[1]]))),
        ("dense_3", list(zip("Wb", w[names[2]])))])
    entry("keras1_merge", model, ["input_1", "input_2"])


def branches():
    """A Sequential model that starts by merging two others."""
    i, j = L.Input((5,)), L.Input((4,))
    a = L.Dense(3, activation="relu")(i)
    b = L.Dense(3, activation="tanh")(j)
    model = keras.Model([i, j], L.Dense(2, activation="softmax")(L.Concatenate()([a, b])))
    randomize(model)
    w = [l.get_weights() for l in model.layers if l.get_weights()]
    branch = lambda n, width, act: {"class_name": "Sequential", "config": [
        dense(n, 3, width, act, batch_input_shape=[None, width])]}
    config = [{"class_name": "Merge", "config": {
        "name": "merge_1", "mode": "concat", "mode_type": "raw", "concat_axis": -1, "dot_axes": -1,
        "layers": [branch("dense_1", 5, "relu"), branch("dense_2", 4, "tanh")]}}, dense("dense_3", 2, 6, "softmax")]
    write("keras1_branches", "Sequential", config, [
        (f"dense_{n + 1}", list(zip("Wb", w[n]))) for n in range(3)])
    entry("keras1_branches", model, ["merge_input_1", "merge_input_2"])


def signals():
    model = keras.Sequential([L.Input((12, 3)), L.Conv1D(4, 3, strides=2, activation="relu"), L.MaxPooling1D(2),
                              L.Flatten(), L.Dense(2)])
    randomize(model)
    w = [layer.get_weights() for layer in model.layers]
    config = [plain("Convolution1D", "convolution1d_1", nb_filter=4, filter_length=3, init="uniform", activation="relu",
                    border_mode="valid", subsample_length=2, bias=True, input_dim=3, input_length=12,
                    batch_input_shape=[None, 12, 3]),
              plain("MaxPooling1D", "maxpooling1d_1", stride=2, pool_length=2, border_mode="valid"),
              plain("Flatten", "flatten_1"), dense("dense_1", 2, 8, "linear")]
    write("keras1_signals", "Sequential", config, [
        ("convolution1d_1", [("W", w[0][0][:, None]), ("b", w[0][1])]), ("maxpooling1d_1", []), ("flatten_1", []),
        ("dense_1", list(zip("Wb", w[3])))])
    entry("keras1_signals", model, ["convolution1d_1_input"])


def recurrent(kind, make, gates, order):
    units = 3
    model = keras.Sequential([L.Input((5, 2)), make(units), L.Dense(2)])
    randomize(model)
    kernel, inner, bias = model.layers[0].get_weights()
    parts = [np.split(x, gates, axis=-1) for x in (kernel, inner, bias)]
    letters = {"LSTM": "ifco", "GRU": "zrh"}[kind]
    weights = [(f"{l}_{letters[g]}", p[g]) for g in order for l, p in zip("WUb", parts)]
    name = kind.lower() + "_1"
    config = [plain(kind, name, output_dim=units, init="glorot_uniform", inner_init="orthogonal", activation="tanh",
                    inner_activation="hard_sigmoid", return_sequences=False, go_backwards=False, stateful=False,
                    unroll=False, consume_less="cpu", dropout_W=0.0, dropout_U=0.0, input_dim=2, input_length=5,
                    batch_input_shape=[None, 5, 2]), dense("dense_1", 2, units, "linear")]
    write(f"keras1_{kind.lower()}", "Sequential", config, [
        (name, weights), ("dense_1", list(zip("Wb", model.layers[1].get_weights())))])
    entry(f"keras1_{kind.lower()}", model, [f"{name}_input"])


def old_hard_sigmoid(x):
    return keras.ops.clip(0.2 * x + 0.5, 0, 1)


def weights_only():
    model = keras.Sequential([L.Input((8, 8, 1), name="pixels"), L.Conv2D(3, 3, activation="relu", name="first"),
                              L.MaxPooling2D(name="half"), L.Flatten(name="flat"), L.Dense(4, name="last")])
    randomize(model)
    model.save_weights(os.path.join(HERE, "weights_three.weights.h5"))
    with h5py.File(os.path.join(HERE, "weights_two.h5"), "w") as file:
        file.attrs["keras_version"] = b"2.2.4"
        file.attrs["backend"] = b"tensorflow"
        names = ["conv2d_7", "max_pooling2d_7", "flatten_7", "dense_7"]
        file.attrs["layer_names"] = [n.encode() for n in names]
        for name, layer in zip(names, model.layers):
            group = file.create_group(name)
            keys = [f"{name}/{w.name}:0" for w in layer.weights]
            group.attrs["weight_names"] = [k.encode() for k in keys]
            for key, value in zip(keys, layer.get_weights()):
                group.create_dataset(key, data=value)
    entry("weights", model, ["pixels"], ["weights_two.h5", "weights_three.weights.h5"],
          architecture=json.loads(model.to_json()))


tensorflow_order()
theano_order("keras1_th", None)
theano_order("keras1_theano", "theano")
merges()
branches()
signals()
recurrent("LSTM", lambda n: L.LSTM(n, recurrent_activation=old_hard_sigmoid), 4, [0, 2, 1, 3])
recurrent("GRU", lambda n: L.GRU(n, recurrent_activation=old_hard_sigmoid, reset_after=False), 3, [0, 1, 2])
weights_only()
with open(os.path.join(HERE, "keras1.json"), "w") as file:
    json.dump(result, file, separators=(",", ":"))
