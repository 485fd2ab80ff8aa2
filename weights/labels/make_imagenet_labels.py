#!/usr/bin/env python3
"""Makes imagenet1k.tsv and imagenet_subsets.tsv beside this file from the class names in pip's timm.

imagenet1k.tsv has one line for each of the 1000 classes of ImageNet-1k, in the order of the classifier's outputs:
WordNet synset, tab, the words of the synset joined by ", ". timm prints the first for
`--label-type name` and the second for `description`.

imagenet_subsets.tsv has one line for each class of the larger lists, sorted by synset: the list of
which it is a member, as the sum of the bits below in two hexadecimal digits; tab, synset, tab, words.
Each list has its members in this order, but that of Microsoft begins with ImageNet-1k.
"""
from pathlib import Path

import timm
from timm.data import ImageNetInfo


SUBSETS = {"imagenet-1k": 1, "imagenet-12k": 2, "imagenet-21k-goog": 4, "imagenet-21k-miil": 8,
           "imagenet-22k": 16, "imagenet-22k-ms": 32}


def main():
    make_imagenet1k()
    make_subsets()


def make_subsets():
    bits, words = {}, {}
    for subset, bit in SUBSETS.items():
        info = ImageNetInfo(subset)
        names = info.label_names()
        first = ImageNetInfo("imagenet-1k").label_names() if subset == "imagenet-22k-ms" else []
        rest = names[len(first):]
        assert names[:len(first)] == first and rest == sorted(set(rest))
        for name in names:
            bits[name] = bits.get(name, 0) | bit
            words[name] = info.label_name_to_description(name)
            assert "\t" not in words[name] and words[name].isascii()
    lines = (f"{bits[name]:02x}\t{name}\t{words[name]}\n" for name in sorted(bits))
    path = Path(__file__).with_name("imagenet_subsets.tsv")
    path.write_text("".join(lines), encoding="ascii", newline="\n")
    print(f"{path.name}: {len(bits)} classes from timm {timm.__version__}")


def make_imagenet1k():
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
