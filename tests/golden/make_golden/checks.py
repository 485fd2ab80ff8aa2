"""Checks that a case can fail: every tensor and every choice moves the logits."""
import numpy as np
import torch
import transformers
from torch import nn

from .libraries import NORMS
from .reference import movement

TOLERANCE = 1e-5  # of the largest |logit|: what the C++ tests allow
MUST_MOVE = 100 * TOLERANCE  # the least effect of zeroing a tensor


def check_every_tensor_matters(case, library, pixels, logits):
    least = (np.inf, "")
    for label, tensor in library.parts():
        saved = tensor.clone()
        tensor.zero_()
        moved = movement(library, pixels, logits)
        if not moved >= MUST_MOVE:  # NaN fails
            raise SystemExit(f"{case}: zeroing {label} moves the logits by only {moved:.2e}")
        least = min(least, (moved, label))
        tensor.copy_(saved)
    return least


def check_attention_is_uneven(case, stages):
    for name, values in stages.items():
        if name.startswith("attn."):
            peak = float(values.max(dim=-1).values.mean()) * values.shape[-1]
            if not 2 < peak < 0.95 * values.shape[-1]:
                raise SystemExit(f"{case}: {name} is flat or saturated: mean peak {peak:.2f} / T")


def check_choices_matter(case, library, pixels, logits, choices):
    """`choices`: label -> function that spoils one setting of the model and returns its undo."""
    for label, spoil in choices.items():
        undo = spoil(library)
        moved = movement(library, pixels, logits)
        undo()
        if not moved >= 10 * TOLERANCE:  # NaN fails
            raise SystemExit(f"{case}: {label} moves the logits by only {moved:.2e}")


def other_activation(library, other=None):
    """`other`, or else erf GELU in place of another activation, tanh GELU in place of erf."""
    mlps = [block.mlp for block in library.blocks()]
    name = "act" if hasattr(mlps[0], "act") else "activation_fn"
    saved = [getattr(mlp, name) for mlp in mlps]
    exact = isinstance(saved[0], (nn.GELU, transformers.activations.GELUActivation))
    for mlp in mlps:
        setattr(mlp, name, other or nn.GELU(approximate="tanh" if exact else "none"))

    def undo():
        for mlp, activation in zip(mlps, saved):
            setattr(mlp, name, activation)

    return undo


def quick_gelu(library):
    """CLIP's own activation in place of the one that a CLIP was made with."""
    return other_activation(library, transformers.activations.QuickGELUActivation())


def other_eps(library):
    norms = [m for m in library.model.modules() if isinstance(m, NORMS)]
    saved = [norm.eps for norm in norms]
    for norm in norms:
        norm.eps = 1e-6

    def undo():
        for norm, eps in zip(norms, saved):
            norm.eps = eps

    return undo


def other_position_kernel(library):
    """Bicubic interpolation with the antialiasing switched the other way round."""
    original = nn.functional.interpolate

    def switched(values, *arguments, antialias=False, **named):
        return original(values, *arguments, antialias=not antialias, **named)

    nn.functional.interpolate = switched

    def undo():
        nn.functional.interpolate = original

    return undo
