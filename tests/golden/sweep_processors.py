#!/usr/bin/env python3
"""Compares saccade's preprocessing with transformers' image processors on many settings.

    sweep_processors.py path/to/processor_pixels [--only MODEL_TYPE] [--verbose]

Makes preprocessor_config.json in some thousand variants: every key of every class, absent, null, in
old and new spellings, for slow, fast and old class names; and pretrained_cfg of config.json for
TimmWrapperImageProcessor, which reads no other file. Classes that only other architectures use must be
refused by name. For each, transformers' processor (with
Pillow) and processor_pixels (built beside the tests) prepare three pictures. Prints the counts, every
difference, and why saccade or transformers refuses a variant. Ends with status 1 after a difference,
or a refusal of saccade's that is not among those allowed. Needs torch, transformers, Pillow; not part
of the tests.
"""
import argparse
import collections
import contextlib
import io
import itertools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import transformers
from PIL import Image
from make_golden.drawing import picture, resize_rows_first

TOLERANCE = 1e-5  # of the largest value
SIZES = ((37, 45), (60, 31), (17, 90))
CLASSES = {"ViT": "vit", "DeiT": "deit", "Beit": "beit", "Bit": "dinov2", "CLIP": "clip",
           "Siglip": "siglip"}
NULL = None
# What each key may hold besides being absent.
KEYS = {
    "size": (NULL, 24, [20, 28], {"height": 26, "width": 22}, {"shortest_edge": 30},
             {"shortest_edge": 30, "longest_edge": 40}, {"max_height": 25, "max_width": 33},
             {"longest_edge": 40}, {"height": 20}, {"min_pixels": 100, "max_pixels": 400}),
    "crop_size": (NULL, 18, [16, 20], {"height": 40, "width": 21}, {"shortest_edge": 16}),
    "default_to_square": (NULL, True, False),
    "resample": (NULL, 0, 1, 2, 3, 4, 5),
    "do_resize": (NULL, True, False),
    "do_center_crop": (NULL, True, False),
    "do_rescale": (NULL, True, False),
    "rescale_factor": (NULL, 1 / 255, 1 / 127.5),
    "do_normalize": (NULL, True, False),
    "image_mean": (NULL, 0.4, [0.1, 0.2, 0.3]),
    "image_std": (NULL, 0.4, [0.1, 0.2, 0.3]),
    "do_convert_rgb": (NULL, True, False),
    "do_pad": (NULL, True, False),
    "pad_size": (NULL, {"height": 300, "width": 300}),
    "use_square_size": (NULL, True, False),
    "do_reduce_labels": (NULL, True),
    "data_format": ("channels_first",),
    "input_data_format": (NULL,),
}
# Every key of the classes at once, as transformers writes it: no value is null.
WHOLE = {
    "size": ({"height": 26, "width": 22}, {"shortest_edge": 30}),
    "crop_size": ({"height": 24, "width": 20},), "do_center_crop": (True, False), "do_resize": (True, False),
    "default_to_square": (True, False), "resample": (2, 3), "do_rescale": (True,), "rescale_factor": (1 / 255,),
    "do_normalize": (True, False), "image_mean": ([0.5, 0.4, 0.3],), "image_std": ([0.2, 0.3, 0.4],),
    "do_convert_rgb": (True,), "do_pad": (False,), "data_format": ("channels_first",)}
# What pretrained_cfg may hold for TimmWrapperImageProcessor.
TIMM_KEYS = {
    "input_size": (NULL, [3, 28, 28], [3, 24, 36], [3, 60, 20]),
    "img_size": (NULL, 30),
    "interpolation": (NULL, "", "nearest", "bilinear", "bicubic", "lanczos", "box", "hamming", "random"),
    "crop_pct": (NULL, 0, 0.5, 0.9, 0.95, 1.0, 1.25),
    "crop_mode": (NULL, "", "center", "squash", "border", "else"),
    "mean": (NULL, [], [0.4], [0.1, 0.2, 0.3]),
    "std": (NULL, [], [0.4], [0.1, 0.2, 0.3]),
    "test_input_size": (NULL, [3, 40, 40]),
    "test_crop_pct": (NULL, 1.0),
    "fixed_input_size": (True, False),
    "num_classes": (0, 10),
}
TIMM_PAIRS = (("input_size", "crop_mode"), ("input_size", "crop_pct"), ("crop_pct", "crop_mode"),
              ("input_size", "test_input_size"), ("crop_mode", "interpolation"), ("input_size", "img_size"))
# Classes of architectures that are not run, which a file may name.
STRANGERS = ("ConvNext", "Siglip2", "Levit", "EfficientNet", "MobileViT", "Perceiver", "DINOv3ViT", "ViTHybrid",
             "PoolFormer", "Blip")
# Pairs that decide together.
PAIRS = (("size", "default_to_square"), ("size", "do_center_crop"), ("crop_size", "do_center_crop"),
         ("do_rescale", "do_normalize"), ("do_pad", "pad_size"), ("size", "crop_size"),
         ("do_resize", "do_center_crop"))
# Refusals of saccade's that may be where transformers prepares the picture.
ALLOWED = ("pictures must come out in one size", "padding is not supported",
           "pass --interpolation to choose one")


def settings_of(keys, pairs):
    """Each value alone, and each pair of values."""
    for key, values in keys.items():
        for value in values:
            yield {key: value}
    for first, second in pairs:
        for one, other in itertools.product(keys[first], keys[second]):
            yield {first: one, second: other}


def variants():
    """(class, settings) without the name of the class."""
    for name in CLASSES:
        yield from 4 * [(name, {})]  # by each spelling
        yield from ((name, settings) for settings in settings_of(KEYS, PAIRS))
        yield from ((name, dict(zip(WHOLE, values))) for values in itertools.product(*WHOLE.values()))


def spelled():
    """Whole preprocessor_config.json with their model_type: all kinds of names over the variants."""
    spellings = itertools.cycle((
        lambda name: {"image_processor_type": f"{name}ImageProcessor"},
        lambda name: {"image_processor_type": f"{name}ImageProcessorFast"},
        lambda name: {},
        lambda name: {"image_processor_type": f"{name}ImageProcessor",
                      "feature_extractor_type": f"{name}FeatureExtractor"}))
    for name, settings in variants():
        yield CLASSES[name], {**next(spellings)(name), **settings}
    for settings in ({}, *settings_of(TIMM_KEYS, TIMM_PAIRS)):
        yield "timm_wrapper", settings
    for name in STRANGERS:
        yield "vit", {"image_processor_type": f"{name}ImageProcessor"}


def reference(folder, model_type, settings, pictures):
    """Pixels of each picture, or the reason why there are none. AutoImageProcessor takes a second to
    find the class, so it does so for settings of nothing but names alone."""
    name = next((name for name, kind in CLASSES.items() if kind == model_type), "TimmWrapper")
    if settings.get("image_processor_type", "").startswith(STRANGERS):
        return "a class of other architectures"
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            if model_type == "timm_wrapper":
                prepare = transformers.TimmWrapperImageProcessor(pretrained_cfg=settings or {"mean": NULL})
                return [prepare(Image.fromarray(p), return_tensors="pt")["pixel_values"][0].numpy()
                        for p in pictures]
            if all(key.endswith("_type") for key in settings):
                prepare = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil")
                assert type(prepare).__name__ == f"{name}ImageProcessorPil"
            else:
                prepare = getattr(transformers, f"{name}ImageProcessorPil").from_dict(settings)
            return [np.asarray(prepare(Image.fromarray(p), return_tensors="np")["pixel_values"][0],
                               np.float32) for p in pictures]
    except Exception as error:  # whatever it is that transformers cannot do
        return f"{type(error).__name__}: {error}".split("\n")[0][:100]


def ours(folder):
    refusal = folder / "refusal"
    if refusal.exists():
        text = refusal.read_text()
        refusal.unlink()
        return text
    pixels = folder / "pixels"
    height, width = np.fromfile(pixels, np.int32, 2)
    values = np.fromfile(pixels, np.float32, offset=8).reshape(3, height, width)
    pixels.unlink()
    return values


def compare(wanted, found):
    """"equal", "both refuse", or what is wrong."""
    if isinstance(wanted, str):
        return "both refuse" if isinstance(found, str) else f"transformers refuses: {wanted}"
    if isinstance(found, str):
        return f"saccade refuses: {found.split(': ', 1)[-1]}"
    if wanted.shape != found.shape:
        return f"DIFFERS: {found.shape} in place of {wanted.shape}"
    difference = np.abs(wanted - found).max() / max(np.abs(wanted).max(), 1e-9)
    return "equal" if difference <= TOLERANCE else f"DIFFERS by {difference:.2g}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--only", default="", help="a model_type")
    options = parser.parse_args()
    resize_rows_first()
    transformers.logging.set_verbosity_error()
    pictures = [picture("processors", *size) for size in SIZES]
    counts, reasons, bad = collections.Counter(), collections.Counter(), []
    with tempfile.TemporaryDirectory() as top:
        folders = []
        for number, (model_type, settings) in enumerate(spelled()):
            if options.only not in ("", model_type):
                continue
            folder = Path(top) / f"{number:04}"
            folder.mkdir()
            config = {"model_type": model_type}
            if model_type == "timm_wrapper":
                config |= {"architecture": "vit_tiny_patch16_224", "pretrained_cfg": settings}
            else:
                (folder / "preprocessor_config.json").write_text(json.dumps(settings))
            (folder / "config.json").write_text(json.dumps(config))
            (folder / "model_type").write_text(model_type)
            folders.append((folder, model_type, settings))
        wanted = [reference(*folder, pictures) for folder in folders]
        for index, image in enumerate(pictures):
            file = Path(top) / f"picture{index}.png"
            Image.fromarray(image).save(file)
            subprocess.run([options.program, file, top], check=True)
            for (folder, model_type, settings), pixels in zip(folders, wanted):
                result = compare(pixels if isinstance(pixels, str) else pixels[index], ours(folder))
                kind = result.split(":")[0].split(" by")[0]
                counts[kind] += 1
                if kind not in ("equal", "both refuse"):
                    reasons[result] += 1
                allowed = any(text in result for text in ALLOWED)
                if kind == "DIFFERS" or (kind == "saccade refuses" and not allowed):
                    bad.append(f"{model_type} {json.dumps(settings)}: {result}")
    print(f"{len(folders)} variants, {len(pictures)} pictures: "
          + ", ".join(f"{count} {kind}" for kind, count in counts.most_common()))
    for text, count in reasons.most_common(None if options.verbose else 30):
        print(f"{count:6} {text}")
    print(*bad[:60], sep="\n")
    sys.exit(1 if bad else 0)


main()
