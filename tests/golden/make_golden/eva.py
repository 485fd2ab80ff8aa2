"""Cases of timm's EVA and EVA-02."""
from .checks import other_activation
from .timm_case import FIVE, square


def eva_timm_cases():
    yield "eva_timm", dict(
        architecture="eva_giant_patch14_336", arguments=FIVE, pretrained_cfg=square())
    yield "eva_timm_clip", dict(  # reads the class token
        architecture="eva_giant_patch14_clip_224", arguments=FIVE, pretrained_cfg=square())
    yield "eva02_timm", dict(
        architecture="eva02_tiny_patch14_224", arguments=dict(FIVE, ref_feat_shape=(3, 5)),
        pretrained_cfg=square(), choices={"the activation": other_activation})
    yield "eva02_timm_resized", dict(
        architecture="eva02_small_patch14_336", arguments=FIVE, load_at=(24, 56),
        pretrained_cfg=square())
    yield "eva02_timm_base", dict(  # query, key, value and gate apart, a norm in the MLP
        architecture="eva02_base_patch14_448", arguments=FIVE, pretrained_cfg=square())
    yield "eva02_timm_clip", dict(  # and one in attention
        architecture="eva02_large_patch14_clip_224", arguments=FIVE, pretrained_cfg=square())
    yield "eva02_timm_post_norm", dict(  # normalised after attention and MLP
        architecture="eva02_enormous_patch14_clip_224", arguments=FIVE, pretrained_cfg=square())
