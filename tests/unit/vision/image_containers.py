"""Writes GIF, WebP animations, APNG and multi-picture JPEG by hand. For make_wild_fixtures.py."""

import struct

import numpy as np

from image_writers import PNG_MAGIC, chunk, encode


def gif_codes(indices):
    """LZW data without compression: codes of 9 bits, with a clear code before they would grow."""
    bits, held, out = 0, 0, bytearray()
    codes = []
    for i, index in enumerate(indices):
        if i % 250 == 0:
            codes.append(256)
        codes.append(int(index))
    for code in codes + [257]:
        bits |= code << held
        held += 9
        while held >= 8:
            out.append(bits & 255)
            bits >>= 8
            held -= 8
    if held:
        out.append(bits & 255)
    blocks = b"".join(bytes([len(out[i : i + 255])]) + bytes(out[i : i + 255]) for i in range(0, len(out), 255))
    return b"\x08" + blocks + b"\0"


def gif_palette(colours):
    """The size bits and the bytes of a palette, filled up with zeros to a power of two."""
    size = max(0, int(np.ceil(np.log2(max(2, len(colours))))) - 1)
    return size, colours.astype(np.uint8).tobytes().ljust(3 << (size + 1), b"\0")


def interlaced_rows(height):
    return [y for first, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(first, height, step)]


def gif(indices, canvas=None, at=(0, 0), colours=None, local=None, transparent=None, interlaced=False,
        before=b"", after=b"", version=b"GIF89a", background=0):
    """A GIF whose first frame has the palette indices [h, w]; canvas and at are (x, y)."""
    height, width = indices.shape
    canvas = canvas or (width, height)
    flags, table = 0, b""
    if colours is not None:
        size, table = gif_palette(colours)
        flags = 0x80 | size
    out = version + struct.pack("<HHBBB", *canvas, flags, background, 0) + table + before
    if transparent is not None:
        out += b"!\xf9\x04" + struct.pack("<BHB", 1, 10, transparent) + b"\0"
    frame_flags, frame_table = 0x40 if interlaced else 0, b""
    if local is not None:
        size, frame_table = gif_palette(local)
        frame_flags |= 0x80 | size
    rows = indices[interlaced_rows(height)] if interlaced else indices
    out += b"," + struct.pack("<HHHHB", *at, width, height, frame_flags) + frame_table
    return out + gif_codes(rows.reshape(-1)) + after + b";"


def little3(value):
    return struct.pack("<I", value)[:3]


def riff(kind, data):
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def webp_animation(canvas, frames, alpha=False):
    """`frames` are (image, x, y, options); x and y are even."""
    flags = 0x02 | (0x10 if alpha else 0)
    body = riff(b"VP8X", bytes([flags, 0, 0, 0]) + little3(canvas[0] - 1) + little3(canvas[1] - 1))
    body += riff(b"ANIM", b"\xff\x80\x40\xff\0\0")
    for image, x, y, options in frames:
        still = encode(image, "WEBP", **options)[12:]
        if still[:4] == b"VP8X":
            still = still[18:]
        size = little3(image.width - 1) + little3(image.height - 1)
        body += riff(b"ANMF", little3(x // 2) + little3(y // 2) + size + little3(100) + b"\0" + still)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def apng(default, frame, default_is_frame):
    """An APNG of two pictures of one size. The default image is the first frame, or hidden."""
    def data_of(image):
        file = encode(image, "PNG")
        at = file.index(b"IDAT") - 4
        return file[len(PNG_MAGIC) : at], file[at + 8 : at + 8 + struct.unpack(">I", file[at : at + 4])[0]]

    head, first = data_of(default)
    second = data_of(frame)[1]
    control = lambda number: chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, *default.size, 0, 0, 1, 10, 0, 0))
    out = PNG_MAGIC + head + chunk(b"acTL", struct.pack(">II", 2 if default_is_frame else 1, 0))
    number = 0
    if default_is_frame:
        out, number = out + control(0), 1
    out += chunk(b"IDAT", first) + control(number)
    return out + chunk(b"fdAT", struct.pack(">I", number + 1) + second) + chunk(b"IEND", b"")
