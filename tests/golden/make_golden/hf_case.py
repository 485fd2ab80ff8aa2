"""Makes a case with transformers."""
import torch
import transformers
from PIL import Image
from safetensors.torch import save_file

from .case_files import CASES, finish, write_json
from .drawing import picture, redraw
from .libraries import HuggingFace


def hf_case(case, *, processor, kind="ViTForImageClassification", sizes=((37, 45),), config=None,
            dtype=torch.float32, after_save=None, shard=None, choices=None, interpolate=False,
            text_tower=None):
    """`processor`: the preprocessor_config.json as it lies in the repository, or a processor."""
    folder = CASES / case
    folder.mkdir(parents=True)
    settings = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
                    intermediate_size=24, image_size=32, patch_size=8, num_labels=5)
    settings.update(config or {})
    if "id2label" in settings:
        del settings["num_labels"]
    if "mlp_ratio" in settings:
        del settings["intermediate_size"]
    model_class = getattr(transformers, kind)
    if kind in ("CLIPModel", "SiglipModel"):
        del settings["num_labels"]
        settings = dict(vision_config=settings, text_config=text_tower, projection_dim=12)
    elif kind.startswith(("CLIP", "Siglip")):
        settings = dict(vision_config=settings, num_labels=settings.pop("num_labels"))
    model = model_class(model_class.config_class(**settings))
    redraw(model, case)
    model.to(dtype)
    model.save_pretrained(folder, **({"max_shard_size": shard} if shard else {}))
    if isinstance(processor, dict):
        write_json(folder / "preprocessor_config.json", processor)
    else:
        processor.save_pretrained(folder)
    if after_save:
        after_save(folder, model)

    pictures = [picture(case, h, w, n) for n, (h, w) in enumerate(sizes)]
    prepare = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil")
    mode = "L" if settings.get("num_channels") == 1 else "RGB"
    images = [Image.fromarray(p).convert(mode) for p in pictures]
    pixels = prepare(images, return_tensors="pt")["pixel_values"]

    def reload(where):
        return HuggingFace(getattr(transformers, kind).from_pretrained(where), interpolate)

    finish(case, folder, HuggingFace(model, interpolate), pixels, pictures, reload,
           choices or {})


def as_v5_names(folder, model):
    """What torch.save(model.state_dict()) users publish: the module names of transformers 5."""
    save_file({k: v.contiguous() for k, v in model.state_dict().items()},
              folder / "model.safetensors", metadata={"format": "pt"})
