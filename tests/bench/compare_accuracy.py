#!/usr/bin/env python3
"""How many pictures keep their best class where the peers of compare.py compute in bf16 and int8.

    compare_accuracy.py shared/models/vit_tiny_patch16_224.timm --images shared/images/imagenet \\
        --labels shared/images/imagenet/labels.tsv --saccade build/release/bin/saccade

For a trained checkpoint of timm or transformers: with random weights, as compare.py times them,
there is no accuracy. The list of labels has the columns `file` and `index`, with tabs between.
Prints, for each peer at each precision, how many pictures have the best class that they have with
PyTorch in f32, and of how many it is the right one. Where the program is given, for saccade too,
which is held against itself in f32: it resizes rows first, as Pillow up to 12 does, and Pillow 13
does not always.

Pictures are turned upright, then prepared by the transform of the checkpoint's own library. They go
through the models one by one: dynamic quantisation has one range for all that go together. NNCF is
calibrated on 100 of the pictures that are then counted, which favours it if anything.

Needs what compare.py needs, and transformers for its checkpoints.
"""
import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from compare import (ALL_PEERS, available_peers, export, quantise_for_onnxruntime,
                     quantise_for_openvino)
from compare_worker import PEERS, torch_forward

CALIBRATION_PICTURES = 100
BATCH = 1


def read_labels(file):
    """[(name, class)]"""
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    if not rows or not {"file", "index"} <= rows[0].keys():
        sys.exit(f"{file}: wanted pictures under a header with `file` and `index`, tabs between")
    return [(row["file"], int(row["index"])) for row in rows]


def transform_of(folder):
    """What makes an array [3, height, width] of a picture."""
    config = json.loads((folder / "config.json").read_text())
    if "architecture" in config:
        from timm.data import create_transform, resolve_data_config

        recipe = resolve_data_config(pretrained_cfg=config["pretrained_cfg"])
        transform = create_transform(**recipe)
        return lambda picture: transform(picture).numpy()
    from transformers import AutoImageProcessor

    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    return lambda picture: processor(picture, return_tensors="np")["pixel_values"][0]


def read_pictures(files, folder):
    """Batches of one."""
    from PIL import Image, ImageOps

    transform = transform_of(folder)
    pictures = []
    for file in files:
        with Image.open(file) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGB")
        pictures.append(transform(upright)[None])
    return pictures


def make_files(checkpoint, folder, peers, pictures):
    """What the peers read; the checkpoint's own folder stays as it is."""
    for file in checkpoint.iterdir():
        (folder / file.name).symlink_to(file.resolve())
    export(folder, BATCH, pictures[0].shape[1:])
    if "onnxruntime" in peers["int8"]:
        quantise_for_onnxruntime(folder, BATCH)
    if "openvino" in peers["int8"]:
        step = max(1, len(pictures) // CALIBRATION_PICTURES)  # from the whole list
        quantise_for_openvino(folder, BATCH, pictures[::step][:CALIBRATION_PICTURES])


def best_classes(forward, pictures):
    return [int(forward(picture)[0].argmax()) for picture in pictures]


def peers_answers(folder, threads, peers, pictures):
    """(precision, name, best classes) of each"""
    for precision, names in peers.items():
        for name in names:
            _, make = PEERS[precision][name]
            try:
                forward = make(folder, BATCH, threads)
            except RuntimeError as error:
                print(f"left out in {precision}: {name}; {error}", file=sys.stderr)
                continue
            yield precision, name, best_classes(forward, pictures)


def saccade_answers(program, checkpoint, threads, files):
    """(precision, name, best classes) of each precision, f32 first"""
    for precision in PEERS:
        command = [program, "classify", "-q", "-m", checkpoint, "-k", "1", "--format", "jsonl",
                   "--threads", str(threads)]
        if precision != "f32":
            command += ["--precision", precision]
        result = subprocess.run([*command, "--", *files], capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(f"{result.stderr.strip()}\ncompare_accuracy.py: saccade failed in "
                     f"{precision}; give another one, or none")
        records = map(json.loads, result.stdout.splitlines())
        yield precision, "saccade", [record["predictions"][0]["index"] for record in records]


def row(precision, name, answers, reference, labels):
    kept = sum(a == b for a, b in zip(answers, reference, strict=True))
    right = sum(a == b for a, b in zip(answers, labels, strict=True))
    return f"| {precision} | {name} | {kept} | {right} |"


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path, help="a folder of timm's or transformers'")
    parser.add_argument("--images", type=Path, required=True, help="where the pictures are")
    parser.add_argument("--labels", type=Path, required=True, help="`file` and `index` of each")
    parser.add_argument("--saccade", type=Path, help="the program; default: peers only")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    for file in (options.model / "config.json", options.images, options.labels):
        if not file.exists():
            parser.error(f"{file}: not there; name the model, --images and --labels")
    return options


def main():
    options = parse()
    names, labels = zip(*read_labels(options.labels))
    files = [options.images / name for name in names]
    pictures = read_pictures(files, options.model)
    peers = {precision: available_peers(precision, ALL_PEERS) for precision in ("bf16", "int8")}
    print(f"{options.model.name}, {len(files)} pictures; NNCF calibrated on "
          f"{min(CALIBRATION_PICTURES, len(files))} of them\n\n"
          "| precision | program | best class as in f32 | best class right |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make_files(options.model, folder, peers, pictures)
        reference = best_classes(torch_forward(folder, BATCH, options.threads), pictures)
        print(row("f32", "torch", reference, reference, labels))
        for answers in peers_answers(folder, options.threads, peers, pictures):
            print(row(*answers, reference, labels), flush=True)
    if options.saccade:
        for answers in saccade_answers(options.saccade, options.model, options.threads, files):
            if answers[0] == "f32":
                reference = answers[2]
            print(row(*answers, reference, labels), flush=True)


if __name__ == "__main__":
    main()
