"""Writes small pictures in layouts that Pillow reads but does not write. For make_decode_fixtures.py."""

import io
import struct
import zlib

import numpy as np

WIDTH, HEIGHT = 27, 21


def picture(channels, width=WIDTH, height=HEIGHT):
    """Waves that no two channels share, plus a little noise."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    noise = np.random.default_rng(7)
    planes = []
    for c in range(channels):
        wave = np.sin(x / (3.1 + c) + c) + np.cos(y / (4.7 - 0.6 * c) - c) + 0.1 * c
        planes.append(127.5 + 55 * wave + noise.normal(0, 4, wave.shape))
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


RGB = picture(3)
RGBA = picture(4)
GREY = picture(1)[..., 0]


def encode(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(orientation, big=False):
    entry = struct.pack(">HHIHH" if big else "<HHIHH", 274, 3, 1, orientation, 0)
    head = b"MM\0*\0\0\0\x08\0\x01" if big else b"II*\0\x08\0\0\0\x01\0"
    return b"Exif\0\0" + head + entry + b"\0\0\0\0"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(samples, depth, colour, extra=b"", interlaced=False, after=b"", pieces=1):
    """A PNG of `samples` [h, w, c], for the depths and layouts that Pillow does not write."""
    samples = samples.reshape(samples.shape[0], samples.shape[1], -1)
    height, width = samples.shape[:2]

    def rows(block):
        out = b""
        for row in block:
            if depth == 16:
                out += b"\0" + row.astype(">u2").tobytes()
            else:
                bits = np.unpackbits(row.reshape(-1, 1).astype(np.uint8), axis=1)[:, 8 - depth :]
                out += b"\0" + np.packbits(bits.reshape(-1)).tobytes()
        return out

    if interlaced:
        passes = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7]
        raw = b"".join(rows(p) for p in passes if p.size)
    else:
        raw = rows(samples)
    packed = zlib.compress(raw, 9)
    step = -(-len(packed) // pieces)
    data = b"".join(chunk(b"IDAT", packed[i : i + step]) for i in range(0, len(packed), step))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    return PNG_MAGIC + chunk(b"IHDR", header) + extra + data + after + chunk(b"IEND", b"")


def palette_of(count):
    return np.random.default_rng(count).integers(0, 256, (count, 3)).astype(np.uint8)


def bmp(rows, bits, compression=0, palette=b"", masks=b"", height=HEIGHT, width=WIDTH):
    offset = 14 + 40 + len(masks) + len(palette)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(rows), 0, 0, len(palette) // 4, 0)
    return b"BM" + struct.pack("<IHHI", offset + len(rows), 0, 0, offset) + info + masks + palette + rows


def bmp_rows(values, dtype=None):
    out = b""
    for row in values[::-1]:
        line = row.astype(dtype).tobytes() if dtype else bytes(row)
        out += line + b"\0" * (-len(line) % 4)
    return out


def quads(palette):
    return b"".join(bytes([b, g, r, 0]) for r, g, b in palette)


def rle8(indices):
    out = b""
    for row in indices[::-1]:
        for value in row[: len(row) // 2]:
            out += bytes([1, value])
        rest = bytes(row[len(row) // 2 :])
        out += bytes([0, len(rest)]) + rest + b"\0" * (len(rest) % 2) + b"\0\0"
    return out[:-2] + b"\0\x01"


def tiff(samples, order="<", entries=(), planar=False, photometric=2, tile=0, deflate=False):
    """A TIFF of 8- or 16-bit `samples` [h, w, c]."""
    samples = samples.reshape(samples.shape[0], samples.shape[1], -1)
    height, width, channels = samples.shape
    bits = samples.dtype.itemsize * 8
    raw = samples.astype(samples.dtype.newbyteorder(order))
    strips = [raw[..., c].tobytes() for c in range(channels)] if planar else [raw.tobytes()]
    if tile:
        padded = np.pad(raw, ((0, -height % tile), (0, -width % tile), (0, 0)))
        strips = [padded[y : y + tile, x : x + tile].tobytes()
                  for y in range(0, height, tile) for x in range(0, width, tile)]
    tags = {256: (3, [width]), 257: (3, [height]), 258: (3, [bits] * channels), 259: (3, [1]),
            262: (3, [photometric]), 273: (4, []), 277: (3, [channels]), 278: (3, [height]),
            279: (4, [len(s) for s in strips]), 284: (3, [2 if planar else 1])}
    if deflate:
        strips = [zlib.compress(s, 9) for s in strips]
        tags |= {259: (3, [8]), 279: (4, [len(s) for s in strips])}
    offsets = tags[273]
    if tile:
        tags |= {322: (3, [tile]), 323: (3, [tile]), 324: offsets, 325: tags[279]}
        for strip_tag in (273, 278, 279):
            del tags[strip_tag]
    tags.update(entries)
    body, place = b"", 8
    for strip in strips:
        offsets[1].append(place + len(body))
        body += strip
    body += b"\0" * (len(body) % 2)
    start = place + len(body)
    extra, extra_at = b"", start + 2 + 12 * len(tags) + 4
    directory = struct.pack(order + "H", len(tags))
    for tag in sorted(tags):
        kind, values = tags[tag]
        data = struct.pack(order + ("H" if kind == 3 else "I") * len(values), *values)
        field = data.ljust(4, b"\0")
        if len(data) > 4:
            field = struct.pack(order + "I", extra_at + len(extra))
            extra += data
        directory += struct.pack(order + "HHI", tag, kind, len(values)) + field
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "I", start) + body + directory + b"\0\0\0\0" + extra
