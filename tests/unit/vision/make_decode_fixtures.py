"""Makes tests/unit/vision/data/decode: small pictures, the pixels that Pillow reads from them, and
whether Pillow reads cut and altered variants. Run with Pillow >= 13 and numpy:

    python3 make_decode_fixtures.py FOLDER

where FOLDER has the ImageNet photographs that the tests read from images/imagenet in the shared data.

pictures.tsv    file, width, height, tolerance: FILE.rgb holds the R,G,B bytes of
                ImageOps.exif_transpose(Image.open(FILE)).convert("RGB"), read from memory (by path,
                Pillow 13 misreads grey TIFF of orientation 5-8); `tolerance` is the largest
                difference that vision/decode/README.md documents for this kind of file.
plain.tsv       file, width, height, digest: the same for files with an orientation, without
                exif_transpose; FNV-1a of the bytes.
cuts.tsv        file, bytes kept, ok or error: Pillow's verdict on the first bytes of the file.
photos.tsv      file, width, height, digest: as in plain.tsv, but upright, for 40 photographs of FOLDER.
altered.tsv     name, file, offset, hex, Pillow's verdict, ours: `hex` overwrites the file's bytes at
                `offset`. We reject more: headers that claim more pixels than the data can hold.
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

from damaged_images import CUT, STRICTER, altered
from image_writers import (GREY, HEIGHT, RGB, RGBA, WIDTH, bmp, bmp_rows, chunk, encode, exif, palette_of,
                           picture, png, quads, rle8, tiff)

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "data" / "decode"


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
