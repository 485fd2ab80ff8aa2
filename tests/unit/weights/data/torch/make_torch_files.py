#!/usr/bin/env python3
"""Makes the PyTorch files beside it, with the real torch.save and timm's real CheckpointSaver.

Needs torch, timm, numpy and safetensors; the tests need none of them. The committed files were made
with torch 2.15.0 and timm 1.0.31. All hold the weights of tests/golden/cases/vit_timm, so that a test
can compare them.
"""
import argparse
import shutil
import tempfile
from pathlib import Path

import timm
import torch
from safetensors.torch import load_file
from timm.utils import CheckpointSaver, ModelEmaV3

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parents[3] / "golden/cases/vit_timm/model.safetensors"


class Stranger:
    """Something that a reader cannot know; unpickled for real, it would run code."""

    def __reduce__(self):
        return print, ("a pickle was executed",)


def saver(weights):
    """checkpoint.pth.tar: state_dict_ema has the weights, state_dict others."""
    torch.manual_seed(0)
    model = timm.create_model("vit_tiny_patch16_224", embed_dim=24, depth=2, num_heads=3, mlp_ratio=3.0,
                              img_size=(32, 32), patch_size=8, num_classes=7)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    model(torch.rand(1, 3, 32, 32)).sum().backward()
    optimizer.step()
    ema = ModelEmaV3(model)
    ema.module.load_state_dict(weights)
    arguments = argparse.Namespace(model="vit_tiny_patch16_224", opt="sgd", lr=0.1, mean=None,
                                   data_dir=Path("photos"), betas=(0.9, 0.999), amp=False)
    with tempfile.TemporaryDirectory() as folder:
        CheckpointSaver(model, optimizer, args=arguments, model_ema=ema,
                        checkpoint_dir=folder).save_checkpoint(epoch=3, metric=81.25)
        shutil.copy(Path(folder) / "model_best.pth.tar", HERE / "checkpoint.pth.tar")


def forms(weights):
    """pytorch_model.bin: a bare state dict with all that PyTorch's own types allow."""
    state = {name: torch.nn.Parameter(tensor) for name, tensor in weights.items()}
    qkv = state["blocks.0.attn.qkv.weight"].detach()
    state["blocks.0.attn.qkv.weight"] = qkv.T.contiguous().T  # in strides
    norms = torch.stack([weights["norm.weight"], weights["norm.bias"]])
    state["norm.weight"], state["norm.bias"] = norms[0], norms[1]  # of one storage
    state["head.bias"] = weights["head.bias"].double()
    state["epoch"] = 7
    torch.save(state, HERE / "pytorch_model.bin")


def wrapped(weights):
    """As Lightning and other trainers save: prefixes, and the weights under other keys."""
    torch.save({"epoch": 3, "global_step": 40, "pytorch-lightning_version": "2.4.0",
                "state_dict": {"model." + name: tensor for name, tensor in weights.items()},
                "hyper_parameters": {"lr": 1e-3}, "callbacks": {}, "lr_schedulers": []},
               HERE / "lightning.ckpt")
    torch.save({"epoch": 3, "optimizer_state_dict": {"state": {}, "param_groups": [{"lr": 0.1}]},
                "model_state_dict": {"module.net." + name: tensor.half()
                                     for name, tensor in weights.items()}},
               HERE / "trainer.pth")


def small():
    torch.save({"state_dict": {"good": torch.arange(6.0).reshape(2, 3), "stranger": Stranger()},
                "arch": "vit_tiny_patch16_224", "stranger": Stranger()}, HERE / "stranger.pt")
    torch.save({"a": torch.arange(3.0)}, HERE / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save({"a": torch.arange(3.0).bfloat16(), "b": torch.arange(4).reshape(2, 2)},
               HERE / "protocol4.pt", pickle_protocol=4)


if __name__ == "__main__":
    golden = load_file(GOLDEN)
    saver(golden)
    forms(golden)
    wrapped(golden)
    small()
