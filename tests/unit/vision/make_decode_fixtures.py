"""Makes tests/unit/vision/data/decode: small pictures, what Pillow reads from them, and whether
Pillow reads them once cut or altered. Run with Pillow >= 13 and numpy:

    python3 make_decode_fixtures.py FOLDER

where FOLDER holds the ImageNet photographs that the tests find under images/imagenet of the shared
data.

pictures.tsv    file, width, height, tolerance: FILE.rgb holds the R,G,B bytes of
                ImageOps.exif_transpose(Image.open(FILE)).convert("RGB"), read from memory (by path,
                Pillow 13 misreads grey TIFF of orientation 5-8); `tolerance` is the largest
                difference that vision/decode/image.h documents for this kind of file.
plain.tsv       file, width, height, digest: the same for files with an orientation, without
                exif_transpose; FNV-1a of the bytes.
cuts.tsv        file, bytes kept, ok or error: Pillow's verdict on the first bytes of the file.
photos.tsv      file, width, height, digest: as plain.tsv, but upright, for 40 of FOLDER's photographs.
altered.tsv     name, file, offset, hex, Pillow's verdict, ours: `hex` overwrites the file's bytes at
                `offset`. Ours is the stricter one where the header claims pixels that the data
                cannot hold.
"""

import io
import pathlib
import struct
import sys
import tempfile
import warnings
import zlib

import numpy as np
from PIL import Image, ImageOps, TiffImagePlugin

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "data" / "decode"
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


def jpegs():
    colour, grey = Image.fromarray(RGB), Image.fromarray(GREY)
    cmyk = encode(Image.fromarray(RGBA, "CMYK"), "JPEG", quality=90)
    adobe = cmyk.index(b"Adobe")
    files = {
        "baseline.jpg": (encode(colour, "JPEG", quality=85), 0),
        "progressive.jpg": (encode(colour, "JPEG", quality=85, progressive=True), 0),
        "full_chroma.jpg": (encode(colour, "JPEG", quality=92, subsampling=0), 0),
        "half_chroma.jpg": (encode(colour, "JPEG", quality=80, subsampling=1), 0),
        "restart.jpg": (encode(colour, "JPEG", quality=85, restart_marker_rows=1), 0),
        "grey.jpg": (encode(grey, "JPEG", quality=85), 0),
        "grey_progressive.jpg": (encode(grey, "JPEG", quality=85, progressive=True), 0),
        "cmyk.jpg": (cmyk, 2),
        "ycck.jpg": (cmyk[: adobe + 11] + b"\x02" + cmyk[adobe + 12 :], 2),
        "trailer.jpg": (encode(colour, "JPEG", quality=60) + b"\0\xff\xd9after the end", 0),
        "noise_before_marker.jpg": (encode(colour, "JPEG", quality=60).replace(b"\xff\xdb", b"\xff\xff\xff\xdb", 1), 0),
    }
    for value in (1, 2, 3, 4, 5, 6, 7, 8, 0, 9, 65535):
        files[f"orientation_{value}.jpg"] = (encode(colour, "JPEG", quality=50, exif=exif(value, value % 2 == 0)), 0)
    long_entry = exif(6).replace(struct.pack("<HHIHH", 274, 3, 1, 6, 0), struct.pack("<HHII", 274, 4, 1, 6))
    files["orientation_long.jpg"] = (encode(colour, "JPEG", quality=50, exif=long_entry), 0)
    files["orientation_cut_exif.jpg"] = (encode(colour, "JPEG", quality=50, exif=exif(6)[:20]), 0)
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="8"/></x:xmpmeta>'
    files["orientation_xmp.jpg"] = (encode(colour, "JPEG", quality=50, xmp=xmp), 0)
    return files


def pngs():
    colour, alpha = Image.fromarray(RGB), Image.fromarray(RGBA)
    grey = Image.fromarray(GREY)
    indices = (GREY.astype(int) * 200 // 256).astype(np.uint8)
    plte = chunk(b"PLTE", palette_of(200).tobytes())
    deep = picture(4).astype(np.uint16) * 251 + 77
    files = {
        "rgb.png": encode(colour, "PNG"),
        "rgba.png": encode(alpha, "PNG"),
        "grey.png": encode(grey, "PNG"),
        "grey_alpha.png": png(RGBA[..., :2], 8, 4),
        "palette.png": png(indices, 8, 3, plte),
        "palette_alpha.png": png(indices, 8, 3, plte + chunk(b"tRNS", bytes(range(0, 200, 2)))),
        "palette_4bit.png": png(GREY // 16, 4, 3, chunk(b"PLTE", palette_of(16).tobytes())),
        "palette_2bit.png": png(GREY // 64, 2, 3, chunk(b"PLTE", palette_of(4).tobytes())),
        "palette_1bit.png": png(GREY // 128, 1, 3, chunk(b"PLTE", palette_of(2).tobytes())),
        "grey_1bit.png": png(GREY // 128, 1, 0),
        "grey_2bit.png": png(GREY // 64, 2, 0),
        "grey_4bit.png": png(GREY // 16, 4, 0),
        "grey_16bit.png": png(deep[..., 0] // 150, 16, 0),
        "rgb_16bit.png": png(deep[..., :3], 16, 2),
        "rgba_16bit.png": png(deep, 16, 6),
        "grey_alpha_16bit.png": png(deep[..., :2], 16, 4),
        "grey_trns.png": png(GREY, 8, 0, chunk(b"tRNS", b"\0\x80")),
        "grey_16bit_trns.png": png(deep[..., 0] // 150, 16, 0, chunk(b"tRNS", b"\0\x80")),
        "rgb_trns.png": png(RGB, 8, 2, chunk(b"tRNS", b"\0\x80\0\x80\0\x80")),
        "interlaced.png": png(RGB, 8, 2, interlaced=True),
        "interlaced_palette.png": png(GREY // 64, 2, 3, chunk(b"PLTE", palette_of(4).tobytes()), interlaced=True),
        "pieces.png": png(RGB, 8, 2, pieces=5, after=chunk(b"tEXt", b"Comment\0after the pixels")),
        "profile.png": png(RGB, 8, 2, chunk(b"gAMA", struct.pack(">I", 30000)) + chunk(b"iCCP", b"bad\0\0" + zlib.compress(b"no profile")) + chunk(b"prVt", b"ours")),
        "orientation_6.png": png(RGB, 8, 2, chunk(b"eXIf", exif(6)[6:])),
        "orientation_7.png": png(GREY, 8, 0, after=chunk(b"eXIf", exif(7, True)[6:])),
    }
    return {name: (data, 0) for name, data in files.items()}


def webps():
    colour, alpha = Image.fromarray(RGB), Image.fromarray(RGBA)
    frames = [Image.fromarray(RGB), Image.fromarray(255 - RGB)]
    files = {
        "lossy.webp": encode(colour, "WEBP", quality=80),
        "lossless.webp": encode(colour, "WEBP", lossless=True),
        "lossy_alpha.webp": encode(alpha, "WEBP", quality=80, exact=True),
        "lossless_alpha.webp": encode(alpha, "WEBP", lossless=True, exact=True),
        "orientation_6.webp": encode(colour, "WEBP", quality=60, exif=exif(6)),
        "orientation_7.webp": encode(colour, "WEBP", quality=60, exif=exif(7, True)[6:]),
        "animated.webp": encode(frames[0], "WEBP", lossless=True, save_all=True, append_images=frames[1:]),
    }
    return {name: (data, 0) for name, data in files.items()}


def tiffs():
    colour, alpha, grey = Image.fromarray(RGB), Image.fromarray(RGBA), Image.fromarray(GREY)
    wide = picture(4).astype(np.uint16) * 251 + 77
    strips = TiffImagePlugin.ImageFileDirectory_v2()
    strips[278] = 8
    indexed = colour.quantize(16)
    files = {
        "raw.tif": (encode(colour, "TIFF"), 0),
        "strips.tif": (encode(colour, "TIFF", compression="tiff_lzw", tiffinfo=strips), 0),
        "lzw.tif": (encode(colour, "TIFF", compression="tiff_lzw"), 0),
        "deflate.tif": (encode(colour, "TIFF", compression="tiff_adobe_deflate"), 0),
        "packbits.tif": (encode(colour, "TIFF", compression="packbits"), 0),
        "jpeg.tif": (encode(colour, "TIFF", compression="jpeg", quality=90), 0),
        "grey.tif": (encode(grey, "TIFF"), 0),
        "grey_white_is_0.tif": (tiff(GREY, photometric=0), 0),
        "palette.tif": (encode(indexed, "TIFF"), 0),
        "bilevel.tif": (encode(grey.convert("1"), "TIFF"), 0),
        "group4.tif": (encode(grey.convert("1"), "TIFF", compression="group4"), 0),
        "cmyk.tif": (encode(Image.fromarray(RGBA, "CMYK"), "TIFF"), 2),
        "rgba.tif": (encode(alpha, "TIFF", compression="tiff_lzw"), 0),
        "rgbx.tif": (tiff(RGBA, entries={338: (3, [0])}), 0),
        "grey_alpha.tif": (encode(Image.fromarray(RGBA[..., :2], "LA"), "TIFF"), 0),
        "grey_16bit.tif": (tiff(wide[..., 0] // 150, photometric=1), 0),
        "grey_16bit_white_is_0.tif": (tiff(GREY.astype(np.uint16) + 3, photometric=0), 0),
        "planar_alpha.tif": (tiff(RGBA, planar=True, entries={338: (3, [2])}), 0),
        "grey_16bit_big.tif": (tiff(wide[..., 0] // 150, ">", photometric=1), 0),
        "rgb_16bit.tif": (tiff(wide[..., :3]), 0),
        "rgba_16bit.tif": (tiff(wide, ">", entries={338: (3, [2])}), 0),
        "planar.tif": (tiff(RGB, planar=True), 0),
        "tiles.tif": (tiff(RGB, tile=16, deflate=True), 0),
        "tiles_16bit.tif": (tiff(wide[..., :3], tile=16), 0),
        "big.tif": (encode(colour, "TIFF", big_tiff=True), 0),
        "mm.tif": (tiff(RGB, ">"), 0),
    }
    for value in (2, 3, 6, 7, 9):
        files[f"orientation_{value}.tif"] = (tiff(RGB, "<>"[value % 2], {274: (3, [value])}), 0)
    files["orientation_8_grey_16bit.tif"] = (tiff(wide[..., 0] // 150, entries={274: (3, [8])}, photometric=1), 0)
    return files


def bmps():
    indices = (GREY.astype(int) * 200 // 256).astype(np.uint8)
    five = RGB.astype(np.uint32) >> 3
    word555 = five[..., 0] << 10 | five[..., 1] << 5 | five[..., 2]
    word565 = five[..., 0] << 11 | (RGB[..., 1].astype(np.uint32) >> 2) << 5 | five[..., 2]
    nibbles = np.pad(GREY // 16, ((0, 0), (0, WIDTH % 2)))
    grey16 = np.repeat(np.arange(0, 256, 17, dtype=np.uint8)[:, None], 3, 1)
    bits = np.packbits(GREY // 128, axis=1)
    top_down = bmp(bmp_rows(RGB[::-1, :, ::-1].reshape(HEIGHT, -1)), 24, height=-HEIGHT)
    masks565 = struct.pack("<III", 0xF800, 0x7E0, 0x1F)
    masks888 = struct.pack("<III", 0xFF0000, 0xFF00, 0xFF)
    files = {
        "rgb.bmp": (encode(Image.fromarray(RGB), "BMP"), 0),
        "top_down.bmp": (top_down, 0),
        "grey.bmp": (encode(Image.fromarray(GREY), "BMP"), 0),
        "palette.bmp": (bmp(bmp_rows(indices), 8, palette=quads(palette_of(200))), 0),
        "palette_4bit.bmp": (bmp(bmp_rows(nibbles[:, ::2] << 4 | nibbles[:, 1::2]), 4, palette=quads(palette_of(16))), 0),
        "palette_1bit.bmp": (bmp(bmp_rows(bits), 1, palette=quads(palette_of(2))), 0),
        "bilevel.bmp": (encode(Image.fromarray(GREY).convert("1"), "BMP"), 0),
        "rle8.bmp": (bmp(rle8(indices), 8, 1, palette=quads(palette_of(200))), 0),
        "bgrx.bmp": (bmp(bmp_rows(RGBA[..., [2, 1, 0, 3]].reshape(HEIGHT, -1)), 32), 0),
        "bitfields_32.bmp": (bmp(bmp_rows(RGBA[..., [2, 1, 0, 3]].reshape(HEIGHT, -1)), 32, 3, masks=masks888), 0),
        "rgb_555.bmp": (bmp(bmp_rows(word555, "<u2"), 16), 7),
        "rgb_565.bmp": (bmp(bmp_rows(word565, "<u2"), 16, 3, masks=masks565), 7),
    }
    return files


def pnms():
    def plain(values):
        return b"\n".join(b" ".join(b"%d" % v for v in row.reshape(-1)) for row in values) + b"\n"

    size = b"%d %d" % (WIDTH, HEIGHT)
    bits = GREY // 128
    deep = (picture(3).astype(np.uint32) * 1000 // 255).astype(">u2")
    files = {
        "p1.pbm": b"P1\n# drawn by hand\n" + size + b"\n" + plain(bits),
        "p1_packed.pbm": b"P1 " + size + b"\n" + b"\n".join(b"".join(b"%d" % v for v in row) for row in bits),
        "p2.pgm": b"P2\n" + size + b"\n255\n" + plain(GREY),
        "p3.ppm": b"P3\n" + size + b" 100 # a comment\n" + plain(RGB.astype(int) * 100 // 255),
        "p4.pbm": b"P4\n" + size + b"\n" + np.packbits(bits, axis=1).tobytes(),
        "p5.pgm": b"P5\n" + size + b"\n255\n" + GREY.tobytes(),
        "p5_maxval_15.pgm": b"P5\n" + size + b"\n15\n" + (GREY // 16).tobytes(),
        "p5_16bit.pgm": b"P5\n" + size + b"\n65535\n" + (GREY.astype(">u2") * 2).astype(">u2").tobytes(),
        "p5_maxval_1000.pgm": b"P5\n" + size + b"\n1000\n" + (GREY.astype(">u2") // 8).astype(">u2").tobytes(),
        "p6.ppm": b"P6\n# comment\n" + size + b"\n255\n" + RGB.tobytes(),
        "p6_maxval_1000.ppm": b"P6\n" + size + b"\n1000\n" + deep.tobytes(),
        "p6_16bit.ppm": b"P6\n" + size + b"\n65535\n" + (RGB.astype(np.uint32) * 257 - 3 * (RGB > 9)).astype(">u2").tobytes(),
    }
    return {name: (data, 0) for name, data in files.items()}


CUT = ["baseline.jpg", "progressive.jpg", "restart.jpg", "trailer.jpg", "orientation_6.jpg", "cmyk.jpg", "rgb.png",
       "interlaced.png", "palette.png", "pieces.png", "orientation_7.png", "lossy.webp", "lossless.webp",
       "lossy_alpha.webp", "raw.tif", "lzw.tif", "strips.tif", "deflate.tif", "planar.tif", "jpeg.tif", "big.tif",
       "rgb.bmp", "grey.bmp", "palette.bmp", "rle8.bmp", "p1.pbm", "p1_packed.pbm", "p2.pgm", "p3.ppm", "p4.pbm",
       "p5.pgm", "p5_maxval_15.pgm", "p6.ppm", "p6_maxval_1000.ppm"]


def reads(data, folder):
    """Whether Pillow opens, decodes and converts the file: from disk, as users do."""
    file = folder / "cut"
    file.write_bytes(data)
    try:
        with Image.open(file) as image:
            image.load()
            image.convert("RGB")
        return "ok"
    except Exception:
        return "error"


def altered(files):
    """Files whose header says what their data does not: name, file, offset, bytes."""
    def sof(name):
        data = files[name][0]
        return max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2")) + 5

    def ihdr(name, width=WIDTH, height=HEIGHT):
        data = files[name][0]
        header = b"IHDR" + struct.pack(">II", width, height) + data[24:29]
        return 12, header + struct.pack(">I", zlib.crc32(header))

    def tag(name, number, value, order="<"):
        data = files[name][0]
        start = struct.unpack_from(order + "I", data, 4)[0]
        for i in range(struct.unpack_from(order + "H", data, start)[0]):
            at = start + 2 + 12 * i
            kind, = struct.unpack_from(order + "H", data, at + 2)
            if struct.unpack_from(order + "H", data, at)[0] == number:
                return at + 8, struct.pack(order + ("H" if kind == 3 else "I"), value)
        raise KeyError(number)

    def without(name, number):
        at, _ = tag(name, number, 0)
        return at - 8, struct.pack("<H", 65000)

    def within(name, find, skip, data):
        return files[name][0].index(find) + skip, data

    half = lambda v: struct.pack(">H", v)
    word = lambda v: struct.pack("<I", v)
    cases = []
    for name in ("baseline.jpg", "progressive.jpg"):
        at = sof(name)
        cases += [("height 0", name, at, half(0)), ("width 0", name, at + 2, half(0)),
                  ("8 rows more", name, at, half(HEIGHT + 8)), ("height 16000", name, at, half(16000) + half(9000)),
                  ("12 bits", name, at - 1, b"\x0c"), ("2 components", name, at + 4, b"\x02"),
                  ("half the height", name, at, half(HEIGHT // 2))]
    entropy = files["baseline.jpg"][0].index(b"\xff\xda") + 60
    cases.append(("flipped entropy byte", "baseline.jpg", entropy, bytes([files["baseline.jpg"][0][entropy] ^ 0x55])))
    cases.append(("early end marker", "baseline.jpg", entropy, b"\xff\xd9"))
    cases.append(("segment past the end", "baseline.jpg", *within("baseline.jpg", b"\xff\xc4", 2, b"\xff\xff")))
    for name in ("rgb.png", "interlaced.png", "palette.png"):
        cases += [("height 0", name, *ihdr(name, height=0)), ("width 0", name, *ihdr(name, width=0)),
                  ("height doubled", name, *ihdr(name, height=2 * HEIGHT)),
                  ("a wider row", name, *ihdr(name, width=WIDTH + 9)),
                  ("height halved", name, *ihdr(name, height=HEIGHT // 2)),
                  ("header checksum", name, 29, b"\0\0\0\0"),
                  ("data checksum", name, len(files[name][0]) - 16, b"\0\0\0\0"),
                  ("data length", name, *within(name, b"IDAT", -4, b"\x7f\0\0\0"))]
    middle = len(files["rgb.png"][0]) // 2
    cases += [("flipped data byte", "rgb.png", middle, bytes([files["rgb.png"][0][middle] ^ 0x55])),
              ("palette checksum", "palette.png", *within("palette.png", b"IDAT", -8, b"\0\0\0\0")),
              ("no palette", "palette.png", *within("palette.png", b"PLTE", 0, b"qLTE")),
              ("depth 3", "rgb.png", *within("rgb.png", b"IHDR", 12, b"\x03"))]
    cases += [("height doubled", "lossy.webp", 28, struct.pack("<H", 2 * HEIGHT)), ("height 0", "lossy.webp", 28, b"\0\0"),
              ("riff size short", "lossy.webp", 4, word(60)), ("riff size long", "lossy.webp", 4, word(1 << 20)),
              ("chunk size long", "lossy.webp", 16, word(1 << 20)), ("no signature", "lossy.webp", 23, b"\0"),
              ("height doubled", "lossless.webp", 21, struct.pack("<I", (WIDTH - 1) | (2 * HEIGHT - 1) << 14)),
              ("no signature", "lossless.webp", 20, b"\0"),
              ("canvas larger", "lossy_alpha.webp", 27, b"\x50\0\0"),
              ("canvas 0 by overflow", "lossy_alpha.webp", 24, b"\xff\xff\xff\xff\xff\xff")]
    for name in ("raw.tif", "lzw.tif", "deflate.tif"):
        cases += [("height doubled", name, *tag(name, 257, 2 * HEIGHT)), ("height 0", name, *tag(name, 257, 0)),
                  ("width 0", name, *tag(name, 256, 0)),
                  ("strip past the end", name, *tag(name, 273, 1 << 30)), ("directory past the end", name, 4, word(1 << 30))]
    cases += [("3 samples said to be 1", "rgb_16bit.tif", *tag("rgb_16bit.tif", 277, 1)),
              ("compression unknown", "raw.tif", *tag("raw.tif", 259, 77)),
              ("no colour map", "palette.tif", *without("palette.tif", 320)),
              ("photometric unknown", "raw.tif", *tag("raw.tif", 262, 77))]
    at = tag("deflate.tif", 273, 0)[0]
    body = struct.unpack_from("<I", files["deflate.tif"][0], at)[0]
    cases.append(("flipped data byte", "deflate.tif", body + 300, bytes([files["deflate.tif"][0][body + 300] ^ 0x55])))
    cases.append(("flipped data byte", "lzw.tif", body + 300, bytes([files["lzw.tif"][0][body + 300] ^ 0x55])))
    cases += [("height doubled", "rgb.bmp", 22, word(2 * HEIGHT)), ("height 0", "rgb.bmp", 22, word(0)), ("width 0", "rgb.bmp", 18, word(0)),
              ("width negative", "rgb.bmp", 18, struct.pack("<i", -WIDTH)), ("pixels past the end", "rgb.bmp", 10, word(1 << 20)),
              ("3 bits", "rgb.bmp", 28, b"\x03"), ("header size 41", "rgb.bmp", 14, word(41)),
              ("height doubled", "rle8.bmp", 22, word(2 * HEIGHT)),
              ("pixels within the header", "rgb.bmp", 10, word(20)), ("palette of 70000", "palette.bmp", 46, word(70000))]
    cases += [("height larger", "p6.ppm", *within("p6.ppm", b"21\n", 0, b"91")), ("height 0", "p6.ppm", *within("p6.ppm", b"21\n", 0, b"00")),
              ("maxval 0", "p6.ppm", *within("p6.ppm", b"255\n", 0, b"000")), ("no number", "p6.ppm", *within("p6.ppm", b"27 ", 0, b"2x")),
              ("negative", "p6.ppm", *within("p6.ppm", b"27 ", 0, b"-7")),
              ("value over maxval", "p2.pgm", *within("p2.pgm", b"255\n", 0, b"100")),
              ("a letter", "p3.ppm", 60, b"x"), ("height larger", "p3.ppm", *within("p3.ppm", b" 21 ", 1, b"91")),
              ("a two", "p1.pbm", 60, b"2"), ("height larger", "p1.pbm", *within("p1.pbm", b" 21\n", 1, b"91"))]
    return cases


# Where we refuse what Pillow reads: the header claims pixels that the data cannot hold.
STRICTER = {
    ("height 16000", "baseline.jpg"), ("height 16000", "progressive.jpg"),
    ("height doubled", "rgb.png"), ("height doubled", "palette.png"), ("height doubled", "raw.tif"),
}


def digest(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    files = jpegs() | pngs() | webps() | tiffs() | bmps() | pnms()
    pictures, plain, cuts, lies = [], [], [], []
    for name, (data, tolerance) in files.items():
        (OUT / name).write_bytes(data)
        with Image.open(io.BytesIO(data)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
        pictures.append((name, *upright.size, tolerance))
        (OUT / f"{name}.rgb").write_bytes(upright.tobytes())
        if "orientation" in name:
            with Image.open(io.BytesIO(data)) as image:
                stored = image.convert("RGB")
            plain.append((name, *stored.size, digest(stored.tobytes())))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name in CUT:
            data = files[name][0]
            places = {len(data) * k // 21 for k in range(1, 21)}
            places |= {len(data) - k for k in (0, 1, 2, 3, 4, 5, 8, 9, 12, 13, 16, 17, 20, 24)}
            cuts += [(name, at, reads(data[:at], folder)) for at in sorted(places)]
        for case, name, at, patch in altered(files):
            data = files[name][0]
            verdict = reads(data[:at] + patch + data[at + len(patch) :], folder)
            ours = "error" if (case, name) in STRICTER else verdict
            lies.append((case, name, at, patch.hex(), verdict, ours))
    photos = []
    for file in sorted(pathlib.Path(sys.argv[1]).glob("*.JPEG"))[::5]:
        with Image.open(file) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
        photos.append((file.name, *upright.size, digest(upright.tobytes())))
    for table, rows in (("photos", photos), ("pictures", pictures), ("plain", plain), ("cuts", cuts), ("altered", lies)):
        text = "".join("\t".join(map(str, row)) + "\n" for row in rows)
        (OUT / f"{table}.tsv").write_text(text)
    print(sum(f.stat().st_size for f in OUT.iterdir()), "bytes in", len(list(OUT.iterdir())), "files")


main()
