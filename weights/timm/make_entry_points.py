#!/usr/bin/env python3
"""Makes entry_points.tsv beside this file: what the name of a timm model says of it.

A timm config.json names an entry point; the entry point calls a constructor with arguments that no
file states. This script stops each constructor before it builds anything and writes down those that
the tensors do not show: a line for each entry point, sorted by name,

    name  family  heads  norm_eps  activation  global_pool  image  pos_resize  rope  reason

where `family` names a row of family.cpp and a line with a `reason` is a model that Saccade does not
run.
"""
from pathlib import Path

import timm
from timm.models import beit, deit, eva, vision_transformer, vision_transformer_relpos
from timm.models._registry import get_pretrained_cfg

PATTERNS = ("vit_*", "deit*", "beit*", "eva*", "flexivit*", "test_vit*", "aimv2*")


# By the names of their blocks: rows of family.cpp.
BLOCKS = {"Block": "vit", "ResPostBlock": "vit_post_norm", "ParallelThingsBlock": "vit_paths",
          "ParallelScalingBlock": "vit_parallel", "DiffParallelScalingBlock": "vit_parallel"}


class Made(Exception):
    """Thrown in place of constructing: the class and its arguments."""


def intercept(cls):
    def stop(self, *_, **arguments):
        raise Made(type(self).__name__, arguments)

    cls.__init__ = stop


def arguments_of(name):
    try:
        timm.create_model(name)
    except Made as made:
        return made.args
    raise SystemExit(f"{name}: made without a constructor that this script knows")


def layer_name(layer):
    """'LayerNorm' of a class or a partial of one, a text as it is."""
    if layer is None or isinstance(layer, str):
        return layer
    return getattr(layer, "func", layer).__name__


def eva_reason(name):
    if name.startswith(("eva_", "eva02_")):
        return ""
    for part, reason in (("dinov3", ""), ("lingbot", ""), ("_rope_", ""),
                         ("sapiens2", ""),
                         ("vit_pe_", "Perception Encoder models are not supported")):
        if part in name:
            return reason
    raise SystemExit(f"{name}: which kind of Eva is this?")


def rope(arguments):
    """Rotary embedding in words: where patches are ("centred", "unscaled" or the side of the
    grid that they are scaled to), and what is not as EVA-02 has it; "0" where there is none."""
    if not arguments.get("use_rot_pos_emb"):
        return "0"
    assert not arguments.get("rope_grid_offset")
    kind, grid = arguments.get("rope_type", "cat"), arguments.get("ref_feat_shape")
    if kind == "dinov3":
        words = ["centred"]
    elif kind == "cat" and grid:
        side, other = grid
        assert side == other
        words = [f"grid={side}"]
    else:
        words = ["unscaled"]
    if arguments.get("rope_grid_indexing", "ij") == "xy":
        words.append("across-first")
    if kind == "mixed":
        words.append("learned")
    elif arguments.get("rope_temperature", 10000) != 10000:
        words.append(f"temperature={arguments['rope_temperature']:g}")
    if arguments.get("rope_rotate_half"):
        words.append("rotate-half")
    return " ".join(words)


def beit_reason(arguments):
    if arguments.get("swiglu_mlp") or arguments.get("scale_mlp"):
        return "its MLP is gated or normalised"
    return ""


def plain_reason(arguments):
    """Why a VisionTransformer is not the plain one, or ''."""
    block = layer_name(arguments.get("block_fn")) or "Block"
    mlp = layer_name(arguments.get("mlp_layer")) or "Mlp"
    if block not in BLOCKS:
        return f"its blocks run in parallel ({block})"
    if "embed_layer" in arguments and layer_name(arguments["embed_layer"]) != "PatchEmbed":
        return "its patches come from a convolutional network (a hybrid stem)"
    if arguments.get("scale_attn_norm") or arguments.get("scale_mlp_norm"):
        return "BEiT-3 normalises inside attention and MLP"
    if arguments.get("proj_bias") is False:
        return "its projections have no bias (AIMv2)"
    if mlp == "GluMlp":  # whose first half is the gate
        assert arguments["mlp_layer"].keywords["gate_last"] is False
    elif mlp != "Mlp":
        return f"its MLP is of another kind ({mlp})"
    return ""


def describe(name):
    cls, arguments = arguments_of(name)
    reason = ""
    family = "vit"
    eps = 1e-6
    if cls == "VisionTransformerRelPos":
        block = layer_name(arguments.get("block_fn"))
        family = "vit_post_norm" if block == "ResPostRelPosBlock" else "vit"
    elif cls == "Eva":
        family = "dinov3" if arguments.get("rope_type") == "dinov3" else "eva"
        if arguments.get("use_post_norm"):
            family = "eva_post_norm"
        reason = eva_reason(name)
        eps = getattr(arguments.get("norm_layer"), "keywords", {}).get("eps", eps)
    elif cls == "Beit":
        family, reason = "beit", beit_reason(arguments)
    else:
        reason = plain_reason(arguments)
        eps = getattr(arguments.get("norm_layer"), "keywords", {}).get("eps", eps)
        if cls == "VisionTransformerDistilled":
            family = "deit_distilled"
        elif name.startswith(("deit3", "deit")):
            family = "deit3" if name.startswith("deit3") else "deit"
        elif arguments.get("final_norm") is False:
            family = "radio" if "radio" in name else "internvit"
            assert family == "radio" or "intern" in name
        else:
            family = BLOCKS.get(layer_name(arguments.get("block_fn")) or "Block", "vit")
    config = get_pretrained_cfg(name, allow_unregistered=True)
    sides = arguments.get("img_size") or (config.input_size[1:] if config else 224)
    height, width = (sides, sides) if isinstance(sides, int) else sides
    size = height if height == width else f"{height}x{width}"
    averaged = ("Eva", "Beit", "VisionTransformerRelPos")
    pool = arguments.get("global_pool") or ("avg" if cls in averaged else "token")
    if arguments.get("pool_include_prefix"):
        pool += "+prefix"
    act = (layer_name(arguments.get("act_layer")) or "gelu").lower()
    if cls == "Eva" and arguments.get("swiglu_mlp"):
        act = "silu"
    if act not in ("gelu", "gelu_tanh", "quick_gelu", "silu"):
        raise SystemExit(f"{name}: activation {act} is new")
    resize = "bilinear" if "flexi" in name or "radio" in name else "bicubic_antialias"
    if any(part in name for part in vision_transformer._RADIO_ALIGN_CORNERS):
        resize = "bilinear_corners"
    heads = arguments.get("num_heads", 12)
    turned = rope(arguments) if cls == "Eva" and not reason else "0"
    return (name, family, heads, f"{eps:g}", act, pool, size, resize, turned, reason)


def main():
    # The distilled class ends its constructor in VisionTransformer's, which sees its name.
    for cls in (vision_transformer.VisionTransformer, eva.Eva, beit.Beit,
                vision_transformer_relpos.VisionTransformerRelPos):
        intercept(cls)
    assert issubclass(deit.VisionTransformerDistilled, vision_transformer.VisionTransformer)
    names = sorted({name for pattern in PATTERNS for name in timm.list_models(pattern)})
    lines = ["\t".join(map(str, describe(name))) + "\n" for name in names]
    path = Path(__file__).with_name("entry_points.tsv")
    path.write_text("".join(lines), encoding="ascii", newline="\n")
    refused = sum(not line.endswith("\t\n") for line in lines)
    print(f"{path.name}: {len(lines)} entry points of timm {timm.__version__}, {refused} refused")


if __name__ == "__main__":
    main()
