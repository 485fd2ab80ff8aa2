"""Cases of whole CLIP and SigLIP models, whose classes are texts."""
import copy

import torch
import transformers
from safetensors.torch import save_file

from .checks import other_activation, other_eps, quick_gelu
from .drawing import texts


def with_classifier(normalised):
    """Leaves the texts' embeddings beside the model, as the README's recipe makes them."""
    def save(folder, model):
        wide = copy.deepcopy(model).double().eval()
        with torch.no_grad():
            embeddings = wide.get_text_features(input_ids=texts()).pooler_output
        if normalised:
            embeddings = embeddings / embeddings.norm(dim=-1, keepdim=True)
        save_file({"text_embeds": embeddings.float().contiguous()},
                  folder / "classifier.safetensors")
    return save


def zero_shot_cases():
    tower = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
                 vocab_size=20, max_position_embeddings=6)
    clip, siglip = transformers.CLIPImageProcessorPil, transformers.SiglipImageProcessorPil
    yield "clip_zero_shot", dict(
        kind="CLIPModel", text_tower=tower, after_save=with_classifier(normalised=False),
        processor=clip(size={"shortest_edge": 35}, crop_size=32),
        choices={"the activation": other_activation})
    yield "clip_zero_shot_resized", dict(
        kind="CLIPModel", text_tower=tower, after_save=with_classifier(normalised=True),
        interpolate=True,
        processor=clip(size={"shortest_edge": 56}, crop_size={"height": 24, "width": 56}))
    yield "siglip_zero_shot", dict(
        kind="SiglipModel", text_tower=dict(tower, projection_size=16),
        after_save=with_classifier(normalised=False), config=dict(layer_norm_eps=0.02),
        processor=siglip(size={"height": 32, "width": 32}),
        choices={"the activation": quick_gelu, "the norm epsilon": other_eps})
