"""Cases of timm's ViT with relative positions."""


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
