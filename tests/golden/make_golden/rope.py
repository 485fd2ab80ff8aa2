"""Cases of timm's models with rotary position embeddings: ROPE-ViT, DINOv3, Sapiens 2."""


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
