#!/usr/bin/env python3
"""Makes tests/golden/cases: tiny checkpoints and what the real libraries make of them.

Needs torch, transformers, timm, Pillow, numpy and safetensors; the tests themselves need none of
them. Run `make_golden.py [CASE...]`; the README beside this file says what a case folder holds.

The reference runs in float64 on the stored (f32, f16 or bf16) weights and is rounded to f32 only
when it is written, so that a comparison measures the tested program alone. Every random number
comes from a seed made of the case's and the tensor's name.
"""
import contextlib
import copy
import json
import os
import shutil
import sys
import zlib
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import PIL
import timm
import torch
import transformers
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from timm.layers import RmsNorm
from timm.models._hub import save_for_hf
from timm.models.eva import EvaBlockPostNorm
from timm.models.vision_transformer import ResPostBlock
from timm.models.vision_transformer_relpos import ResPostRelPosBlock
from torch import nn
from transformers.models.clip import modeling_clip

CASES = Path(__file__).resolve().parent / "cases"
TOLERANCE = 1e-5  # of the largest |logit|: what the C++ tests allow
MUST_MOVE = 100 * TOLERANCE  # what zeroing any tensor has to exceed


NORMS = (nn.LayerNorm, RmsNorm)


def rng(*names):
    return np.random.Generator(np.random.PCG64(zlib.crc32("/".join(names).encode())))


# ---------------------------------------------------------------------------- weights and pictures


def redraw(model, case):
    """Gives every parameter values that show in the logits; library initialisation hides most."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(draw(name, tuple(parameter.shape), rng(case, name))))


def draw(name, shape, random):
    normal = random.standard_normal(shape)
    if "norm" in name and name.endswith("weight"):
        values = 1 + 0.2 * normal
    elif "lambda_q" in name or "lambda_k" in name:  # in an exponent
        values = 0.4 * normal
    elif "gamma" in name or "lambda" in name:  # LayerScale
        values = 0.5 + 0.15 * normal
    elif name.endswith("bias"):
        values = random.uniform(0.1, 0.3, shape) * random.choice([-1.0, 1.0], shape)
    elif name.endswith("_bias_table"):  # before the softmax
        values = 1.0 * normal
    elif ("token" in name or "pos" in name) and ".mlp." not in name:
        values = 0.6 * normal
    else:
        fan_in = int(np.prod(shape[1:]))
        values = normal * (1.3 / np.sqrt(fan_in))
    return np.asarray(values).astype(np.float32)


def picture(case, height, width, index=0):
    """An RGB picture of coloured blocks under noise, by integer arithmetic only."""
    random = rng(case, "picture", str(index))
    blocks = random.integers(0, 256, (height // 7 + 1, width // 7 + 1, 3))
    smooth = blocks.repeat(7, axis=0).repeat(7, axis=1)[:height, :width]
    noise = random.integers(-40, 41, (height, width, 3))
    return np.clip(smooth + noise, 0, 255).astype(np.uint8)


def resize_rows_first():
    """Makes Pillow resize each row first and each column after, as every version before 13 does.

    Pillow 13 takes the columns first where the height shrinks much more than the width; rounding to
    8 bits between the passes makes that another picture. One pass at a time has no order to choose.
    """
    resize = Image.Image.resize

    def two_passes(image, size, resample=None, *arguments, **named):
        rows = resize(image, (size[0], image.height), resample, *arguments, **named)
        return resize(rows, size, resample, *arguments, **named)

    Image.Image.resize = two_passes


# ------------------------------------------------------------------------------ the two libraries


class HuggingFace:
    """A transformers model: how to run it, where its stages are, how it is stored."""

    def __init__(self, model, interpolate=False):
        self.model = model.eval()
        self.base = next(getattr(model, name) for name in
                         (model.base_model_prefix, "deit", "vision_model") if hasattr(model, name))
        self.arguments = {"interpolate_pos_encoding": True} if interpolate else {}
        self.zero_shot = isinstance(model, (transformers.CLIPModel, transformers.SiglipModel))
        if self.zero_shot:
            self.arguments["input_ids"] = texts()

    def blocks(self):
        if hasattr(self.base, "layers"):
            return self.base.layers
        encoder = self.base.encoder
        return encoder.layer if hasattr(encoder, "layer") else encoder.layers

    def norm(self):
        if isinstance(self.model, transformers.CLIPForImageClassification):
            return self.blocks()[-1]  # it has a last norm, which its classifier goes without
        return self.base.layernorm if hasattr(self.base, "layernorm") else self.base.post_layernorm

    def logits(self, pixels):
        return self.logits_of(self.model(pixel_values=pixels, **self.arguments))

    def logits_of(self, found):
        return found.logits_per_image if self.zero_shot else found.logits

    def watch_norm1(self, see):
        """Shows `see` what the last block's attention takes in."""
        last = self.blocks()[-1]
        norm = next(getattr(last, name) for name in ("norm1", "layernorm_before", "layer_norm1")
                    if hasattr(last, name))
        return norm.register_forward_hook(lambda m, i, output: see(output))

    def attention(self, pixels):
        # The eager path alone returns probabilities; it rounds them to f32, as storing does anyway.
        self.model.set_attn_implementation("eager")
        found = self.model(pixel_values=pixels, output_attentions=True, **self.arguments)
        self.model.set_attn_implementation("sdpa")
        tower = found.vision_model_output if self.zero_shot else found
        return list(tower.attentions), self.logits_of(found)

    def of_heads(self, layer, values, gradient):
        """A layer's attention by its heads, or the gradient there."""
        return values

    def parts(self):
        """(label, tensor) to zero one at a time. Softmax cancels the bias of the keys."""
        unused = ("k_proj.bias", "mask_token")
        if isinstance(self.model, transformers.SiglipForImageClassification):
            unused += tuple(f"head.{name}" for name, _ in self.base.head.named_parameters())
        if isinstance(self.model, transformers.CLIPForImageClassification):
            unused += ("post_layernorm.weight", "post_layernorm.bias")
        for name, tensor in self.model.named_parameters():
            if name.endswith(unused) or name.startswith("text_"):
                continue
            if ".in_proj_" not in name:
                yield name, tensor
                continue
            q, k, v = tensor.chunk(3)
            yield name + "[q]", q
            yield name + "[v]", v
            if name.endswith("weight"):
                yield name + "[k]", k


class Timm:
    def __init__(self, model):
        self.model = model.eval()
        for layer in self.attention_layers():
            layer.fused_attn = False  # so that the probabilities pass through attn_drop
        if getattr(model, "attn_pool", None) is not None:
            model.attn_pool.fused_attn = False  # so that its softmax can be made constant

    def blocks(self):
        return self.model.blocks

    def attention_layers(self):
        """Of all blocks: a block's own, several of it, or the block itself."""
        return [layer for block in self.model.blocks for layer in (
            [path.attn for path in block.attns] if hasattr(block, "attns")
            else [getattr(block, "attn", block)])]

    def norm(self):
        return self.model.norm

    def logits(self, pixels):
        return self.model(pixels)

    def watch_norm1(self, see):
        """Shows `see` what the last block's attention takes in."""
        last = self.model.blocks[-1]
        if isinstance(last, (ResPostBlock, ResPostRelPosBlock, EvaBlockPostNorm)):
            return last.register_forward_pre_hook(lambda m, inputs: see(inputs[0]))
        norm = (last.attns[0].norm if hasattr(last, "attns")
                else getattr(last, "in_norm", None) or last.norm1)
        return norm.register_forward_hook(lambda m, i, output: see(output))

    def attention(self, pixels):
        found = []
        hooks = [
            layer.attn_drop.register_forward_hook(lambda m, i, output: found.append(output))
            for layer in self.attention_layers()
        ]
        logits = self.model(pixels)
        for hook in hooks:
            hook.remove()
        return found, logits

    def of_heads(self, layer, values, gradient):
        """A layer's attention by its heads, or the gradient there. Differential attention mixes by
        first - lambda second, where the gradient is the first's."""
        layer = self.attention_layers()[layer]
        if not hasattr(layer, "lambda_q1"):
            return values
        first, second = values[:, 0::2], values[:, 1::2]
        return first if gradient else first - layer._compute_lambda() * second

    def parts(self):
        # Softmax cancels what all keys have in common: a bias, which comes last.
        normal_keys = isinstance(getattr(self.attention_layers()[0], "k_norm", None), NORMS)
        for name, tensor in self.model.named_parameters():
            if ".k_norm.bias" in name:
                continue
            if name.endswith("rel_pos.mlp.fc2.bias") and self.model.cls_token is None:
                continue  # the same for all keys, too
            last = f"blocks.{len(self.model.blocks) - 1}."
            if name.startswith(last + "attn.rel_pos.mlp") and self.model.global_pool == "token":
                continue  # nobody reads the patches, and the class token has no such bias
            if name.startswith("attn_pool.kv."):
                k, v = tensor.chunk(2)
                yield name + "[v]", v
                if name.endswith("weight"):
                    yield name + "[k]", k
                continue
            if ".qkv." not in name and ".in_proj." not in name:
                yield name, tensor
                continue
            width = 3 * self.model.embed_dim
            q, k, v = tensor[-width:].chunk(3)  # views: zeroing one zeroes that part of the whole
            if ".in_proj." in name:
                yield name + "[fc1]", tensor[:-width]
            yield name + "[q]", q
            yield name + "[v]", v
            if name.endswith("weight") or normal_keys:
                yield name + "[k]", k


# ------------------------------------------------------------------------------------ the reference


def run_stages(library, pixels):
    """Everything that the tests compare, in float64, by name."""
    stages = {}

    def keep(name):
        return lambda module, inputs, output: stages.__setitem__(name, output)

    first = library.blocks()[0]
    hooks = [first.register_forward_pre_hook(lambda m, i: stages.__setitem__("patch_embed", i[0]))]
    hooks += [b.register_forward_hook(keep(f"blocks.{n}")) for n, b in enumerate(library.blocks())]
    hooks += [library.norm().register_forward_hook(keep("norm"))]
    stages["logits"] = library.logits(pixels)
    for hook in hooks:
        hook.remove()
    if stages["norm"].ndim == 2:  # a whole CLIP normalises one token, when it has been pooled
        stages["norm"] = library.norm()(stages[f"blocks.{len(library.blocks()) - 1}"])
    stages.update(by_block(library, "attn", library.attention(pixels)[0]))
    stages.update(gradients(library, pixels, stages["logits"]))
    return stages


def by_block(library, name, of_layers):
    """Attention layers' values by block, one layer's heads after the other's."""
    each = len(of_layers) // len(library.blocks())
    of_layers = [library.of_heads(n, values, "." in name) for n, values in enumerate(of_layers)]
    return {f"{name}.{n}": torch.cat(of_layers[n * each:(n + 1) * each], dim=1)
            for n in range(len(library.blocks()))}


def gradients(library, pixels, logits):
    """Of the first picture's best class minus its worst, by autograd, through every picture."""
    target = torch.zeros(logits.shape[1], dtype=logits.dtype)
    target[logits[0].argmax()] = 1
    if len(target) > 1:
        target[logits[0].argmin()] = -1
    normalised = []
    hook = library.watch_norm1(normalised.append)
    with torch.enable_grad():
        attention, again = library.attention(pixels)
        found = torch.autograd.grad((again * target).sum(), attention + normalised)
    hook.remove()
    stages = {"target": target, "norm1": normalised[0].detach(), "grad.norm1": found[-1]}
    stages.update(by_block(library, "grad.attn", found[:-1]))
    with torch.enable_grad(), constant_attention_and_scales(library.model):
        attention, again = library.attention(pixels)
        found = torch.autograd.grad((again * target).sum(), attention)
    stages.update(by_block(library, "conservative.attn", found))
    return stages


@contextlib.contextmanager
def constant_attention_and_scales(model):
    """Softmax gives leaves of the graph, and the norms divide by a constant (Ali et al. 2022)."""
    saved = nn.functional.softmax, torch.Tensor.softmax
    lengths = torch.Tensor.norm, modeling_clip._get_vector_norm
    norms = {type(m): type(m).forward for m in model.modules() if isinstance(m, NORMS)}

    def constant(softmax):
        return lambda *arguments, **named: softmax(*arguments, **named).detach().requires_grad_()

    def norm(self, x):
        if isinstance(self, nn.LayerNorm):
            x = x - x.mean(-1, keepdim=True)
        normal = x / (x.pow(2).mean(-1, keepdim=True) + self.eps).sqrt().detach() * self.weight
        return normal + self.bias if isinstance(self, nn.LayerNorm) else normal

    nn.functional.softmax, torch.Tensor.softmax = constant(saved[0]), constant(saved[1])
    torch.Tensor.norm = lambda *arguments, **named: lengths[0](*arguments, **named).detach()
    modeling_clip._get_vector_norm = lambda tensor: lengths[1](tensor).detach()
    for kind in norms:
        kind.forward = norm
    try:
        yield
    finally:
        nn.functional.softmax, torch.Tensor.softmax = saved
        torch.Tensor.norm, modeling_clip._get_vector_norm = lengths
        for kind, forward in norms.items():
            kind.forward = forward


def movement(library, pixels, logits):
    """How far the logits are from `logits`, as a share of the largest."""
    return float((library.logits(pixels) - logits).abs().max() / logits.abs().max())


def check_every_tensor_matters(case, library, pixels, logits):
    least = (np.inf, "")
    for label, tensor in library.parts():
        saved = tensor.clone()
        tensor.zero_()
        least = min(least, (movement(library, pixels, logits), label))
        tensor.copy_(saved)
    if least[0] < MUST_MOVE:
        raise SystemExit(f"{case}: zeroing {least[1]} moves the logits by only {least[0]:.2e}")
    return least


def check_attention_is_uneven(case, stages):
    for name, values in stages.items():
        if name.startswith("attn."):
            peak = float(values.max(dim=-1).values.mean()) * values.shape[-1]
            if not 2 < peak < 0.95 * values.shape[-1]:
                raise SystemExit(f"{case}: {name} is flat or saturated: mean peak {peak:.2f} / T")


def check_choices_matter(case, library, pixels, logits, choices):
    """`choices`: label -> function that spoils one setting of the model and returns its undo."""
    for label, spoil in choices.items():
        undo = spoil(library)
        moved = movement(library, pixels, logits)
        undo()
        if moved < 10 * TOLERANCE:
            raise SystemExit(f"{case}: {label} moves the logits by only {moved:.2e}")


def other_activation(library, other=None):
    """`other`, or else erf GELU in place of another activation, tanh GELU in place of erf."""
    mlps = [block.mlp for block in library.blocks()]
    name = "act" if hasattr(mlps[0], "act") else "activation_fn"
    saved = [getattr(mlp, name) for mlp in mlps]
    exact = isinstance(saved[0], (nn.GELU, transformers.activations.GELUActivation))
    for mlp in mlps:
        setattr(mlp, name, other or nn.GELU(approximate="tanh" if exact else "none"))

    def undo():
        for mlp, activation in zip(mlps, saved):
            setattr(mlp, name, activation)

    return undo


def quick_gelu(library):
    """CLIP's own activation in place of the one that a CLIP was made with."""
    return other_activation(library, transformers.activations.QuickGELUActivation())


def other_eps(library):
    norms = [m for m in library.model.modules() if isinstance(m, NORMS)]
    saved = [norm.eps for norm in norms]
    for norm in norms:
        norm.eps = 1e-6

    def undo():
        for norm, eps in zip(norms, saved):
            norm.eps = eps

    return undo


def other_position_kernel(library):
    """Bicubic interpolation with the antialiasing switched the other way round."""
    original = nn.functional.interpolate

    def switched(values, *arguments, antialias=False, **named):
        return original(values, *arguments, antialias=not antialias, **named)

    nn.functional.interpolate = switched

    def undo():
        nn.functional.interpolate = original

    return undo


# --------------------------------------------------------------------------------- writing one case


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


# ---------------------------------------------------------------------------- Hugging Face cases


def hf_case(case, *, processor, kind="ViTForImageClassification", sizes=((37, 45),), config=None,
            dtype=torch.float32, after_save=None, shard=None, choices=None, interpolate=False,
            text_tower=None):
    """`processor`: the preprocessor_config.json as it lies in the repository, or a processor."""
    folder = CASES / case
    folder.mkdir(parents=True)
    settings = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
                    intermediate_size=24, image_size=32, patch_size=8, num_labels=5)
    settings.update(config or {})
    if "id2label" in settings:
        del settings["num_labels"]
    if "mlp_ratio" in settings:
        del settings["intermediate_size"]
    model_class = getattr(transformers, kind)
    if kind in ("CLIPModel", "SiglipModel"):
        del settings["num_labels"]
        settings = dict(vision_config=settings, text_config=text_tower, projection_dim=12)
    elif kind.startswith(("CLIP", "Siglip")):
        settings = dict(vision_config=settings, num_labels=settings.pop("num_labels"))
    model = model_class(model_class.config_class(**settings))
    redraw(model, case)
    model.to(dtype)
    model.save_pretrained(folder, **({"max_shard_size": shard} if shard else {}))
    if isinstance(processor, dict):
        write_json(folder / "preprocessor_config.json", processor)
    else:
        processor.save_pretrained(folder)
    if after_save:
        after_save(folder, model)

    pictures = [picture(case, h, w, n) for n, (h, w) in enumerate(sizes)]
    prepare = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil")
    mode = "L" if settings.get("num_channels") == 1 else "RGB"
    images = [Image.fromarray(p).convert(mode) for p in pictures]
    pixels = prepare(images, return_tensors="pt")["pixel_values"]

    def reload(where):
        return HuggingFace(getattr(transformers, kind).from_pretrained(where), interpolate)

    finish(case, folder, HuggingFace(model, interpolate), pixels, pictures, reload,
           choices or {})


def as_v5_names(folder, model):
    """What torch.save(model.state_dict()) users publish: the module names of transformers 5."""
    save_file({k: v.contiguous() for k, v in model.state_dict().items()},
              folder / "model.safetensors", metadata={"format": "pt"})


def as_headless(folder, model):
    """No leading `vit.`, and the leftovers of pre-training that a classifier never uses."""
    path = folder / "model.safetensors"
    tensors = {k.removeprefix("vit."): v for k, v in load_file(path).items()}
    width = model.config.hidden_size
    for name, shape in {"pooler.dense.weight": (width, width), "pooler.dense.bias": (width,),
                        "embeddings.mask_token": (1, 1, width)}.items():
        values = draw(name, shape, rng("headless", name))
        tensors[name] = torch.from_numpy(values).to(model.dtype)
    save_file(tensors, path, metadata={"format": "pt"})


def hf_cases():
    vit = transformers.ViTImageProcessorPil
    labels = ["tench, Tinca tinca", "goldfish", 'a "quoted" name', "café", "green\tblue", "six",
              "seven", "eight", "nine", "ten", "eleven"]
    yield "vit_hf", dict(
        config=dict(hidden_size=24, intermediate_size=72, id2label=dict(enumerate(labels)),
                    label2id={label: index for index, label in enumerate(labels)}),
        processor=vit(size={"height": 32, "width": 32}), sizes=((37, 45), (50, 29)),
        choices={"the activation": other_activation})
    yield "vit_hf_v5names", dict(
        after_save=as_v5_names,
        processor={"feature_extractor_type": "ViTFeatureExtractor", "size": 32, "resample": 2,
                   "do_normalize": True, "do_resize": True, "image_mean": [0.5, 0.5, 0.5],
                   "image_std": [0.5, 0.5, 0.5]})
    yield "vit_hf_headless_prefix", dict(
        config=dict(hidden_size=32, intermediate_size=64), dtype=torch.float16,
        after_save=as_headless,
        processor=vit(size={"shortest_edge": 35}, do_center_crop=True, crop_size=32, resample=3))
    yield "vit_hf_nonsquare", dict(
        config=dict(image_size=[32, 48]),
        processor=vit(size={"height": 32, "width": 48}, resample=1))
    yield "vit_hf_resized", dict(
        interpolate=True, processor=vit(size={"height": 24, "width": 56}),
        choices={"the position kernel": other_position_kernel})
    yield "vit_hf_tanh", dict(
        config=dict(hidden_act="gelu_pytorch_tanh"),
        processor=vit(size={"height": 32, "width": 32}, do_normalize=False),
        choices={"the activation": other_activation})
    yield "vit_hf_quick_gelu", dict(
        config=dict(hidden_act="quick_gelu", layer_norm_eps=0.02),
        processor=vit(size={"height": 32, "width": 32}, rescale_factor=1 / 127.5, image_mean=1.0,
                      image_std=[0.9, 1.0, 1.1]),
        choices={"the activation": other_activation, "the norm epsilon": other_eps})
    yield "vit_hf_sharded", dict(shard="19KB", processor=vit(size={"height": 32, "width": 32}))
    yield "vit_hf_multi_label", dict(
        config=dict(problem_type="multi_label_classification"),
        processor=vit(size={"height": 32, "width": 32}))
    yield "vit_hf_one_class", dict(
        config=dict(num_labels=1, qkv_bias=False), processor=vit(size={"height": 32, "width": 32}))
    yield "vit_hf_grey", dict(
        config=dict(num_channels=1),
        processor=vit(size={"height": 32, "width": 32}, image_mean=0.4, image_std=0.3))
    yield "deit_hf", dict(
        kind="DeiTForImageClassification",
        processor={"feature_extractor_type": "DeiTFeatureExtractor", "size": 35, "crop_size": 32,
                   "do_center_crop": True, "do_normalize": True, "do_resize": True, "resample": 3,
                   "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]})
    yield "deit_hf_teacher", dict(
        kind="DeiTForImageClassificationWithTeacher",
        config=dict(hidden_size=24, intermediate_size=36),
        processor=transformers.DeiTImageProcessorPil(size={"height": 29, "width": 35},
                                                     crop_size=32))
    yield "deit_hf_resized", dict(
        kind="DeiTForImageClassificationWithTeacher", interpolate=True,
        processor=transformers.DeiTImageProcessorPil(size={"height": 48, "width": 40},
                                                     do_center_crop=False),
        choices={"the position kernel": other_position_kernel})
    yield from beit_hf_cases()


def beit_hf_cases():
    def beit(**changes):
        # As official files have it: a crop size that is not used.
        return dict({"image_processor_type": "BeitImageProcessor", "do_center_crop": False,
                     "crop_size": {"height": 28, "width": 28}, "do_normalize": True,
                     "do_resize": True, "size": {"height": 32, "width": 32}, "resample": 2,
                     "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}, **changes)

    own = dict(use_relative_position_bias=True)
    kind = "BeitForImageClassification"
    yield "beit_hf", dict(kind=kind, config=own, processor=beit(), after_save=as_old_beit)
    yield "beit_hf_v5names", dict(
        kind=kind, after_save=as_v5_names,
        config=dict(own, use_shared_relative_position_bias=True,
                    use_absolute_position_embeddings=True),
        processor={"feature_extractor_type": "BeitFeatureExtractor", "size": 32})
    yield "beit_hf_shared", dict(
        kind=kind, config=dict(use_shared_relative_position_bias=True),
        processor=beit(), after_save=as_old_beit)
    yield "beit_hf_cls", dict(
        kind=kind, processor=beit(),
        config=dict(own, use_mean_pooling=False, use_absolute_position_embeddings=True,
                    layer_scale_init_value=0.0))
    yield "beit_hf_resized", dict(
        kind=kind, interpolate=True,
        config=dict(own, use_absolute_position_embeddings=True),
        processor=beit(size={"height": 24, "width": 56}),
        choices={"the position kernel": other_position_kernel})


def as_old_beit(folder, model):
    """With what older versions stored and nobody uses: indices, and a token of the pre-training."""
    path = folder / "model.safetensors"
    tensors = load_file(path)
    for name in list(tensors):
        if name.endswith("relative_position_bias_table"):
            index = name.replace("bias_table", "index")
            tensors[index] = torch.arange(17 * 17).reshape(17, 17)
    width = model.config.hidden_size
    tensors["beit.embeddings.mask_token"] = torch.from_numpy(
        draw("mask_token", (1, 1, width), rng("old_beit")))
    save_file(tensors, path, metadata={"format": "pt"})


def dinov2_cases():
    """Positions of 7x7 patches, brought to whatever the processor makes: 4x4."""
    settings = dict(image_size=56, mlp_ratio=2)
    imagenet = dict(image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])
    bit = transformers.BitImageProcessorPil
    crop = bit(size={"shortest_edge": 37}, crop_size=32, **imagenet)
    wide = bit(size={"shortest_edge": 40}, crop_size={"height": 40, "width": 56}, **imagenet)
    kernel = {"the position kernel": other_position_kernel}
    plain = dict(kind="Dinov2ForImageClassification", config=settings)
    registers = dict(kind="Dinov2WithRegistersForImageClassification",
                     config=dict(settings, num_register_tokens=3))
    yield "dinov2_hf", dict(plain, processor=crop, choices=kernel)
    yield "dinov2_hf_v5names", dict(
        plain, config=dict(image_size=32, mlp_ratio=2, use_mask_token=False), after_save=as_v5_names,
        processor={"feature_extractor_type": "BitFeatureExtractor", "size": 37, "crop_size": 32})
    yield "dinov2_hf_resized", dict(plain, processor=wide, choices=kernel)
    yield "dinov2_reg_hf", dict(registers, processor=crop, choices=kernel)
    yield "dinov2_reg_hf_v5names", dict(registers, processor=crop, after_save=as_v5_names)
    yield "dinov2_reg_hf_resized", dict(registers, processor=wide, choices=kernel)
    # The giants' MLP: 21 hidden values become 24.
    gated = dict(image_size=32, mlp_ratio=2, use_swiglu_ffn=True)
    yield "dinov2_hf_gated", dict(plain, config=gated, processor=crop)
    yield "dinov2_hf_gated_v5names", dict(
        plain, config=dict(gated, use_mask_token=False), processor=crop, after_save=as_v5_names)
    yield "dinov2_reg_hf_gated", dict(
        registers, config=dict(registers["config"], use_swiglu_ffn=True), processor=crop)


def with_text_tower(folder, model):
    """What a classifier that was made of a whole CLIP may have kept, and what old versions stored."""
    path = folder / "model.safetensors"
    tensors = load_file(path)
    for name, shape in {"text_model.final_layer_norm.bias": (8,), "logit_scale": (),
                        "text_projection.weight": (4, 8), "visual_projection.weight": (4, 16),
                        "text_model.encoder.layers.0.layer_norm1.weight": (8,)}.items():
        tensors[name] = torch.from_numpy(draw(name, shape, rng("text tower", name)))
    tensors["vision_model.embeddings.position_ids"] = torch.arange(17)[None]
    save_file(tensors, path, metadata={"format": "pt"})


def clip_cases():
    clip = transformers.CLIPImageProcessorPil
    plain = dict(kind="CLIPForImageClassification")
    yield "clip_hf", dict(
        plain, config=dict(layer_norm_eps=0.02),
        processor=clip(size={"shortest_edge": 35}, crop_size=32),
        choices={"the activation": other_activation, "the norm epsilon": other_eps})
    yield "clip_hf_whole", dict(
        plain, config=dict(hidden_act="gelu"), after_save=with_text_tower,
        processor={"feature_extractor_type": "CLIPFeatureExtractor", "size": 32, "crop_size": 32,
                   "do_center_crop": True, "do_normalize": True, "do_resize": True, "resample": 3},
        choices={"the activation": quick_gelu})
    yield "clip_hf_resized", dict(
        plain, interpolate=True,
        processor=clip(size={"shortest_edge": 56}, crop_size={"height": 24, "width": 56}),
        choices={"the position kernel": other_position_kernel})


def texts():
    """Token numbers of five texts."""
    return torch.from_numpy(rng("texts").integers(0, 20, (5, 6)))


def with_classifier(normalised):
    """Leaves the texts' embeddings beside the model, as the README's recipe makes them."""
    def save(folder, model):
        wide = copy.deepcopy(model).double().eval()
        with torch.no_grad():
            embeddings = wide.get_text_features(input_ids=texts()).pooler_output
        if normalised:
            embeddings = embeddings / embeddings.norm(dim=-1, keepdim=True)
        save_file({"text_embeds": embeddings.float().contiguous()},
                  folder / "classifier.safetensors")
    return save


def zero_shot_cases():
    tower = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
                 vocab_size=20, max_position_embeddings=6)
    clip, siglip = transformers.CLIPImageProcessorPil, transformers.SiglipImageProcessorPil
    yield "clip_zero_shot", dict(
        kind="CLIPModel", text_tower=tower, after_save=with_classifier(normalised=False),
        processor=clip(size={"shortest_edge": 35}, crop_size=32),
        choices={"the activation": other_activation})
    yield "clip_zero_shot_resized", dict(
        kind="CLIPModel", text_tower=tower, after_save=with_classifier(normalised=True),
        interpolate=True,
        processor=clip(size={"shortest_edge": 56}, crop_size={"height": 24, "width": 56}))
    yield "siglip_zero_shot", dict(
        kind="SiglipModel", text_tower=dict(tower, projection_size=16),
        after_save=with_classifier(normalised=False), config=dict(layer_norm_eps=0.02),
        processor=siglip(size={"height": 32, "width": 32}),
        choices={"the activation": quick_gelu, "the norm epsilon": other_eps})


def siglip_cases():
    siglip = transformers.SiglipImageProcessorPil
    plain = dict(kind="SiglipForImageClassification")
    yield "siglip_hf", dict(
        plain, config=dict(layer_norm_eps=0.02), processor=siglip(size={"height": 32, "width": 32}),
        choices={"the activation": quick_gelu, "the norm epsilon": other_eps})
    yield "siglip_hf_resized", dict(
        plain, interpolate=True, processor=siglip(size={"height": 24, "width": 56}),
        choices={"the position kernel": other_position_kernel})


# -------------------------------------------------------------------------------------- timm cases


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


def without_args(folder, model):
    """A config.json of before timm wrote down the constructor's arguments."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    del config["model_args"]
    write_json(path, config)


def as_published_deit3(folder, model):
    """The names that the authors' files have, under which timm's deit3 functions load them, too."""
    rename(folder, lambda name: name.replace("ls1.gamma", "gamma_1").replace("ls2.gamma", "gamma_2"))


def with_pre_logits(folder, model):
    """The layer before the classifier that in21k checkpoints once had and nobody uses."""
    path = folder / "model.safetensors"
    tensors = load_file(path)
    for name, shape in {"pre_logits.fc.weight": (16, 16), "pre_logits.fc.bias": (16,)}.items():
        tensors[name] = torch.from_numpy(draw(name, shape, rng("pre_logits", name)))
    save_file(tensors, path)


def as_flat(folder, model):
    """The old form of config.json, and names that data-parallel training left."""
    rename(folder, lambda name: "module." + name)
    path = folder / "config.json"
    config = json.loads(path.read_text())
    flat = {"architecture": config["architecture"], "num_features": config["num_features"]}
    flat.update(config["pretrained_cfg"])
    flat["labels"] = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]
    write_json(path, flat)


def timm_cases():
    half = dict(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    imagenet = dict(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    common = dict(interpolation="bicubic", first_conv="patch_embed.proj", classifier="head")
    names = [f"n{index:08d}" for index in range(7)]
    yield "vit_timm", dict(
        architecture="vit_tiny_patch16_224",
        arguments=dict(embed_dim=24, num_heads=3, mlp_ratio=3.0, num_classes=7),
        pretrained_cfg=dict(common, **half, input_size=(3, 32, 32), fixed_input_size=True,
                            crop_pct=0.9, num_classes=7),
        model_config=dict(label_names=names,
                          label_descriptions={n: f"thing {i}, item" for i, n in enumerate(names)}),
        choices={"the activation": other_activation})
    yield "vit_timm_grey", dict(  # small patches of a small picture
        architecture="vit_small_patch16_224",
        arguments=dict(in_chans=1, img_size=24, patch_size=4, num_classes=3),
        pretrained_cfg=dict(common, mean=(0.1307,), std=(0.3081,), input_size=(1, 24, 24),
                            fixed_input_size=True, crop_pct=0.9, num_classes=3))
    # test_vit: an entry point whose heads (2) do not follow from its width.
    yield "vit_timm_flat", dict(
        architecture="test_vit", arguments={}, dtype=torch.bfloat16, after_save=as_flat,
        pretrained_cfg=dict(common, **imagenet, input_size=(3, 32, 32), fixed_input_size=True,
                            crop_pct=0.8, crop_mode="squash", num_classes=6))
    yield "vit_timm_noqkvbias", dict(
        architecture="vit_base_patch16_224_miil", arguments=dict(num_classes=5), size=(35, 45),
        pretrained_cfg=dict(common, input_size=(3, 32, 32), fixed_input_size=True, crop_pct=0.97,
                            crop_mode="border", interpolation="bilinear", num_classes=5,
                            mean=(0.3, 0.45, 0.61), std=(1.0, 1.0, 1.0)))
    yield "vit_timm_nonsquare", dict(
        architecture="vit_small_patch16_224",
        arguments=dict(embed_dim=20, img_size=(32, 48), num_classes=5),
        pretrained_cfg=dict(common, **half, input_size=(3, 32, 48), fixed_input_size=True,
                            crop_pct=1.0, num_classes=5))
    yield "vit_timm_resized", dict(
        architecture="vit_tiny_patch16_384", arguments=dict(num_classes=5, dynamic_img_size=True),
        pretrained_cfg=dict(common, **half, input_size=(3, 24, 56), crop_pct=0.95, num_classes=5),
        choices={"the position kernel": other_position_kernel})
    yield "vit_timm_quick_gelu", dict(
        architecture="vit_tiny_patch16_224", arguments=dict(num_classes=5, act_layer="quick_gelu"),
        pretrained_cfg=dict(common, **half, input_size=(3, 32, 32), fixed_input_size=True,
                            crop_pct=0.95, interpolation="lanczos", num_classes=5),
        choices={"the activation": other_activation})
    yield "deit_timm_distilled", dict(
        architecture="deit_tiny_distilled_patch16_224", arguments=dict(num_classes=8),
        pretrained_cfg=dict(common, **imagenet, input_size=(3, 32, 32), fixed_input_size=True,
                            crop_pct=0.9, num_classes=8, classifier=("head", "head_dist")))

    def square(**cfg):
        return dict(common, **half, input_size=(3, 32, 32), fixed_input_size=True, crop_pct=0.95,
                    num_classes=5, **cfg)

    five = dict(num_classes=5)
    position_kernel = {"the position kernel": other_position_kernel}
    yield "deit3_timm", dict(
        architecture="deit3_small_patch16_224", arguments=five, pretrained_cfg=square())
    yield "deit3_timm_gamma_resized", dict(
        architecture="deit3_base_patch16_224", arguments=dict(five, dynamic_img_size=True),
        after_save=as_published_deit3,
        pretrained_cfg=dict(square(), input_size=(3, 40, 48), fixed_input_size=False),
        choices=position_kernel)
    yield "vit_timm_in21k", dict(
        architecture="vit_small_patch16_224", arguments=dict(num_classes=11),
        after_save=with_pre_logits, pretrained_cfg=dict(square(), num_classes=11))
    yield "vit_timm_gap", dict(  # no class token, a norm before the mean, LayerScale, no qkv bias
        architecture="vit_medium_patch16_gap_256", arguments=five, pretrained_cfg=square())
    yield "vit_timm_gap_fc_norm", dict(
        architecture="vit_base_patch16_gap_224", arguments=dict(five, fc_norm=True),
        pretrained_cfg=square())
    yield "vit_timm_gap_resized", dict(
        architecture="vit_base_patch16_gap_224", arguments=dict(five, dynamic_img_size=True),
        pretrained_cfg=dict(square(), input_size=(3, 24, 56), fixed_input_size=False),
        choices=position_kernel)
    yield "vit_timm_reg1_gap", dict(
        architecture="vit_wee_patch16_reg1_gap_256", arguments=dict(five, mlp_ratio=5),
        pretrained_cfg=square())
    yield "vit_timm_reg4_cls", dict(
        architecture="vit_small_patch14_reg4_dinov2", arguments=five, pretrained_cfg=square())
    yield "vit_timm_so150m2_resized", dict(  # positions cover the register
        architecture="vit_so150m2_patch16_reg1_gap_256",
        arguments=dict(five, mlp_ratio=34 / 13, dynamic_img_size=True),
        pretrained_cfg=dict(square(), input_size=(3, 48, 40), fixed_input_size=False),
        choices=position_kernel)
    yield "vit_timm_mae", dict(  # fine-tuned: class token, mean of the patches, fc_norm
        architecture="test_vit", arguments=dict(five, global_pool="avg"),
        after_save=without_args, pretrained_cfg=square())
    yield "vit_timm_qk_norm", dict(
        architecture="vit_small_patch16_224", arguments=dict(five, qk_norm=True),
        pretrained_cfg=square())
    yield "vit_timm_qk_norm_gap", dict(
        architecture="test_vit2", arguments=dict(five, qk_norm=True, qkv_bias=False, reg_tokens=2),
        pretrained_cfg=square())
    yield "vit_timm_own_tokens", dict(
        architecture="vit_betwixt_patch16_reg4_gap_256",
        arguments=dict(five, class_token=True, reg_tokens=3, no_embed_class=False,
                       global_pool="token", init_values=0.1, fc_norm=True),
        pretrained_cfg=square())
    yield "radio_timm", dict(  # class token and registers without positions, no final norm
        architecture="vit_base_patch16_radio_v3", arguments=dict(five, reg_tokens=3),
        pretrained_cfg=square())
    yield "radio_timm_resized", dict(
        architecture="vit_large_patch16_radio_v3", arguments=dict(five, reg_tokens=2),
        load_at=(24, 56), pretrained_cfg=square())
    yield "radio_timm_corners_resized", dict(
        architecture="vit_huge_patch16_radio_v3",
        arguments=dict(five, reg_tokens=1, embed_dim=24), load_at=(24, 56), pretrained_cfg=square())
    yield "internvit_timm", dict(  # no final norm
        architecture="vit_intern300m_patch14_448", arguments=five, pretrained_cfg=square())
    yield "rms_timm", dict(  # RMSNorm, before the mean
        architecture="test_vit4", arguments=dict(five, fc_norm=False), pretrained_cfg=square())
    yield "rms_timm_qk_norm", dict(  # before the blocks, of queries and keys, after the mean
        architecture="vit_tiny_patch16_224",
        arguments=dict(five, norm_layer="rmsnorm", qk_norm=True, pre_norm=True, global_pool="avg"),
        pretrained_cfg=square())
    yield "vit_timm_rpn", dict(  # normalised after attention and MLP
        architecture="vit_base_patch16_rpn_224", arguments=five, pretrained_cfg=square())
    yield "vit_timm_rpn_cls", dict(  # with RMSNorm, reading the class token
        architecture="vit_base_patch16_rpn_224", pretrained_cfg=square(),
        arguments=dict(five, class_token=True, global_pool="token", norm_layer="rmsnorm"))
    yield "vit_timm_18x2", dict(  # two attention layers and two MLPs side by side
        architecture="vit_small_patch16_18x2_224", arguments=five, pretrained_cfg=square())
    yield "vit_timm_18x2_qk_norm", dict(
        architecture="vit_base_patch16_18x2_224", pretrained_cfg=square(),
        arguments=dict(five, qk_norm=True, qkv_bias=False, global_pool="avg"))
    yield "vit_timm_parallel", dict(  # attention beside the MLP
        architecture="vit_pwee_patch16_reg1_gap_256", arguments=five, pretrained_cfg=square())
    yield "vit_timm_xp", dict(  # the same with RMSNorm, q/k norms, no bias of q, k and v
        architecture="vit_base_patch16_xp_224", arguments=dict(five, init_values=0.1),
        pretrained_cfg=square())
    yield "vit_timm_diff", dict(  # differential attention
        architecture="vit_dwee_patch16_reg1_gap_256", arguments=five, pretrained_cfg=square())
    yield "vit_timm_diff_cls", dict(  # queries and keys normalised, reading the class token
        architecture="vit_dlittle_patch16_reg1_gap_256", pretrained_cfg=square(),
        arguments=dict(five, qk_norm=True, class_token=True, global_pool="token"))
    yield "vit_timm_diff_parallel", dict(  # beside the MLP, both through one last layer
        architecture="vit_dpwee_patch16_reg1_gap_256", arguments=five, pretrained_cfg=square())
    yield "flexivit_timm_resized", dict(
        architecture="flexivit_small", arguments=five, load_at=(24, 56), pretrained_cfg=square())
    yield "eva_timm", dict(
        architecture="eva_giant_patch14_336", arguments=five, pretrained_cfg=square())
    yield "eva_timm_clip", dict(  # reads the class token
        architecture="eva_giant_patch14_clip_224", arguments=five, pretrained_cfg=square())
    yield "eva02_timm", dict(
        architecture="eva02_tiny_patch14_224", arguments=dict(five, ref_feat_shape=(3, 5)),
        pretrained_cfg=square(), choices={"the activation": other_activation})
    yield "eva02_timm_resized", dict(
        architecture="eva02_small_patch14_336", arguments=five, load_at=(24, 56),
        pretrained_cfg=square())
    yield "eva02_timm_base", dict(  # query, key, value and gate apart, a norm in the MLP
        architecture="eva02_base_patch14_448", arguments=five, pretrained_cfg=square())
    yield "eva02_timm_clip", dict(  # and one in attention
        architecture="eva02_large_patch14_clip_224", arguments=five, pretrained_cfg=square())
    yield "eva02_timm_post_norm", dict(  # normalised after attention and MLP
        architecture="eva02_enormous_patch14_clip_224", arguments=five, pretrained_cfg=square())
    yield "beit_timm", dict(
        architecture="beit_base_patch16_224", arguments=five, pretrained_cfg=square())
    yield "beit_timm_resized", dict(
        architecture="beit_large_patch16_384", arguments=five, load_at=(24, 56),
        pretrained_cfg=square())
    yield "beit_timm_shared_cls", dict(
        architecture="beit_base_patch16_224",
        arguments=dict(five, use_abs_pos_emb=True, use_rel_pos_bias=False,
                       use_shared_rel_pos_bias=True, global_pool="token"),
        pretrained_cfg=square())
    yield "beitv2_timm", dict(
        architecture="beitv2_base_patch16_224", arguments=five, pretrained_cfg=square())
    yield "beitv2_timm_nonsquare", dict(
        architecture="beitv2_large_patch16_224", arguments=dict(five, img_size=(32, 48)),
        pretrained_cfg=dict(square(), input_size=(3, 32, 48)))


def rope_timm_cases():
    cfg = dict(interpolation="bicubic", first_conv="patch_embed.proj", classifier="head",
               mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), crop_pct=0.9, num_classes=5)
    square = dict(cfg, input_size=(3, 32, 32), fixed_input_size=True)
    five = dict(num_classes=5)
    yield "rope_timm_gap", dict(  # EVA-02's angles, registers, the mean of the patches
        architecture="vit_betwixt_patch16_rope_reg4_gap_256",
        arguments=dict(five, ref_feat_shape=(3, 5)), pretrained_cfg=square)
    yield "rope_timm_resized", dict(  # by place across first, not scaled
        architecture="vit_small_patch16_rope_224", arguments=five, load_at=(24, 56),
        pretrained_cfg=square)
    yield "rope_timm_ape", dict(  # beside a position embedding of the patches
        architecture="vit_small_patch16_rope_ape_224", arguments=five, pretrained_cfg=square)
    yield "rope_timm_mixed", dict(  # angles of each block's and head's own
        architecture="vit_small_patch16_rope_mixed_224", arguments=five, pretrained_cfg=square)
    yield "rope_timm_mixed_resized", dict(
        architecture="vit_base_patch16_rope_mixed_ape_224",
        arguments=dict(five, rope_grid_indexing="ij"), load_at=(24, 56), pretrained_cfg=square)


def dinov3_timm_cases():
    cfg = dict(interpolation="bicubic", first_conv="patch_embed.proj", classifier="head",
               mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), crop_pct=1.0, num_classes=5)
    square = dict(cfg, input_size=(3, 32, 32), fixed_input_size=True)
    yield "dinov3_timm", dict(  # no qkv bias; the norm before the mean of the patches
        architecture="vit_small_patch16_dinov3", arguments=dict(num_classes=5),
        pretrained_cfg=square)
    yield "dinov3_timm_resized", dict(  # queries and values with a bias, the gate apart
        architecture="vit_small_plus_patch16_dinov3_qkvb", arguments=dict(num_classes=5),
        pretrained_cfg=dict(cfg, input_size=(3, 24, 56)))
    yield "lingbot_timm", dict(
        architecture="vit_giant_patch16_lingbot", pretrained_cfg=square,
        arguments=dict(num_classes=5, mlp_ratio=1.3))
    grouped = dict(num_classes=5, embed_dim=32, num_heads=4, attn_type="rope", qkv_fused=False,
                   qkv_bias=True, attn_only_layer_scale=True)
    yield "dinov3_timm_grouped", dict(  # in the second block two heads share keys and values
        architecture="vit_small_patch16_dinov3", pretrained_cfg=square,
        arguments=dict(grouped, num_kv_heads=(4, 2)))
    yield "dinov3_timm_grouped_resized", dict(  # in both, all four in the second; q, k normalised
        architecture="vit_small_patch16_dinov3",
        arguments=dict(grouped, num_kv_heads=(2, 1), qk_norm=True),
        pretrained_cfg=dict(cfg, input_size=(3, 24, 56)))
    grouped = dict(num_classes=5, embed_dim=32, num_heads=4)
    yield "sapiens2_timm", dict(  # in the second block two heads share keys and values
        architecture="vit_large_patch16_sapiens2", pretrained_cfg=square,
        arguments=dict(grouped, num_kv_heads=(4, 2)))
    yield "sapiens2_timm_resized", dict(  # in both, all four in the second
        architecture="vit_base_patch16_sapiens2", arguments=dict(grouped, num_kv_heads=(2, 1)),
        pretrained_cfg=dict(cfg, input_size=(3, 24, 56)))
    yield "dinov3_timm_own_rope", dict(  # neighbours turned, places scaled, by model_args
        architecture="vit_base_patch16_dinov3_qkvb", pretrained_cfg=square,
        arguments=dict(num_classes=5, rope_type="cat", rope_temperature=20.0,
                       rope_rotate_half=False, ref_feat_shape=(3, 5), num_reg_tokens=2))


def relpos_timm_cases():
    cfg = dict(interpolation="bicubic", first_conv="patch_embed.proj", classifier="head",
               mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5), crop_pct=0.9, num_classes=5)
    square = dict(cfg, input_size=(3, 32, 32), fixed_input_size=True)
    few = dict(num_classes=5, rel_pos_dim=8)
    yield "relpos_timm", dict(  # the mean of the patches, then fc_norm; no qkv bias
        architecture="vit_relpos_small_patch16_224", arguments=few, pretrained_cfg=square)
    yield "relpos_timm_resized", dict(
        architecture="vit_relpos_base_patch16_plus_240", arguments=few, load_at=(24, 56),
        pretrained_cfg=square)
    yield "relpos_timm_shared", dict(
        architecture="vit_srelpos_small_patch16_224", arguments=few, pretrained_cfg=square)
    yield "relpos_timm_cls", dict(  # without a bias between the class token and others
        architecture="vit_relpos_medium_patch16_cls_224", pretrained_cfg=square,
        arguments=dict(few, rel_pos_dim=12))
    yield "relpos_timm_clsgap", dict(
        architecture="vit_relpos_base_patch16_clsgap_224", arguments=dict(few, qk_norm=True),
        pretrained_cfg=square)
    yield "relpos_timm_rpn", dict(  # normalised after attention and MLP
        architecture="vit_relpos_base_patch16_rpn_224", arguments=few, pretrained_cfg=square)
    yield "relpos_timm_table", dict(
        architecture="vit_relpos_base_patch16_cls_224", pretrained_cfg=square,
        arguments=dict(num_classes=5, rel_pos_type="bias"))
    yield "relpos_timm_table_resized", dict(
        architecture="test_vit_relpos", load_at=(24, 56), pretrained_cfg=square,
        arguments=dict(num_classes=5, rel_pos_type="bias", shared_rel_pos=True))


def dinov2_timm_cases():
    cfg = dict(interpolation="bicubic", first_conv="patch_embed.proj", classifier="head",
               mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), num_classes=5)
    yield "dinov2_timm", dict(
        architecture="vit_small_patch14_dinov2", arguments=dict(num_classes=5),
        pretrained_cfg=dict(cfg, input_size=(3, 32, 32), fixed_input_size=True, crop_pct=1.0))
    yield "dinov2_timm_resized", dict(
        architecture="vit_base_patch14_reg4_dinov2",
        arguments=dict(num_classes=5, dynamic_img_size=True),
        pretrained_cfg=dict(cfg, input_size=(3, 48, 24), crop_pct=1.0),
        choices={"the position kernel": other_position_kernel})
    square = dict(cfg, input_size=(3, 32, 32), fixed_input_size=True, crop_pct=1.0)
    yield "dinov2_timm_gated", dict(
        architecture="vit_giant_patch14_dinov2", arguments=dict(num_classes=5, mlp_ratio=3),
        pretrained_cfg=square, choices={"the activation": other_activation})
    yield "dinov2_timm_gated_reg4", dict(
        architecture="vit_giant_patch14_reg4_dinov2", arguments=dict(num_classes=5, mlp_ratio=3),
        pretrained_cfg=square)


def clip_timm_cases():
    cfg = dict(interpolation="bicubic", first_conv="patch_embed.proj", classifier="head",
               mean=(0.48145466, 0.4578275, 0.40821073), std=(0.26862954, 0.26130258, 0.27577711),
               crop_pct=0.95, num_classes=5)
    square = dict(cfg, input_size=(3, 32, 32), fixed_input_size=True)
    yield "clip_timm", dict(
        architecture="vit_base_patch32_clip_224", arguments=dict(num_classes=5),
        pretrained_cfg=dict(square, crop_mode="squash"), choices={"the activation": quick_gelu})
    yield "clip_timm_quick_gelu", dict(
        architecture="vit_large_patch14_clip_quickgelu_224",
        arguments=dict(embed_dim=24, num_heads=3, num_classes=7),
        pretrained_cfg=dict(square, num_classes=7), choices={"the activation": other_activation})
    yield "clip_timm_resized", dict(
        architecture="vit_base_patch16_clip_quickgelu_224",
        arguments=dict(num_classes=5, dynamic_img_size=True),
        pretrained_cfg=dict(cfg, input_size=(3, 24, 56)),
        choices={"the position kernel": other_position_kernel})


def siglip_timm_cases():
    cfg = dict(interpolation="bicubic", first_conv="patch_embed.proj", classifier="head",
               mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5), crop_pct=0.95, num_classes=5)
    square = dict(cfg, input_size=(3, 32, 32), fixed_input_size=True)
    wide = dict(cfg, input_size=(3, 24, 56))
    five = dict(num_classes=5)
    kernel = {"the position kernel": other_position_kernel}
    yield "siglip_timm_map", dict(
        architecture="vit_so400m_patch14_siglip_378", arguments=five,
        pretrained_cfg=dict(square, crop_mode="squash"), choices={"the activation": quick_gelu})
    yield "siglip_timm_map_resized", dict(
        architecture="vit_base_patch32_siglip_256", arguments=dict(five, dynamic_img_size=True),
        pretrained_cfg=wide, choices=kernel)
    yield "siglip_timm_gap", dict(
        architecture="vit_base_patch32_siglip_gap_256", arguments=five, pretrained_cfg=square,
        choices={"the activation": quick_gelu})
    yield "siglip_timm_map_cls", dict(  # the query leaves the class token and the registers out
        architecture="vit_base_patch16_siglip_224", pretrained_cfg=square,
        arguments=dict(five, class_token=True, reg_tokens=2, fc_norm=True))
    yield "siglip_timm_map_prefix", dict(  # the entry point's, who tells nobody, takes it in
        architecture="test_vit3", pretrained_cfg=square, arguments=five)


def main(wanted):
    torch.set_num_threads(1)
    resize_rows_first()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    for library in (torch, transformers, timm, PIL, np):
        print(f"{library.__name__} {library.__version__}")
    for make, cases in ((hf_case, hf_cases()), (timm_case, timm_cases()),
                        (timm_case, relpos_timm_cases()), (timm_case, dinov3_timm_cases()),
                        (timm_case, rope_timm_cases()),
                        (hf_case, dinov2_cases()), (timm_case, dinov2_timm_cases()),
                        (hf_case, clip_cases()), (timm_case, clip_timm_cases()),
                        (hf_case, siglip_cases()), (timm_case, siglip_timm_cases()),
                        (hf_case, zero_shot_cases())):
        for case, description in cases:
            if wanted and case not in wanted:
                continue
            shutil.rmtree(CASES / case, ignore_errors=True)
            make(case, **description)


if __name__ == "__main__":
    main(sys.argv[1:])
