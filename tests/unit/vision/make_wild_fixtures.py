"""Makes tests/unit/vision/data/wild: pictures as phones, cameras and the web make them, with the pixels
that Pillow reads from them. Needs Pillow >= 13 and pillow-heif, numpy, and the programs avifenc and
heif-enc (Debian: libavif-bin, libheif-examples):

    python3 make_wild_fixtures.py               # the fixtures
    python3 make_wild_fixtures.py COUNT FOLDER  # COUNT random files of each format, for a comparison

pictures.tsv    file, width, height, tolerance: FILE.rgb holds the R,G,B bytes of
                ImageOps.exif_transpose(Image.open(FILE)).convert("RGB").
plain.tsv       file, width, height: FILE.plain.rgb, the same without exif_transpose.
cuts.tsv        file, bytes kept, ok or error: Pillow's verdict on the first bytes of the file.
exif.tsv        EXIF block and XMP packet in hexadecimal, and the orientation that exif_transpose uses.
"""

import io
import pathlib
import struct
import subprocess
import sys
import tempfile
import warnings
import zlib

import numpy as np
import pillow_heif
from PIL import Image, ImageOps

from heif_grids import Coded, grid_file
from image_containers import apng, gif, webp_animation
from image_writers import GREY, RGB, RGBA, chunk, encode, exif, palette_of, picture, png, tiff

pillow_heif.register_heif_opener()
warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "data" / "wild"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="%d"/></x:xmpmeta>'


def gifs():
    indices = GREY // 2
    few, small = GREY // 64, (GREY // 64)[:9, :11]
    colours, four = palette_of(128), palette_of(4)
    frames = [Image.fromarray(RGB), Image.fromarray(255 - RGB)]
    return {
        "palette.gif": gif(indices, colours=colours),
        "old.gif": gif(indices, colours=colours, version=b"GIF87a"),
        "interlaced.gif": gif(indices, colours=colours, interlaced=True),
        "pillow.gif": encode(frames[0], "GIF"),
        "animated.gif": encode(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "transparent.gif": gif(few, colours=four, transparent=2),
        "local_palette.gif": gif(few, colours=four, local=palette_of(5)),
        "short_palette.gif": gif(indices, colours=four),
        "short_grey_palette.gif": gif(indices, colours=np.repeat(np.arange(4)[:, None], 3, 1)),
        "local_grey_palette.gif": gif(GREY, colours=colours, local=np.repeat(np.arange(256)[:, None], 3, 1)),
        "no_palette.gif": gif(GREY),
        "grey_palette.gif": gif(GREY, colours=np.repeat(np.arange(256)[:, None], 3, 1)),
        "small_frame.gif": gif(small, canvas=(27, 21), at=(5, 7), colours=four, background=3),
        "small_transparent.gif": gif(small, canvas=(27, 21), at=(16, 12), colours=four, transparent=1),
        "large_frame.gif": gif(few, canvas=(20, 30), at=(2, 3), colours=four),
        "comment.gif": gif(few, colours=four, before=b"!\xfe\x05hello\0" + b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"),
        "tiny_interlaced.gif": gif(few[:3, :2], colours=four, interlaced=True),
    }


def avifs():
    colour, alpha, grey = Image.fromarray(RGB), Image.fromarray(RGBA), Image.fromarray(GREY)
    deep = (picture(3).astype(np.uint16) << 8 | picture(3)).astype(np.uint16)
    files = {f"avif_{s.replace(':', '')}.avif": encode(colour, "AVIF", quality=80, subsampling=s)
             for s in ("4:2:0", "4:2:2", "4:4:4")}
    files |= {
        "avif_grey.avif": encode(grey, "AVIF", quality=80),
        "avif_alpha.avif": encode(alpha, "AVIF", quality=80),
        "avif_limited.avif": encode(colour, "AVIF", quality=80, range="limited"),
        "avif_sequence.avif": encode(colour, "AVIF", quality=60, save_all=True, append_images=[Image.fromarray(255 - RGB)]),
        "avif_10bit.avif": avifenc(deep, "-d", "10", "-y", "420"),
        "avif_12bit_limited.avif": avifenc(deep, "-d", "12", "-y", "422", "-r", "limited", "--cicp", "9/16/9"),
        "avif_709.avif": avifenc(RGB, "-y", "444", "-r", "limited", "--cicp", "1/13/1"),
        "avif_lossless.avif": avifenc(RGB, "--lossless"),
    }
    for value in range(2, 9):
        files[f"avif_orientation_{value}.avif"] = encode(colour, "AVIF", quality=50, exif=exif(value))
    return files


def run_encoder(program, samples, suffix, *options):
    with tempfile.TemporaryDirectory() as folder:
        source, result = pathlib.Path(folder) / "in.png", pathlib.Path(folder) / f"out{suffix}"
        source.write_bytes(png(samples, samples.dtype.itemsize * 8, 2))
        order = [program, *options, str(source), *(["-o"] if program == "heif-enc" else []), str(result)]
        subprocess.run(order, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return result.read_bytes()


def avifenc(samples, *options):
    speed = ("--min", "15", "--max", "25", "-s", "8")
    return run_encoder("avifenc", samples, ".avif", *(() if "--lossless" in options else speed), *options)


def heifs():
    colour, alpha, grey = Image.fromarray(RGB), Image.fromarray(RGBA), Image.fromarray(GREY)
    deep = (picture(3).astype(np.uint16) << 8 | picture(3)).astype(np.uint16)
    even = colour.crop((0, 0, 26, 20))  # older libheif turns halved chroma of odd sides otherwise
    files = {f"heic_{s}.heic": encode(colour, "HEIF", quality=70, chroma=s) for s in ("420", "422", "444")}
    files |= {
        "heic_grey.heic": encode(grey, "HEIF", quality=70),
        "heic_alpha.heic": encode(alpha, "HEIF", quality=70),
        "heic_two.heic": encode(colour, "HEIF", quality=50, save_all=True, append_images=[Image.fromarray(255 - RGB)]),
        "heic_10bit.heic": run_encoder("heif-enc", deep, ".heic", "-q", "70", "-b", "10"),
        "heic_12bit.heic": run_encoder("heif-enc", deep, ".heic", "-q", "70", "-b", "12"),
        "heic_exif.heic": encode(even, "HEIF", quality=50, exif=exif(6)),
        "heic_exif_8.heic": encode(even, "HEIF", quality=50, exif=exif(8)),
        "heic_xmp.heic": encode(even, "HEIF", quality=50, xmp=XMP % 6),
        "heic_422_orientation_6.heic": encode(even, "HEIF", quality=50, chroma="422", exif=exif(6)),
        "heic_422_orientation_7.heic": encode(even, "HEIF", quality=50, chroma="422", exif=exif(7)),
    }
    return files


def grids():
    """Tiles of 64 x 64, the least that MIAF allows; the last column and row are cropped."""
    whole = picture(4, 128, 128)
    tiles = [whole[y : y + 64, x : x + 64] for y in (0, 64) for x in (0, 64)]
    deep = [t[..., :3].astype(np.uint16) << 8 | t[..., :3] for t in tiles[:2]]
    files = {}
    for suffix, kind, halved in ((".avif", "AVIF", "subsampling"), (".heic", "HEIF", "chroma")):
        tile = lambda t, chroma: encode(Image.fromarray(t), kind, quality=70, **{halved: chroma})
        colon = (lambda c: ":".join(c)) if kind == "AVIF" else (lambda c: c)
        colour = [Coded(tile(t[..., :3], colon("420"))) for t in tiles]
        wide = [Coded(tile(t[..., :3], colon("422"))) for t in tiles[:2]]
        clear = [tile(t, colon("420")) for t in tiles[:2]]
        encoder = avifenc if kind == "AVIF" else lambda t, *_: run_encoder("heif-enc", t, ".heic", "-q", "70", "-b", "10")
        ten = [Coded(encoder(t, "-d", "10", "-y", "420")) for t in deep]
        files |= {
            "grid_cropped" + suffix: grid_file(colour, 2, (100, 90)),
            "grid_turned" + suffix: grid_file(colour[:2], 2, (100, 60), turns=1),
            "grid_turned_mirrored" + suffix: grid_file(colour[:2], 2, (100, 60), turns=3, mirror=1),
            "grid_mirrored" + suffix: grid_file(colour[:2], 1, (60, 100), mirror=0),
            "grid_alpha" + suffix: grid_file([Coded(f) for f in clear], 2, (100, 60), alphas=[Coded(f, True) for f in clear]),
            "grid_10bit" + suffix: grid_file(ten, 2, (100, 60)),
            "grid_10bit_mirrored" + suffix: grid_file(ten, 2, (100, 60), turns=2, mirror=1),
            "grid_422_turned" + suffix: grid_file(wide, 2, (100, 60), turns=1),
        }
    return files


def jpeg2000s():
    colour, alpha, grey = Image.fromarray(RGB), Image.fromarray(RGBA), Image.fromarray(GREY)
    return {
        "rgb.jp2": encode(colour, "JPEG2000"),
        "rgb.j2k": encode(colour, "JPEG2000", no_jp2=True),
        "lossy.jp2": encode(colour, "JPEG2000", irreversible=True, quality_mode="rates", quality_layers=[6]),
        "ycc.jp2": encode(colour, "JPEG2000", mct=1),
        "tiles.jp2": encode(colour, "JPEG2000", tile_size=(16, 16)),
        "grey.jp2": encode(grey, "JPEG2000"),
        "grey_alpha.jp2": encode(Image.fromarray(RGBA[..., :2], "LA"), "JPEG2000"),
        "rgba.jp2": encode(alpha, "JPEG2000"),
        "grey_16bit.jp2": encode(Image.fromarray(GREY.astype(np.uint16) * 2), "JPEG2000"),
        "cmyk.jp2": encode(Image.fromarray(RGBA, "CMYK"), "JPEG2000"),
    }


def tiffs():
    signed = picture(1)[..., 0].astype(np.float64) * 2 - 100.25
    wide = picture(6).astype(np.uint16) * 251 + 77
    narrow = picture(6)
    twelve = np.pad(GREY.astype(np.uint16) + 30, ((0, 0), (0, 1)))
    packed = np.stack([twelve[:, ::2] >> 4, (twelve[:, ::2] & 15) << 4 | twelve[:, 1::2] >> 8, twelve[:, 1::2] & 255], -1)
    number = lambda kind: {339: (3, [kind])}
    files = {
        "signed_8.tif": tiff(signed.clip(-128, 127).astype(np.int8), photometric=1, entries=number(2)),
        "signed_16.tif": tiff(signed.astype(np.int16), photometric=1, entries=number(2)),
        "signed_16_big.tif": tiff(signed.astype(np.int16), ">", photometric=1, entries=number(2)),
        "signed_32.tif": tiff(signed.astype(np.int32), photometric=1, deflate=True, entries=number(2)),
        "unsigned_32.tif": tiff(np.abs(signed).astype(np.uint32), photometric=1),
        "float.tif": tiff(signed.astype(np.float32), photometric=1, entries=number(3)),
        "float_deflate.tif": tiff(signed.astype(np.float32), photometric=1, deflate=True, entries=number(3)),
        "float_big.tif": tiff(signed.astype(np.float32), ">", photometric=1, entries=number(3)),
        "twelve_bits.tif": tiff(packed.astype(np.uint8).reshape(21, -1), photometric=1,
                                entries={256: (3, [27]), 258: (3, [12])}),
        "planar_16bit.tif": tiff(wide[..., :3], planar=True, deflate=True),
        "planar_rgba_16bit.tif": tiff(wide[..., :4], planar=True, deflate=True, entries={338: (3, [2])}),
        "cmyk_16bit.tif": tiff(wide[..., :4], photometric=5),
        "cmyk_16bit_big.tif": tiff(wide[..., :4], ">", photometric=5, deflate=True),
        "cmyk.tif": tiff(narrow[..., :4], photometric=5, deflate=True),
        "cmyk_tiles.tif": tiff(narrow[..., :4], photometric=5, tile=16),
        "cmyk_extra.tif": tiff(narrow[..., :5], photometric=5, entries={338: (3, [0])}),
        "five_samples.tif": tiff(narrow[..., :5], entries={338: (3, [0, 0])}),
        "six_samples.tif": tiff(narrow, deflate=True, entries={338: (3, [2, 0, 0])}),
        "premultiplied.tif": tiff(narrow[..., :4], entries={338: (3, [1])}),
        "premultiplied_16bit.tif": tiff(wide[..., :4], ">", entries={338: (3, [1])}),
        "tiles_8bit.tif": tiff(RGB, tile=16),
        "tiles_grey.tif": tiff(GREY, tile=16, photometric=1),
        "zstd.tif": encode(Image.fromarray(RGB), "TIFF", compression="zstd"),
        "lzma.tif": encode(Image.fromarray(RGB), "TIFF", compression="lzma"),
        # Cut off within the directory, which then lacks the last tags: 284, or 278 to 284.
        "cut_directory.tif": tiff(GREY, photometric=1)[:-5],
        "cut_directory_big.tif": tiff(GREY.astype(np.uint16) + 3, ">", photometric=1)[:-5],
        "cut_directory_early.tif": tiff(GREY, photometric=0)[:-33],
        "cut_float.tif": tiff(signed.astype(np.float32), photometric=1, entries=number(3))[:-5],
        "no_photometric.tif": tiff(GREY, photometric=0).replace(struct.pack("<HH", 262, 3), struct.pack("<HH", 261, 3)),
    }
    for value in (2, 6, 7):
        files[f"float_orientation_{value}.tif"] = tiff(
            signed.astype(np.float32), photometric=1, deflate=True, entries=number(3) | {274: (3, [value])})
    return files


def orientations():
    """Orientation where other programs put it; the types and counts of EXIF are in exif.tsv."""
    profile = exif(6)
    raw = b"\nexif\n%8d\n" % len(profile) + profile.hex().encode() + b"\n"
    name = b"Raw profile type exif\0"
    packet = zlib.compress(XMP % 8)
    colour = Image.fromarray(RGB)
    split = encode(colour, "JPEG", quality=50)
    parts = [b"\xff\xe1" + struct.pack(">H", 2 + len(p)) + p for p in (exif(6)[:16], b"Exif\0\0" + exif(6)[16:])]
    return {
        "orientation_text.png": png(RGB, 8, 2, chunk(b"tEXt", name + raw)),
        "orientation_ztxt.png": png(RGB, 8, 2, after=chunk(b"zTXt", name + b"\0" + zlib.compress(raw))),
        "orientation_itxt.png": png(RGB, 8, 2, chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP % 6)),
        "orientation_packed_itxt.png": png(RGB, 8, 2, chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + packet)),
        "orientation_xmp.webp": encode(colour, "WEBP", quality=50, xmp=XMP % 6),
        "orientation_split.jpg": split[:2] + b"".join(parts) + split[2:],
    }


def animations():
    colour, other, alpha = Image.fromarray(RGB), Image.fromarray(255 - RGB), Image.fromarray(RGBA)
    small = alpha.crop((0, 0, 9, 7))
    lossless = {"lossless": True, "exact": True}
    thumbnail = encode(other.resize((13, 10)), "JPEG", quality=50)
    return {
        "sticker.webp": webp_animation((27, 21), [(Image.new("RGB", (1, 1), (9, 8, 7)), 0, 0, lossless), (colour, 0, 0, lossless)]),
        "frame_inside.webp": webp_animation((27, 21), [(small, 6, 4, lossless), (colour, 0, 0, lossless)], True),
        "frame_lossy.webp": webp_animation((27, 21), [(small, 18, 14, {"quality": 80, "exact": True})], True),
        "frame_whole.webp": webp_animation((27, 21), [(alpha, 0, 0, lossless), (other, 0, 0, lossless)], True),
        "default_first.png": apng(colour, other, True),
        "default_hidden.png": apng(colour, other, False),
        "two.mpo": encode(colour, "MPO", quality=60, save_all=True, append_images=[other]),
        "gain_map.jpg": encode(colour, "JPEG", quality=60, xmp=b'<x hdrgm:Version="1.0"/>') + thumbnail,
    }


def exif_rows():
    """Every type of a TIFF field, with several counts, inside the entry and elsewhere."""
    formats = {1: "B", 2: "B", 3: "H", 4: "I", 5: "II", 6: "b", 7: "B", 8: "h", 9: "i", 10: "ii", 11: "f", 12: "d",
               13: "I", 16: "Q", 17: "q", 18: "Q", 0: "I", 14: "I", 19: "I"}

    def block(kind, count, values, order="<", before=b"", entries=1):
        data = b"".join(struct.pack(order + formats[kind], *([v, 1] if len(formats[kind]) == 2 else [v])) for v in values)
        head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, entries) + before
        entry = struct.pack(order + "HHI", 274, kind, count)
        outside = struct.pack(order + "I", len(head) + 16) if len(data) > 4 else b""
        return head + entry + (outside or data.ljust(4, b"\0")) + b"\0\0\0\0" + (data if outside else b"")

    blocks = []
    for kind in formats:
        for count in (0, 1, 2, 3):
            blocks.append(block(kind, count, [6, 3, 8][:count]))
            blocks.append(block(kind, count, [8, 8, 8][:count], ">"))
    blocks += [block(3, 1, [v]) for v in (0, 1, 2, 7, 9, 65535)] + [block(9, 1, [-6]), block(11, 1, [6.5]), block(12, 1, [7.0])]
    blocks += [block(5, 1, [6])[:-4] + b"\0\0\0\0", block(3, 100, [6]), block(3, 2**31, [6]), block(16, 1, [6])[:-3]]
    far = struct.pack("<HHII", 270, 2, 20, 5000)  # a description that lies past the end
    big = struct.pack("<HHII", 270, 2, 2000, 8)
    fine = struct.pack("<HHII", 270, 2, 3, 0x414141)
    blocks += [block(3, 1, [6], before=b, entries=2) for b in (far, big, fine, struct.pack("<HHII", 274, 3, 0, 0),
                                                              struct.pack("<HHIHH", 274, 3, 1, 3, 0))]
    rows = []
    for data in blocks:
        for xmp in (b"", XMP % 5):
            image = Image.new("RGB", (3, 2))
            image.info["exif"] = b"Exif\0\0" + data
            if xmp:
                image.info["xmp"] = xmp
            value = image.getexif().get(274, 1)
            number = int(value) if not isinstance(value, (bytes, str)) and value in range(1, 9) else 1
            rows.append((data.hex(), xmp.hex(), number))
    return rows


CUT = ("palette.gif", "interlaced.gif", "animated.gif", "avif_420.avif", "avif_sequence.avif", "heic_420.heic", "rgb.jp2",
       "rgb.j2k", "tiles.jp2", "float.tif", "float_deflate.tif", "cmyk_tiles.tif", "sticker.webp", "frame_inside.webp", "two.mpo")


def cut_rows(files):
    rows = []
    for name in CUT:
        data = files[name]
        places = {len(data) * k // 17 for k in range(1, 17)} | {len(data) - k for k in range(6)}
        if name.endswith(".tif"):
            places |= {len(data) - k for k in range(6, 160, 5)}
        for at in sorted(places):
            try:
                with Image.open(io.BytesIO(data[:at])) as image:
                    image.convert("RGB")
                rows.append((name, at, "ok"))
            except Exception:
                rows.append((name, at, "error"))
    return rows


# Older libheif gives R,G,B alone, from which clipped colours cannot be interpolated.
TOLERANCE = {"_noise_422_turned.heic": 80, ".heic": 2, ".jp2": 2}


def many(count):
    """Random pictures of random sizes, in the formats whose decoders are not those of Pillow's build."""
    random = np.random.default_rng(11)
    files = {}
    for i in range(count):
        width, height = (int(v) for v in random.integers(1, 140, 2))
        soft = np.asarray(Image.fromarray(random.integers(0, 256, (6, 6, 4)).astype(np.uint8)).resize((width, height), 3))
        samples = np.clip(soft + random.normal(0, random.choice([0, 6, 40]), soft.shape), 0, 255).astype(np.uint8)
        colour, grey = Image.fromarray(samples[..., :3]), Image.fromarray(samples[..., 0])
        alpha = Image.fromarray(samples)
        any_mode = [colour, grey, alpha][i % 3]
        quality = int(random.integers(20, 100))
        files[f"{i}.gif"] = gif(samples[..., 0] // 2, colours=palette_of(128), interlaced=bool(i % 2),
                                transparent=[None, 5][i // 2 % 2], at=(int(random.integers(9)), int(random.integers(9))),
                                canvas=(int(random.integers(1, 160)), int(random.integers(1, 160))))
        files[f"{i}_pillow.gif"] = encode(any_mode.quantize(int(random.integers(2, 256))) if i % 3 == 0 else any_mode, "GIF")
        files[f"{i}.avif"] = encode(any_mode, "AVIF", quality=quality, subsampling=["4:2:0", "4:2:2", "4:4:4"][i // 3 % 3],
                                    range=["full", "limited"][i // 9 % 2], exif=exif(i % 9))
        turned = any_mode.crop((0, 0, max(2, width // 2 * 2), max(2, height // 2 * 2)))
        chroma, orientation = ["420", "422", "444"][i // 3 % 3], i // 9 % 9
        name = f"{i}_noise_422_turned.heic" if chroma == "422" and orientation >= 5 else f"{i}.heic"
        files[name] = encode(turned, "HEIF", quality=quality, chroma=chroma, exif=exif(orientation))
        lossy = {"irreversible": True, "quality_mode": "rates", "quality_layers": [int(random.integers(2, 30))]}
        files[f"{i}.jp2"] = encode(any_mode, "JPEG2000", no_jp2=bool(i % 2), **(lossy if i % 4 > 1 else {}))
        wide = samples.astype(np.uint16) * 257
        files[f"{i}.tif"] = [
            lambda: tiff(samples, photometric=5, deflate=bool(i % 2)), lambda: tiff(wide, "<>"[i % 2], photometric=5),
            lambda: tiff(wide[..., :3], planar=True, deflate=True), lambda: tiff(samples, entries={338: (3, [1])}),
            lambda: tiff(samples[..., :3], tile=32), lambda: tiff(samples[..., 0] * np.float32(1.3), photometric=1, entries={339: (3, [3])}),
        ][i % 6]()
        files[f"{i}.webp"] = webp_animation((width + 20, height + 20), [(alpha, 2 * (i % 8), 2 * (i % 5), {"lossless": bool(i % 2), "exact": True})], True)
    return files


def write(folder, files, tables):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    pictures, plain = [], []
    for name, data in files.items():
        (folder / name).write_bytes(data)
        with Image.open(io.BytesIO(data)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
        tolerance = next((value for end, value in TOLERANCE.items() if name.endswith(end)), 0)
        pictures.append((name, *upright.size, tolerance))
        (folder / f"{name}.rgb").write_bytes(upright.tobytes())
        if "orientation" in name or "exif" in name or "turned" in name:
            with Image.open(io.BytesIO(data)) as image:
                stored = image.convert("RGB")
            plain.append((name, *stored.size))
            (folder / f"{name}.plain.rgb").write_bytes(stored.tobytes())
    for table, rows in {"pictures": pictures, "plain": plain, **tables}.items():
        (folder / f"{table}.tsv").write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    print(sum(f.stat().st_size for f in folder.iterdir()), "bytes in", len(list(folder.iterdir())), "files")


if len(sys.argv) == 3:
    write(pathlib.Path(sys.argv[2]), many(int(sys.argv[1])), {})
else:
    made = gifs() | avifs() | heifs() | grids() | jpeg2000s() | tiffs() | orientations() | animations()
    write(OUT, made, {"exif": exif_rows(), "cuts": cut_rows(made)})
