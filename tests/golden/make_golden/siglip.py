"""Cases of SigLIP, by both libraries."""
import transformers

from .checks import other_eps, other_position_kernel, quick_gelu


def siglip_cases():
    siglip = transformers.SiglipImageProcessorPil
    plain = dict(kind="SiglipForImageClassification")
    yield "siglip_hf", dict(
        plain, config=dict(layer_norm_eps=0.02), processor=siglip(size={"height": 32, "width": 32}),
        choices={"the activation": quick_gelu, "the norm epsilon": other_eps})
    yield "siglip_hf_resized", dict(
        plain, interpolate=True, processor=siglip(size={"height": 24, "width": 56}),
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
    yield "siglip_timm_map_prefix", dict(  # the entry point includes it; no file says so
        architecture="test_vit3", pretrained_cfg=square, arguments=five)
