"""Makes pictures that cost a JPEG decoder what photos cost: JPEG files of about 500×375.

Usage: make_photos.py FOLDER COUNT     (needs Pillow and NumPy)

Each is a sum of coloured noise, coarse and strong to fine and faint as in photos, over a slope of light. Quality 92 and
halved colour give files of some 40 kB, as cameras and the usual collections of photos do.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 500, 375
QUALITY = 92
SEED = 7


def photo(random: np.random.Generator) -> Image.Image:
    width, height = (WIDTH, HEIGHT) if random.random() < 0.7 else (HEIGHT, WIDTH)
    across, down = np.linspace(-1, 1, width), np.linspace(-1, 1, height)[:, None]
    tilt = random.normal(size=(2, 3)) * 40
    picture = 128 + across[None, :, None] * tilt[0] + down[..., None] * tilt[1]
    cells, strength = 4, 50.0
    while cells < width:
        coarse = random.normal(size=(cells * height // width + 1, cells, 3)) * (0.5, 0.4, 0.5)
        coarse += random.normal(size=(*coarse.shape[:2], 1))
        for channel in range(3):
            plane = Image.fromarray((coarse[..., channel] * strength).astype(np.float32))
            picture[..., channel] += np.asarray(plane.resize((width, height), Image.Resampling.BICUBIC))
        cells, strength = cells * 2, strength * 0.6
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def main(folder: Path, count: int) -> None:
    random = np.random.default_rng(SEED)
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        photo(random).save(folder / f"{number:03}.jpg", quality=QUALITY)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
