"""Writes HEIF and AVIF files whose primary picture is a grid of tiles (ISO/IEC 23008-12, 6.6.2.3), from
single pictures that an encoder wrote. For make_wild_fixtures.py."""

import struct


def box(kind, content, version=None, flags=0):
    head = b"" if version is None else struct.pack(">I", version << 24 | flags)
    return struct.pack(">I", 8 + len(head) + len(content)) + kind + head + content


def boxes(data):
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + size]
        at += size


def associations(ipma):
    """Item id -> bytes of its associations, each with the essential bit and an index from 1."""
    wide_items, wide_indices, at, found = ipma[0] > 0, ipma[3] & 1, 8, {}
    for _ in range(struct.unpack_from(">I", ipma, 4)[0]):
        (item,) = struct.unpack_from(">I" if wide_items else ">H", ipma, at)
        at += 4 if wide_items else 2
        count, at = ipma[at], at + 1
        found[item] = struct.unpack_from(f">{count}{'H' if wide_indices else 'B'}", ipma, at)
        at += count * (2 if wide_indices else 1)
    return found


def locations(iloc):
    """Item id -> (offset, length) of its only extent."""
    sizes, base_size, found, at = iloc[4], iloc[5] >> 4, {}, 6
    number = lambda place, size: int.from_bytes(iloc[place : place + size], "big")
    count, at = number(at, 4 if iloc[0] == 2 else 2), at + (4 if iloc[0] == 2 else 2)
    for _ in range(count):
        item, at = number(at, 4 if iloc[0] == 2 else 2), at + (4 if iloc[0] == 2 else 2)
        at += (2 if iloc[0] else 0) + 2
        base, at = number(at, base_size), at + base_size
        assert number(at, 2) == 1, "one extent for each item"
        at += 2 + (iloc[5] & 15 if iloc[0] else 0)
        offset, length = number(at, sizes >> 4), number(at + (sizes >> 4), sizes & 15)
        at += (sizes >> 4) + (sizes & 15)
        found[item] = (base + offset, length)
    return found


class Coded:
    """A picture of a file: the type of the item, its configuration and other boxes, and its data."""

    def __init__(self, file, alpha=False):
        meta = dict(boxes(dict(boxes(file))[b"meta"][4:]))
        iprp = list(boxes(meta[b"iprp"]))
        properties = list(boxes(dict(iprp)[b"ipco"]))
        (item,) = struct.unpack_from(">H", meta[b"pitm"], 4)
        if alpha:
            item = struct.unpack_from(">H", dict(boxes(meta[b"iref"][4:]))[b"auxl"])[0]
        offset, length = locations(meta[b"iloc"])[item]
        own = [properties[(a & 0x7F) - 1] for a in associations(dict(iprp)[b"ipma"])[item]]
        self.data = file[offset : offset + length]
        self.kind = next(b"av01" if kind == b"av1C" else b"hvc1" for kind, _ in own if kind in (b"av1C", b"hvcC"))
        self.properties = [box(kind, content) for kind, content in own if kind in (b"av1C", b"hvcC", b"pixi", b"colr", b"ispe")]


AUXILIARY = {b"av01": b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", b"hvc1": b"urn:mpeg:hevc:2015:auxid:1\0"}


def grid_file(tiles, columns, size, turns=None, mirror=None, alphas=()):
    """A file of `tiles` in rows of `columns`, cut to `size` (width, height). `turns` (anticlockwise, by
    90 degrees) and `mirror` (0 top and bottom, 1 left and right) belong to the grid."""
    kind = tiles[0].kind
    items, properties, uses, references, data = [], [], [], b"", []

    def add(item_kind, payload, own):
        items.append(item_kind)
        data.append(payload)
        indices = []
        for essential, content in own:
            if content not in properties:
                properties.append(content)
            indices.append(properties.index(content) + 1 | (0x80 if essential else 0))
        uses.append(indices)
        return len(items)

    def add_grid(parts, own):
        rows = len(parts) // columns
        payload = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, *size)
        shared = [(False, p) for p in parts[0].properties if p[4:8] in (b"pixi", b"colr")]
        ispe = box(b"ispe", struct.pack(">II", *size), 0)
        grid = add(b"grid", payload, [(False, ispe), *shared, *own])
        ids = [add(kind, p.data, [(q[4:8] in (b"av1C", b"hvcC"), q) for q in p.properties]) for p in parts]
        return grid, box(b"dimg", struct.pack(f">HH{len(ids)}H", grid, len(ids), *ids))

    turned = ([] if turns is None else [(True, box(b"irot", bytes([turns])))])
    turned += [] if mirror is None else [(True, box(b"imir", bytes([mirror])))]
    primary, references = add_grid(tiles, turned)
    if alphas:
        alpha, more = add_grid(alphas, [(True, box(b"auxC", AUXILIARY[kind], 0)), *turned])
        references += more + box(b"auxl", struct.pack(">HHH", alpha, 1, primary))

    infos = b"".join(box(b"infe", struct.pack(">HH", i + 1, 0) + item + b"\0", 2, 0 if i == primary - 1 else 1)
                     for i, item in enumerate(items))
    ipma = struct.pack(">I", len(items)) + b"".join(
        struct.pack(">HB", i + 1, len(indices)) + bytes(indices) for i, indices in enumerate(uses))
    brands = b"avifmif1miaf" if kind == b"av01" else b"heicmif1miaf"
    ftyp = box(b"ftyp", brands[:4] + b"\0\0\0\0" + brands)

    def meta(start):
        extents, at = b"", start
        for i, payload in enumerate(data):
            extents += struct.pack(">HHHII", i + 1, 0, 1, at, len(payload))
            at += len(payload)
        return box(b"meta", b"".join([
            box(b"hdlr", b"\0\0\0\0pict" + b"\0" * 13, 0), box(b"pitm", struct.pack(">H", primary), 0),
            box(b"iloc", struct.pack(">BBH", 0x44, 0, len(items)) + extents, 0),
            box(b"iinf", struct.pack(">H", len(items)) + infos, 0), box(b"iref", references, 0),
            box(b"iprp", box(b"ipco", b"".join(properties)) + box(b"ipma", ipma, 0))]), 0)

    start = len(ftyp) + len(meta(0)) + 8
    return ftyp + meta(start) + box(b"mdat", b"".join(data))
