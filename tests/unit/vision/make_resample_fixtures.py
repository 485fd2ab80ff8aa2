"""Makes tests/unit/vision/data/resample: the results of Pillow, torchvision, timm and transformers for
pictures that resample_test.cpp and preprocess_test.cpp generate by the same rule.

    python3 make_resample_fixtures.py [arrays] [geometry] [outputs]

arrays (needs numpy and Pillow)
    arrays.tsv      in_h, in_w, out_h, out_w, seed, high_contrast, filter, hex of the bytes
    digests.tsv     in_h, in_w, out_h, out_w, seed, high_contrast, CRC-32 of the bytes for each of
                    FILTERS in turn
geometry (needs torchvision, timm and transformers as well)
    geometry.tsv    source, in_h, in_w, rule, resize_h, resize_w, crop_h, crop_w, rounding; then
                    resized_h, resized_w, top, left
outputs (needs the same as geometry)
    outputs.tsv     name, in_h, in_w, seed, rule, resize_h, resize_w, filter, crop_h, crop_w,
                    rounding, fill (3), rescale, mean (3), std (3)
    outputs.f32     [3, H, W] of each in turn, little-endian

Pillow up to 12.1 always resizes along x first. Later versions sometimes resize along y first, which
rounds differently. Therefore the arrays are made in two steps, and `outputs` uses only pictures for
which Pillow 13 resizes along x first.
"""

import math
import pathlib
import sys
import zlib

import numpy as np
import PIL
from PIL import Image

OUT = pathlib.Path(__file__).parent / "data" / "resample"
FILTERS = ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]

SIZE_PAIRS = [  # in_h, in_w, out_h, out_w
    # one pixel, or nearly
    (1, 1, 1, 1), (1, 1, 7, 5), (1, 1, 64, 64), (7, 5, 1, 1), (1, 9, 1, 4), (9, 1, 4, 1),
    (1, 50, 3, 17), (50, 1, 17, 3), (2, 2, 3, 3), (3, 3, 2, 2), (2, 300, 1, 299), (300, 2, 299, 1),
    # small and odd, both ways
    (5, 7, 11, 13), (11, 13, 5, 7), (17, 19, 23, 29), (23, 29, 17, 19), (31, 15, 15, 31),
    (15, 31, 31, 15), (16, 16, 15, 17), (17, 15, 16, 16), (64, 64, 63, 65), (65, 63, 64, 64),
    # one axis only
    (33, 47, 33, 20), (33, 47, 12, 47), (33, 47, 33, 90), (33, 47, 80, 47), (40, 40, 40, 40),
    # whole factors
    (96, 96, 48, 48), (96, 96, 32, 24), (24, 32, 96, 96), (90, 60, 270, 180), (128, 256, 16, 16),
    # what models ask for
    (375, 500, 224, 224), (500, 375, 224, 224), (333, 500, 248, 372), (500, 333, 372, 248),
    (375, 500, 256, 341), (500, 375, 256, 256), (224, 224, 256, 256), (32, 32, 224, 224),
    (28, 28, 224, 224), (480, 640, 384, 384), (640, 480, 438, 438), (200, 300, 248, 372),
    (427, 640, 235, 352), (107, 640, 224, 224), (640, 107, 224, 224), (97, 131, 224, 302),
    # tall and wide
    (4, 700, 20, 31), (700, 4, 31, 20), (3, 401, 224, 224), (401, 3, 224, 224), (13, 611, 13, 50),
    (611, 13, 50, 13), (1, 1000, 16, 16), (1000, 1, 16, 16),
    # hard down and hard up
    (511, 509, 3, 2), (600, 601, 7, 11), (3, 2, 257, 259), (6, 4, 301, 203),
]


def picture(height, width, seed, high_contrast):
    """Byte i is a hash of i and the seed; high contrast leaves only 0 and 255."""
    i = np.arange(height * width * 3, dtype=np.uint64)
    h = (i * 2654435761 + seed * 40503) & 0xFFFFFFFF
    h ^= h >> 15
    h = (h * 2246822519) & 0xFFFFFFFF
    h ^= h >> 13
    b = (h >> 8 & 0xFF).astype(np.uint8)
    if high_contrast:
        b = np.where(b > 127, 255, 0).astype(np.uint8)
    return b.reshape(height, width, 3)


def resize(array, height, width, name):
    image = Image.fromarray(array)
    method = Image.Resampling[name.upper()]
    result = image.resize((width, image.height), method).resize((width, height), method)
    if tuple(map(int, PIL.__version__.split(".")[:2])) < (12, 2):
        assert result.tobytes() == image.resize((width, height), method).tobytes()
    return np.asarray(result)


def write_rows(name, rows):
    lines = ["\t".join(repr(v) if isinstance(v, float) else str(v) for v in row) for row in rows]
    (OUT / name).write_text("\n".join(lines) + "\n")


def make_arrays():
    assert len(SIZE_PAIRS) == 60
    digests = []
    for seed, pair in enumerate(SIZE_PAIRS):
        for high_contrast in (0, 1):
            source = picture(*pair[:2], seed, high_contrast)
            crcs = [f"{zlib.crc32(resize(source, *pair[2:], f).tobytes()):08x}" for f in FILTERS]
            digests.append((*pair, seed, high_contrast, *crcs))
    write_rows("digests.tsv", digests)

    arrays = []
    for seed, pair in enumerate([(1, 1, 2, 2), (4, 5, 7, 3), (5, 4, 3, 7), (9, 8, 4, 4), (3, 3, 8, 7)]):
        for f in FILTERS:
            result = resize(picture(*pair[:2], seed, seed % 2), *pair[2:], f)
            arrays.append((*pair, seed, seed % 2, f, result.tobytes().hex()))
    write_rows("arrays.tsv", arrays)


def numbered(height, width):
    """A picture whose pixels hold their own number, from 1 on, in 24 bits."""
    n = 1 + np.arange(height * width).reshape(height, width)
    return np.stack([n >> 16, n >> 8 & 255, n & 255], -1).astype(np.uint8)


def offset_of(cut, width):
    """Where `cut` of a numbered picture of that width begins in it."""
    n = cut.astype(np.int64) @ [65536, 256, 1]
    y, x = np.argwhere(n)[0]
    return (n[y, x] - 1) // width - y, (n[y, x] - 1) % width - x


SIZES = [(1, 1), (1, 7), (7, 1), (3, 400), (400, 3), (223, 224), (224, 224), (225, 224), (249, 331),
         (331, 249), (333, 500), (375, 500), (500, 375), (480, 640), (427, 640), (97, 131), (32, 32),
         (501, 334), (1000, 667), (768, 1024)]


def timm_recipe(mode, img_size, crop_pct):
    """The resize rule, its size and the crop that transforms_imagenet_eval arrives at."""
    wanted = img_size if isinstance(img_size, tuple) else (img_size, img_size)
    scaled = [math.floor(s / crop_pct) for s in wanted]
    centered = "shortest_edge" if scaled[0] == scaled[1] else "cover"
    return {"squash": "exact", "border": "fit", "center": centered}[mode], scaled, wanted


def timm_geometry():
    from timm.data.transforms_factory import transforms_imagenet_eval

    recipes = [("center", 224, 0.9), ("center", 224, 0.875), ("center", 384, 1.0),
               ("center", 32, 0.95), ("center", (192, 256), 0.9), ("center", (225, 160), 0.95),
               ("squash", 224, 0.9), ("squash", 225, 1.0), ("squash", (97, 128), 0.875),
               ("border", 224, 0.9), ("border", 224, 1.0), ("border", (160, 225), 0.875),
               ("border", 33, 1.0), ("center", 25, 1.2), ("squash", 28, 1.3)]
    for mode, img_size, crop_pct in recipes:
        transform = transforms_imagenet_eval(
            img_size=img_size, crop_pct=crop_pct, crop_mode=mode, interpolation="nearest",
            mean=(0.0, 0.0, 0.0))
        resizing, crop = transform.transforms[:2]
        rule, scaled, wanted = timm_recipe(mode, img_size, crop_pct)
        size = resizing.size
        assert tuple(scaled) == ((size, size) if isinstance(size, int) else tuple(size))
        for height, width in SIZES:
            try:
                resized = resizing(Image.new("RGB", (width, height)))
            except ValueError:  # a side would be 0
                continue
            cut = np.asarray(crop(Image.fromarray(numbered(resized.height, resized.width))))
            assert cut.shape[:2] == wanted
            yield (f"timm-{mode}", height, width, rule, *scaled, *wanted, "half_to_even",
                   resized.height, resized.width, *offset_of(cut, resized.width))


def transformers_geometry():
    from transformers import BitImageProcessorPil

    recipes = [({"shortest_edge": 256}, (224, 224)), ({"shortest_edge": 225}, (224, 224)),
               ({"height": 256, "width": 256}, (224, 224)), ({"height": 227, "width": 226}, (224, 221)),
               ({"height": 24, "width": 31}, (28, 28)), ({"height": 31, "width": 20}, (28, 27)),
               ({"shortest_edge": 25}, (32, 32))]
    for size, wanted in recipes:
        processor = BitImageProcessorPil(size=size, crop_size={"height": wanted[0], "width": wanted[1]},
                                         resample=Image.Resampling.NEAREST)
        rule = "shortest_edge" if "shortest_edge" in size else "exact"
        target = [size.get(k, size.get("shortest_edge")) for k in ("height", "width")]
        for height, width in SIZES:
            black = np.zeros((3, height, width), np.uint8)
            resized = processor.resize(black, processor.size, processor.resample).shape[1:]
            cut = processor.center_crop(numbered(*resized).transpose(2, 0, 1), processor.crop_size)
            assert cut.shape[1:] == wanted
            yield ("transformers", height, width, rule, *target, *wanted, "floor", *resized,
                   *offset_of(cut.transpose(1, 2, 0), resized[1]))


def make_geometry():
    write_rows("geometry.tsv", [*timm_geometry(), *transformers_geometry()])


def goes_along_x_first(height, width, resized_h, resized_w):
    """Pillow 13's order for a reduced height, found by experiment."""
    return height - resized_h <= 2 * (width - resized_w) or resized_h >= height


IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def timm_outputs():
    from timm.data.transforms_factory import transforms_imagenet_eval

    cases = [("timm center", (37, 53), "center", 24, 0.875, "bicubic", IMAGENET),
             ("timm center, odd", (53, 40), "center", 25, 0.9, "bilinear", HALF),
             ("timm enlarged", (9, 11), "center", 24, 1.0, "bicubic", IMAGENET),
             ("timm not square", (41, 64), "center", (20, 28), 0.95, "bicubic", CLIP),
             ("timm squash", (40, 60), "squash", 24, 0.9, "lanczos", CLIP),
             ("timm border", (30, 61), "border", 24, 0.9, "bicubic", CLIP),
             ("timm crop larger than picture", (30, 45), "center", 24, 1.1, "bicubic", IMAGENET)]
    for seed, (name, size, mode, img_size, crop_pct, filter, (mean, std)) in enumerate(cases, 100):
        transform = transforms_imagenet_eval(img_size=img_size, crop_pct=crop_pct, crop_mode=mode,
                                             interpolation=filter, mean=mean, std=std)
        image = Image.fromarray(picture(*size, seed, 0))
        resized = transform.transforms[0](image)
        assert goes_along_x_first(*size, resized.height, resized.width), name
        rule, scaled, wanted = timm_recipe(mode, img_size, crop_pct)
        fill = [round(255 * v) for v in mean] if mode == "border" else (0, 0, 0)
        row = (name, *size, seed, rule, *scaled, filter, *wanted, "half_to_even", *fill, 1 / 255,
               *mean, *std)
        yield row, transform(image).numpy()


def transformers_outputs():
    from transformers import BitImageProcessorPil, DeiTImageProcessorPil, ViTImageProcessorPil

    def square(side):
        return {"height": side, "width": side}

    cases = [("transformers ViT", (37, 50), ViTImageProcessorPil, dict(size=square(24))),
             ("transformers DeiT", (41, 59), DeiTImageProcessorPil,
              dict(size=square(28), crop_size=square(24))),
             ("transformers Bit", (44, 61), BitImageProcessorPil,
              dict(size={"shortest_edge": 27}, crop_size=square(24))),
             ("transformers padded", (40, 50), DeiTImageProcessorPil,
              dict(size={"height": 21, "width": 30}, crop_size=square(24))),
             ("transformers not rescaled", (30, 40), DeiTImageProcessorPil,
              dict(size=square(26), crop_size=square(24), do_rescale=False,
                   image_mean=[120.0, -3.5, 7.25], image_std=[58.4, -57.1, 0.001])),
             ("transformers not normalised", (30, 40), ViTImageProcessorPil,
              dict(size=square(24), resample=0, do_normalize=False))]
    rules = {"shortest_edge": "shortest_edge", "height": "exact"}
    for seed, (name, size, make, options) in enumerate(cases, 200):
        processor = make(**options)
        image = Image.fromarray(picture(*size, seed, 0))
        output = processor(image, return_tensors="np")["pixel_values"][0]
        wanted = options["size"]
        target = [wanted.get(k, wanted.get("shortest_edge")) for k in ("height", "width")]
        scale = target[0] / min(size)
        resized = target if "height" in wanted else [int(s * scale) for s in size]
        assert goes_along_x_first(*size, *resized), name
        crop = options.get("crop_size", {"height": 0, "width": 0})
        mean = processor.image_mean if processor.do_normalize else (0.0, 0.0, 0.0)
        std = processor.image_std if processor.do_normalize else (1.0, 1.0, 1.0)
        row = (name, *size, seed, rules[next(iter(wanted))], *target,
               Image.Resampling(processor.resample).name.lower(), crop["height"], crop["width"],
               "floor", 0, 0, 0, processor.rescale_factor if processor.do_rescale else 1.0, *mean,
               *std)
        yield row, output


def make_outputs():
    results = [*timm_outputs(), *transformers_outputs()]
    write_rows("outputs.tsv", [row for row, _ in results])
    (OUT / "outputs.f32").write_bytes(b"".join(o.astype("<f4").tobytes() for _, o in results))


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    parts = {"arrays": make_arrays, "geometry": make_geometry, "outputs": make_outputs}
    for part in sys.argv[1:] or parts:
        parts[part]()
