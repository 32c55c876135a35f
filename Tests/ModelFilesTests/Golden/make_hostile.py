"""Makes the hostile files: each asks for something that a reader of models must refuse.

    k3/bin/python Tests/ModelFilesTests/Golden/make_hostile.py     (the environment of make.py)

They start from `keras3_sequential`, which make.py has made.
"""
import io
import json
import os
import shutil
import zipfile

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
BASE = os.path.join(HERE, "keras3_sequential")
KERNEL = "model_weights/conv2d/digits/conv2d/kernel"


def path(name):
    return os.path.join(HERE, "hostile_" + name)


def h5(name, change):
    """A small file: the description of a model with one layer of two weights, then changed."""
    layers = [{"class_name": "InputLayer", "config": {"batch_shape": [None, 4], "name": "in"}},
              {"class_name": "Dense", "config": {"units": 3, "activation": "linear", "name": "dense"}}]
    with h5py.File(path(name + ".h5"), "w") as file:
        group = file.create_group("model_weights/dense")
        group.attrs["weight_names"] = np.array([b"kernel", b"bias"])
        group["kernel"] = np.ones((4, 3), "float32")
        group["bias"] = np.ones(3, "float32")
        config = {"class_name": "Sequential", "config": {"name": "m", "layers": layers}}
        change(file, group, layers)
        file.attrs["keras_version"] = "3.0.0"
        file.attrs["model_config"] = json.dumps(config)


def layer(type, **config):
    def change(file, group, layers):
        layers.insert(1, {"class_name": type, "config": {"name": "odd", **config}})
    return change


def huge_sizes(file, group, layers):
    """Each layer multiplies the sides by 2 to the 28th."""
    sizes = [{"class_name": "UpSampling2D", "config": {"name": f"up{i}", "size": [1 << 28, 1 << 28]}} for i in range(4)]
    layers[1:] = [{"class_name": "Reshape", "config": {"name": "odd", "target_shape": [2, 2, 1]}}] + sizes


def replace(make):
    def change(file, group, layers):
        del group["kernel"]
        make(group)
    return change


def space_bomb(group):
    group.create_dataset("kernel", shape=(1 << 20, 1 << 19), dtype="float32", chunks=(1, 1 << 10), compression="gzip")


def virtual(group):
    layout = h5py.VirtualLayout((4, 3), "float32")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4, 3))
    group.create_virtual_dataset("kernel", layout)


def external_storage(group):
    group.create_dataset("kernel", (4, 3), "float32", external=[("/etc/passwd", 0, 48)])


def link(kind):
    def make(group):
        group["kernel"] = kind
    return make


h5("plain", lambda *_: None)
h5("lambda", layer("Lambda", function={"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}))
h5("tfop", layer("TFOpLambda", function="io.read_file"))
h5("unknown", layer("MySpecialLayer"))
h5("quantized", layer("Dense", units=4, dtype="int8_from_float32"))
h5("huge_units", lambda file, group, layers: layers[1]["config"].update(units=1 << 62))
h5("huge_sizes", huge_sizes)
h5("lowest_units", lambda file, group, layers: layers[1]["config"].update(units=-1 << 63))
h5("zero_pool", layer("Reshape", target_shape=[0, -5]))
h5("function", layer("Activation", activation="os.system"))
h5("external_link", replace(link(h5py.ExternalLink("/etc/passwd", "x"))))
h5("soft_link", replace(link(h5py.SoftLink("/model_weights/dense/bias"))))
h5("external_storage", replace(external_storage))
h5("virtual", replace(virtual))
h5("space_bomb", replace(space_bomb))
h5("lzf", replace(lambda g: g.create_dataset("kernel", data=np.ones((4, 3), "float32"), compression="lzf")))
h5("integers", replace(lambda g: g.create_dataset("kernel", data=np.ones((4, 3), "int32"))))
h5("wrong_shape", replace(lambda g: g.create_dataset("kernel", data=np.ones((5, 3), "float32"))))
h5("group", replace(lambda g: g.create_group("kernel")))
h5("empty", replace(lambda g: g.create_dataset("kernel", (4, 3), "float32", fillvalue=1)))

with h5py.File(path("deep.h5"), "w") as file:
    file.attrs["model_config"] = "[" * 100000
with h5py.File(path("no_model.h5"), "w") as file:
    file["data"] = np.ones(4)
with h5py.File(path("weights.h5"), "w") as file:
    file.attrs["layer_names"] = np.array([b"dense"])
with h5py.File(path("class.weights.h5"), "w") as file:
    file["block1/layers/conv2d/vars/0"] = np.ones(4, "float32")
    file.create_group("block1/vars")

with zipfile.ZipFile(BASE + ".keras") as archive:
    entries = {name: archive.read(name) for name in archive.namelist()}


def archive(name, change):
    changed = dict(entries)
    change(changed)
    with zipfile.ZipFile(path(name + ".keras"), "w", zipfile.ZIP_DEFLATED) as file:
        for key, content in changed.items():
            file.writestr(key, content)


archive("slip", lambda e: e.update({"../../etc/cron.d/job": b"x"}))
archive("absolute", lambda e: e.update({"/etc/cron.d/job": b"x"}))
archive("windows", lambda e: e.update({"..\\job": b"x"}))
archive("no_weights", lambda e: e.pop("model.weights.h5"))
archive("no_config", lambda e: e.pop("config.json"))
archive("bomb", lambda e: e.update({"config.json": b" " * (80 << 20)}))
archive("class", lambda e: e.update({"config.json": json.dumps({"class_name": "MyModel", "config": {}}).encode()}))
archive("weights_text", lambda e: e.update({"model.weights.h5": b"not HDF5"}))

# An entry whose header states four gigabytes less one byte: both places that hold the size are overwritten.
archive("liar", lambda e: None)
with open(path("liar.keras"), "r+b") as file:
    content = bytearray(file.read())
    size = len(entries["config.json"]).to_bytes(4, "little")
    assert content.count(size) == 2
    file.seek(0)
    file.write(content.replace(size, (200 << 20).to_bytes(4, "little")))
shutil.copy(path("plain.h5"), path("h5_named.onnx"))
