"""The photos every server is asked about and the network every server runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.console import say
from harness.environments import Environment, run
from harness.errors import BenchmarkError
from harness.places import INSTALLED, TOOLS, prunelle_program

ENVIRONMENT = Environment("pets")
FOLDER = INSTALLED / "pets-materials"
KERAS_MODEL = FOLDER / "cats_dogs_model.keras"
ONNX_MODEL = FOLDER / "cats_dogs_model.onnx"
PHOTOS = FOLDER / "photos"
PHOTO_COUNT = 64
#: More than these would only fill memory: each client of the load generator holds all of them.
MOST_PHOTOS = 100
BOUNDARY = "prunelle-benchmark-8c1f5b0e"


@dataclass(frozen=True)
class Photo:
    """One request: the multipart form with a picture, as a browser sends it."""

    name: str
    body: bytes


def make_photos() -> list[Photo]:
    """Pictures made by the benchmark, the same on every machine."""
    if len(list(PHOTOS.glob("*.jpg"))) < PHOTO_COUNT:
        tool = TOOLS / "make_photos.py"
        run([ENVIRONMENT.program("python"), tool, PHOTOS, str(PHOTO_COUNT)], "making pictures")
    return read_photos(PHOTOS)


def read_photos(folder: Path) -> list[Photo]:
    """The JPEG files in a folder and those below it."""
    files = sorted(folder.rglob("*.jpg"))[:MOST_PHOTOS]
    if not files:
        raise BenchmarkError(f"there is no .jpg file in {folder}")
    return [Photo(file.name, _form(file)) for file in files]


def make_models() -> None:
    """Makes the network once; ONNX Runtime gets what Prunelle's converter makes of it: the same weights."""
    if not KERAS_MODEL.exists():
        say("making the network of the cats and dogs classifier (once)")
        tool = TOOLS / "make_pets_model.py"
        run([ENVIRONMENT.program("python"), tool, PHOTOS, KERAS_MODEL], "making the network")
    program = prunelle_program()
    if not program.exists():
        raise BenchmarkError("there is no prunelle program to measure: run `make build`, or set PRUNELLE_BIN")
    run([program, "models", "convert", KERAS_MODEL, ONNX_MODEL], "converting to ONNX")


def _form(file: Path) -> bytes:
    heading = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    return heading.encode() + file.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode()
