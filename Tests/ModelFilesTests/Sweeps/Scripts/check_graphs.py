"""Checks ONNX files against the standard and runs them in ONNX Runtime.

check_graphs.py FOLDER reads FOLDER/graphs.json, an object from file name to the inputs and outputs of the graph, and
writes FOLDER/expected.json: an object from file name to what is wrong with it, empty when nothing is.
"""

import json
import pathlib
import sys

import numpy
import onnx
import onnxruntime

onnxruntime.set_default_logger_severity(3)


def array(tensor):
    return numpy.array(tensor["values"], numpy.float32).reshape(tensor["shape"])


def problem(path, case):
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        results = session.run(None, {name: array(value) for name, value in case["inputs"].items()})
    except Exception as error:
        return str(error)[:500]
    for result, expected in zip(results, map(array, case["outputs"]), strict=True):
        if result.shape != expected.shape:
            return f"shape {result.shape} instead of {expected.shape}"
        distance = numpy.max(numpy.abs(result - expected) / numpy.maximum(1, numpy.abs(expected)), initial=0)
        if not distance <= case["tolerance"]:
            return f"differs by {distance}"
    return None


folder = pathlib.Path(sys.argv[1])
cases = json.loads((folder / "graphs.json").read_text())
problems = {name: problem(str(folder / name), case) for name, case in cases.items()}
(folder / "expected.json").write_text(json.dumps({name: text for name, text in problems.items() if text}))
