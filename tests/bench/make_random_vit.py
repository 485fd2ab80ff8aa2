#!/usr/bin/env python3
"""Makes a ViT checkpoint of real size with random f32 weights, in Hugging Face layout.

    make_random_vit.py base OUT            ViT-B/16 at 224: OUT/config.json,
                                           preprocessor_config.json, model.safetensors (346 MB)
    make_random_vit.py large OUT --patch 14 --image 336 --classes 10

For measuring speed and memory: the predictions mean nothing. Needs Python alone; the same
arguments give the same bytes.
"""
import argparse
import array
import json
import random
import struct
import sys
from pathlib import Path

SIZES = {  # width, blocks, heads
    "tiny": (192, 12, 3),
    "small": (384, 12, 6),
    "base": (768, 12, 12),
    "large": (1024, 24, 16),
}
DEVIATION = 0.02


def tensor_shapes(width, blocks, patch, grid, classes):
    """(name, shape) of every tensor of a ViTForImageClassification."""
    hidden = 4 * width

    def linear(name, rows, columns):
        return [(f"{name}.weight", (rows, columns)), (f"{name}.bias", (rows,))]

    def norm(name):
        return [(f"{name}.weight", (width,)), (f"{name}.bias", (width,))]

    shapes = [
        ("vit.embeddings.cls_token", (1, 1, width)),
        ("vit.embeddings.position_embeddings", (1, grid * grid + 1, width)),
        ("vit.embeddings.patch_embeddings.projection.weight", (width, 3, patch, patch)),
        ("vit.embeddings.patch_embeddings.projection.bias", (width,)),
    ]
    for index in range(blocks):
        block = f"vit.encoder.layer.{index}"
        shapes += norm(f"{block}.layernorm_before")
        for part in ("query", "key", "value"):
            shapes += linear(f"{block}.attention.attention.{part}", width, width)
        shapes += linear(f"{block}.attention.output.dense", width, width)
        shapes += norm(f"{block}.layernorm_after")
        shapes += linear(f"{block}.intermediate.dense", hidden, width)
        shapes += linear(f"{block}.output.dense", width, hidden)
    return shapes + norm("vit.layernorm") + linear("classifier", classes, width)


def little_endian(values):
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


class Weights:
    """Normal values from one pool of prime length, read in a circle from a random place on; drawing
    each of a hundred million values would take minutes."""

    POOL = 1_048_583

    def __init__(self):
        self.random = random.Random(2024)
        pool = array.array("f", (self.random.gauss(0, DEVIATION) for _ in range(self.POOL)))
        self.twice = memoryview(little_endian(pool) * 2)

    def write(self, file, name, count):
        if "layernorm" in name and name.endswith("weight"):
            file.write(little_endian(array.array("f", [1.0]) * count))
            return
        start = self.random.randrange(self.POOL) * 4
        left = count * 4
        while left > 0:
            size = min(left, self.POOL * 4)
            file.write(self.twice[start : start + size])
            left -= size


def write_safetensors(path, shapes):
    header, end = {"__metadata__": {"format": "pt"}}, 0
    counts = []
    for name, shape in shapes:
        count = 1
        for extent in shape:
            count *= extent
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + 4 * count]}
        counts.append((name, count))
        end += 4 * count
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    weights = Weights()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, count in counts:
            weights.write(file, name, count)


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("out", type=Path)
    parser.add_argument("--patch", type=int, default=16, metavar="PIXELS")
    parser.add_argument("--image", type=int, default=224, metavar="PIXELS")
    parser.add_argument("--classes", type=int, default=1000)
    options = parser.parse_args()
    if options.patch < 1 or options.image < options.patch or options.classes < 1:
        parser.error("want 1 <= PATCH <= IMAGE and at least one class")

    width, blocks, heads = SIZES[options.size]
    options.out.mkdir(parents=True, exist_ok=True)
    labels = [f"class {index}" for index in range(options.classes)]
    write_json(options.out / "config.json", {
        "architectures": ["ViTForImageClassification"],
        "model_type": "vit",
        "hidden_size": width,
        "num_hidden_layers": blocks,
        "num_attention_heads": heads,
        "intermediate_size": 4 * width,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "image_size": options.image,
        "patch_size": options.patch,
        "num_channels": 3,
        "qkv_bias": True,
        "id2label": dict(enumerate(labels)),
        "label2id": {label: index for index, label in enumerate(labels)},
    })
    write_json(options.out / "preprocessor_config.json", {
        "image_processor_type": "ViTImageProcessor",
        "do_resize": True,
        "size": {"height": options.image, "width": options.image},
        "resample": 2,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    })
    grid = options.image // options.patch
    shapes = tensor_shapes(width, blocks, options.patch, grid, options.classes)
    write_safetensors(options.out / "model.safetensors", shapes)


if __name__ == "__main__":
    main()
