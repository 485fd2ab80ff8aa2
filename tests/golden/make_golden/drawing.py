"""Random weights, pictures and texts, each from a seed made of its names."""
import zlib

import numpy as np
import torch
from PIL import Image


def rng(*names):
    return np.random.Generator(np.random.PCG64(zlib.crc32("/".join(names).encode())))


def redraw(model, case):
    """Gives every parameter values that show in the logits; library initialisation hides most."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(draw(name, tuple(parameter.shape), rng(case, name))))


def draw(name, shape, random):
    normal = random.standard_normal(shape)
    if "norm" in name and name.endswith("weight"):
        values = 1 + 0.2 * normal
    elif "lambda_q" in name or "lambda_k" in name:  # in an exponent
        values = 0.4 * normal
    elif "gamma" in name or "lambda" in name:  # LayerScale
        values = 0.5 + 0.15 * normal
    elif name.endswith("bias"):
        values = random.uniform(0.1, 0.3, shape) * random.choice([-1.0, 1.0], shape)
    elif name.endswith("_bias_table"):  # before the softmax
        values = 1.0 * normal
    elif ("token" in name or "pos" in name) and ".mlp." not in name:
        values = 0.6 * normal
    else:
        fan_in = int(np.prod(shape[1:]))
        values = normal * (1.3 / np.sqrt(fan_in))
    return np.asarray(values).astype(np.float32)


def picture(case, height, width, index=0):
    """An RGB picture of coloured blocks under noise, by integer arithmetic only."""
    random = rng(case, "picture", str(index))
    blocks = random.integers(0, 256, (height // 7 + 1, width // 7 + 1, 3))
    smooth = blocks.repeat(7, axis=0).repeat(7, axis=1)[:height, :width]
    noise = random.integers(-40, 41, (height, width, 3))
    return np.clip(smooth + noise, 0, 255).astype(np.uint8)


def texts():
    """Token numbers of five texts."""
    return torch.from_numpy(rng("texts").integers(0, 20, (5, 6)))


def resize_rows_first():
    """Makes Pillow resize each row first and each column after, as every version before 13 does.

    Pillow 13 takes the columns first where the height shrinks much more than the width; rounding to
    8 bits between the passes makes that another picture. One pass at a time has no order to choose.
    """
    resize = Image.Image.resize

    def two_passes(image, size, resample=None, *arguments, **named):
        rows = resize(image, (size[0], image.height), resample, *arguments, **named)
        return resize(rows, size, resample, *arguments, **named)

    Image.Image.resize = two_passes
