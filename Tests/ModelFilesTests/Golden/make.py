"""Makes the golden models: small networks with random weights, an input for each, and what Keras answers.

    python -m venv k3  && k3/bin/pip  install keras==3.15.1 jax==0.10.2
    python -m venv tf2 && tf2/bin/pip install tensorflow-cpu==2.15.1
    k3/bin/python  Tests/ModelFilesTests/Golden/make.py keras3
    tf2/bin/python Tests/ModelFilesTests/Golden/make.py keras2
    python -m venv tf12 && tf12/bin/pip install tensorflow-cpu==2.12.1 "numpy<1.24"
    tf12/bin/python Tests/ModelFilesTests/Golden/make.py keras212

Keras 3 runs on JAX, which can compute pictures with channels first; TensorFlow on a processor cannot.

Names of models after the version make only these anew; those of `LATER` were made with TensorFlow (KERAS_BACKEND=tensorflow).
"""
import json
import os
import sys
import zipfile

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py
import keras
import numpy as np

L = keras.layers
TAG = sys.argv[1]
IS3 = TAG == "keras3"
HERE = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(7)


def randomize(model):
    for weight in model.weights:
        name = (weight.path if IS3 else weight.name).split("/")[-1]
        shape = tuple(weight.shape)
        if "moving_variance" in name:
            value = random.uniform(0.5, 1.5, shape)
        elif name in ["count:0", "mean:0", "variance:0", "count", "mean", "variance"] or "seed" in name:
            continue
        else:
            fan = max(1, int(np.prod(shape[:-1]))) if "kernel" in name else 1
            value = random.uniform(-1.5, 1.5, shape) / np.sqrt(fan)
        weight.assign(value.astype("float32"))


def sequential():
    return keras.Sequential([
        L.Input((12, 12, 3), name="pixels"), L.RandomFlip(), L.RandomRotation(0.1), L.Rescaling(1 / 127.5, -1),
        L.Conv2D(4, 3, strides=2, padding="same", activation="relu"), L.BatchNormalization(), L.SpatialDropout2D(0.1),
        L.DepthwiseConv2D(3, depth_multiplier=2, padding="same", activation="elu"), L.GaussianNoise(0.1),
        L.SeparableConv2D(5, 3, activation="tanh"), L.MaxPooling2D(), L.Dropout(0.5), L.Flatten(),
        L.Dense(6, activation="selu"), L.ActivityRegularization(0.1), L.Dense(4, activation="softmax")], name="digits")


def convolutions():
    i = L.Input((9, 7, 4))
    branches = [
        L.Conv2D(2, 3)(i), L.Conv2D(2, (3, 2), padding="same")(i), L.Conv2D(2, (2, 4), strides=2, padding="same")(i),
        L.Conv2D(3, 3, dilation_rate=2, padding="same", use_bias=False)(i), L.Conv2D(4, 3, groups=2)(i),
        L.Conv2D(2, 3, strides=(3, 2), activation="sigmoid")(i),
        L.DepthwiseConv2D(3, strides=2, padding="same")(i), L.DepthwiseConv2D(2, depth_multiplier=3, use_bias=False)(i),
        L.SeparableConv2D(3, 3, depth_multiplier=2, padding="same")(i),
        L.SeparableConv2D(2, (2, 3), strides=2, use_bias=False)(i)]
    chain = L.Conv2D(3, 3, padding="same")(L.Activation("relu")(L.Conv2D(4, 1)(i)))
    return keras.Model(i, [L.Concatenate(name="flat")([L.Flatten()(b) for b in branches]), chain])


def channels_first():
    f = dict(data_format="channels_first")
    i = L.Input((3, 8, 10))
    x = L.Conv2D(4, 3, padding="same", strides=2, **f)(i)
    x = L.BatchNormalization(axis=1)(x)
    x = L.DepthwiseConv2D(3, **f)(x)
    x = L.PReLU(shared_axes=[2, 3])(L.ZeroPadding2D(1, **f)(x))
    pooled = [L.MaxPooling2D(2, **f)(x), L.AveragePooling2D(2, padding="same", **f)(x)]
    return keras.Model(i, [L.Flatten(**f)(pooled[0]), pooled[1], L.GlobalMaxPooling2D(**f)(x),
                           L.GlobalAveragePooling2D(keepdims=True, **f)(x), L.Cropping2D(1, **f)(x)])


def pooling():
    i = L.Input((7, 9, 2))
    branches = [
        L.MaxPooling2D()(i), L.MaxPooling2D(3, strides=2, padding="same")(i), L.MaxPooling2D((2, 3), strides=1)(i),
        L.AveragePooling2D(2, padding="same")(i), L.AveragePooling2D(3, strides=1, padding="same")(i),
        L.AveragePooling2D((3, 2))(i), L.GlobalMaxPooling2D(keepdims=True)(i), L.GlobalAveragePooling2D(keepdims=True)(i)]
    return keras.Model(i, [L.Concatenate()([L.Flatten()(b) for b in branches]), L.GlobalMaxPooling2D()(i),
                           L.GlobalAveragePooling2D()(i), branches[4]])


def shapes():
    i = L.Input((4, 6, 3))
    c = L.Conv2D(2, 1)(i)
    flat = [L.ZeroPadding2D()(c), L.ZeroPadding2D((0, 2))(i), L.ZeroPadding2D(((1, 0), (2, 3)))(i), L.Cropping2D(1)(c),
            L.Cropping2D(((0, 1), (2, 0)))(i), L.UpSampling2D()(i), L.UpSampling2D((2, 3), interpolation="bilinear")(c),
            L.Reshape((6, -1))(c), L.Reshape((2, 2, 18))(i), L.Permute((2, 3, 1))(c)]
    return keras.Model(i, L.Concatenate()([L.Flatten()(x) for x in flat]))


NAMES = ["relu", "sigmoid", "tanh", "elu", "selu", "softplus", "softsign", "swish", "gelu", "hard_sigmoid", "linear",
         "exponential", "softmax"]


def activations():
    i = L.Input((3, 4, 5))
    c = L.Conv2D(5, 1)(i)
    names = NAMES + (["leaky_relu", "relu6", "silu", "log_softmax", "mish", "hard_silu", "celu", "hard_tanh",
                      "log_sigmoid"] if IS3 else ["mish"])
    x = [L.Activation(name)(c if k % 2 else i) for k, name in enumerate(names)]
    x += [L.ReLU()(c), L.ReLU(max_value=0.8)(c), L.ReLU(0.9, 0.1)(c), L.ReLU(0.9, 0.1, 0.2)(c), L.ReLU(threshold=0.3)(c),
          L.LeakyReLU()(c), L.LeakyReLU(0.05)(c), L.ELU(0.7)(c), L.PReLU()(c), L.PReLU(shared_axes=[1, 2])(i),
          L.Softmax()(c), L.Softmax(axis=1)(c), L.Softmax(axis=[1, 2])(c),
          L.Dense(5, activation=L.LeakyReLU(0.2))(c), L.Conv2D(5, 1, activation=L.ReLU(max_value=0.5))(i),
          L.Dense(5, activation=L.Softmax())(c), L.Activation(keras.activations.tanh)(c)]
    return keras.Model(i, L.Concatenate()(x))


def merges():
    i, j = L.Input((4, 4, 3), name="left"), L.Input((4, 4, 3), name="right")
    a, b = L.Conv2D(3, 3, padding="same")(i), L.Conv2D(3, 1)(j)
    row = L.GlobalAveragePooling2D(keepdims=True)(a)
    outputs = [L.Add()([a, b, i]), L.Subtract()([a, j]), L.Multiply()([a, b, row]), L.Average()([a, b, j]),
               L.Maximum()([a, b, j]), L.Minimum()([i, j]), L.Concatenate()([a, j]), L.Concatenate(axis=1)([a, b]),
               L.Concatenate(axis=2)([i, b]), L.Add()([row, b])]
    return keras.Model([j, i], [L.Flatten()(o) for o in outputs])


def normalizations():
    i = L.Input((3, 4, 5))
    c = L.Conv2D(5, 1)(i)
    adapted = L.Normalization()
    adapted.adapt(random.normal(2, 3, (20, 3, 4, 5)).astype("float32"))
    x = [L.BatchNormalization()(i), L.BatchNormalization(axis=1)(c), L.BatchNormalization(axis=2, scale=False)(i),
         L.BatchNormalization(center=False, epsilon=0.1)(c), adapted(c), L.Normalization(mean=0.5, variance=4.0)(i),
         L.Normalization(axis=None, mean=0.3, variance=2.0)(c),
         L.Normalization(mean=[1.0, 2, 3, 4, 5], variance=[1.0, 2, 3, 4, 5], invert=True)(c),
         L.Rescaling(2.0)(c), L.Rescaling([1.0, 2, 3, 4, 5], [0.0, 1, 2, 3, 4])(c)]
    dense = L.BatchNormalization()(L.Dense(3)(L.Flatten()(c)))
    return keras.Model(i, [L.Concatenate()(x), dense])


def nested():
    frozen = L.Conv2D(4, 3, name="late")
    frozen.trainable = False
    inner = keras.Sequential([L.Input((8, 8, 3)), L.Conv2D(4, 3), L.BatchNormalization(), L.RandomFlip(), frozen,
                              L.Conv2D(4, 3, padding="same", name="later")], name="inner")
    i = L.Input((8, 8, 3))
    x, y = inner(i), inner(L.Rescaling(0.5)(i))
    x = L.Add()([x, y])
    middle = keras.Model(i, [L.Concatenate()([x, y]), L.GlobalMaxPooling2D()(y)], name="middle")
    base = keras.Model(i, L.Conv2D(2, 3, name="same_name")(i), name="base")
    base.trainable = False
    i, k = L.Input((8, 8, 3), name="first"), L.Input((5,), name="second")
    pictures, vector = middle(i)
    shared = L.Dense(5, name="shared")
    z = L.Add()([shared(L.Dense(5)(vector)), shared(k)])
    o = keras.Sequential([L.Flatten(), L.Dense(3, activation="softmax")], name="head")(base(i))
    return keras.Model({"first": i, "second": k}, [L.GlobalAveragePooling2D(name="mean")(pictures), z, o])


def ranks():
    i = L.Input((6, 4))
    x = L.Conv1D(3, 2, padding="same", strides=2)(i)
    y = L.Reshape((2, 3, 4))(i)
    volume = L.Conv3D(2, 2, padding="same")(L.Reshape((2, 3, 2, 2))(i))
    return keras.Model(i, [L.Dense(3, use_bias=False)(i), L.MaxPooling1D(2, padding="same")(x),
                           L.AveragePooling1D(3, strides=1)(i), L.GlobalAveragePooling1D()(x), L.GlobalMaxPooling1D()(i),
                           L.Dense(2, activation="relu")(y), volume])


def open_size():
    i = L.Input((None, None, 3))
    x = L.Conv2D(4, 3, strides=2, padding="same", activation="relu")(i)
    x = L.MaxPooling2D(2, padding="same")(x)
    return keras.Model(i, L.Dense(2)(L.GlobalAveragePooling2D()(x)))


def recurrent():
    i = L.Input((5, 3))
    x = L.Masking(0.5)(i)
    states = L.LSTM(3, return_state=True)(i)
    outputs = [L.LSTM(3, return_sequences=True)(i), L.GRU(3)(i), L.GRU(3, reset_after=False)(i), L.SimpleRNN(3, go_backwards=True)(i),
               L.LSTM(3, recurrent_activation="hard_sigmoid")(x), L.GRU(2, return_sequences=True)(x),
               L.Bidirectional(L.LSTM(2, return_sequences=True))(x), L.Bidirectional(L.GRU(2), merge_mode="sum")(i),
               L.RNN([L.GRUCell(2), L.LSTMCell(2)])(i), L.TimeDistributed(L.Dense(2))(i), L.RepeatVector(3)(states[0]),
               L.GRU(3)(i, initial_state=states[1]), *states]
    return keras.Model(i, outputs)


def attention():
    i, j = L.Input((6,), name="words"), L.Input((4, 6), name="other")
    x = L.Embedding(9, 6, mask_zero=True)(i)
    y = L.MultiHeadAttention(2, 3)(x, x)
    z = L.LayerNormalization()(L.Add()([x, y]))
    # Keras 3 takes the mask off what a MultiHeadAttention has read, if it is read again.
    w = L.Embedding(9, 6, mask_zero=True)(i)
    cross = L.MultiHeadAttention(2, 2, value_dim=3)(j, L.Dense(6)(j), use_causal_mask=True)
    return keras.Model([i, j], [L.GlobalAveragePooling1D()(z), cross, L.Attention()([w, j]), L.AdditiveAttention()([j, j]),
                                L.Attention(use_scale=True)([j, w]), L.EinsumDense("abc,cd->abd", (None, 5), bias_axes="d")(j),
                                L.Dot(axes=2)([j, j]), L.LSTM(2)(w)])


def spatial():
    i = L.Input((6, 5, 4))
    line, volume = L.Reshape((6, 20))(i), L.Reshape((3, 4, 5, 2))(i)
    outputs = [L.Conv2DTranspose(2, 3, strides=2, padding="same")(i), L.Conv2DTranspose(2, 2, strides=3)(i),
               L.Conv2DTranspose(2, 4, strides=2, padding="same")(i), L.Conv2DTranspose(2, 3, strides=2, output_padding=1, padding="same")(i),
               L.Conv1DTranspose(2, 3, strides=2)(line), L.Conv3DTranspose(2, 2, strides=2)(volume), L.DepthwiseConv1D(3)(line),
               L.SeparableConv1D(3, 2)(line), L.Conv1D(2, 3, padding="causal")(line), L.MaxPooling3D(2)(volume),
               L.AveragePooling3D(2, padding="same")(volume), L.GlobalAveragePooling3D()(volume), L.ZeroPadding1D((1, 2))(line),
               L.Cropping1D((1, 2))(line), L.UpSampling1D(2)(line), L.ZeroPadding3D(1)(volume), L.Cropping3D(((1, 0), (0, 1), (1, 1)))(volume),
               L.UpSampling3D(2)(volume), L.LayerNormalization(axis=[1, 2])(i), L.LayerNormalization(axis=1)(i),
               L.GroupNormalization(2)(i), L.UnitNormalization()(i), L.Resizing(7, 3)(i), L.Resizing(9, 8, interpolation="bicubic")(i),
               L.Resizing(3, 8, interpolation="nearest")(i), L.CenterCrop(4, 3)(i), L.CenterCrop(8, 4)(i),
               L.Resizing(4, 4, crop_to_aspect_ratio=True)(i), L.AveragePooling2D((2, 3), 2, padding="same")(i)]
    # Sums keep the file small; elsewhere each is compared as it is.
    return keras.Model(i, [L.GlobalMaxPooling1D()(L.Reshape((-1, 1))(L.Flatten()(o))) for o in outputs] + outputs[:4] + outputs[20:])


def functions():
    """What TensorFlow 2's functions between layers become, as in keras.applications and hand-written networks."""
    import tensorflow as tf
    i = L.Input((6, 6, 3))
    x = tf.math.truediv(i, 127.5)
    x = tf.math.subtract(x, 1.0)
    y = L.Conv2D(4, 3, padding="same")(x * 2.0)
    z = tf.nn.relu(y + L.Conv2D(4, 1)(x))
    z = z * tf.nn.sigmoid(L.Dense(4)(tf.reduce_mean(z, axis=[1, 2], keepdims=True)))
    return keras.Model(i, [z, tf.nn.relu6(y), tf.concat([y, z], axis=-1), y[:, 1:4, ::2], z[:, 0, :, -1], tf.reshape(z, (-1, 144)),
                           tf.transpose(z, [0, 3, 1, 2]), 1.0 - y, tf.nn.softmax(y), tf.expand_dims(z, 1), tf.clip_by_value(y, -0.2, 0.3),
                           tf.math.maximum(y, z), tf.square(z)])


def half():
    keras.mixed_precision.set_global_policy("mixed_float16")
    model = keras.Sequential([L.Input((6, 6, 1)), L.Conv2D(3, 3, activation="relu"), L.Flatten(),
                              L.Dense(3, dtype="float32")])
    keras.mixed_precision.set_global_policy("float32")
    return model


def old_file(path):
    """The files of Keras 2.1: layers as a list, no input layer, texts of fixed width, layers as activations."""
    model = keras.Sequential([L.Conv2D(3, 3, activation="relu", input_shape=(8, 8, 2)), L.BatchNormalization(),
                              L.MaxPooling2D(), L.Flatten(), L.Dense(4, activation="hard_sigmoid"),
                              L.Dense(3, activation="softmax")])
    randomize(model)
    model.save(path)
    with h5py.File(path, "r+") as file:
        layers = json.loads(file.attrs["model_config"])["config"]["layers"][1:]
        layers[0]["config"]["batch_input_shape"] = [None, 8, 8, 2]
        layers[1]["config"]["axis"] = [3]
        layers[4]["config"]["activation"] = {"class_name": "LeakyReLU", "config": {
            "name": "leaky", "trainable": True, "alpha": {"type": "ndarray", "value": 0.25}}}
        file.attrs["model_config"] = np.bytes_(json.dumps({"class_name": "Sequential", "config": layers}))
        file.attrs["keras_version"] = np.bytes_("2.1.6")
        group = file["model_weights"]
        names = [name for name in group.attrs["layer_names"]]
        group.attrs["layer_names"] = np.array([n if isinstance(n, bytes) else n.encode() for n in names])
        for name in names:
            weights = [w if isinstance(w, bytes) else w.encode() for w in group[name].attrs["weight_names"]]
            if weights:
                del group[name].attrs["weight_names"]
                group[name].attrs["weight_names0"] = np.array(weights[:1])
                group[name].attrs["weight_names1"] = np.array(weights[1:])
        kernel = group[names[0]][names[0]]
        packed = kernel["kernel:0"][()]
        del kernel["kernel:0"]
        kernel.create_dataset("kernel:0", data=packed, compression="gzip", shuffle=True, fletcher32=True)
        wide = kernel["bias:0"][()]
        del kernel["bias:0"]
        kernel.create_dataset("bias:0", data=wide.astype("float64"))
    model.layers[-2].activation = L.LeakyReLU(0.25)
    return keras.Sequential(model.layers)


def cudnn_file(path):
    """A file of the layers that were for NVIDIA's library alone; the answers are those of the usual layers with its weights."""
    import tensorflow as tf
    old = tf.compat.v1.keras.layers
    i = L.Input((5, 3), name="x")
    model = keras.Model(i, [old.CuDNNLSTM(4, return_sequences=True, name="one")(i), old.CuDNNGRU(4, name="two")(i)])
    randomize(model)
    model.save(path)
    same = keras.Model(i, [L.LSTM(4, return_sequences=True, name="one")(i), L.GRU(4, name="two")(i)])
    same.load_weights(path)
    return same, int(model.count_params())


def deflate(path):
    """Packs the entries, which Keras only stores."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


def cases(model, names):
    inputs = {}
    for tensor, name in zip(model.inputs, names):
        shape = [2] + [length or 7 for length in tensor.shape[1:]]
        inputs[name] = np.round(random.uniform(-2, 2, shape), 2).astype("float32")
        if name == "words":
            inputs[name] = np.array([[3, 1, 0, 8, 0, 0], [2, 0, 5, 5, 7, 1]], "float32")
        elif len(shape) == 3 and shape[1:] == [5, 3]:
            inputs[name][:, 2] = 0.5
    values = [inputs[name] for name in names]
    structure = getattr(model, "_inputs_struct", None) if IS3 else model._nested_inputs
    given = {k: inputs[k] for k in structure} if isinstance(structure, dict) else values if len(values) > 1 else values[0]
    outputs = model.predict(given, verbose=0)
    outputs = outputs if isinstance(outputs, list) else list(outputs.values()) if isinstance(outputs, dict) else [outputs]
    tensor = lambda a: {"shape": list(a.shape), "values": [float(f"{v:.6g}") for v in a.reshape(-1).tolist()]}
    return {"inputs": {k: tensor(v) for k, v in inputs.items()}, "outputs": [tensor(np.asarray(o)) for o in outputs]}


builders = [sequential, convolutions, pooling, shapes, activations, merges, normalizations, nested, ranks, open_size, half]
builders += [channels_first] if IS3 else []
LATER = [recurrent, attention, spatial] + ([] if IS3 else [functions])
builders += LATER
if TAG == "keras212":
    # The first version of the archive names its folders in another way.
    builders = [sequential, convolutions, nested]
result = {}
if sys.argv[2:]:
    builders = [builder for builder in builders if builder.__name__ in sys.argv[2:]]
    with open(os.path.join(HERE, f"{TAG}.json")) as file:
        result = json.load(file)
for builder in builders:
    keras.backend.clear_session()
    model = builder()
    randomize(model)
    names = [t.name.split(":")[0] if not IS3 else t._keras_history.operation.name for t in model.inputs]
    entry = cases(model, names)
    entry["parameters"] = int(model.count_params())
    entry["files"] = [f"{TAG}_{builder.__name__}.keras"]
    model.save(os.path.join(HERE, entry["files"][0]), **({"save_format": "keras_v3"} if TAG == "keras212" else {}))
    if builder is not sequential:
        deflate(os.path.join(HERE, entry["files"][0]))
    if builder in [sequential, merges, normalizations, nested] + LATER[:2] * (not IS3) and TAG != "keras212":
        entry["files"].append(f"{TAG}_{builder.__name__}.h5")
        model.save(os.path.join(HERE, entry["files"][1]))
    result[builder.__name__] = entry
if TAG == "keras2" and not sys.argv[2:]:
    keras.backend.clear_session()
    model = old_file(os.path.join(HERE, f"{TAG}_old.h5"))
    result["old"] = cases(model, ["conv2d_input"]) | {"parameters": int(model.count_params()), "files": ["keras2_old.h5"]}
if TAG == "keras2" and (not sys.argv[2:] or "cudnn" in sys.argv[2:]):
    keras.backend.clear_session()
    model, parameters = cudnn_file(os.path.join(HERE, f"{TAG}_cudnn.h5"))
    result["cudnn"] = cases(model, ["x"]) | {"parameters": parameters, "files": ["keras2_cudnn.h5"]}
with open(os.path.join(HERE, f"{TAG}.json"), "w") as file:
    json.dump(result, file, separators=(",", ":"))
