"""Cases of DINOv2, by both libraries."""
import transformers

from .checks import other_activation, other_position_kernel
from .hf_case import as_v5_names


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
