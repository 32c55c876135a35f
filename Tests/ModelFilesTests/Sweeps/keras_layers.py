"""Makes small random Keras models that together cover every layer and option, and what Keras answers.

    python keras_layers.py FOLDER      (by KerasSweepTests, with Keras 3 on PyTorch)

Options that PyTorch computes otherwise than JAX and TensorFlow are left out here: means over windows with uneven
padding, layer normalization over axes that are not the last, bicubic resampling.

Writes a file for each model and `expected.json`. Every model has seeds of its own, so that one can be changed alone.
"""
import json
import os
import sys
import zlib

import numpy as np

import keras

L, ops, Model, In = keras.layers, keras.ops, keras.Model, keras.layers.Input
FOLDER = sys.argv[1]
ONLY = sys.argv[2:]
CASES = {}


def case(files=("keras",), tolerance=1e-4, **inputs):
    """Registers a model: the function makes it; inputs by name say how their values are drawn."""
    def register(make):
        CASES[make.__name__] = (make, files, tolerance, inputs)
        return make
    return register


def single(name, layer, shape, files=("keras",), tolerance=1e-4, values=None):
    """Registers a model of one input and one layer, or of several layers side by side."""
    def make():
        i = In(shape, name="x")
        made = layer()
        outputs = [one(i) for one in made] if isinstance(made, list) else made(i)
        return Model(i, outputs)
    CASES[name] = (make, files, tolerance, {"x": values} if values else {})


def whole(limit, zeros=0.0):
    """Whole numbers below a limit, some of them 0."""
    def draw(random, shape):
        numbers = random.integers(1, limit, shape)
        return np.where(random.uniform(size=shape) < zeros, 0, numbers)
    return draw


def gaps(value=0.0, share=0.4):
    """Sequences of which some steps are all one value; the first step never is."""
    def draw(random, shape):
        numbers = np.round(random.uniform(-2, 2, shape), 3)
        hidden = random.uniform(size=shape[:2]) < share
        hidden[:, 0] = False
        numbers[hidden] = value
        return numbers
    return draw


BOTH = ("keras", "h5")

# Convolutions
single("conv1d", lambda: [L.Conv1D(3, 3), L.Conv1D(4, 2, strides=2, padding="same", activation="relu"),
                          L.Conv1D(3, 3, padding="causal", dilation_rate=2), L.Conv1D(4, 3, groups=2, use_bias=False),
                          L.Conv1D(2, 3, padding="causal", strides=2)], (9, 4), BOTH)
single("conv2d", lambda: [L.Conv2D(3, 3), L.Conv2D(4, (2, 3), strides=(2, 1), padding="same"),
                          L.Conv2D(2, 3, dilation_rate=(2, 1)), L.Conv2D(6, 3, groups=3, activation="tanh")], (8, 7, 6))
single("conv3d", lambda: [L.Conv3D(3, 2), L.Conv3D(2, 3, strides=2, padding="same", use_bias=False),
                          L.Conv3D(4, 2, groups=2, padding="same", activation="elu"),
                          L.Conv3D(2, 2, dilation_rate=2)], (5, 6, 4, 2), BOTH)
single("conv1d_transpose", lambda: [L.Conv1DTranspose(3, 3), L.Conv1DTranspose(3, 2, strides=3),
                                    L.Conv1DTranspose(2, 3, strides=2, padding="same"),
                                    L.Conv1DTranspose(2, 4, strides=3, padding="same", use_bias=False),
                                    L.Conv1DTranspose(2, 3, strides=2, padding="same", output_padding=1),
                                    L.Conv1DTranspose(2, 3, strides=3, output_padding=2),
                                    L.Conv1DTranspose(2, 3, dilation_rate=2)], (5, 3), BOTH)
single("conv2d_transpose", lambda: [L.Conv2DTranspose(3, 3), L.Conv2DTranspose(3, (2, 3), strides=(3, 2)),
                                    L.Conv2DTranspose(2, 3, strides=2, padding="same", activation="relu"),
                                    L.Conv2DTranspose(2, 5, strides=2, padding="same"),
                                    L.Conv2DTranspose(2, 2, strides=2, padding="same"),
                                    L.Conv2DTranspose(2, 4, strides=2, padding="same", output_padding=0),
                                    L.Conv2DTranspose(2, 3, strides=2, padding="same", output_padding=(1, 0)),
                                    L.Conv2DTranspose(2, 1, strides=2, padding="same"),
                                    L.Conv2DTranspose(2, 3, dilation_rate=2, padding="same")], (4, 5, 3), BOTH)
single("conv3d_transpose", lambda: [L.Conv3DTranspose(2, 2), L.Conv3DTranspose(2, 3, strides=2, padding="same"),
                                    L.Conv3DTranspose(2, 2, strides=(1, 2, 3), use_bias=False)], (3, 4, 2, 3))
single("depthwise", lambda: [L.DepthwiseConv1D(3), L.DepthwiseConv1D(2, strides=2, padding="same", depth_multiplier=3),
                             L.DepthwiseConv1D(2, dilation_rate=2, use_bias=False, activation="relu")], (8, 3), BOTH)
single("depthwise2d", lambda: [L.DepthwiseConv2D(3, depth_multiplier=2), L.DepthwiseConv2D((2, 3), strides=2, padding="same"),
                               L.DepthwiseConv2D(2, dilation_rate=2)], (7, 6, 3), BOTH)
single("separable", lambda: [L.SeparableConv1D(4, 3), L.SeparableConv1D(3, 2, strides=2, padding="same", depth_multiplier=2),
                             L.SeparableConv1D(2, 3, activation="relu", use_bias=False)], (8, 3), BOTH)
single("separable2d", lambda: [L.SeparableConv2D(4, 3, depth_multiplier=2), L.SeparableConv2D(3, 2, strides=2, padding="same")],
       (7, 6, 3), BOTH)
FIRST = dict(data_format="channels_first")
single("first1d", lambda: [L.Conv1D(3, 2, **FIRST), L.MaxPooling1D(2, **FIRST), L.GlobalAveragePooling1D(**FIRST),
                           L.GlobalMaxPooling1D(keepdims=True, **FIRST), L.UpSampling1D(2), L.Flatten(**FIRST)], (4, 6))
single("first2d", lambda: [L.Conv2D(3, 2, **FIRST), L.Conv2DTranspose(2, 3, strides=2, padding="same", **FIRST),
                           L.AveragePooling2D(2, **FIRST), L.UpSampling2D((2, 3), **FIRST), L.ZeroPadding2D(1, **FIRST),
                           L.Cropping2D(1, **FIRST), L.BatchNormalization(axis=1), L.GroupNormalization(2, axis=1),
                           L.Resizing(7, 5, **FIRST), L.SeparableConv2D(2, 2, **FIRST)], (4, 6, 5))
single("first3d", lambda: [L.Conv3D(3, 2, **FIRST), L.MaxPooling3D(2, **FIRST), L.GlobalAveragePooling3D(**FIRST),
                           L.UpSampling3D(2, **FIRST), L.ZeroPadding3D(1, **FIRST), L.Cropping3D(1, **FIRST)], (2, 4, 3, 4))
# Pooling
single("pool1d", lambda: [L.MaxPooling1D(2), L.MaxPooling1D(3, 2, "same"), L.AveragePooling1D(3, 1, "same"),
                          L.AveragePooling1D(2), L.GlobalMaxPooling1D(), L.GlobalAveragePooling1D(keepdims=True)], (7, 3))
single("pool2d", lambda: [L.MaxPooling2D(3, 2, "same"), L.AveragePooling2D(3, 1, "same"),
                          L.GlobalMaxPooling2D(keepdims=True), L.GlobalAveragePooling2D()], (7, 6, 3))
single("pool3d", lambda: [L.MaxPooling3D(2), L.MaxPooling3D(3, 2, "same"), L.AveragePooling3D((1, 2, 2)),
                          L.AveragePooling3D(3, 1, "same"), L.GlobalMaxPooling3D(), L.GlobalAveragePooling3D(keepdims=True)],
       (5, 6, 4, 2), BOTH)
single("adaptive1d", lambda: [L.AdaptiveAveragePooling1D(3), L.AdaptiveMaxPooling1D(4)], (7, 3))
single("adaptive2d", lambda: [L.AdaptiveAveragePooling2D((3, 2)), L.AdaptiveMaxPooling2D(3), L.AdaptiveAveragePooling2D(1)],
       (7, 5, 3))
single("adaptive3d", lambda: [L.AdaptiveAveragePooling3D(2), L.AdaptiveMaxPooling3D((2, 3, 1))], (5, 4, 3, 2))
# Normalisation
single("layer_norm", lambda: [L.LayerNormalization(), L.LayerNormalization(axis=[2, 3], epsilon=0.1),
                              L.LayerNormalization(center=False), L.LayerNormalization(scale=False),
                              L.LayerNormalization(axis=[3, 1, 2]), L.LayerNormalization(rms_scaling=True)], (3, 4, 5), BOTH)
single("group_norm", lambda: [L.GroupNormalization(2), L.GroupNormalization(-1, scale=False), L.GroupNormalization(1, center=False),
                              L.GroupNormalization(3, axis=2), L.GroupNormalization(2, axis=-3)], (4, 3, 6), BOTH)
single("rms_unit", lambda: [L.RMSNormalization(), L.RMSNormalization(axis=[2, 3], epsilon=0.1), L.UnitNormalization(),
                            L.UnitNormalization(axis=[1, 2])], (3, 4, 5))
single("batch_norm", lambda: [L.BatchNormalization(), L.BatchNormalization(axis=1, epsilon=0.01), L.BatchNormalization(center=False),
                              L.BatchNormalization(scale=False, axis=2)], (3, 4, 5), BOTH)
single("normalization", lambda: [L.Normalization(mean=[1.0, 2, 3], variance=[4.0, 5, 6]), L.Normalization(axis=None, mean=1.0, variance=2.0),
                                 L.Normalization(axis=(1, 2), mean=np.arange(12.0).reshape(4, 3), variance=np.arange(1.0, 13).reshape(4, 3)),
                                 L.Normalization(axis=1, mean=[1.0, 2, 3, 4], variance=[1.0, 4, 9, 16], invert=True),
                                 L.Rescaling(1 / 255, -0.5), L.Rescaling([1.0, 2, 3], [3.0, 2, 1])], (4, 3))


@case(files=BOTH)
def normalization_adapted():
    one, two = L.Normalization(), L.Normalization(axis=1)
    data = np.random.default_rng(3).normal(2, 3, (50, 4, 3)).astype("float32")
    one.adapt(data), two.adapt(data)
    i = In((4, 3), name="x")
    return Model(i, [one(i), two(i)])


@case()
def spectral():
    i = In((6, 5, 3), name="x")
    x = L.SpectralNormalization(L.Conv2D(4, 3, activation="relu"), power_iterations=2, name="sn")(i)
    return Model(i, L.SpectralNormalization(L.Dense(3))(L.Flatten()(x)))


# Shape
single("shapes", lambda: [L.Reshape((-1,)), L.Reshape((2, -1, 3)), L.Permute((2, 1)), L.Flatten(), L.ZeroPadding1D(2),
                          L.ZeroPadding1D((1, 2)), L.Cropping1D((1, 2)), L.Cropping1D(1), L.UpSampling1D(3)], (6, 4))
single("repeat", lambda: [L.RepeatVector(3)], (4,), BOTH)
single("shapes3d", lambda: [L.ZeroPadding3D((1, 0, 2)), L.ZeroPadding3D(((1, 0), (0, 2), (1, 1))), L.Cropping3D(((1, 0), (0, 1), (1, 1))),
                            L.Cropping3D(1), L.UpSampling3D((2, 1, 3)), L.Permute((4, 2, 1, 3))], (3, 4, 3, 2))
single("upsampling", lambda: [L.UpSampling2D(2), L.UpSampling2D((2, 3), interpolation="bilinear")], (3, 4, 2))
single("resizing", lambda: [L.Resizing(9, 4), L.Resizing(3, 8, interpolation="nearest"), L.Resizing(4, 4, antialias=True),
                            L.Resizing(5, 9, crop_to_aspect_ratio=True), L.Resizing(8, 4, pad_to_aspect_ratio=True, fill_value=0.5),
                            L.Resizing(6, 7)], (6, 7, 3))
single("center_crop", lambda: [L.CenterCrop(4, 3), L.CenterCrop(5, 7), L.CenterCrop(9, 4), L.CenterCrop(8, 9)], (6, 7, 3))
single("passing", lambda: [L.RandomFlip(), L.RandomRotation(0.2), L.RandomZoom(0.1), L.RandomContrast(0.1), L.RandomBrightness(0.1),
                           L.RandomTranslation(0.1, 0.1), L.Dropout(0.5), L.SpatialDropout2D(0.2), L.GaussianNoise(0.1),
                           L.GaussianDropout(0.1), L.AlphaDropout(0.1), L.ActivityRegularization(0.1), L.Identity()], (6, 6, 3))

# Activations
NAMES = ["relu", "relu6", "leaky_relu", "sigmoid", "tanh", "elu", "selu", "celu", "softplus", "softsign", "silu", "gelu",
         "hard_sigmoid", "hard_silu", "hard_tanh", "hard_shrink", "soft_shrink", "tanh_shrink", "squareplus", "sparse_plus",
         "sparse_sigmoid", "exponential", "mish", "log_softmax", "log_sigmoid", "softmax", "linear", "glu"]
single("activations", lambda: [L.Activation(n) for n in NAMES] + [L.Dense(4, activation=n) for n in NAMES], (3, 6), BOTH)
single("activation_layers", lambda: [L.ReLU(), L.ReLU(max_value=1.0), L.ReLU(0.9, 0.1, 0.2), L.ReLU(threshold=0.3), L.LeakyReLU(0.1),
                                     L.ELU(0.5), L.Softmax(), L.Softmax(axis=1), L.Softmax(axis=[1, 2]), L.PReLU(),
                                     L.PReLU(shared_axes=[1]), L.PReLU(shared_axes=[1, 2]), L.Dense(3, activation=L.LeakyReLU(0.3)),
                                     L.Conv1D(2, 2, activation=L.ReLU(max_value=0.5))], (3, 6))


# Merging
@case(files=BOTH)
def merging():
    a, b = In((4, 3), name="a"), In((4, 3), name="b")
    row = L.GlobalAveragePooling1D(keepdims=True)(a)
    return Model([a, b], [L.Add()([a, b]), L.Subtract()([a, b]), L.Multiply()([a, b, row]), L.Average()([a, b]), L.Maximum()([a, b]),
                          L.Minimum()([a, b]), L.Concatenate()([a, b]), L.Concatenate(axis=1)([a, b, row]), L.Dot(axes=2)([a, b]),
                          L.Dot(axes=(1, 1))([a, b]), L.Dot(axes=2, normalize=True)([a, b])])


@case()
def dot_vectors():
    a, b, c = In((5,), name="a"), In((5,), name="b"), In((4, 5), name="c")
    return Model([a, b, c], [L.Dot(axes=1)([a, b]), L.Dot(axes=1, normalize=True)([a, b]), L.Dot(axes=(2, 1))([c, a])])


# Recurrence
for kind in ["SimpleRNN", "GRU", "LSTM"]:
    one = getattr(L, kind)
    single(kind.lower(), lambda one=one: [one(4), one(3, return_sequences=True), one(4, go_backwards=True),
                                          one(3, go_backwards=True, return_sequences=True), one(3, use_bias=False), one(3, unroll=True),
                                          one(3, recurrent_dropout=0.2, dropout=0.1)], (5, 3), BOTH)
    single(kind.lower() + "_activations", lambda one=one, kind=kind: [
        one(3, activation="relu", return_sequences=True),
        one(3, activation="softsign", **({} if kind == "SimpleRNN" else {"recurrent_activation": "hard_sigmoid"})),
        one(3, activation="linear", go_backwards=True, return_sequences=True)], (5, 3))
    single(kind.lower() + "_open", lambda one=one: [one(3), one(2, return_sequences=True), one(2, activation="relu")], (None, 3))

    def masked(one=one):
        i = In((6, 3), name="x")
        x = L.Masking(0.5)(i)
        y = one(4, return_sequences=True)(x)
        return Model(i, [y, one(3)(x), one(3, go_backwards=True)(x), one(3)(L.Dropout(0.1)(L.LayerNormalization()(y))),
                         L.Bidirectional(one(2, return_sequences=True))(x), L.Bidirectional(one(2))(x),
                         L.GlobalAveragePooling1D()(y), one(2, return_sequences=True, go_backwards=True)(x)])
    CASES[kind.lower() + "_masked"] = (masked, BOTH, 1e-4, {"x": gaps(0.5)})

    def states(one=one, kind=kind):
        i = In((5, 3), name="x")
        count = 2 if kind == "LSTM" else 1
        given = [In((4,), name=f"s{k}") for k in range(count)]
        first = one(4, return_sequences=True, return_state=True, name="first")(i, initial_state=given if count > 1 else given[0])
        second = one(4, return_state=True, name="second")(first[0], initial_state=list(first[1:]))
        return Model([i] + given, list(first) + list(second))
    CASES[kind.lower() + "_states"] = (states, BOTH, 1e-4, {})
    single(kind.lower() + "_bidirectional", lambda one=one: [
        L.Bidirectional(one(3)), L.Bidirectional(one(3, return_sequences=True)), L.Bidirectional(one(2), merge_mode="sum"),
        L.Bidirectional(one(2, return_sequences=True), merge_mode="mul"), L.Bidirectional(one(2), merge_mode="ave")], (5, 3), BOTH)

single("gru_reset_before", lambda: [L.GRU(4, reset_after=False), L.GRU(3, reset_after=False, activation="relu"),
                                    L.GRU(3, reset_after=False, use_bias=False, return_sequences=True)], (5, 3), BOTH)


@case(files=BOTH)
def bidirectional_more():
    i = In((5, 3), name="x")
    a, b = L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode=None)(i)
    c = L.Bidirectional(L.LSTM(3, return_state=True))(i)
    d = L.Bidirectional(L.GRU(4), backward_layer=L.GRU(4, go_backwards=True, activation="relu"))(i)
    return Model(i, [a, b, *c, d])


@case(files=BOTH)
def cells():
    i = In((5, 3), name="x")
    stack = L.RNN(L.StackedRNNCells([L.GRUCell(3), L.LSTMCell(2), L.SimpleRNNCell(4)]), return_sequences=True)(i)
    return Model(i, [stack, L.RNN(L.LSTMCell(3))(i), L.RNN([L.LSTMCell(3), L.LSTMCell(2)], go_backwards=True)(i),
                     L.Bidirectional(L.RNN(L.GRUCell(2), return_sequences=True))(i), L.RNN(L.SimpleRNNCell(2, activation="relu"))(i)])


@case(x=gaps())
def cells_masked():
    i = In((5, 3), name="x")
    x = L.Masking()(i)
    return Model(i, [L.RNN([L.GRUCell(3), L.LSTMCell(2)], return_sequences=True)(x),
                     L.LSTM(3, return_sequences=True, zero_output_for_mask=True)(x)])


@case(files=BOTH, x=whole(12, 0.3))
def text():
    i = In((7,), name="x")
    x = L.Embedding(12, 4, mask_zero=True)(i)
    y = L.Bidirectional(L.LSTM(3, return_sequences=True))(L.SpatialDropout1D(0.1)(x))
    return Model(i, [L.Dense(2, activation="softmax")(L.GRU(3)(y)), L.GlobalAveragePooling1D()(y),
                     L.Embedding(12, 3)(i), L.Add()([y, y]), L.LSTM(2)(L.Concatenate()([y, x])),
                     L.LSTM(2)(L.Concatenate(axis=1)([x, x])), L.TimeDistributed(L.Dense(2))(y)])


@case(files=BOTH, x=whole(12, 0.3))
def text_open():
    i = In((None,), name="x", dtype="int32")
    x = L.Embedding(12, 4, mask_zero=True)(i)
    return Model(i, [L.LSTM(3)(x), L.GRU(3, return_sequences=True)(x), L.Conv1D(3, 3, padding="same")(x)])


@case()
def conv_lstm():
    i, j = In((4, 7, 3), name="a"), In((3, 5, 6, 2), name="b")
    return Model([i, j], [L.ConvLSTM1D(3, 3)(i), L.ConvLSTM1D(2, 2, strides=2, padding="same", return_sequences=True, go_backwards=True)(i),
                          L.ConvLSTM2D(2, 3, padding="same", return_sequences=True)(j), L.ConvLSTM2D(3, 2, activation="relu", use_bias=False)(j),
                          *L.ConvLSTM2D(2, 3, padding="same", return_state=True)(j)])


@case()
def conv_lstm_3d():
    i = In((2, 3, 4, 3, 2), name="x")
    return Model(i, [L.ConvLSTM3D(2, 2)(i), L.Bidirectional(L.ConvLSTM3D(1, 2, padding="same"))(i)])


@case(files=BOTH)
def time_distributed():
    i = In((4, 6, 6, 2), name="x")
    cnn = keras.Sequential([L.Input((6, 6, 2)), L.Conv2D(3, 3, activation="relu"), L.BatchNormalization(), L.MaxPooling2D(), L.Flatten(),
                            L.Dense(4)], name="cnn")
    x = L.TimeDistributed(cnn)(i)
    j = In((6, 6, 2))
    graph = Model(j, L.Add()([L.Conv2D(2, 1)(j), j]), name="graph")
    y = L.TimeDistributed(graph, name="td_graph")(i)
    return Model(i, [L.LSTM(3)(x), L.TimeDistributed(L.GlobalAveragePooling2D())(y), L.TimeDistributed(L.Conv2D(2, 3, strides=2))(i),
                     L.TimeDistributed(L.TimeDistributed(L.Dense(2)))(i)])


# Attention
@case(files=BOTH)
def attention_heads():
    a, b = In((5, 6), name="a"), In((4, 3), name="b")
    M = L.MultiHeadAttention
    scored = M(2, 3)(a, b, return_attention_scores=True)
    return Model([a, b], [M(2, 4)(a, a), M(2, 3, value_dim=5, output_shape=7)(a, b), M(3, 2, use_bias=False)(a, value=b, key=b),
                          M(2, 3)(a, a, use_causal_mask=True), *scored, M(1, 2, output_shape=(2, 3))(a, b),
                          M(2, 3, dropout=0.1)(query=a, value=b)])


@case()
def attention_axes():
    a = In((3, 4, 6), name="a")
    M = L.MultiHeadAttention
    return Model(a, [M(2, 3, attention_axes=2)(a, a), M(2, 3, attention_axes=1)(a, a), M(2, 3, attention_axes=(1, 2))(a, a), M(2, 3)(a, a),
                     M(2, 3, attention_axes=(-2,))(a, a)])


@case(m=lambda random, shape: np.where(np.arange(shape[-1]) == 0, 1, random.integers(0, 2, shape)))
def attention_masks():
    a, m = In((5, 6), name="a"), In((5, 5), name="m")
    M = L.MultiHeadAttention
    return Model([a, m], [M(2, 4)(a, a, attention_mask=m), M(2, 4, dropout=0.1)(a, a, attention_mask=m, use_causal_mask=True),
                          M(2, 4, sliding_window=2)(a, a), M(2, 4, use_gate=True)(a, a)])


@case(files=BOTH, x=whole(9, 0.3))
def transformer():
    i = In((6,), name="x")
    x = L.Embedding(9, 8, mask_zero=True)(i)
    for _ in range(2):
        y = L.MultiHeadAttention(2, 4)(x, x)
        x = L.LayerNormalization(epsilon=1e-6)(L.Add()([x, y]))
        y = L.Dense(8)(L.Dense(16, activation="gelu")(x))
        x = L.LayerNormalization()(L.Add()([x, L.Dropout(0.1)(y)]))
    return Model(i, L.Dense(3, activation="softmax")(L.GlobalAveragePooling1D()(x)))


@case()
def grouped_attention():
    a, b = In((5, 8), name="a"), In((4, 8), name="b")
    G = L.GroupQueryAttention
    return Model([a, b], [G(4, 4, 2)(a, a), G(3, 4, 1, use_bias=False)(a, b), G(4, 2, 2)(a, b, use_causal_mask=True)])


@case(files=BOTH)
def attention_plain():
    q, v, k = In((4, 3), name="q"), In((5, 3), name="v"), In((5, 3), name="k")
    scored = L.Attention()([q, v], return_attention_scores=True)
    return Model([q, v, k], [L.Attention()([q, v]), L.Attention(use_scale=True)([q, v, k]), L.Attention(score_mode="concat")([q, v, k]),
                             L.Attention(use_scale=True, score_mode="concat")([q, v]), L.AdditiveAttention()([q, v, k]),
                             L.AdditiveAttention(use_scale=False)([q, v]), L.Attention()([q, q], use_causal_mask=True), *scored])


@case(x=whole(9, 0.3), y=whole(9, 0.3))
def attention_plain_masked():
    i, j = In((6,), name="x"), In((5,), name="y")
    x, y = L.Embedding(9, 4, mask_zero=True)(i), L.Embedding(9, 4, mask_zero=True)(j)
    z = L.Attention()([x, y])
    return Model([i, j], [z, L.AdditiveAttention()([x, y]), L.GlobalAveragePooling1D()(z), L.Attention()([x, x], use_causal_mask=True)])


single("einsum_dense", lambda: [L.EinsumDense("abc,cd->abd", (None, 5), bias_axes="d"), L.EinsumDense("...x,xy->...y", (4, 3), activation="relu"),
                                L.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de"), L.EinsumDense("abc,bd->adc", (5, 6), activation="tanh"),
                                L.EinsumDense("...x,xy->...y", (4, 3), bias_axes="y")], (4, 6), BOTH)


# Operations between layers
@case(files=BOTH)
def operations():
    a, b = In((4, 6), name="a"), In((4, 6), name="b")
    c = L.Conv2D(3, 2)(L.Reshape((4, 6, 1))(a))
    return Model([a, b], [a + b, a * 0.5 - 1.0, 2.0 / (ops.abs(b) + 1.0), a - b, ops.relu(a), ops.sigmoid(a) * ops.tanh(b), ops.gelu(a),
                          ops.gelu(a, approximate=False), ops.maximum(a, 0.0), ops.minimum(a, b), ops.exp(a), ops.square(a), ops.sqrt(ops.abs(a)),
                          ops.mean(a, axis=-1), ops.sum(a, axis=1, keepdims=True), ops.max(a, axis=(1, 2)), ops.softmax(a, axis=1),
                          ops.log_softmax(a), ops.clip(a, -0.5, 0.5), ops.power(ops.abs(a), 1.5), ops.negative(a), ops.silu(b), c + 1.0, c * c,
                          ops.mean(c, axis=(1, 2)), ops.concatenate([c, c], axis=-1), ops.leaky_relu(a, 0.1), -a, ops.where(a > 0, a, b),
                          ops.std(a, axis=-1, keepdims=True), ops.var(a, axis=1)])


@case()
def operations_shapes():
    a, b = In((4, 6), name="a"), In((6, 3), name="b")
    return Model([a, b], [ops.matmul(a, b), ops.reshape(a, (-1, 2, 12)), ops.transpose(a, (0, 2, 1)), ops.expand_dims(a, 1), ops.expand_dims(a, -1),
                          ops.squeeze(ops.expand_dims(a, 2), 2), ops.stack([a, a], axis=1), *ops.split(a, 2, axis=1), *ops.split(a, [1, 4], axis=2),
                          a[:, 1:3], a[:, 0], a[:, :, ::2], a[..., -1], a[:, -2:, 1], a[:, None], ops.flip(a, axis=1), ops.repeat(a, 2, axis=1),
                          ops.tile(a, (1, 2, 1)), ops.pad(a, ((0, 0), (1, 2), (0, 1))), ops.einsum("bij,bjk->bik", a, b), ops.swapaxes(a, 1, 2),
                          ops.moveaxis(a, 2, 1), ops.concatenate([a, a[:, :2]], axis=1), ops.cast(ops.argmax(a, axis=-1), "float32")])


@case(files=BOTH)
def residual():
    i = In((8, 8, 3), name="x")
    x = L.Conv2D(8, 3, padding="same", activation="relu")(i / 127.5 - 1.0)
    for stride in [1, 2]:
        y = L.BatchNormalization()(L.Conv2D(8, 3, strides=stride, padding="same")(x))
        short = x if stride == 1 else L.Conv2D(8, 1, strides=stride)(x)
        x = ops.relu(y + short)
    squeeze = L.Dense(8, activation="sigmoid")(L.GlobalAveragePooling2D(keepdims=True)(x))
    return Model(i, L.Dense(4, activation="softmax")(L.Flatten()(x * squeeze)))


# Whole networks: shared, nested, several inputs and outputs, 16 bits
@case(files=BOTH)
def nested():
    i = In((8,), name="x")
    inner = keras.Sequential([L.Input((8,)), L.Dense(6, activation="relu"), L.Dense(8)], name="inner")
    j = In((8,))
    middle = Model(j, [inner(j), L.Dense(4)(inner(inner(j)))], name="middle")
    a, b = middle(i)
    c, d = middle(a)
    shared = L.Dense(3)
    return Model(i, {"one": shared(b) + shared(d), "two": c})


@case(files=BOTH)
def siamese():
    a, b = In((6, 4), name="a"), In((6, 4), name="b")
    tower = keras.Sequential([L.Input((6, 4)), L.Bidirectional(L.LSTM(3, return_sequences=True)), L.GRU(4), L.Dense(3)], name="tower")
    x, y = tower(a), tower(b)
    return Model([a, b], L.Dense(1, activation="sigmoid")(ops.abs(x - y)))


def policy(name, tolerance):
    def make():
        keras.config.set_dtype_policy(name)
        try:
            i = In((8, 8, 3), name="x")
            x = L.BatchNormalization()(L.Conv2D(4, 3, activation="relu")(i))
            x = L.Dense(6)(L.GlobalAveragePooling2D()(x))
            return Model(i, L.Activation("softmax", dtype="float32")(x))
        finally:
            keras.config.set_dtype_policy("float32")
    CASES[name] = (make, BOTH, tolerance, {})


policy("mixed_float16", 4e-3)
policy("mixed_bfloat16", 2e-2)
policy("float16", 4e-3)
policy("float64", 1e-4)


@case()
def seq2seq():
    i, j = In((5, 3), name="x"), In((4, 2), name="y")
    _, h, c = L.LSTM(4, return_state=True)(i)
    y = L.LSTM(4, return_sequences=True)(j, initial_state=[h, c])
    return Model([i, j], L.TimeDistributed(L.Dense(3, activation="softmax"))(y))


@case()
def vision_transformer():
    i = In((8, 8, 3), name="x")
    x = L.Reshape((-1, 6))(L.Conv2D(6, 2, strides=2)(i))
    y = L.LayerNormalization()(x)
    x = x + L.MultiHeadAttention(2, 3)(y, y)
    y = L.LayerNormalization()(x)
    x = x + L.Dense(6)(L.Dense(12, activation="gelu")(y))
    return Model(i, L.Dense(3)(ops.mean(x, axis=1)))


# Stacks of random layers: what each does alone does not show how they hand their values on.
def stack(seed):
    def make():
        random = np.random.default_rng(seed)
        pick = lambda *options: options[random.integers(len(options))]
        i = In((10, 9, 4), name="x")
        x = i
        for _ in range(random.integers(4, 8)):
            kind = random.integers(14)
            height, width, channels = x.shape[1:]
            small = min(height, width) < 4
            pad = "same" if small else pick("same", "valid")
            act = pick(None, "relu", "elu", "tanh", "swish")
            if kind == 0: x = L.Conv2D(int(random.integers(2, 6)), pick(1, 2, 3), padding=pad, activation=act)(x)
            elif kind == 1: x = L.DepthwiseConv2D(pick(2, 3), padding=pad, depth_multiplier=pick(1, 2))(x)
            elif kind == 2: x = L.SeparableConv2D(int(random.integers(2, 6)), pick(2, 3), padding=pad, activation=act)(x)
            elif kind == 3: x = L.BatchNormalization(axis=pick(-1, 1, 2))(x)
            elif kind == 4: x = L.LayerNormalization(axis=pick(-1, [2, 3], [1, 2, 3]))(x)
            elif kind == 5 and not small: x = pick(L.MaxPooling2D, L.AveragePooling2D)(2, padding=pad)(x)
            elif kind == 6: x = L.Conv2DTranspose(int(random.integers(2, 5)), pick(2, 3), strides=pick(1, 2) if height < 12 else 1, padding=pad)(x)
            elif kind == 7: x = L.ZeroPadding2D(((0, 1), (2, 0)))(x)
            elif kind == 8: x = L.PReLU(shared_axes=pick([1, 2], None, [3]))(x)
            elif kind == 9: x = L.Concatenate()([x, L.Conv2D(2, 1)(x)])
            elif kind == 10: x = pick(L.Add, L.Multiply, L.Maximum)()([x, L.Dense(channels)(x)])
            elif kind == 11: x = L.Permute(pick((2, 1, 3), (3, 1, 2), (1, 3, 2)))(x)
            elif kind == 12: x = L.Softmax(axis=pick(-1, 1, [1, 2]))(x)
            elif kind == 13: x = L.GroupNormalization(1)(x)
        return Model(i, [x, L.Dense(3)(pick(L.Flatten, L.GlobalAveragePooling2D, L.GlobalMaxPooling2D)()(x))])
    return make


for seed in range(40):
    CASES[f"stack_{seed}"] = (stack(seed), ("keras", "h5") if seed % 4 == 0 else ("keras",), 1e-4, {})


def sequence(seed):
    def make():
        random = np.random.default_rng(1000 + seed)
        pick = lambda *options: options[random.integers(len(options))]
        i = In((7, 4), name="x")
        x = L.Masking()(i) if seed % 2 else i
        for _ in range(random.integers(2, 5)):
            kind = random.integers(8)
            units = int(random.integers(2, 6))
            if kind == 0: x = L.LSTM(units, return_sequences=True, go_backwards=bool(random.integers(2)) and not seed % 2)(x)
            elif kind == 1: x = L.GRU(units, return_sequences=True, reset_after=bool(random.integers(2)))(x)
            elif kind == 2: x = L.Bidirectional(pick(L.LSTM, L.GRU, L.SimpleRNN)(units, return_sequences=True), merge_mode=pick("concat", "sum", "ave"))(x)
            elif kind == 3: x = L.Dense(units, activation=pick(None, "relu"))(x)
            elif kind == 4: x = L.LayerNormalization()(x)
            elif kind == 5: x = L.Add()([x, L.Dense(x.shape[-1])(x)])
            elif kind == 6: x = L.TimeDistributed(L.Dense(units, activation="tanh"))(x)
            elif kind == 7: x = L.SimpleRNN(units, return_sequences=True, activation=pick("tanh", "relu"))(x)
        return Model(i, [x, pick(L.LSTM(3), L.GRU(3), L.GlobalAveragePooling1D(), L.Bidirectional(L.GRU(2)))(x)])
    return make


for seed in range(20):
    CASES[f"sequence_{seed}"] = (sequence(seed), ("keras", "h5") if seed % 5 == 0 else ("keras",), 1e-4, {"x": gaps()})


def randomize(model, random):
    for weight in model.weights:
        name, shape = weight.path.split("/")[-1], tuple(weight.shape)
        if name == "moving_variance":
            value = random.uniform(0.5, 1.5, shape)
        elif name in ["count", "mean", "variance"] or "seed" in name:
            continue
        else:
            fan = max(1, int(np.prod(shape[:-1]))) if len(shape) > 1 else 1
            value = random.uniform(-1.5, 1.5, shape) / np.sqrt(fan)
        weight.assign(value.astype("float32"))


def run(name, make, files, tolerance, draws):
    seed = zlib.crc32(name.encode())
    random = np.random.default_rng(seed)
    keras.utils.set_random_seed(seed & 0xFFFF)
    keras.backend.clear_session()
    model = make()
    randomize(model, random)
    inputs = {}
    for tensor in model.inputs:
        key = tensor._keras_history.operation.name
        shape = [2] + [length or 6 for length in tensor.shape[1:]]
        draw = draws.get(key, lambda random, shape: np.round(random.uniform(-2, 2, shape), 3))
        inputs[key] = np.asarray(draw(random, shape), "float32")
    values = list(inputs.values())
    outputs = model(values if len(values) > 1 else values[0], training=False)
    outputs = list(outputs.values()) if isinstance(outputs, dict) else outputs if isinstance(outputs, (list, tuple)) else [outputs]
    tensor = lambda a: {"shape": list(a.shape), "values": [float(f"{v:.8g}") for v in a.astype("float64").reshape(-1).tolist()]}
    for file in files:
        model.save(os.path.join(FOLDER, f"{name}.{file}"))
    return {"files": [f"{name}.{file}" for file in files], "tolerance": tolerance, "parameters": None if name == "spectral" else int(model.count_params()),
            "inputs": {k: tensor(v) for k, v in inputs.items()},
            "outputs": [tensor(keras.ops.convert_to_numpy(keras.ops.cast(o, "float32"))) for o in outputs]}


expected = {}
for name, (make, files, tolerance, draws) in CASES.items():
    if ONLY and name not in ONLY:
        continue
    try:
        expected[name] = run(name, make, files, tolerance, draws)
    except Exception as error:
        raise RuntimeError(f"model {name} cannot be made") from error
with open(os.path.join(FOLDER, "expected.json"), "w") as file:
    json.dump(expected, file)
