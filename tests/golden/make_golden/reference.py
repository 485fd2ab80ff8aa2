"""The values that the tests compare, computed by the library in float64."""
import contextlib

import torch
from torch import nn
from transformers.models.clip import modeling_clip

from .libraries import NORMS


def run_stages(library, pixels):
    """Everything that the tests compare, in float64, by name."""
    stages = {}

    def keep(name):
        return lambda module, inputs, output: stages.__setitem__(name, output)

    first = library.blocks()[0]
    hooks = [first.register_forward_pre_hook(lambda m, i: stages.__setitem__("patch_embed", i[0]))]
    hooks += [b.register_forward_hook(keep(f"blocks.{n}")) for n, b in enumerate(library.blocks())]
    hooks += [library.norm().register_forward_hook(keep("norm"))]
    stages["logits"] = library.logits(pixels)
    for hook in hooks:
        hook.remove()
    if stages["norm"].ndim == 2:  # a whole CLIP normalises one token, when it has been pooled
        stages["norm"] = library.norm()(stages[f"blocks.{len(library.blocks()) - 1}"])
    stages.update(by_block(library, "attn", library.attention(pixels)[0]))
    stages.update(gradients(library, pixels, stages["logits"]))
    return stages


def by_block(library, name, of_layers):
    """Attention layers' values by block, one layer's heads after the other's."""
    each = len(of_layers) // len(library.blocks())
    of_layers = [library.of_heads(n, values, "." in name) for n, values in enumerate(of_layers)]
    return {f"{name}.{n}": torch.cat(of_layers[n * each:(n + 1) * each], dim=1)
            for n in range(len(library.blocks()))}


def gradients(library, pixels, logits):
    """Of the first picture's best class minus its worst, by autograd, through every picture."""
    target = torch.zeros(logits.shape[1], dtype=logits.dtype)
    target[logits[0].argmax()] = 1
    if len(target) > 1:
        target[logits[0].argmin()] = -1
    normalised = []
    hook = library.watch_norm1(normalised.append)
    with torch.enable_grad():
        attention, again = library.attention(pixels)
        found = torch.autograd.grad((again * target).sum(), attention + normalised)
    hook.remove()
    stages = {"target": target, "norm1": normalised[0].detach(), "grad.norm1": found[-1]}
    stages.update(by_block(library, "grad.attn", found[:-1]))
    with torch.enable_grad(), constant_attention_and_scales(library.model):
        attention, again = library.attention(pixels)
        found = torch.autograd.grad((again * target).sum(), attention)
    stages.update(by_block(library, "conservative.attn", found))
    return stages


@contextlib.contextmanager
def constant_attention_and_scales(model):
    """Softmax gives leaves of the graph, and the norms divide by a constant (Ali et al. 2022)."""
    saved = nn.functional.softmax, torch.Tensor.softmax
    lengths = torch.Tensor.norm, modeling_clip._get_vector_norm
    norms = {type(m): type(m).forward for m in model.modules() if isinstance(m, NORMS)}

    def constant(softmax):
        return lambda *arguments, **named: softmax(*arguments, **named).detach().requires_grad_()

    def norm(self, x):
        if isinstance(self, nn.LayerNorm):
            x = x - x.mean(-1, keepdim=True)
        normal = x / (x.pow(2).mean(-1, keepdim=True) + self.eps).sqrt().detach() * self.weight
        return normal + self.bias if isinstance(self, nn.LayerNorm) else normal

    nn.functional.softmax, torch.Tensor.softmax = constant(saved[0]), constant(saved[1])
    torch.Tensor.norm = lambda *arguments, **named: lengths[0](*arguments, **named).detach()
    modeling_clip._get_vector_norm = lambda tensor: lengths[1](tensor).detach()
    for kind in norms:
        kind.forward = norm
    try:
        yield
    finally:
        nn.functional.softmax, torch.Tensor.softmax = saved
        torch.Tensor.norm, modeling_clip._get_vector_norm = lengths
        for kind, forward in norms.items():
            kind.forward = forward


def movement(library, pixels, logits):
    """How far the logits are from `logits`, as a share of the largest."""
    return float((library.logits(pixels) - logits).abs().max() / logits.abs().max())
