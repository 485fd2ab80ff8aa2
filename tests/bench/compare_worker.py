#!/usr/bin/env python3
"""One peer of compare.py: runs rounds of forward passes when told to.

    compare_worker.py PEER PRECISION FOLDER BATCH THREADS

When ready it writes a line of JSON to standard output; then, for every line of standard input that
holds seconds, one more with the median of a round: as `saccade bench --on-request` does.

FOLDER is what compare.py makes: a checkpoint, ONNX files of it and quantised files (named below).
"""
import json
import os
import statistics
import sys
import time
from functools import partial
from pathlib import Path

SHOWN = 4  # logits that saccade shows, too


def onnx_file(folder, batch):
    return folder / f"batch{batch}.onnx"


def onnx_int8_file(folder, batch):
    return folder / f"batch{batch}.int8.onnx"


def openvino_int8_file(folder, batch):
    return folder / f"batch{batch}.int8.xml"


def onnxruntime_forward(folder, batch, threads, file=onnx_file):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(file(folder, batch)), options,
                                           providers=["CPUExecutionProvider"])
    return lambda pixels: session.run(None, {"pixels": pixels})[0]


def openvino_forward(folder, batch, threads, file=onnx_file, precision="f32"):
    """`precision` is that of whatever is not quantised in the file."""
    import openvino

    core = openvino.Core()
    # Without the instructions OpenVINO would compute in f32, and not say so.
    if precision == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise RuntimeError("OpenVINO has no bf16 on this CPU")
    model = core.compile_model(str(file(folder, batch)), "CPU", {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": precision,
    })
    request = model.create_infer_request()
    return lambda pixels: request.infer({0: pixels}, share_inputs=True, share_outputs=True)[0]


def load_model(folder):
    """The checkpoint as a torch module that gives logits, by the library whose form it has."""
    config = json.loads((folder / "config.json").read_text())
    if "architecture" not in config:
        return transformers_model(folder)
    import timm
    from safetensors.torch import load_file

    model = timm.create_model(config["architecture"], pretrained=False).eval()
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return model


def transformers_model(folder):
    import torch
    import transformers

    class Logits(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = transformers.AutoModelForImageClassification.from_pretrained(folder)

        def forward(self, pixels):
            return self.model(pixels).logits

    return Logits().eval()


def to_bf16(model):
    import torch

    return model.to(torch.bfloat16)


def to_int8(model):
    """Weights by output channel; inputs of a layer while it runs, as the library does it."""
    import torch
    from torch.ao.quantization import per_channel_dynamic_qconfig, quantize_dynamic

    return quantize_dynamic(model, {torch.nn.Linear: per_channel_dynamic_qconfig},
                            dtype=torch.qint8)


def torch_forward(folder, batch, threads, convert=None, compiled=False):
    import torch

    torch.set_num_threads(threads)
    model = load_model(folder)
    if convert:
        model = convert(model)
    dtype = next(model.parameters()).dtype
    if compiled:
        model = torch.compile(model)

    def forward(pixels):
        with torch.inference_mode():
            return model(torch.from_numpy(pixels).to(dtype)).float().numpy()

    return forward


PEERS = {  # by precision: the packages that each needs, and what makes its forward pass
    "f32": {
        "onnxruntime": (["onnxruntime"], onnxruntime_forward),
        "openvino": (["openvino"], openvino_forward),
        "torch": (["torch"], torch_forward),
        "torch-compile": (["torch"], partial(torch_forward, compiled=True)),
    },
    "bf16": {
        "openvino": (["openvino"], partial(openvino_forward, precision="bf16")),
        "torch": (["torch"], partial(torch_forward, convert=to_bf16)),
        "torch-compile": (["torch"], partial(torch_forward, convert=to_bf16, compiled=True)),
    },
    "int8": {
        "onnxruntime": (["onnxruntime"], partial(onnxruntime_forward, file=onnx_int8_file)),
        "openvino": (["openvino", "nncf"], partial(openvino_forward, file=openvino_int8_file)),
        "openvino-bf16": (["openvino", "nncf"],
                          partial(openvino_forward, file=openvino_int8_file, precision="bf16")),
        "torch": (["torch"], partial(torch_forward, convert=to_int8)),
    },
}


def noise(folder, batch):
    """What saccade bench feeds its model."""
    import numpy

    size = json.loads((folder / "config.json").read_text())["pretrained_cfg"]["input_size"]
    count = batch * size[0] * size[1] * size[2]
    values = numpy.arange(count, dtype=numpy.uint64) * numpy.uint64(2654435761)
    pixels = (values % numpy.uint64(4096)).astype(numpy.float32) / 2048 - 1
    return pixels.reshape(batch, *size)


def run_round(forward, pixels, seconds):
    forward(pixels)  # not counted: the caches are full of another program's data
    times = []
    start = time.perf_counter()
    while not times or time.perf_counter() - start < seconds:
        begin = time.perf_counter()
        forward(pixels)
        times.append(time.perf_counter() - begin)
    return {"passes": len(times), "median_ms": 1e3 * statistics.median_low(times)}


def main():
    peer, precision, folder, batch, threads = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # libraries that talk shall not disturb the answers

    def answer(value):
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    _, make = PEERS[precision][peer]
    folder, batch = Path(folder), int(batch)
    forward = make(folder, batch, int(threads))
    pixels = noise(folder, batch)
    logits = [float(value) for value in forward(pixels)[0][:SHOWN]]
    answer({"ready": True, "logits": logits})
    for line in sys.stdin:
        answer(run_round(forward, pixels, float(line)))


if __name__ == "__main__":
    main()
