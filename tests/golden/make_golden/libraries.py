"""The models of transformers and timm behind one interface."""
import torch
import transformers
from timm.layers import RmsNorm
from timm.models.eva import EvaBlockPostNorm
from timm.models.vision_transformer import ResPostBlock
from timm.models.vision_transformer_relpos import ResPostRelPosBlock
from torch import nn

from .drawing import texts

NORMS = (nn.LayerNorm, RmsNorm)


class HuggingFace:
    """A transformers model: how to run it, where its stages are, how it is stored."""

    def __init__(self, model, interpolate=False):
        self.model = model.eval()
        self.base = next(getattr(model, name) for name in
                         (model.base_model_prefix, "deit", "vision_model") if hasattr(model, name))
        self.arguments = {"interpolate_pos_encoding": True} if interpolate else {}
        self.zero_shot = isinstance(model, (transformers.CLIPModel, transformers.SiglipModel))
        if self.zero_shot:
            self.arguments["input_ids"] = texts()

    def blocks(self):
        if hasattr(self.base, "layers"):
            return self.base.layers
        encoder = self.base.encoder
        return encoder.layer if hasattr(encoder, "layer") else encoder.layers

    def norm(self):
        if isinstance(self.model, transformers.CLIPForImageClassification):
            return self.blocks()[-1]  # it has a last norm, which its classifier goes without
        return self.base.layernorm if hasattr(self.base, "layernorm") else self.base.post_layernorm

    def logits(self, pixels):
        return self.logits_of(self.model(pixel_values=pixels, **self.arguments))

    def logits_of(self, found):
        return found.logits_per_image if self.zero_shot else found.logits

    def watch_norm1(self, see):
        """Shows `see` what the last block's attention takes in."""
        last = self.blocks()[-1]
        norm = next(getattr(last, name) for name in ("norm1", "layernorm_before", "layer_norm1")
                    if hasattr(last, name))
        return norm.register_forward_hook(lambda m, i, output: see(output))

    def attention(self, pixels):
        # The eager path alone returns probabilities; it rounds them to f32, as storing does anyway.
        self.model.set_attn_implementation("eager")
        found = self.model(pixel_values=pixels, output_attentions=True, **self.arguments)
        self.model.set_attn_implementation("sdpa")
        tower = found.vision_model_output if self.zero_shot else found
        return list(tower.attentions), self.logits_of(found)

    def of_heads(self, layer, values, gradient):
        """A layer's attention by its heads, or the gradient there."""
        return values

    def parts(self):
        """(label, tensor) to zero one at a time. Softmax cancels the bias of the keys."""
        unused = ("k_proj.bias", "mask_token")
        if isinstance(self.model, transformers.SiglipForImageClassification):
            unused += tuple(f"head.{name}" for name, _ in self.base.head.named_parameters())
        if isinstance(self.model, transformers.CLIPForImageClassification):
            unused += ("post_layernorm.weight", "post_layernorm.bias")
        for name, tensor in self.model.named_parameters():
            if name.endswith(unused) or name.startswith("text_"):
                continue
            if ".in_proj_" not in name:
                yield name, tensor
                continue
            q, k, v = tensor.chunk(3)
            yield name + "[q]", q
            yield name + "[v]", v
            if name.endswith("weight"):
                yield name + "[k]", k


class Timm:
    def __init__(self, model):
        self.model = model.eval()
        for layer in self.attention_layers():
            layer.fused_attn = False  # so that the probabilities pass through attn_drop
        if getattr(model, "attn_pool", None) is not None:
            model.attn_pool.fused_attn = False  # so that its softmax can be made constant

    def blocks(self):
        return self.model.blocks

    def attention_layers(self):
        """Of all blocks: a block's own, several of it, or the block itself."""
        return [layer for block in self.model.blocks for layer in (
            [path.attn for path in block.attns] if hasattr(block, "attns")
            else [getattr(block, "attn", block)])]

    def norm(self):
        return self.model.norm

    def logits(self, pixels):
        return self.model(pixels)

    def watch_norm1(self, see):
        """Shows `see` what the last block's attention takes in."""
        last = self.model.blocks[-1]
        if isinstance(last, (ResPostBlock, ResPostRelPosBlock, EvaBlockPostNorm)):
            return last.register_forward_pre_hook(lambda m, inputs: see(inputs[0]))
        norm = (last.attns[0].norm if hasattr(last, "attns")
                else getattr(last, "in_norm", None) or last.norm1)
        return norm.register_forward_hook(lambda m, i, output: see(output))

    def attention(self, pixels):
        found = []
        hooks = [
            layer.attn_drop.register_forward_hook(lambda m, i, output: found.append(output))
            for layer in self.attention_layers()
        ]
        logits = self.model(pixels)
        for hook in hooks:
            hook.remove()
        return found, logits

    def of_heads(self, layer, values, gradient):
        """A layer's attention by its heads, or the gradient there. Differential attention mixes by
        first - lambda second, where the gradient is the first's."""
        layer = self.attention_layers()[layer]
        if not hasattr(layer, "lambda_q1"):
            return values
        first, second = values[:, 0::2], values[:, 1::2]
        return first if gradient else first - layer._compute_lambda() * second

    def parts(self):
        # Softmax cancels what all keys have in common: a bias, which comes last.
        normal_keys = isinstance(getattr(self.attention_layers()[0], "k_norm", None), NORMS)
        for name, tensor in self.model.named_parameters():
            if ".k_norm.bias" in name:
                continue
            if name.endswith("rel_pos.mlp.fc2.bias") and self.model.cls_token is None:
                continue  # the same for all keys, too
            last = f"blocks.{len(self.model.blocks) - 1}."
            if name.startswith(last + "attn.rel_pos.mlp") and self.model.global_pool == "token":
                continue  # the patches are not read, and the class token has no such bias
            if name.startswith("attn_pool.kv."):
                k, v = tensor.chunk(2)
                yield name + "[v]", v
                if name.endswith("weight"):
                    yield name + "[k]", k
                continue
            if ".qkv." not in name and ".in_proj." not in name:
                yield name, tensor
                continue
            width = 3 * self.model.embed_dim
            q, k, v = tensor[-width:].chunk(3)  # views: zeroing one zeroes that part of the whole
            if ".in_proj." in name:
                yield name + "[fc1]", tensor[:-width]
            yield name + "[q]", q
            yield name + "[v]", v
            if name.endswith("weight") or normal_keys:
                yield name + "[k]", k
