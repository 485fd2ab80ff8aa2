"""Writes the files of a case folder."""
import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from .checks import check_attention_is_uneven, check_choices_matter, check_every_tensor_matters
from .reference import movement, run_stages

CASES = Path(__file__).resolve().parent.parent / "cases"


def write_stages(folder, pictures, pixels, stages):
    tensors = {}
    for n, values in enumerate(pictures):
        tensors["input" if n == 0 else f"input.{n}"] = torch.from_numpy(values)
    tensors["pixels"] = pixels
    for name, values in stages.items():
        tensors[name] = values.to(torch.float32).contiguous()
    save_file(tensors, folder / "stages.safetensors")


def rename(folder, change):
    """Rewrites the weights with every name passed through `change` (None drops the tensor)."""
    path = folder / "model.safetensors"
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    tensors = {change(name): tensor for name, tensor in load_file(path).items()}
    tensors.pop(None, None)
    save_file(tensors, path, metadata=metadata)


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n")


def finish(case, folder, library, pixels, pictures, reload, choices):
    """Runs the reference and all checks, then writes the stages."""
    with torch.no_grad():
        library.model.double()
        wide = pixels.double()
        stages = run_stages(library, wide)
        logits = stages["logits"]
        least = check_every_tensor_matters(case, library, wide, logits)
        check_attention_is_uneven(case, stages)
        check_choices_matter(case, library, wide, logits, choices)
        again = reload(folder)
        again.model.double()
        if movement(again, wide, logits) != 0:
            raise SystemExit(f"{case}: the library reads another model from the folder")
    write_stages(folder, pictures, pixels, stages)
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{case:24} {size:7} bytes, least movement {least[0]:.1e} ({least[1]})")
