"""Cases of timm's VisionTransformer: files, inputs, tokens, pooling."""
import json

import torch
from safetensors.torch import load_file, save_file

from .case_files import rename, write_json
from .checks import other_activation
from .drawing import draw, rng
from .timm_case import COMMON, FIVE, HALF, IMAGENET, POSITION_KERNEL, square


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
    """The layer before the classifier that in21k checkpoints once had; it is unused."""
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


def file_and_input_cases():
    names = [f"n{index:08d}" for index in range(7)]
    yield "vit_timm", dict(
        architecture="vit_tiny_patch16_224",
        arguments=dict(embed_dim=24, num_heads=3, mlp_ratio=3.0, num_classes=7),
        pretrained_cfg=dict(COMMON, **HALF, input_size=(3, 32, 32), fixed_input_size=True,
                            crop_pct=0.9, num_classes=7),
        model_config=dict(label_names=names,
                          label_descriptions={n: f"thing {i}, item" for i, n in enumerate(names)}),
        choices={"the activation": other_activation})
    yield "vit_timm_grey", dict(  # small patches of a small picture
        architecture="vit_small_patch16_224",
        arguments=dict(in_chans=1, img_size=24, patch_size=4, num_classes=3),
        pretrained_cfg=dict(COMMON, mean=(0.1307,), std=(0.3081,), input_size=(1, 24, 24),
                            fixed_input_size=True, crop_pct=0.9, num_classes=3))
    # test_vit: an entry point whose heads (2) do not follow from its width.
    yield "vit_timm_flat", dict(
        architecture="test_vit", arguments={}, dtype=torch.bfloat16, after_save=as_flat,
        pretrained_cfg=dict(COMMON, **IMAGENET, input_size=(3, 32, 32), fixed_input_size=True,
                            crop_pct=0.8, crop_mode="squash", num_classes=6))
    yield "vit_timm_noqkvbias", dict(
        architecture="vit_base_patch16_224_miil", arguments=dict(num_classes=5), size=(35, 45),
        pretrained_cfg=dict(COMMON, input_size=(3, 32, 32), fixed_input_size=True, crop_pct=0.97,
                            crop_mode="border", interpolation="bilinear", num_classes=5,
                            mean=(0.3, 0.45, 0.61), std=(1.0, 1.0, 1.0)))
    yield "vit_timm_nonsquare", dict(
        architecture="vit_small_patch16_224",
        arguments=dict(embed_dim=20, img_size=(32, 48), num_classes=5),
        pretrained_cfg=dict(COMMON, **HALF, input_size=(3, 32, 48), fixed_input_size=True,
                            crop_pct=1.0, num_classes=5))
    yield "vit_timm_resized", dict(
        architecture="vit_tiny_patch16_384", arguments=dict(num_classes=5, dynamic_img_size=True),
        pretrained_cfg=dict(COMMON, **HALF, input_size=(3, 24, 56), crop_pct=0.95, num_classes=5),
        choices=POSITION_KERNEL)
    yield "vit_timm_quick_gelu", dict(
        architecture="vit_tiny_patch16_224", arguments=dict(num_classes=5, act_layer="quick_gelu"),
        pretrained_cfg=dict(COMMON, **HALF, input_size=(3, 32, 32), fixed_input_size=True,
                            crop_pct=0.95, interpolation="lanczos", num_classes=5),
        choices={"the activation": other_activation})
    yield "deit_timm_distilled", dict(
        architecture="deit_tiny_distilled_patch16_224", arguments=dict(num_classes=8),
        pretrained_cfg=dict(COMMON, **IMAGENET, input_size=(3, 32, 32), fixed_input_size=True,
                            crop_pct=0.9, num_classes=8, classifier=("head", "head_dist")))


def token_cases():
    yield "deit3_timm", dict(
        architecture="deit3_small_patch16_224", arguments=FIVE, pretrained_cfg=square())
    yield "deit3_timm_gamma_resized", dict(
        architecture="deit3_base_patch16_224", arguments=dict(FIVE, dynamic_img_size=True),
        after_save=as_published_deit3,
        pretrained_cfg=dict(square(), input_size=(3, 40, 48), fixed_input_size=False),
        choices=POSITION_KERNEL)
    yield "vit_timm_in21k", dict(
        architecture="vit_small_patch16_224", arguments=dict(num_classes=11),
        after_save=with_pre_logits, pretrained_cfg=dict(square(), num_classes=11))
    yield "vit_timm_gap", dict(  # no class token, a norm before the mean, LayerScale, no qkv bias
        architecture="vit_medium_patch16_gap_256", arguments=FIVE, pretrained_cfg=square())
    yield "vit_timm_gap_fc_norm", dict(
        architecture="vit_base_patch16_gap_224", arguments=dict(FIVE, fc_norm=True),
        pretrained_cfg=square())
    yield "vit_timm_gap_resized", dict(
        architecture="vit_base_patch16_gap_224", arguments=dict(FIVE, dynamic_img_size=True),
        pretrained_cfg=dict(square(), input_size=(3, 24, 56), fixed_input_size=False),
        choices=POSITION_KERNEL)
    yield "vit_timm_reg1_gap", dict(
        architecture="vit_wee_patch16_reg1_gap_256", arguments=dict(FIVE, mlp_ratio=5),
        pretrained_cfg=square())
    yield "vit_timm_reg4_cls", dict(
        architecture="vit_small_patch14_reg4_dinov2", arguments=FIVE, pretrained_cfg=square())
    yield "vit_timm_so150m2_resized", dict(  # positions cover the register
        architecture="vit_so150m2_patch16_reg1_gap_256",
        arguments=dict(FIVE, mlp_ratio=34 / 13, dynamic_img_size=True),
        pretrained_cfg=dict(square(), input_size=(3, 48, 40), fixed_input_size=False),
        choices=POSITION_KERNEL)
    yield "vit_timm_mae", dict(  # fine-tuned: class token, mean of the patches, fc_norm
        architecture="test_vit", arguments=dict(FIVE, global_pool="avg"),
        after_save=without_args, pretrained_cfg=square())
    yield "vit_timm_qk_norm", dict(
        architecture="vit_small_patch16_224", arguments=dict(FIVE, qk_norm=True),
        pretrained_cfg=square())
    yield "vit_timm_qk_norm_gap", dict(
        architecture="test_vit2", arguments=dict(FIVE, qk_norm=True, qkv_bias=False, reg_tokens=2),
        pretrained_cfg=square())
    yield "vit_timm_own_tokens", dict(
        architecture="vit_betwixt_patch16_reg4_gap_256",
        arguments=dict(FIVE, class_token=True, reg_tokens=3, no_embed_class=False,
                       global_pool="token", init_values=0.1, fc_norm=True),
        pretrained_cfg=square())
