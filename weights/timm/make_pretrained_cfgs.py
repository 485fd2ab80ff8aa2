#!/usr/bin/env python3
"""Makes pretrained_cfgs.json beside this file: how timm prepares pictures for a model that is known by
its name alone, as create_model() sees it (the entry point's default tag).

A list of {"pretrained_cfg": {...}, "architectures": [...]}, each group of equal settings once.
"""
import json
from pathlib import Path

import timm
from timm.models._registry import get_pretrained_cfg

from make_entry_points import PATTERNS

KEYS = ("input_size", "interpolation", "crop_pct", "crop_mode", "mean", "std")


def main():
    groups = {}
    for name in sorted({name for pattern in PATTERNS for name in timm.list_models(pattern)}):
        config = get_pretrained_cfg(name, allow_unregistered=True)
        if config is None:
            continue
        settings = {key: value for key in KEYS if (value := getattr(config, key)) not in (None, "")}
        groups.setdefault(json.dumps(settings), []).append(name)
    lines = (f'{{"pretrained_cfg": {settings}, "architectures": {json.dumps(names)}}}'
             for settings, names in groups.items())
    path = Path(__file__).with_name("pretrained_cfgs.json")
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="ascii", newline="\n")
    print(f"{path.name}: {len(groups)} groups, timm {timm.__version__}")


if __name__ == "__main__":
    main()
