"""From a data URL to the picture a digit network reads, with Pillow and NumPy.

Both peers import this module, so they do the same work as each other and as Prunelle: transparent
pixels on white, grey, inverted when the corners are light, cropped to the stroke, longest side 20,
centred by its mass in 28×28, values 0…1.
"""

from __future__ import annotations

import base64
import binascii
import io

import numpy as np
from PIL import Image

SIDE = 28
STROKE_SIDE = 20
CENTRE = 14
STROKE_THRESHOLD = 30
LIGHT_BACKGROUND = 127
CORNER_FRACTION = 10
_IS_STROKE = [255 if level > STROKE_THRESHOLD else 0 for level in range(256)]
_INVERTED = [255 - level for level in range(256)]
_POSITIONS = np.arange(SIDE, dtype=np.float32)


class InvalidImage(ValueError):
    """The text is a data URL, but what it carries is not a picture."""


def is_data_url(value: object) -> bool:
    return isinstance(value, str) and value.startswith("data:image")


def pixels_from_data_url(url: str) -> np.ndarray:
    """Returns the network's input, float32 of shape (1, 28, 28, 1)."""
    try:
        content = base64.b64decode(url.partition(",")[2], validate=True)
        with Image.open(io.BytesIO(content)) as image:
            return pixels(_grey_on_white(image))
    except (binascii.Error, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidImage(str(error)) from error


def pixels(grey: Image.Image) -> np.ndarray:
    """The preprocessing proper, for an 8-bit grey picture of any size."""
    if _corner_mean(grey) > LIGHT_BACKGROUND:
        grey = grey.point(_INVERTED)
    box = grey.point(_IS_STROKE).getbbox()
    if box is None:
        return np.zeros((1, SIDE, SIDE, 1), dtype=np.float32)
    width, height = box[2] - box[0], box[3] - box[1]
    scale = STROKE_SIDE / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    stroke = grey.crop(box).resize(size, Image.Resampling.LANCZOS)
    canvas = Image.new("L", (SIDE, SIDE))
    canvas.paste(stroke, ((SIDE - size[0]) // 2, (SIDE - size[1]) // 2))
    return _centred_by_mass(canvas).reshape(1, SIDE, SIDE, 1)


def _grey_on_white(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        drawing = image if image.mode == "RGBA" else image.convert("RGBA")
        if drawing.getchannel("A").getextrema()[0] == 255:
            return drawing.convert("L")
        background = Image.new("RGBA", drawing.size, (255, 255, 255, 255))
        background.alpha_composite(drawing)
        return background.convert("L")
    return image.convert("L")


def _corner_mean(grey: Image.Image) -> float:
    levels = np.asarray(grey)
    rows = max(1, levels.shape[0] // CORNER_FRACTION)
    columns = max(1, levels.shape[1] // CORNER_FRACTION)
    corners = (
        levels[:rows, :columns],
        levels[:rows, -columns:],
        levels[-rows:, :columns],
        levels[-rows:, -columns:],
    )
    return sum(float(corner.mean()) for corner in corners) / len(corners)


def _centred_by_mass(canvas: Image.Image) -> np.ndarray:
    levels = np.asarray(canvas, dtype=np.float32) / 255
    mass = float(levels.sum())
    if mass == 0:
        return levels
    down = round(CENTRE - float(levels.sum(axis=1) @ _POSITIONS) / mass)
    right = round(CENTRE - float(levels.sum(axis=0) @ _POSITIONS) / mass)
    moved = np.zeros_like(levels)
    source_rows, target_rows = _overlap(down)
    source_columns, target_columns = _overlap(right)
    moved[target_rows, target_columns] = levels[source_rows, source_columns]
    return moved


def _overlap(shift: int) -> tuple[slice, slice]:
    """Which lines are read and where they land when a side moves by `shift` pixels."""
    if shift >= 0:
        return slice(0, SIDE - shift), slice(shift, SIDE)
    return slice(-shift, SIDE), slice(0, SIDE + shift)
