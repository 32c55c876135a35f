"""Makes `pickles.json`: values as Python and joblib pickle them, and what they hold.

    python Tests/ModelFilesTests/Golden/make_pickles.py     (with numpy, joblib and lz4)

What a pickle holds is written by `show`, a notation that `PickleNotation.swift` has too. The pickles are the lines of
base64 of each case; those of joblib are named by the compression.
"""
import argparse
import base64
import collections
import io
import json
import os
import pickle
import struct

import joblib
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


class Net:
    """A class of the author of a file."""

    def __init__(self):
        self.width = 3
        self.weights = np.arange(4, dtype="f4")


class Settings(dict):
    """A dictionary with a name of its own."""


class Names(list):
    pass


def show(value):
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, np.generic) and not isinstance(value, np.ndarray):
        return show(np.asarray(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return "f" + struct.pack(">d", value).hex()
    if isinstance(value, str):
        return "'" + value + "'"
    if isinstance(value, (bytes, bytearray)):
        return "b" + bytes(value).hex()
    if isinstance(value, tuple):
        return "(" + ",".join(map(show, value)) + ")"
    if isinstance(value, (set, frozenset)):
        return "<" + ",".join(sorted(map(show, value))) + ">"
    if isinstance(value, type):
        return "@" + value.__module__ + "." + value.__qualname__
    if isinstance(value, np.dtype):
        return "type " + show_type(value)
    if isinstance(value, np.ndarray):
        return show_array(value)
    if isinstance(value, (Settings, Names, Net, argparse.Namespace)):
        elements = "".join(map(show, value)) if isinstance(value, Names) else ""
        items = show(dict(value)) if isinstance(value, Settings) else "{}"
        state = show(vars(value)) if vars(value) else "-"
        return f"{type(value).__module__}.{type(value).__name__}:{state}[{elements}]{items}"
    if isinstance(value, (list, collections.deque)):
        return "[" + ",".join(map(show, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(show(key) + ":" + show(item) for key, item in value.items()) + "}"
    raise TypeError(type(value))


def show_type(type):
    fields = "".join(f",{name}@{type.fields[name][1]}={show_type(type.fields[name][0])}" for name in type.names or ())
    return f"{type.kind}{type.itemsize}{fields}"


def show_array(array):
    array = np.asarray(array)
    if array.dtype.kind in "biuf" and array.dtype.itemsize <= 8:
        values = [show(float(value)) for value in array.ravel("C").astype("f8")]
    elif array.dtype.kind in "SU":
        values = [show(value.decode() if isinstance(value, bytes) else str(value)) for value in array.ravel("C")]
    elif array.dtype.kind == "O":
        values = [show(value) for value in array.ravel("C")]
    else:
        native = array.astype(array.dtype.newbyteorder("<")) if array.dtype.kind == "c" else array
        values = [native.tobytes("C").hex()]
    return f"array{list(array.shape)} {show_type(array.dtype)} [" + ",".join(values) + "]"


def cases():
    shared = [1, 2]
    record = np.array([(1, 2.5, 3), (-4, 0.125, 250)], dtype=[("left", "<i8"), ("value", "<f8"), ("flag", "u1")])
    yield "constants", [None, True, False, 0, 1, 255, 256, 65535, 65536, -1, -(2**31), 2**31, 2**63 - 1, -(2**63)]
    yield "large numbers", [2**63, -(2**63) - 1, 2**64, 2**70 + 12345, -(2**127), 1 << 300]
    yield "fractions", [0.0, -0.0, 1.5, -1e300, 5e-324, float("inf"), float("-inf"), 0.1]
    yield "text", ["", "abc", "naïve 数字 🍌", "line\nbreak\\back 'quotes' \"too\"", "x" * 260, "\x00\x1f\x7f"]
    yield "bytes", [b"", b"abc", bytes(range(256)) + b"y"]
    yield "byte array", [bytearray(b""), bytearray(b"abc\xff")]
    yield "tuples", [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ((), ((1,),))]
    yield "lists", [[], [1], [shared, shared]]
    yield "dictionaries", [{}, {"a": 1}, {1: "x", (2, 3): [4]}]
    yield "sets", [set(), {1, 2, 3}, frozenset(), frozenset({"a", "b"})]
    yield "batches", [[0] * 1001, {i: None for i in range(1001)}, set(range(1001))]
    yield "collections", [
        collections.OrderedDict([("b", 1), ("a", 2)]), collections.deque([1, 2]),
        collections.Counter({"a": 2}), collections.defaultdict(list, {"k": [1]})]
    yield "instances", [Net(), argparse.Namespace(layers=2, name="n"), Settings(a=1), Names([1, 2])]
    yield "names of classes", [Net, np.float32, collections.OrderedDict, int]
    yield "whole numbers", [np.array([[1, -2, 3]], dtype=type) for type in ("i1", "i2", "i4", "i8", ">i2", ">i4", ">i8")]
    yield "counts", [np.array([1, 2, 250], dtype=type) for type in ("u1", "u2", "u4", "u8", ">u2", ">u4", ">u8")]
    yield "numbers", [np.array([[0.5, -1.25], [3, 1e4]], dtype=type) for type in ("f2", "f4", "f8", ">f2", ">f4", ">f8")]
    yield "truths", np.array([[True], [False]])
    yield "complex numbers", [np.array([1 + 2j]), np.array([1 - 2j], dtype="c8"), np.array([1 + 2j], dtype=">c16")]
    yield "orders", [
        np.arange(6.0).reshape(2, 3), np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.arange(24).reshape(2, 3, 4).T,
        np.arange(24).reshape(2, 3, 4).transpose(1, 0, 2), np.arange(20)[::3], np.arange(12).reshape(3, 4)[:, 1:3]]
    yield "shapes", [np.float64(2.5), np.array(7), np.zeros((0,)), np.zeros((2, 0, 3)), np.ones((1, 1, 1, 1, 1))]
    yield "scalars", [np.float32(0.5), np.int64(-3), np.bool_(True), np.uint8(200), np.float16(1.5), np.str_("é")]
    yield "text arrays", [
        np.array(["a", "bcd", "é🍌"]), np.array([["x"], ["yz"]], order="F"), np.array([b"a", b"bcd"]),
        np.array(["a", "bc"], dtype=">U3")]
    yield "object arrays", [
        np.array(["a", None, 3, (1, 2)], dtype=object), np.empty((0,), dtype=object),
        np.array([["a", "b"], ["c", "d"]], dtype=object, order="F"), np.array([[np.arange(2)], [3]], dtype=object)]
    yield "records", [record, record[:1], np.array([(1, b"ab")], dtype=[("n", ">i2"), ("s", "S2")])]
    yield "types", [np.dtype("f4"), np.dtype(">i8"), np.dtype("U7"), np.dtype("S3"), record.dtype, np.dtype("O")]
    yield "an array twice", [record[["left"]].copy()["left"]] * 2
    yield "matrix", [np.matrix([[1.0, 2.0]])]


def python2():
    """Pickles as Python 2.7 with NumPy 1.16 writes them."""
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\np0\n(cnumpy\nndarray\np1\n(I0\ntp2\nS'b'\np3\ntp4\nRp5\n(I1\n(I2\ntp6\n"
        b"cnumpy\ndtype\np7\n(S'f8'\np8\nI0\nI1\ntp9\nRp10\n(I3\nS'<'\np11\nNNNI-1\nI-1\nI0\ntp12\nbI00\n"
        b"S'\\x00\\x00\\x00\\x00\\x00\\x00\\xf8?\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\xc0'\np13\ntp14\nb.")
    yield "array", np.array([1.5, -2.0]), array
    binary = (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85q\x03U\x01bq\x04\x87q\x05R"
        b"q\x06(K\x01K\x02\x85q\x07cnumpy\ndtype\nq\x08U\x02f4q\x09K\x00K\x01\x87q\x0aRq\x0b(K\x03U\x01<q\x0cNNNJ"
        b"\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x0db\x89U\x08\x00\x00\xc0\x3f\x00\x00\x00\xc0q\x0etq\x0fb.")
    yield "binary array", np.array([1.5, -2.0], dtype="f4"), binary
    yield "old class", argparse.Namespace(a=1), b"(iargparse\nNamespace\np0\n(dp1\nS'a'\np2\nI1\nsb."
    yield "old class by OBJ", argparse.Namespace(a=1), b"(cargparse\nNamespace\noq\x01}q\x02U\x01aK\x01sb."
    yield "ordered", {"x": 1}, b"ccollections\nOrderedDict\np0\n((lp1\n(lp2\nS'x'\np3\naI1\naatp4\nRp5\n."
    yield "set", {1, 2}, b"c__builtin__\nset\np0\n((lp1\nI1\naI2\natp2\nRp3\n."
    yield "strings", ["a'b", b"\xff\x00", "é", 12345678901234567890, 1.5, True], (
        b"(lp0\nS\"a'b\"\np1\naS'\\xff\\x00'\np2\naV\\u00e9\np3\naL12345678901234567890L\naF1.5\naI01\na.")
    yield "subclass", Settings(a=1), b"ccopy_reg\n_reconstructor\n(c__main__\nSettings\nc__builtin__\ndict\n(dS'a'\nI1\nstR."


def encode(data):
    return base64.b64encode(data).decode()


def entries():
    for name, value in cases():
        pickles = {f"protocol {protocol}": pickle.dumps(value, protocol) for protocol in ((2, 4) if name == "batches" else range(6))}
        yield name, value, pickles
    for name, value, data in python2():
        yield "Python 2 " + name, value, {"": data}
    model = {
        "coef": np.arange(12.0).reshape(3, 4), "order": np.asfortranarray(np.arange(6, dtype="f4").reshape(2, 3)),
        "names": np.array(["one", None, 3], dtype=object), "empty": np.zeros((0, 2)), "big": np.array([1, 2], ">i4"),
        "classes": np.array(["a", "bc"]), "text": "after"}
    pickles = {}
    for compression in (0, "zlib", "gzip", "bz2", "lzma", "xz", "lz4"):
        for protocol in (None,) if compression else (0, 1, 2, 3, 4, 5):
            stream = io.BytesIO()
            joblib.dump(model, stream, compress=(compression, 3) if compression else 0, protocol=protocol)
            pickles[f"{compression or 'plain'} {'' if protocol is None else protocol}".strip()] = stream.getvalue()
    yield "joblib", model, pickles


if __name__ == "__main__":
    cases_json = [
        {"name": name, "holds": show(value), "pickles": {key: encode(data) for key, data in pickles.items()}}
        for name, value, pickles in entries()]
    with open(os.path.join(HERE, "pickles.json"), "w") as file:
        json.dump({"cases": cases_json}, file, indent=0, ensure_ascii=False)
        file.write("\n")
