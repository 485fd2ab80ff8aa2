"""Cases of CLIP, by both libraries."""
import torch
import transformers
from safetensors.torch import load_file, save_file

from .checks import other_activation, other_eps, other_position_kernel, quick_gelu
from .drawing import draw, rng


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
