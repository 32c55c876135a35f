"""Makes the golden TensorFlow Lite, ONNX and OpenVINO models: small networks with random weights, an input for each,
and what their own interpreter answers.

    python -m venv tf2  && tf2/bin/pip install tensorflow-cpu==2.15.1
    tf2/bin/python  Tests/ModelFilesTests/Golden/make_formats.py tflite
    python -m venv onnx && onnx/bin/pip install onnx==1.23.2 onnxruntime==1.31.1 openvino==2026.4.1
    onnx/bin/python Tests/ModelFilesTests/Golden/make_formats.py onnx
    onnx/bin/python Tests/ModelFilesTests/Golden/make_formats.py openvino

The ONNX models of operator sets 7 to 21 are answered by ONNX Runtime, those of newer ones by the reference evaluator
of the `onnx` package.
"""
import json
import os
import sys
import zipfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(11)


def tensor(value):
    value = np.asarray(value)
    return {"shape": list(value.shape), "values": [float(f"{x:.8g}") for x in value.astype("float64").flatten()]}


def write(tag, entries):
    with open(os.path.join(HERE, f"formats_{tag}.json"), "w") as file:
        json.dump(entries, file, separators=(",", ":"))
        file.write("\n")


def path(name):
    return os.path.join(HERE, name)


# TensorFlow Lite

def make_tflite():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    tf.random.set_seed(3)
    layers = tf.keras.layers
    entries = {}

    def network():
        i = layers.Input((12, 12, 3), name="pixels")
        x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu6")(i)
        x = layers.BatchNormalization()(x)
        x = layers.DepthwiseConv2D(3, padding="same", activation="relu")(x)
        y = layers.Conv2D(8, 1)(x)
        x = layers.Add()([x, y])
        x = layers.AveragePooling2D()(x)
        x = layers.Flatten()(x)
        x = layers.Dense(24, activation="tanh")(x)
        return tf.keras.Model(i, layers.Dense(5, activation="softmax")(x))

    def many():
        i = layers.Input((8, 8, 3), name="pixels")
        # Padding between the two keeps the converter from putting the factor into the kernel.
        x = layers.ZeroPadding2D(1)(layers.Rescaling(1 / 255)(i))
        x = layers.Conv2D(4, 5, activation=tf.keras.activations.hard_sigmoid)(x)
        x = layers.ZeroPadding2D(1)(x)
        x = layers.Conv2DTranspose(4, 3, strides=2, padding="same")(x)
        x = layers.PReLU(shared_axes=[1, 2])(x)
        x = layers.UpSampling2D(interpolation="bilinear")(x)
        a = layers.MaxPooling2D()(x)
        x = layers.Concatenate()([a, layers.LeakyReLU()(a), layers.ELU()(a)])
        x = layers.Permute((2, 3, 1))(x)
        x = layers.Lambda(lambda v: tf.nn.gelu(v[:, 1:, ::2]))(x)
        x = layers.GlobalAveragePooling2D()(x)
        return tf.keras.Model(i, layers.Dense(3)(x))

    def randomized(model):
        for weight in model.weights:
            low = 0.5 if "variance" in weight.name else -0.5
            weight.assign(random.uniform(low, 1.5 if low > 0 else 0.5, weight.shape).astype("float32"))
        return model

    def answer(data, value):
        interpreter = tf.lite.Interpreter(model_content=data)
        interpreter.allocate_tensors()
        detail = interpreter.get_input_details()[0]
        interpreter.set_tensor(detail["index"], value.astype(detail["dtype"]))
        interpreter.invoke()
        return detail["name"], interpreter.get_tensor(interpreter.get_output_details()[0]["index"])

    def add(name, data, value, tolerance):
        with open(path(f"{name}.tflite"), "wb") as file:
            file.write(data)
        input_name, output = answer(data, value)
        entries[name] = {"files": [f"{name}.tflite"], "inputs": {input_name: tensor(value)},
                         "outputs": [tensor(output)], "parameters": -1, "tolerance": tolerance}

    model = randomized(network())
    pixels = random.uniform(0, 1, (1, 12, 12, 3)).astype("float32")

    def converter():
        return tf.lite.TFLiteConverter.from_keras_model(model)

    def samples():
        for _ in range(50):
            yield [random.uniform(0, 1, (1, 12, 12, 3)).astype("float32")]

    add("tflite_float", converter().convert(), pixels, 1e-4)
    half = converter()
    half.optimizations = [tf.lite.Optimize.DEFAULT]
    half.target_spec.supported_types = [tf.float16]
    add("tflite_half", half.convert(), pixels, 1e-3)
    dynamic = converter()
    dynamic.optimizations = [tf.lite.Optimize.DEFAULT]
    # The interpreter also quantizes what flows through the network, which the engine does not.
    add("tflite_dynamic", dynamic.convert(), pixels, 2e-2)

    def whole(kind):
        full = converter()
        full.optimizations = [tf.lite.Optimize.DEFAULT]
        full.representative_dataset = samples
        full.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        if kind:
            full.inference_input_type = kind
            full.inference_output_type = kind
        return full.convert()

    levels = np.round(pixels * 255)
    add("tflite_int8", whole(None), pixels, 2e-2)
    add("tflite_uint8_io", whole(tf.uint8), levels, 6e-2)
    add("tflite_int8_io", whole(tf.int8), levels - 128, 6e-2)
    add("tflite_rescaled", tf.lite.TFLiteConverter.from_keras_model(randomized(many())).convert(),
        random.uniform(0, 255, (1, 8, 8, 3)).astype("float32"), 1e-4)
    write("tflite", entries)
    make_tflite_notes(open(path("tflite_float.tflite"), "rb").read())
    flex = tf.lite.TFLiteConverter.from_concrete_functions(
        [tf.function(lambda x: tf.linalg.det(x), input_signature=[tf.TensorSpec([1, 3, 3])]).get_concrete_function()])
    flex.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    with open(path("hostile_flex.tflite"), "wb") as file:
        file.write(flex.convert())
    # A recurrence in one operation keeps its state in the file's variables.
    state = tf.keras.Sequential([tf.keras.layers.Input((3, 4), batch_size=1), tf.keras.layers.LSTM(2)])
    with open(path("hostile_state.tflite"), "wb") as file:
        file.write(tf.lite.TFLiteConverter.from_keras_model(state).convert())


def make_tflite_notes(data):
    """Adds notes as TensorFlow Lite Support writes them: how to scale pictures, and an archive with the labels."""
    import flatbuffers
    from tensorflow.lite.python import schema_py_generated as schema

    b = flatbuffers.Builder(256)

    def floats(values):
        b.StartVector(4, len(values), 4)
        for value in reversed(values):
            b.PrependFloat32(value)
        return b.EndVector()

    def table(size, fields):
        b.StartObject(size)
        for slot, (kind, value) in fields.items():
            if kind == "offset":
                b.PrependUOffsetTRelativeSlot(slot, value, 0)
            else:
                b.PrependUint8Slot(slot, value, 0)
        return b.EndObject()

    def tables(*offsets):
        b.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            b.PrependUOffsetTRelative(offset)
        return b.EndVector()

    options = table(2, {0: ("offset", floats([127.5])), 1: ("offset", floats([127.5]))})
    unit = table(2, {0: ("number", 1), 1: ("offset", options)})
    input = table(7, {4: ("offset", tables(unit))})
    labels = table(4, {0: ("offset", b.CreateString("labels.txt")), 2: ("number", 2)})
    output = table(7, {6: ("offset", tables(labels))})
    graph = table(8, {2: ("offset", tables(input)), 3: ("offset", tables(output))})
    root = table(8, {0: ("offset", b.CreateString("sample")), 3: ("offset", tables(graph))})
    b.Finish(root, file_identifier=b"M001")

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(data, 0))
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(bytes(b.Output()), dtype=np.uint8)
    model.buffers.append(buffer)
    note = schema.MetadataT()
    note.name, note.buffer = b"TFLITE_METADATA", len(model.buffers) - 1
    model.metadata = (model.metadata or []) + [note]
    out = flatbuffers.Builder(len(data))
    out.Finish(model.Pack(out), file_identifier=b"TFL3")
    with open(path("tflite_notes.tflite"), "wb") as file:
        file.write(out.Output())
    with zipfile.ZipFile(path("tflite_notes.tflite"), "a") as archive:
        archive.writestr("labels.txt", "apple\nbanana\ncherry\ndate\nelder\n")


# ONNX

def make_onnx():
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    entries = {}

    def weights(shape, name, scale=0.5):
        value = random.uniform(-scale, scale, shape).astype("float32")
        return numpy_helper.from_array(value, name)

    def add(name, model, inputs, tolerance=1e-4):
        import onnxruntime
        onnx.save(model, path(f"{name}.onnx"))
        opset = next(o.version for o in model.opset_import if not o.domain)
        if opset > 21:
            from onnx.reference import ReferenceEvaluator
            outputs = ReferenceEvaluator(model).run(None, inputs)
        else:
            session = onnxruntime.InferenceSession(model.SerializeToString())
            outputs = session.run(None, inputs)
        entries[name] = {"files": [f"{name}.onnx"], "inputs": {k: tensor(v) for k, v in inputs.items()},
                         "outputs": [tensor(o) for o in outputs], "parameters": -1, "tolerance": tolerance}

    def model(opset, nodes, inputs, outputs, initializers, ir, listed=False, **more):
        graph_inputs = [helper.make_tensor_value_info(n, t, s) for n, t, s in inputs]
        if listed:
            graph_inputs += [helper.make_tensor_value_info(i.name, i.data_type, list(i.dims)) for i in initializers]
        graph = helper.make_graph(
            nodes, "net", graph_inputs, [helper.make_tensor_value_info(n, t, s) for n, t, s in outputs], initializers)
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir, producer_name="goldens", **more)

    node = helper.make_node
    F = TensorProto.FLOAT

    # One classifier in the words of each operator set; the forms of several operators changed between them.
    def classifier(opset, ir):
        old = opset < 13
        nodes = [node("Conv", ["x", "k", "kb"], ["a"], kernel_shape=[3, 3], pads=[1, 1, 1, 1])]
        nodes += [node("BatchNormalization", ["a", "s", "b", "m", "v"], ["n"], epsilon=1e-3)]
        nodes += [node("Clip", ["n"], ["c"], min=0.0, max=6.0) if opset < 11 else node("Clip", ["n", "lo", "hi"], ["c"])]
        nodes += [node("MaxPool", ["c"], ["p"], kernel_shape=[2, 2], strides=[2, 2])]
        if opset < 9:
            nodes += [node("Upsample", ["p"], ["u"], mode="nearest", scales=[1.0, 1.0, 2.0, 2.0])]
        elif opset < 10:
            nodes += [node("Upsample", ["p", "scales"], ["u"], mode="nearest")]
        elif opset == 10:
            nodes += [node("Resize", ["p", "scales"], ["u"], mode="nearest")]
        else:
            nodes += [node("Resize", ["p", "roi" if opset < 13 else "", "scales"], ["u"], mode="nearest", nearest_mode="floor",
                           coordinate_transformation_mode="asymmetric")]
        nodes += [node("Add", ["u", "c"], ["r"]), node("GlobalAveragePool", ["r"], ["g"])]
        nodes += [node("Dropout", ["g"], ["d"], ratio=0.5) if opset < 12 else node("Dropout", ["g"], ["d"])]
        nodes += [node("Constant", [], ["shape"], value=numpy_helper.from_array(np.array([0, -1], "int64"), "t"))]
        nodes += [node("Reshape", ["d", "shape"], ["f"])]
        if old:
            nodes += [node("Squeeze", ["bias2"], ["bias"], axes=[0]), node("ReduceSum", ["f"], ["t"], axes=[1], keepdims=1)]
        else:
            nodes += [node("Squeeze", ["bias2", "zero"], ["bias"]), node("ReduceSum", ["f", "one"], ["t"], keepdims=1)]
        nodes += [node("Gemm", ["f", "w", "bias"], ["h"], transB=1), node("Add", ["h", "t"], ["o"])]
        nodes += [node("Softmax", ["o"], ["y"], axis=1)]
        initializers = [weights((4, 3, 3, 3), "k"), weights((4,), "kb"), weights((4,), "s", 1), weights((4,), "b"),
                        weights((4,), "m"), numpy_helper.from_array(random.uniform(0.5, 1.5, 4).astype("float32"), "v"),
                        weights((5, 4), "w", 2), weights((1, 5), "bias2")]
        if opset > 8:
            initializers += [numpy_helper.from_array(np.array([1, 1, 2, 2], "float32"), "scales")]
        if 11 <= opset < 13:
            initializers += [numpy_helper.from_array(np.zeros(0, "float32"), "roi")]
        if opset >= 11:
            initializers += [numpy_helper.from_array(np.array(v, "float32"), n) for n, v in (("lo", 0), ("hi", 6))]
        if not old:
            initializers += [numpy_helper.from_array(np.array([v], "int64"), n) for n, v in (("zero", 0), ("one", 1))]
        shape = ["N", 3, 6, 6]
        return model(opset, nodes, [("x", F, shape)], [("y", F, ["N", 5])], initializers, ir, listed=ir == 3)

    picture = random.uniform(0, 1, (1, 3, 6, 6)).astype("float32")
    newest = onnx.defs.onnx_opset_version()
    for opset in list(range(7, newest + 1)):
        ir = 3 if opset < 9 else {9: 4, 10: 5, 11: 6}.get(opset, 8 if opset < 19 else 10)
        add(f"onnx_opset{opset}", classifier(opset, ir), {"x": picture})

    # Other element types of the input.
    w = weights((6, 4), "w")
    add("onnx_uint8", model(13, [node("Cast", ["x"], ["f"], to=F), node("Flatten", ["f"], ["v"]),
                                 node("MatMul", ["v", "w"], ["y"])],
                            [("x", TensorProto.UINT8, ["N", 2, 3])], [("y", F, ["N", 4])], [w], 8),
        {"x": random.integers(0, 256, (2, 2, 3)).astype("uint8")})
    add("onnx_double", model(13, [node("MatMul", ["x", "w"], ["y"])], [("x", TensorProto.DOUBLE, [1, 6])],
                             [("y", TensorProto.DOUBLE, [1, 4])],
                             [numpy_helper.from_array(random.uniform(-1, 1, (6, 4)), "w")], 8),
        {"x": random.uniform(0, 1, (1, 6))})
    add("onnx_half", model(13, [node("MatMul", ["x", "w"], ["y"])], [("x", TensorProto.FLOAT16, [1, 6])],
                           [("y", TensorProto.FLOAT16, [1, 4])],
                           [numpy_helper.from_array(random.uniform(-1, 1, (6, 4)).astype("float16"), "w")], 8),
        {"x": random.uniform(0, 1, (1, 6)).astype("float16")}, 5e-3)
    add("onnx_two_inputs", model(11, [node("MatMul", ["a", "w"], ["m"]), node("Mul", ["m", "b"], ["y"]),
                                      node("Neg", ["y"], ["z"])],
                                 [("a", F, ["N", 6]), ("b", F, [4])], [("y", F, None), ("z", F, None)], [w], 6),
        {"a": random.uniform(0, 1, (3, 6)).astype("float32"), "b": random.uniform(0, 1, (4,)).astype("float32")})
    then = helper.make_graph([node("Neg", ["v"], ["t"])], "then", [], [helper.make_tensor_value_info("t", F, None)])
    other = helper.make_graph([node("Exp", ["v"], ["e"])], "else", [], [helper.make_tensor_value_info("e", F, None)])
    add("onnx_branch", model(13, [node("MatMul", ["x", "w"], ["v"]), node("ReduceMax", ["v"], ["r"], keepdims=0),
                                  node("Greater", ["r", "limit"], ["c"]),
                                  node("If", ["c"], ["y"], then_branch=then, else_branch=other)],
                             [("x", F, [1, 6])], [("y", F, None)],
                             [w, numpy_helper.from_array(np.array(100, "float32"), "limit")], 8),
        {"x": random.uniform(0, 1, (1, 6)).astype("float32")})
    leaky = node("LeakyRelu", ["a"], ["t"])
    leaky.attribute.append(onnx.AttributeProto(name="alpha", ref_attr_name="slope", type=onnx.AttributeProto.FLOAT))
    double = helper.make_function("own", "Twice", ["v"], ["t"], [node("Add", ["v", "v"], ["a"]), leaky],
                                  [helper.make_opsetid("", 13)], ["slope"])
    functions = model(13, [node("MatMul", ["x", "w"], ["m"]), node("Twice", ["m"], ["y"], domain="own", slope=0.25)],
                      [("x", F, [1, 6])], [("y", F, [1, 4])], [w], 8, functions=[double])
    functions.opset_import.append(helper.make_opsetid("own", 1))
    add("onnx_function", functions, {"x": random.uniform(-1, 1, (1, 6)).astype("float32")})
    flat = model(13, [node("Flatten", ["x"], ["f"]), node("MatMul", ["f", "w"], ["y"])], [("x", F, ["N", 28, 28, 1])],
                 [("y", F, ["N", 3])], [weights((784, 3), "w")], 8)
    for key, value in (("names", "{0: 'nought', 1: 'one', 2: \"it's two\"}"), ("stride", "32")):
        entry = flat.metadata_props.add()
        entry.key, entry.value = key, value
    add("onnx_labels", flat, {"x": np.round(random.uniform(0, 1, (1, 28, 28, 1)), 1).astype("float32")})
    write("onnx", entries)


# OpenVINO

def make_openvino():
    import openvino

    entries = {}
    core = openvino.Core()
    known = json.load(open(path("formats_onnx.json")))

    def add(name, source, half):
        model = core.read_model(path(f"{source}.onnx"))
        folder = os.path.join(HERE, "ir.tmp")
        os.makedirs(folder, exist_ok=True)
        openvino.save_model(model, os.path.join(folder, "model.xml"), compress_to_fp16=half)
        with zipfile.ZipFile(path(f"{name}.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
            for file in ("model.xml", "model.bin"):
                info = zipfile.ZipInfo(file, (2026, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, open(os.path.join(folder, file), "rb").read())
        for file in os.listdir(folder):
            os.remove(os.path.join(folder, file))
        os.rmdir(folder)
        entry = dict(known[source], files=[f"{name}.zip"], tolerance=5e-3 if half else 1e-4)
        entries[name] = entry

    add("openvino_float", "onnx_opset13", False)
    add("openvino_half", "onnx_opset18", True)
    add("openvino_branch", "onnx_branch", False)
    add("openvino_uint8", "onnx_uint8", False)
    write("openvino", entries)


{"tflite": make_tflite, "onnx": make_onnx, "openvino": make_openvino}[sys.argv[1]]()
