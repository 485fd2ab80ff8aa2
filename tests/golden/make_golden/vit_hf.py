"""Cases of transformers' ViT and DeiT."""
import torch
import transformers
from safetensors.torch import load_file, save_file

from .checks import other_activation, other_eps, other_position_kernel, quick_gelu
from .drawing import draw, rng
from .hf_case import as_v5_names


def as_headless(folder, model):
    """No leading `vit.`, and the leftovers of pre-training that a classifier never uses."""
    path = folder / "model.safetensors"
    tensors = {k.removeprefix("vit."): v for k, v in load_file(path).items()}
    width = model.config.hidden_size
    for name, shape in {"pooler.dense.weight": (width, width), "pooler.dense.bias": (width,),
                        "embeddings.mask_token": (1, 1, width)}.items():
        values = draw(name, shape, rng("headless", name))
        tensors[name] = torch.from_numpy(values).to(model.dtype)
    save_file(tensors, path, metadata={"format": "pt"})


def hf_cases():
    vit = transformers.ViTImageProcessorPil
    labels = ["tench, Tinca tinca", "goldfish", 'a "quoted" name', "café", "green\tblue", "six",
              "seven", "eight", "nine", "ten", "eleven"]
    yield "vit_hf", dict(
        config=dict(hidden_size=24, intermediate_size=72, id2label=dict(enumerate(labels)),
                    label2id={label: index for index, label in enumerate(labels)}),
        processor=vit(size={"height": 32, "width": 32}), sizes=((37, 45), (50, 29)),
        choices={"the activation": other_activation})
    yield "vit_hf_v5names", dict(
        after_save=as_v5_names,
        processor={"feature_extractor_type": "ViTFeatureExtractor", "size": 32, "resample": 2,
                   "do_normalize": True, "do_resize": True, "image_mean": [0.5, 0.5, 0.5],
                   "image_std": [0.5, 0.5, 0.5]})
    yield "vit_hf_headless_prefix", dict(
        config=dict(hidden_size=32, intermediate_size=64), dtype=torch.float16,
        after_save=as_headless,
        processor=vit(size={"shortest_edge": 35}, do_center_crop=True, crop_size=32, resample=3))
    yield "vit_hf_nonsquare", dict(
        config=dict(image_size=[32, 48]),
        processor=vit(size={"height": 32, "width": 48}, resample=1))
    yield "vit_hf_resized", dict(
        interpolate=True, processor=vit(size={"height": 24, "width": 56}),
        choices={"the position kernel": other_position_kernel})
    yield "vit_hf_tanh", dict(
        config=dict(hidden_act="gelu_pytorch_tanh"),
        processor=vit(size={"height": 32, "width": 32}, do_normalize=False),
        choices={"the activation": other_activation})
    yield "vit_hf_quick_gelu", dict(
        config=dict(hidden_act="quick_gelu", layer_norm_eps=0.02),
        processor=vit(size={"height": 32, "width": 32}, rescale_factor=1 / 127.5, image_mean=1.0,
                      image_std=[0.9, 1.0, 1.1]),
        choices={"the activation": other_activation, "the norm epsilon": other_eps})
    yield "vit_hf_sharded", dict(shard="19KB", processor=vit(size={"height": 32, "width": 32}))
    yield "vit_hf_multi_label", dict(
        config=dict(problem_type="multi_label_classification"),
        processor=vit(size={"height": 32, "width": 32}))
    yield "vit_hf_one_class", dict(
        config=dict(num_labels=1, qkv_bias=False), processor=vit(size={"height": 32, "width": 32}))
    yield "vit_hf_grey", dict(
        config=dict(num_channels=1),
        processor=vit(size={"height": 32, "width": 32}, image_mean=0.4, image_std=0.3))
    yield "deit_hf", dict(
        kind="DeiTForImageClassification",
        processor={"feature_extractor_type": "DeiTFeatureExtractor", "size": 35, "crop_size": 32,
                   "do_center_crop": True, "do_normalize": True, "do_resize": True, "resample": 3,
                   "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]})
    yield "deit_hf_teacher", dict(
        kind="DeiTForImageClassificationWithTeacher",
        config=dict(hidden_size=24, intermediate_size=36),
        processor=transformers.DeiTImageProcessorPil(size={"height": 29, "width": 35},
                                                     crop_size=32))
    yield "deit_hf_resized", dict(
        kind="DeiTForImageClassificationWithTeacher", interpolate=True,
        processor=transformers.DeiTImageProcessorPil(size={"height": 48, "width": 40},
                                                     do_center_crop=False),
        choices={"the position kernel": other_position_kernel})
