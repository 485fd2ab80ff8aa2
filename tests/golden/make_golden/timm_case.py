"""Makes a case with timm, and the settings that many timm cases share."""
import json

import timm
import torch
from PIL import Image
from timm.models._hub import save_for_hf

from .case_files import CASES, finish
from .checks import other_position_kernel
from .drawing import picture, redraw
from .libraries import Timm

HALF = dict(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
IMAGENET = dict(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
COMMON = dict(interpolation="bicubic", first_conv="patch_embed.proj", classifier="head")
FIVE = dict(num_classes=5)
POSITION_KERNEL = {"the position kernel": other_position_kernel}


def square(**cfg):
    """A pretrained_cfg for an input of 32x32."""
    return dict(COMMON, **HALF, input_size=(3, 32, 32), fixed_input_size=True, crop_pct=0.95,
                num_classes=5, **cfg)


def timm_case(case, *, architecture, arguments, pretrained_cfg, model_config=None,
              dtype=torch.float32, after_save=None, size=(37, 45), choices=None, load_at=None):
    """`arguments`: the constructor's; they come to stand in config.json as `model_args`.

    `load_at`: the input size that the checkpoint is loaded for, where it is another.
    """
    folder = CASES / case
    folder.mkdir(parents=True)
    settings = dict(embed_dim=16, depth=2, num_heads=2, mlp_ratio=1.5, img_size=32, patch_size=8)
    settings.update(arguments)
    model = timm.create_model(architecture, pretrained_cfg=pretrained_cfg, **settings)
    redraw(model, case)
    model.to(dtype)
    save_for_hf(model, folder, model_config=model_config, safe_serialization=True)
    if after_save:
        after_save(folder, model)

    # Files without model_args cannot hold the sizes; whoever reads them has those from the tensors.
    config = json.loads((folder / "config.json").read_text())
    sizes = {} if "model_args" in config else settings
    if load_at:
        sizes["img_size"] = load_at

    def reload(where):
        return Timm(timm.create_model(f"local-dir:{where}", pretrained=True, **sizes))

    stored = reload(folder).model
    asked = {"input_size": (3, *load_at)} if load_at else None
    transform = timm.data.create_transform(**timm.data.resolve_model_data_config(stored, asked))
    pictures = [picture(case, *size)]
    mode = "L" if settings.get("in_chans") == 1 else "RGB"
    pixels = torch.stack([transform(Image.fromarray(p).convert(mode)) for p in pictures])
    finish(case, folder, reload(folder) if load_at else Timm(model), pixels, pictures, reload,
           choices or {})
