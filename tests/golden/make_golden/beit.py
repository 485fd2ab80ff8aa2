"""Cases of BEiT, by both libraries."""
import torch
from safetensors.torch import load_file, save_file

from .checks import other_position_kernel
from .drawing import draw, rng
from .hf_case import as_v5_names
from .timm_case import FIVE, square


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
    """With unused tensors that older versions stored: indices, and a token of the pre-training."""
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


def beit_timm_cases():
    yield "beit_timm", dict(
        architecture="beit_base_patch16_224", arguments=FIVE, pretrained_cfg=square())
    yield "beit_timm_resized", dict(
        architecture="beit_large_patch16_384", arguments=FIVE, load_at=(24, 56),
        pretrained_cfg=square())
    yield "beit_timm_shared_cls", dict(
        architecture="beit_base_patch16_224",
        arguments=dict(FIVE, use_abs_pos_emb=True, use_rel_pos_bias=False,
                       use_shared_rel_pos_bias=True, global_pool="token"),
        pretrained_cfg=square())
    yield "beitv2_timm", dict(
        architecture="beitv2_base_patch16_224", arguments=FIVE, pretrained_cfg=square())
    yield "beitv2_timm_nonsquare", dict(
        architecture="beitv2_large_patch16_224", arguments=dict(FIVE, img_size=(32, 48)),
        pretrained_cfg=dict(square(), input_size=(3, 32, 48)))
