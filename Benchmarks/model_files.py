#!/usr/bin/env python3
"""Compares how long Prunelle and Keras take to open a ResNet-50 in a `.h5` file, and how much memory.

    .deps/frameworks/bin/python Benchmarks/model_files.py [--rounds 5]

Keras loads the model and makes its first prediction; Prunelle turns the file into the graph that its engine runs
(`prunelle models convert`), which the server does once for an upload. Both run as processes of their own, one after
the other in every round, with the file in the page cache. Keras is shown with and without the start of Python and the
import of its libraries. `PRUNELLE_BIN` names another prunelle program than `.build/release/prunelle`.
"""
import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PRUNELLE = os.environ.get("PRUNELLE_BIN", str(PROJECT / ".build/release/prunelle"))
KERAS = """
import sys, time
import keras, numpy
start = time.perf_counter()
model = keras.models.load_model(sys.argv[1], compile=False)
model.predict(numpy.zeros((1, 224, 224, 3), "float32"), verbose=0)
print(time.perf_counter() - start, file=open(sys.argv[2], "w"))
"""


def child(command, log):
    """Seconds of a process and its largest resident memory in megabytes."""
    start = time.perf_counter()
    with open(log, "w") as output:
        process = os.posix_spawnp(
            command[0], command, os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, output.fileno(), 1), (os.POSIX_SPAWN_DUP2, output.fileno(), 2)])
        _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{command[0]} failed:\n{Path(log).read_text()[-2000:]}")
    return seconds, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    os.environ.setdefault("KERAS_BACKEND", "torch")
    with tempfile.TemporaryDirectory() as folder:
        file, graph, note, log = (f"{folder}/{name}" for name in ["resnet50.h5", "out.onnx", "note", "log"])
        child([sys.executable, "-c",
               f"import keras; keras.applications.ResNet50(weights=None).save({file!r})"], log)
        size = os.path.getsize(file) / 1e6
        rows = []
        for _ in range(rounds):
            ours, ours_memory = child([PRUNELLE, "models", "convert", file, graph], log)
            whole, keras_memory = child([sys.executable, "-c", KERAS, file, note], log)
            inner = float(Path(note).read_text())
            rows.append((ours, inner, whole, inner / ours, whole / ours, ours_memory, keras_memory))
        middle = [statistics.median(column) for column in zip(*rows)]
        print(f"ResNet-50, {size:.0f} MB, {rounds} rounds, medians")
        print(f"prunelle, whole process            {middle[0]:7.2f} s  {middle[5]:6.0f} MB at most, "
              f"{middle[5] / size:.1f} × the file")
        print(f"keras, load and first prediction   {middle[1]:7.2f} s  {middle[6]:6.0f} MB at most")
        print(f"keras, whole process               {middle[2]:7.2f} s")
        print(f"ratio                              {middle[3]:7.1f} without, {middle[4]:.1f} with start and imports; "
              f"from {min(row[3] for row in rows):.1f} to {max(row[3] for row in rows):.1f} without")


main()
