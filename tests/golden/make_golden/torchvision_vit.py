"""Makes cases with torchvision's VisionTransformer: a state dict alone, without a config.json."""
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn
from torchvision.models import VisionTransformer
from torchvision.transforms._presets import ImageClassification

from .case_files import CASES, finish
from .drawing import draw, picture, rng


class Attention(nn.Module):
    """nn.MultiheadAttention's mathematics step by step, with its own parameters."""

    def __init__(self, attention, see):
        super().__init__()
        self.attention, self.see = attention, see

    def forward(self, x, *_, need_weights=False):
        own = self.attention
        batch, tokens, width = x.shape
        parts = nn.functional.linear(x, own.in_proj_weight, own.in_proj_bias).chunk(3, dim=-1)
        q, k, v = (part.view(batch, tokens, own.num_heads, -1).transpose(1, 2) for part in parts)
        weights = nn.functional.softmax(q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5, dim=-1)
        self.see(weights)
        return own.out_proj((weights @ v).transpose(1, 2).reshape(batch, tokens, width)), None


class Torchvision:
    """A torchvision model behind the interface of libraries.py."""

    def __init__(self, model):
        self.model = model.eval()

    def blocks(self):
        return list(self.model.encoder.layers)

    def norm(self):
        return self.model.encoder.ln

    def logits(self, pixels):
        return self.model(pixels)

    def watch_norm1(self, see):
        return self.blocks()[-1].ln_1.register_forward_hook(lambda m, i, output: see(output))

    def attention(self, pixels):
        found = []
        saved = [block.self_attention for block in self.blocks()]
        for block in self.blocks():
            block.self_attention = Attention(block.self_attention, found.append)
        logits = self.model(pixels)
        for block, attention in zip(self.blocks(), saved):
            block.self_attention = attention
        return found, logits

    def of_heads(self, layer, values, gradient):
        return values

    def parts(self):
        """(label, tensor) to zero one at a time. Softmax cancels the bias of the keys."""
        for name, tensor in self.model.named_parameters():
            if ".in_proj_" not in name:
                yield name, tensor
                continue
            q, k, v = tensor.chunk(3)
            yield name + "[q]", q
            yield name + "[v]", v
            if name.endswith("weight"):
                yield name + "[k]", k


def torchvision_case(case, *, width, older_names=False, dtype=torch.float16, size=(37, 45)):
    """Heads have 64 columns, as in all of torchvision's builders but one."""
    folder = CASES / case
    folder.mkdir(parents=True)

    def make():
        return VisionTransformer(32, 8, 2, width // 64, width, 16, num_classes=5)

    model = make()
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            values = draw(name.replace("ln", "norm"), tuple(tensor.shape), rng(case, name))
            tensor.copy_(torch.from_numpy(values).to(dtype))
    stored = {name: tensor.to(dtype) for name, tensor in model.state_dict().items()}
    if older_names:  # as in the files of torchvision's own weights
        stored = {name.replace("mlp.0", "mlp.linear_1").replace("mlp.3", "mlp.linear_2"): tensor
                  for name, tensor in stored.items()}
        save_file(stored, folder / "model.safetensors")
    else:
        torch.save(stored, folder / "pytorch_model.bin")

    def reload(where):
        again = make()
        again.load_state_dict(load_file(where / "model.safetensors") if older_names else
                              torch.load(where / "pytorch_model.bin", weights_only=True))
        return Torchvision(again)

    pictures = [picture(case, *size)]
    transform = ImageClassification(crop_size=32, resize_size=37)  # 256 / 224 of 32
    pixels = torch.stack([transform(Image.fromarray(p)) for p in pictures])
    finish(case, folder, Torchvision(model), pixels, pictures, reload, {})


def torchvision_cases():
    yield "vit_torchvision", dict(width=128)
    yield "vit_torchvision_linear", dict(width=64, older_names=True)
