"""Makes the golden files of ImagingTests; every picture is drawn here, none is taken from elsewhere.

Run in a virtual environment, from this folder:

    pip install pillow==13.0.0 numpy==2.4.6 opencv-python-headless==5.0.0.93
    python make.py

It writes `files/` (encoded pictures), `index.json` (what is expected of each) and `expected.bin` (the expected pixels,
one after the other, found by the offsets in the index). Expectations come from Pillow and OpenCV; those for digits
from the plain reference in `digit_reference` below.

With arguments it compares nothing and writes nothing here, but prints what Pillow makes of photos, for the optional
test on them: `python make.py photos OUTPUT WIDTH HEIGHT FILE…`.
"""

import io
import json
import os
import struct
import sys
import zlib

import numpy as np
from PIL import Image, ImageDraw, ImageOps

FILTERS = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
MODES = {"gray": "L", "rgb": "RGB", "rgba": "RGBA"}

index = {"decode": [], "reduced": [], "turn": [], "resize": [], "digit": [], "tensor": []}
expected = bytearray()


def keep(array):
    """Appends pixels to the expected bytes and tells where they are."""
    offset = len(expected)
    expected.extend(np.ascontiguousarray(array).tobytes())
    return offset


def write(name, data):
    with open(os.path.join("files", name), "wb") as file:
        file.write(data)


def noise(width, height, channels, seed):
    """Smooth waves with some noise: something every filter and codec reacts to."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for channel in range(channels):
        wave = np.sin(x / (2.5 + channel) + seed) + np.cos(y / (3.1 - 0.4 * channel))
        planes.append(127 + 60 * wave + random.normal(0, 18, (height, width)))
    return np.clip(np.stack(planes, axis=-1), 0, 255).astype(np.uint8)


# PNG ----------------------------------------------------------------------------------------------------------------


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def filtered(rows, step):
    """Applies the five row filters in turn."""
    out = bytearray()
    above = bytes(len(rows[0]))
    for number, row in enumerate(rows):
        kind = number % 5
        out.append(kind)
        for i, value in enumerate(row):
            a = row[i - step] if i >= step else 0
            b = above[i]
            c = above[i - step] if i >= step else 0
            p = a + b - c
            nearest = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            out.append((value - (0, a, b, (a + b) // 2, nearest)[kind]) & 255)
        above = row
    return bytes(out)


def packed(samples, depth):
    """Rows of samples as bytes."""
    if depth == 16:
        return [row.astype(">u2").tobytes() for row in samples]
    if depth == 8:
        return [row.astype(np.uint8).tobytes() for row in samples]
    rows = []
    for row in samples:
        bits = "".join(format(int(v), f"0{depth}b") for v in row.reshape(-1))
        bits += "0" * (-len(bits) % 8)
        rows.append(bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)))
    return rows


def png(samples, depth, color, extra=b"", interlaced=False, pieces=1):
    """A PNG file of samples of shape (height, width, channels)."""
    height, width, channels = samples.shape
    step = max(1, depth * channels // 8)
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    raw = b""
    for x, y, step_x, step_y in passes:
        part = samples[y::step_y, x::step_x]
        if part.size:
            raw += filtered(packed(part, depth), step)
    data = zlib.compress(raw)
    cut = -(-len(data) // pieces)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    parts = b"".join(chunk(b"IDAT", data[i : i + cut]) for i in range(0, len(data), cut))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + parts + chunk(b"IEND", b"")


def make_png():
    width, height = 13, 9
    for color, channels, depths in [(0, 1, (1, 2, 4, 8, 16)), (2, 3, (8, 16)), (4, 2, (8, 16)), (6, 4, (8, 16))]:
        for depth in depths:
            samples = noise(width, height, channels, depth + color).astype(np.uint32)
            samples = samples * 257 if depth == 16 else samples >> (8 - depth)
            if depth == 16:
                samples[0, :4] = [[3], [200], [255], [256]] if channels == 1 else samples[0, :4] + 77
            write(f"png-type{color}-{depth}bit.png", png(samples, depth, color))
            write(f"png-type{color}-{depth}bit-interlaced.png", png(samples, depth, color, interlaced=True, pieces=3))
    palette = noise(16, 16, 3, 5).tobytes()
    for depth in (1, 2, 4, 8):
        samples = noise(width, height, 1, depth) >> (8 - depth)
        colors = palette[: 3 << depth]
        alphas = bytes((i * 37 + 5) & 255 for i in range(min(1 << depth, 9)))
        write(f"png-palette-{depth}bit.png", png(samples, depth, 3, chunk(b"PLTE", colors)))
        extra = chunk(b"PLTE", colors) + chunk(b"tRNS", alphas)
        write(f"png-palette-{depth}bit-alpha.png", png(samples, depth, 3, extra, interlaced=depth == 4))
    write("png-palette-short.png", png(samples, 8, 3, chunk(b"PLTE", palette[:30])))
    gray, color = noise(width, height, 1, 3), noise(width, height, 3, 4)
    key = struct.pack(">H", int(gray[2, 3, 0]))
    write("png-gray-key.png", png(gray, 8, 0, chunk(b"tRNS", key)))
    write("png-gray-1bit-key.png", png(gray >> 7, 1, 0, chunk(b"tRNS", struct.pack(">H", 1))))
    key = struct.pack(">HHH", *(int(v) for v in color[4, 5]))
    write("png-rgb-key.png", png(color, 8, 2, chunk(b"tRNS", key)))
    one = np.full((1, 1, 4), 200, np.uint8)
    write("png-1x1.png", png(one, 8, 6))
    write("png-1x9-interlaced.png", png(noise(1, 9, 3, 6), 8, 2, interlaced=True))


# The other formats --------------------------------------------------------------------------------------------------


def saved(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, **options)
    return buffer.getvalue()


def make_jpeg():
    photo = Image.fromarray(noise(37, 29, 3, 1))
    for name, options in {
        "420": {"subsampling": 2}, "422": {"subsampling": 1}, "444": {"subsampling": 0},
        "progressive": {"progressive": True}, "restarts": {"restart_marker_blocks": 2}, "rgb": {"keep_rgb": True},
        "low-quality": {"quality": 20},
    }.items():  # fmt: skip
        write(f"jpeg-{name}.jpg", saved(photo, format="JPEG", **options))
    write("jpeg-gray.jpg", saved(photo.convert("L"), format="JPEG"))
    write("jpeg-gray-progressive.jpg", saved(photo.convert("L"), format="JPEG", progressive=True))
    inks = Image.fromarray(noise(37, 29, 4, 2), "CMYK")
    cmyk = saved(inks, format="JPEG", quality=95)
    write("jpeg-cmyk.jpg", cmyk)
    # The same inks declared as YCCK: the last byte of the Adobe segment is the colour transform.
    place = cmyk.index(b"Adobe") + 11
    assert cmyk[place] == 0
    write("jpeg-ycck.jpg", cmyk[:place] + b"\x02" + cmyk[place + 1 :])
    write("jpeg-1x1.jpg", saved(photo.crop((0, 0, 1, 1)), format="JPEG"))


def make_gif():
    image = Image.fromarray(noise(13, 9, 3, 8)).quantize(23, dither=Image.Dither.NONE)
    for interlace in (0, 1):
        write(f"gif-interlace{interlace}.gif", saved(image, format="GIF", interlace=interlace))
    write("gif-transparent.gif", saved(image, format="GIF", transparency=4))
    # A frame of 13 × 9 at (3, 2) of a canvas of 20 × 14, with and without a transparent colour.
    for name in ("gif-interlace0.gif", "gif-transparent.gif"):
        with open(os.path.join("files", name), "rb") as file:
            data = bytearray(file.read())
        data[6:10] = struct.pack("<HH", 20, 14)
        frame = data.index(b"," + struct.pack("<HHHH", 0, 0, 13, 9))
        data[frame + 1 : frame + 5] = struct.pack("<HH", 3, 2)
        write(name.replace(".gif", "-placed.gif"), bytes(data))
    data[frame + 1 : frame + 5] = struct.pack("<HH", 15, 11)
    write("gif-beyond-canvas.gif", bytes(data))
    frames = [image, image.transpose(Image.Transpose.ROTATE_180)]
    write("gif-animated.gif", saved(frames[0], format="GIF", save_all=True, append_images=frames[1:]))
    large = Image.fromarray(noise(90, 70, 1, 2)[..., 0])
    write("gif-gray-many-codes.gif", saved(large, format="GIF"))


def make_webp():
    color = Image.fromarray(noise(21, 15, 4, 9))
    write("webp-lossless-alpha.webp", saved(color, format="WEBP", lossless=True, exact=True))
    write("webp-lossless.webp", saved(color.convert("RGB"), format="WEBP", lossless=True))
    write("webp-lossy.webp", saved(color.convert("RGB"), format="WEBP", quality=70))
    write("webp-lossy-alpha.webp", saved(color, format="WEBP", quality=70))
    frames = [color, color.transpose(Image.Transpose.ROTATE_180)]
    write("webp-animated.webp", saved(frames[0], format="WEBP", save_all=True, append_images=frames[1:], lossless=True))


def bmp(width, height, bits, rows, compression=0, palette=b"", masks=b"", size=40):
    offset = 14 + size + len(masks) * (size == 40) + len(palette)
    header = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, compression, len(rows), 0, 0,
                         len(palette) // 4, 0)  # fmt: skip
    if size > 40:
        header += masks + bytes(size - 40 - len(masks))
        masks = b""
    return b"BM" + struct.pack("<IHHI", offset + len(rows), 0, 0, offset) + header + masks + palette + rows


def padded(rows):
    return b"".join(row + bytes(-len(row) % 4) for row in rows)


def make_bmp():
    width, height = 13, 9
    color = noise(width, height, 4, 12)
    image = Image.fromarray(color)
    write("bmp-24.bmp", saved(image.convert("RGB"), format="BMP"))
    write("bmp-8.bmp", saved(image.convert("RGB").quantize(30), format="BMP"))
    write("bmp-gray.bmp", saved(image.convert("L"), format="BMP"))
    write("bmp-1.bmp", saved(image.convert("1"), format="BMP"))
    bgra = color[..., [2, 1, 0, 3]]
    write("bmp-32-top-down.bmp", bmp(width, -height, 32, bgra.tobytes()))
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    write("bmp-32-alpha.bmp", bmp(width, height, 32, bgra[::-1].tobytes(), 3, masks=masks, size=108))
    masks = struct.pack("<IIII", 0xFF000000, 0xFF0000, 0xFF00, 0)
    xbgr = color[..., [3, 2, 1, 0]]
    write("bmp-32-fields.bmp", bmp(width, height, 32, xbgr.tobytes(), 3, masks=masks, size=56))
    words = np.random.default_rng(3).integers(0, 65536, (height, width)).astype("<u2")
    rows = padded([row.tobytes() for row in words])
    write("bmp-16-555.bmp", bmp(width, height, 16, rows))
    masks = struct.pack("<III", 0xF800, 0x7E0, 0x1F)
    write("bmp-16-565.bmp", bmp(width, height, 16, rows, 3, masks=masks))
    palette = b"".join(bytes(p) + b"\0" for p in noise(16, 1, 3, 4)[0].tolist())
    fours = noise(width, height, 1, 14) >> 4
    write("bmp-4.bmp", bmp(width, height, 4, padded(packed(fours, 4)), palette=palette))
    core = struct.pack("<IHHHH", 12, width, height, 1, 4)
    short = b"".join(palette[i : i + 3] for i in range(0, 64, 4))
    rows = padded(packed(fours, 4))
    write("bmp-4-core.bmp", b"BM" + struct.pack("<IHHI", 0, 0, 0, 26 + len(short)) + core + short + rows)
    # Run-length coded: a run, a literal of odd length with its padding, a move, the ends of rows and picture.
    runs8 = bytes([5, 3, 0, 3, 1, 2, 4, 0, 5, 9, 0, 0, 13, 7, 0, 0, 2, 6, 0, 2, 4, 1]) + bytes([7, 1, 0, 0])
    runs8 += b"".join(bytes([13, i, 0, 0]) for i in range(5)) + bytes([13, 15, 0, 1])
    write("bmp-8-runs.bmp", bmp(width, height, 8, runs8, 1, palette=palette))
    runs4 = b"".join(bytes([6, 0x12 + i, 0, 5, 0x34, 0x56, 0x70, 0, 2, 0x89, 0, 0]) for i in range(9)) + bytes([0, 1])
    write("bmp-4-runs.bmp", bmp(width, height, 4, runs4, 2, palette=palette))


def decode_all():
    for name in sorted(os.listdir("files")):
        image = Image.open(os.path.join("files", name))
        case = {"file": name, "width": image.width, "height": image.height, "lossy": image.format == "JPEG"}
        case["lossy"] = case["lossy"] or "lossy" in name
        for format_, mode in MODES.items():
            image = Image.open(os.path.join("files", name))
            case[format_] = keep(np.asarray(image.convert(mode)))
        index["decode"].append(case)


def make_reduced():
    for name in ("jpeg-420.jpg", "jpeg-444.jpg", "jpeg-gray.jpg", "jpeg-progressive.jpg", "jpeg-cmyk.jpg"):
        for width, height in [(18, 14), (9, 7), (4, 3)]:
            image = Image.open(os.path.join("files", name))
            image.draft(None, (width, height))
            index["reduced"].append(
                {"file": name, "minimumWidth": width, "minimumHeight": height, "width": image.width,
                 "height": image.height, "rgb": keep(np.asarray(image.convert("RGB")))})  # fmt: skip


def make_turned():
    image = Image.fromarray(noise(11, 6, 3, 20))
    for value in range(1, 9):
        exif = Image.Exif()
        exif[0x010F] = "maker"
        exif[0x0112] = value
        for extension, options in {
            "jpg": {"format": "JPEG", "quality": 100, "subsampling": 0}, "png": {"format": "PNG"},
            "webp": {"format": "WEBP", "lossless": True},
        }.items():  # fmt: skip
            name = f"turned-{value}.{extension}"
            write(name, saved(image, exif=exif, **options))
            upright = ImageOps.exif_transpose(Image.open(os.path.join("files", name)))
            index["turn"].append(
                {"file": name, "orientation": value, "width": upright.width, "height": upright.height,
                 "rgb": keep(np.asarray(upright.convert("RGB")))})  # fmt: skip


# Resizing -----------------------------------------------------------------------------------------------------------


def make_resized():
    import cv2

    sizes = [(11, 7), (40, 29), (24, 5), (5, 18), (12, 9), (1, 1), (57, 2)]
    for format_, mode in MODES.items():
        channels = len(mode)
        pixels = noise(24, 18, channels, 30)
        image = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
        source = keep(np.asarray(image))
        for width, height in sizes:
            for name, filter_ in FILTERS.items():
                offset = keep(np.asarray(image.resize((width, height), filter_)))
                index["resize"].append(
                    {"format": format_, "filter": name, "source": source, "width": width, "height": height,
                     "expected": offset})  # fmt: skip
            resized = cv2.resize(np.asarray(image), (width, height), interpolation=cv2.INTER_LINEAR)
            index["resize"].append(
                {"format": format_, "filter": "openCVLinear", "source": source, "width": width, "height": height,
                 "expected": keep(resized)})  # fmt: skip


# Digits -------------------------------------------------------------------------------------------------------------


def digit_reference(image, removes_background):
    """The steps of the digits app one by one, plainly."""
    for background in ("white", "black") if image.mode == "RGBA" else ("white",):
        if image.mode == "RGBA":
            canvas = Image.new("RGB", image.size, background)
            canvas.paste(image, mask=image.getchannel("A"))
        else:
            canvas = image
        gray = np.asarray(canvas.convert("L")).astype(int)
        height, width = gray.shape
        h, w = max(1, height // 10), max(1, width // 10)
        corners = [gray[:h, :w].mean(), gray[:h, -w:].mean(), gray[-h:, :w].mean(), gray[-h:, -w:].mean()]
        inverted = np.mean(corners) > 127
        ink = 255 - gray if inverted else gray
        if removes_background:
            level = int(np.rint(sorted(255 - c if inverted else c for c in corners)[1]))
            ink = np.maximum(ink - level, 0) * 255 // (255 - level)
        kept = ink > 30
        if kept.any():
            break
    result = np.zeros((28, 28), np.uint8)
    if not kept.any():
        return result
    ys, xs = np.where(kept.any(axis=1))[0], np.where(kept.any(axis=0))[0]
    crop = ink[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1].astype(np.uint8)
    longest = max(crop.shape)
    size = [max(1, round(side * 20 / longest)) for side in crop.shape]
    digit = np.asarray(Image.fromarray(crop).resize((size[1], size[0]), Image.LANCZOS))
    top, left = (28 - size[0]) // 2, (28 - size[1]) // 2
    result[top : top + size[0], left : left + size[1]] = digit
    mass = result.sum()
    if mass == 0:
        return result
    y, x = np.mgrid[0:28, 0:28]
    down = round(14 - float((y * result.astype(float)).sum() / mass))
    right = round(14 - float((x * result.astype(float)).sum() / mass))
    moved = np.zeros_like(result)
    for row in range(28):
        for column in range(28):
            if 0 <= row - down < 28 and 0 <= column - right < 28:
                moved[row, column] = result[row - down, column - right]
    return moved


def draw_three(size, box, thickness, ink, paper, mode="RGB"):
    """A 3 in a box, drawn at four times the size and averaged, as a canvas smooths it."""
    image = Image.new(mode, (size[0] * 4, size[1] * 4), paper)
    pen = ImageDraw.Draw(image)
    left, top, right, bottom = (4 * v for v in box)
    middle = (top + bottom) // 2
    pen.arc([left, top, right, middle + 2 * thickness], 180, 450, ink, 4 * thickness)
    pen.arc([left, middle - 2 * thickness, right, bottom], 270, 540, ink, 4 * thickness)
    return image.resize(size, Image.BOX)


def make_digits():
    black, white = (0, 0, 0), (255, 255, 255)
    drawings = {
        "thick": draw_three((120, 120), (25, 15, 95, 105), 14, black, white),
        "thin": draw_three((120, 120), (30, 20, 90, 100), 2, black, white),
        "off-centre": draw_three((140, 110), (90, 50, 130, 105), 6, black, white),
        "small": draw_three((160, 160), (20, 120, 36, 144), 2, black, white),
        "light-on-dark": draw_three((100, 100), (30, 15, 75, 85), 7, white, black),
        "grey-pencil": draw_three((100, 100), (30, 15, 75, 85), 4, (110, 110, 120), (240, 238, 230)),
        "transparent": draw_three((90, 90), (25, 15, 65, 75), 6, (0, 0, 0, 255), (0, 0, 0, 0), "RGBA"),
        "transparent-white-ink": draw_three((90, 90), (25, 15, 65, 75), 6, white + (255,), white + (0,), "RGBA"),
        "transparent-blue-ink": draw_three((90, 90), (25, 15, 65, 75), 6, (20, 40, 200, 180), (9, 9, 9, 0), "RGBA"),
        "blank-white": Image.new("RGB", (50, 40), white),
        "blank-black": Image.new("L", (50, 40), 0),
        "blank-transparent": Image.new("RGBA", (50, 40), (0, 0, 0, 0)),
        "one-pixel": Image.new("RGB", (1, 1), (200, 10, 30)),
        "one-pixel-white": Image.new("L", (1, 1), 255),
        "very-wide": draw_three((300, 9), (140, 0, 150, 8), 1, black, white),
        "wide-line": Image.fromarray(np.where(np.mgrid[0:30, 0:200][0] == 15, 0, 255).astype(np.uint8)),
        "mnist-size": draw_three((28, 28), (9, 5, 18, 23), 2, white, black).convert("L"),
        "touching-corner": draw_three((28, 28), (0, 0, 20, 27), 3, white, black).convert("L"),
    }
    random = np.random.default_rng(7)
    scan = np.asarray(draw_three((110, 130), (30, 25, 80, 105), 6, (40, 40, 45), (226, 222, 214))).astype(float)
    slope = np.linspace(-9, 9, 110)[None, :, None]
    scan = np.clip(scan + slope + random.normal(0, 4, scan.shape), 0, 255).astype(np.uint8)
    drawings["noisy-scan"] = Image.fromarray(scan)
    for name, image in drawings.items():
        write(f"digit-{name}.png", saved(image, format="PNG"))
        index["digit"].append(
            {"file": f"digit-{name}.png", "plain": keep(digit_reference(image, False)),
             "cleaned": keep(digit_reference(image, True))})  # fmt: skip


# Tensors ------------------------------------------------------------------------------------------------------------


def make_tensors():
    write("tensor-wide.png", saved(Image.fromarray(noise(50, 31, 3, 40)), format="PNG"))
    write("tensor-tall.png", saved(Image.fromarray(noise(23, 41, 3, 41)), format="PNG"))
    mean, deviation = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    for name in ("tensor-wide.png", "tensor-tall.png"):
        image = Image.open(os.path.join("files", name))
        width, height = image.size
        plain = {"width": 12, "height": 10, "layout": "nhwc", "scale": 1}
        value = np.asarray(image.resize((12, 10), Image.BILINEAR), np.float32)
        tensor(name, plain, value)
        tensor(name, plain | {"color": "bgr", "scale": 1 / 255}, value[..., ::-1].astype(np.float64) / 255)
        gray = np.asarray(image.convert("L").resize((12, 10), Image.LANCZOS), np.float64)
        options = plain | {"color": "gray", "filter": "lanczos", "scale": 1 / 255, "mean": 0.1307}
        tensor(name, options | {"standardDeviation": 0.3081}, ((gray / 255 - 0.1307) / 0.3081)[..., None])
        # As torchvision: Resize(16), CenterCrop(12), ToTensor, Normalize.
        short = min(width, height)
        size = (16, 16 * height // width) if width == short else (16 * width // height, 16)
        resized = image.resize(size, Image.BILINEAR)
        left, top = round((size[0] - 12) / 2), round((size[1] - 12) / 2)
        part = np.asarray(resized.crop((left, top, left + 12, top + 12)), np.float64)
        value = ((part / 255 - mean) / deviation).transpose(2, 0, 1)
        options = {"width": 12, "height": 12, "fit": "cover", "shorterSide": 16, "mean": mean}
        tensor(name, options | {"standardDeviation": deviation}, value)
        value = np.asarray(ImageOps.pad(image, (14, 14), Image.BICUBIC, color=(10, 20, 30)), np.float64) / 255
        options = {"width": 14, "height": 14, "fit": "contain", "padding": [10, 20, 30], "filter": "bicubic"}
        tensor(name, options, value.transpose(2, 0, 1))


def tensor(name, profile, values):
    values = np.ascontiguousarray(values, "<f4")
    index["tensor"].append(
        {"file": name, "profile": profile, "count": values.size, "shape": [1, *values.shape], "expected": keep(values)})


def make_photos(output, width, height, files):
    """Per photo: the pixels as RGB upright, then resized by each filter and by OpenCV; sizes go to the output."""
    import cv2

    with open(output, "wb") as out:
        for file in files:
            image = ImageOps.exif_transpose(Image.open(file)).convert("RGB")
            out.write(struct.pack("<II", *image.size))
            out.write(image.tobytes())
            for filter_ in FILTERS.values():
                out.write(image.resize((width, height), filter_).tobytes())
            out.write(cv2.resize(np.asarray(image), (width, height), interpolation=cv2.INTER_LINEAR).tobytes())


if __name__ == "__main__":
    if sys.argv[1:2] == ["photos"]:
        make_photos(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
        sys.exit()
    os.makedirs("files", exist_ok=True)
    for name in os.listdir("files"):
        os.remove(os.path.join("files", name))
    make_png()
    make_jpeg()
    make_gif()
    make_webp()
    make_bmp()
    decode_all()
    make_reduced()
    make_turned()
    make_resized()
    make_digits()
    make_tensors()
    with open("expected.bin", "wb") as file:
        file.write(expected)
    with open("index.json", "w") as file:
        json.dump(index, file, indent=0)
