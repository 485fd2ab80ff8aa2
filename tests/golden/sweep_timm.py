#!/usr/bin/env python3
"""Compares saccade with timm on timm's own entry points, at their true sizes.

    sweep_timm.py path/to/saccade [--only PATTERN...] [--skip PATTERN...] [--largest MILLIONS]
                  [--table FILE]

For each vision transformer of timm's: makes it with weights redrawn to matter and ten classes, lets
timm save it (config.json, model.safetensors), runs both on the same picture and prints a row: the
name, its parameters, and the greatest difference of a logit as a share of the greatest logit, or why
saccade refuses it. A model of more than a gigabyte is made two blocks deep. Ends with counts, and
with status 1 after a difference above 1e-4, or a refusal that is not among those allowed. It takes
an hour and more: what it prints goes to FILE, too, whose agreeing rows are not run again. Needs
torch, timm, Pillow and safetensors; not part of the tests.
"""
import argparse
import contextlib
import fnmatch
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import timm
import torch
from PIL import Image
from make_golden.drawing import draw, resize_rows_first, rng
from safetensors.torch import save_file
from timm.models._hub import save_for_hf

PATTERNS = ("vit_*", "deit*", "beit*", "eva*", "flexivit*", "test_vit*", "aimv2*")
TOLERANCE = 1e-4
CLASSES = 10
GIGABYTE = 250e6  # parameters
# Kinds of models that saccade may refuse, by name; anything else that is refused is a failure.
MAY_BE_REFUSED = ("beit3_*", "aimv2_*", "vit_pe_*", "*_r26_*", "*_r50_*", "*_r_s16_*", "*_resnet*",
                  "vit_base_mci_*")


def parameters_of(name):
    with torch.device("meta"):
        return sum(p.numel() for p in timm.create_model(name).parameters())


def two_blocks(name):
    """Sapiens 2 has its keys' and values' heads by block: of all queries' heads, then shared."""
    shared = {"num_kv_heads": (None, 8)} if "sapiens2" in name else {}
    return {"depth": 2, **shared}


class Normals:
    """A numpy generator whose normal values come off one list, from another place each time: to draw
    hundreds of millions takes long."""
    drawn = np.tile(rng("normals").standard_normal(1 << 23, dtype=np.float32), 2)

    def __init__(self, *names):
        self.random = rng(*names)
        self.uniform, self.choice = self.random.uniform, self.random.choice

    def standard_normal(self, shape):
        first = self.random.integers(len(self.drawn) // 2)
        return np.resize(self.drawn[first:][:int(np.prod(shape))], shape)


@contextlib.contextmanager
def without_initialisation():
    """Parameters are drawn anew, all of them."""
    with contextlib.ExitStack() as stack:
        for name in ("uniform_", "normal_", "erfinv_"):
            stack.enter_context(mock.patch.object(torch.Tensor, name, lambda self, *_, **__: self))
        yield


def make(name, depth):
    with without_initialisation():
        model = timm.create_model(name, num_classes=CLASSES, **depth).eval()
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            values = draw(parameter_name, tuple(parameter.shape), Normals(name, parameter_name))
            if parameter_name.endswith("weight") and parameter.ndim > 1:
                values = values * 0.6  # deep models amplify what tiny ones do not
            parameter.copy_(torch.from_numpy(values))
    return model


def picture(size=(300, 340)):
    random = rng("sweep")
    blocks = random.integers(0, 256, (size[0] // 20 + 1, size[1] // 20 + 1, 3))
    return np.kron(blocks, np.ones((20, 20, 1)))[:size[0], :size[1]].astype(np.uint8)


def logits_of_timm(model, image):
    transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model))
    with torch.no_grad():
        return model.double()(transform(image)[None].double())[0].numpy()


def logits_of_saccade(program, folder, image_file):
    """Logits by class, or the reason of the refusal."""
    run = subprocess.run(
        [program, "classify", "-m", folder, image_file, "-k", str(CLASSES), "--format", "jsonl",
         "--output-type", "logit", "--no-exif"], capture_output=True, text=True)
    if run.returncode != 0:
        return run.stderr.strip().splitlines()[-1].partition("config.json: ")[2] or run.stderr
    logits = np.full(CLASSES, np.nan)
    for line in run.stdout.splitlines():
        for found in json.loads(line)["predictions"]:
            logits[found["index"]] = found["score"]
    return logits


def refusal_of(program, folder, image_file, name):
    """Why saccade refuses the entry point by its name alone, before it is made; or None."""
    save_file({"blocks.0.norm1.weight": torch.zeros(1)}, Path(folder) / "model.safetensors")
    (Path(folder) / "config.json").write_text(json.dumps({"architecture": name}))
    error = logits_of_saccade(program, folder, image_file)
    return error if re.search("is not supported: | is none of timm's ", error) else None


def compare(program, name, deep):
    """The greatest difference as a text, or the reason of the refusal."""
    with tempfile.TemporaryDirectory() as folder:
        image = Image.fromarray(picture())
        image_file = str(Path(folder) / "picture.png")
        image.save(image_file)
        refusal = refusal_of(program, folder, image_file, name)
        if refusal:
            return refusal
        model = make(name, {} if deep else two_blocks(name))
        save_for_hf(model, folder, safe_serialization=True)
        found = logits_of_saccade(program, folder, image_file)
        if isinstance(found, str):
            return found
        wanted = logits_of_timm(model, image)
    return f"{np.abs(found - wanted).max() / np.abs(wanted).max():.1e}"


def is_number(note):
    try:
        float(note)
    except ValueError:
        return False
    return True


ROW = re.compile(r"\| `(\S+)` \| ([0-9.]+) \| (.*?)( \*\*\(failed\)\*\*)? \|")


class Table:
    """The printed table, also kept in a file from which the script resumes."""

    def __init__(self, path):
        self.rows, self.file = {}, None
        if path and path.exists():
            rows = filter(None, map(ROW.match, path.read_text().splitlines()))
            self.rows = {row[1]: row[3] for row in rows if is_number(row[3]) and not row[4]}
        if path:
            self.file = path.open("w")
        self.print(f"torch {torch.__version__}, timm {timm.__version__}\n\n| Entry point | "
                   "Parameters, million | Greatest difference, or why it is refused |\n|---|---|---|")

    def print(self, text):
        print(text, flush=True)
        if self.file:
            print(text, file=self.file, flush=True)


def matches(name, patterns):
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("program")
    arguments.add_argument("--only", nargs="+", default=["*"])
    arguments.add_argument("--skip", nargs="+", default=[])
    arguments.add_argument("--largest", type=float, default=np.inf, help="million parameters")
    arguments.add_argument("--table", type=Path)
    asked = arguments.parse_args()
    resize_rows_first()
    names = sorted({n for pattern in PATTERNS for n in timm.list_models(pattern)})
    names = [n for n in names if matches(n, asked.only) and not matches(n, asked.skip)]
    agreed, allowed, failed, left_out = 0, 0, 0, 0
    table = Table(asked.table)
    for name in names:
        parameters = parameters_of(name)
        if parameters / 1e6 > asked.largest:
            left_out += 1
            continue
        note = table.rows.get(name) or compare(asked.program, name, deep=parameters <= GIGABYTE)
        if is_number(note):
            fine = float(note) <= TOLERANCE
            agreed += fine
        else:
            fine = matches(name, MAY_BE_REFUSED)
            allowed += fine
        failed += not fine
        table.print(f"| `{name}` | {parameters / 1e6:.1f} | {note}"
                    f"{'' if fine else ' **(failed)**'} |")
    table.print(f"\nOf {len(names)} entry points {agreed} agree, {allowed} are refused as they may "
                f"be, {failed} failed, {left_out} were left out for their size.")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
