#!/usr/bin/env python3
"""Compares how long Prunelle and Keras take to open a ResNet-50 in a `.h5` file, and how much memory.

    .deps/frameworks/bin/python Benchmarks/model_files.py [--rounds 5] [--server]

Keras loads the model and makes its first prediction. Prunelle (`prunelle models convert`) starts, reads the file, writes
the graph that its engine runs, compiles that and makes a first prediction, all within the limits that it sets itself.
Both run as processes of their own, one after the other in every round, with the file in the page cache. Keras is shown
with and without the start of Python and the import of its libraries, Prunelle always with its start. Processor time is
that of all threads and says more than seconds do where other programs run.

`--server` adds what an upload takes in the server: the same in a child process, and then the graph stored and compiled
once more in the parent, with a copy for the next start. As no app takes a ResNet-50, the model is refused once that is
done (`prunelle models import` into `digits`), which is as far as this measures.

`PRUNELLE_BIN` names another prunelle program than `.build/release/prunelle`.
"""
import argparse
import os
import shutil
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
start, used = time.perf_counter(), time.process_time()
model = keras.models.load_model(sys.argv[1], compile=False)
model.predict(numpy.zeros((1, 224, 224, 3), "float32"), verbose=0)
print(time.perf_counter() - start, time.process_time() - used, file=open(sys.argv[2], "w"))
"""
# What `prunelle models import` ends with when the app cannot use the model: EX_DATAERR.
REFUSED = 65


def child(command, log, status=0):
    """Seconds of a process, its processor time with that of its children, and the most memory of one, in megabytes."""
    start = time.perf_counter()
    with open(log, "w") as output:
        process = os.posix_spawnp(
            command[0], command, os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, output.fileno(), 1), (os.POSIX_SPAWN_DUP2, output.fileno(), 2)])
        _, ended, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(ended) != status:
        sys.exit(f"{command[0]} failed:\n{Path(log).read_text()[-2000:]}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6


def row(what, figures, size=None):
    """Prints the medians of what was measured of one contender."""
    seconds, processor, memory = (statistics.median(column) for column in zip(*figures))
    share = f", {memory / size:.1f} × the file" if size else ""
    print(f"{what:<38}{seconds:7.2f} s {processor:7.2f} s {memory:7.0f} MB{share}")


def ratio(what, keras, ours):
    """Prints how many times faster; the ratios are of figures of the same round."""
    for name, column in [("seconds", 0), ("processor time", 1)]:
        ratios = [theirs[column] / mine[column] for theirs, mine in zip(keras, ours)]
        print(f"  {what + ', ' + name:<48}{statistics.median(ratios):5.1f}   from {min(ratios):.1f} to {max(ratios):.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--server", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("KERAS_BACKEND", "torch")
    with tempfile.TemporaryDirectory() as folder:
        file, graph, note, log, data = (f"{folder}/{name}" for name in ["resnet50.h5", "out.onnx", "note", "log", "data"])
        child([sys.executable, "-c",
               f"import keras; keras.applications.ResNet50(weights=None).save({file!r})"], log)
        size = os.path.getsize(file) / 1e6
        convert, server, inner, whole = [], [], [], []
        for _ in range(options.rounds):
            convert.append(child([PRUNELLE, "models", "convert", file, graph], log))
            whole.append(child([sys.executable, "-c", KERAS, file, note], log))
            inner.append((*map(float, Path(note).read_text().split()), whole[-1][2]))
            if options.server:
                server.append(child([PRUNELLE, "models", "import", "--data", data, file], log, REFUSED))
                shutil.rmtree(data)
        print(f"ResNet-50, {size:.0f} MB, {options.rounds} rounds, medians: seconds, processor time, most memory")
        row("prunelle, whole process", convert, size)
        if options.server:
            row("prunelle, in the server's way", server, size)
        row("keras, load and first prediction", inner, size)
        row("keras, whole process", whole, size)
        print("times faster than Keras")
        ratio("without its start and imports", inner, convert)
        ratio("with its start and imports", whole, convert)
        if options.server:
            ratio("server, without start and imports", inner, server)


main()
