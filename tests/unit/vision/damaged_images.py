"""Variants of the pictures of make_decode_fixtures.py whose header and data disagree."""

import struct
import zlib

from image_writers import HEIGHT, WIDTH

# Files to cut at several lengths.
CUT = ["baseline.jpg", "progressive.jpg", "restart.jpg", "trailer.jpg", "orientation_6.jpg", "cmyk.jpg", "rgb.png",
       "interlaced.png", "palette.png", "pieces.png", "orientation_7.png", "lossy.webp", "lossless.webp",
       "lossy_alpha.webp", "raw.tif", "lzw.tif", "strips.tif", "deflate.tif", "planar.tif", "jpeg.tif", "big.tif",
       "rgb.bmp", "grey.bmp", "palette.bmp", "rle8.bmp", "p1.pbm", "p1_packed.pbm", "p2.pgm", "p3.ppm", "p4.pbm",
       "p5.pgm", "p5_maxval_15.pgm", "p6.ppm", "p6_maxval_1000.ppm"]


def altered(files):
    """Changes that make header and data disagree: name, file, offset, bytes."""
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


# Read by Pillow but rejected by us: the header claims more pixels than the data can hold.
STRICTER = {
    ("height 16000", "baseline.jpg"), ("height 16000", "progressive.jpg"),
    ("height doubled", "rgb.png"), ("height doubled", "palette.png"), ("height doubled", "raw.tif"),
}
