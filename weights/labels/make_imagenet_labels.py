#!/usr/bin/env python3
"""Makes imagenet1k.tsv beside this file from the class names in pip's timm.

One line for each of the 1000 classes of ImageNet-1k, in the order of the classifier's outputs:
WordNet synset, tab, the words of the synset joined by ", ". timm prints the first for
`--label-type name` and the second for `description`.
"""
from pathlib import Path

import timm
from timm.data import ImageNetInfo


def main():
    info = ImageNetInfo("imagenet-1k")
    lines = []
    for index in range(info.num_classes()):
        synset, words = info.index_to_label_name(index), info.index_to_description(index)
        if "\t" in words or "\n" in words or not words.isascii():
            raise SystemExit(f"class {index}: {words!r} does not fit the format")
        lines.append(f"{synset}\t{words}\n")
    assert len(lines) == 1000 and len(set(lines)) == 1000
    path = Path(__file__).with_name("imagenet1k.tsv")
    path.write_text("".join(lines), encoding="ascii", newline="\n")
    print(f"{path.name}: {len(lines)} classes from timm {timm.__version__}")


if __name__ == "__main__":
    main()
