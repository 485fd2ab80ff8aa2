"""Cases of timm's VisionTransformer with other norms and blocks."""
from .timm_case import FIVE, square


def norm_cases():
    yield "radio_timm", dict(  # class token and registers without positions, no final norm
        architecture="vit_base_patch16_radio_v3", arguments=dict(FIVE, reg_tokens=3),
        pretrained_cfg=square())
    yield "radio_timm_resized", dict(
        architecture="vit_large_patch16_radio_v3", arguments=dict(FIVE, reg_tokens=2),
        load_at=(24, 56), pretrained_cfg=square())
    yield "radio_timm_corners_resized", dict(
        architecture="vit_huge_patch16_radio_v3",
        arguments=dict(FIVE, reg_tokens=1, embed_dim=24), load_at=(24, 56), pretrained_cfg=square())
    yield "internvit_timm", dict(  # no final norm
        architecture="vit_intern300m_patch14_448", arguments=FIVE, pretrained_cfg=square())
    yield "rms_timm", dict(  # RMSNorm, before the mean
        architecture="test_vit4", arguments=dict(FIVE, fc_norm=False), pretrained_cfg=square())
    yield "rms_timm_qk_norm", dict(  # before the blocks, of queries and keys, after the mean
        architecture="vit_tiny_patch16_224",
        arguments=dict(FIVE, norm_layer="rmsnorm", qk_norm=True, pre_norm=True, global_pool="avg"),
        pretrained_cfg=square())
    yield "vit_timm_rpn", dict(  # normalised after attention and MLP
        architecture="vit_base_patch16_rpn_224", arguments=FIVE, pretrained_cfg=square())
    yield "vit_timm_rpn_cls", dict(  # with RMSNorm, reading the class token
        architecture="vit_base_patch16_rpn_224", pretrained_cfg=square(),
        arguments=dict(FIVE, class_token=True, global_pool="token", norm_layer="rmsnorm"))


def block_cases():
    yield "vit_timm_18x2", dict(  # two attention layers and two MLPs side by side
        architecture="vit_small_patch16_18x2_224", arguments=FIVE, pretrained_cfg=square())
    yield "vit_timm_18x2_qk_norm", dict(
        architecture="vit_base_patch16_18x2_224", pretrained_cfg=square(),
        arguments=dict(FIVE, qk_norm=True, qkv_bias=False, global_pool="avg"))
    yield "vit_timm_parallel", dict(  # attention beside the MLP
        architecture="vit_pwee_patch16_reg1_gap_256", arguments=FIVE, pretrained_cfg=square())
    yield "vit_timm_xp", dict(  # the same with RMSNorm, q/k norms, no bias of q, k and v
        architecture="vit_base_patch16_xp_224", arguments=dict(FIVE, init_values=0.1),
        pretrained_cfg=square())
    yield "vit_timm_diff", dict(  # differential attention
        architecture="vit_dwee_patch16_reg1_gap_256", arguments=FIVE, pretrained_cfg=square())
    yield "vit_timm_diff_cls", dict(  # queries and keys normalised, reading the class token
        architecture="vit_dlittle_patch16_reg1_gap_256", pretrained_cfg=square(),
        arguments=dict(FIVE, qk_norm=True, class_token=True, global_pool="token"))
    yield "vit_timm_diff_parallel", dict(  # beside the MLP, both through one last layer
        architecture="vit_dpwee_patch16_reg1_gap_256", arguments=FIVE, pretrained_cfg=square())
    yield "flexivit_timm_resized", dict(
        architecture="flexivit_small", arguments=FIVE, load_at=(24, 56), pretrained_cfg=square())
