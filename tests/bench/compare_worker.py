#!/usr/bin/env python3
"""One peer of compare.py: runs rounds of forward passes when told to.

    compare_worker.py PEER FOLDER BATCH THREADS

When ready it writes a line of JSON to standard output; then, for every line of standard input that
holds seconds, one more with the median of a round: as `saccade bench --on-request` does.
"""
import importlib.metadata
import json
import os
import statistics
import sys
import time
from pathlib import Path

SHOWN = 4  # logits that saccade shows, too


def onnxruntime_forward(folder, pixels, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / f"batch{len(pixels)}.onnx"), options,
                                           providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"pixels": pixels})[0]


def openvino_forward(folder, pixels, threads):
    import openvino

    model = openvino.Core().compile_model(str(folder / f"batch{len(pixels)}.onnx"), "CPU", {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
    })
    request = model.create_infer_request()
    return lambda: request.infer({0: pixels}, share_inputs=True, share_outputs=True)[0]


def torch_forward(folder, pixels, threads, compile_it=False):
    import timm
    import torch
    from safetensors.torch import load_file

    torch.set_num_threads(threads)
    name = json.loads((folder / "config.json").read_text())["architecture"]
    model = timm.create_model(name, pretrained=False).eval()
    model.load_state_dict(load_file(folder / "model.safetensors"))
    if compile_it:
        model = torch.compile(model)
    tensor = torch.from_numpy(pixels)

    def forward():
        with torch.inference_mode():
            return model(tensor).numpy()

    return forward


def torch_compile_forward(folder, pixels, threads):
    return torch_forward(folder, pixels, threads, compile_it=True)


PEERS = {  # the package that each needs, and what makes its forward pass
    "onnxruntime": ("onnxruntime", onnxruntime_forward),
    "openvino": ("openvino", openvino_forward),
    "torch": ("torch", torch_forward),
    "torch-compile": ("torch", torch_compile_forward),
}


def noise(folder, batch):
    """What saccade bench feeds its model."""
    import numpy

    size = json.loads((folder / "config.json").read_text())["pretrained_cfg"]["input_size"]
    count = batch * size[0] * size[1] * size[2]
    values = numpy.arange(count, dtype=numpy.uint64) * numpy.uint64(2654435761)
    pixels = (values % numpy.uint64(4096)).astype(numpy.float32) / 2048 - 1
    return pixels.reshape(batch, *size)


def run_round(forward, seconds):
    forward()  # not counted: the caches are full of another program's data
    times = []
    start = time.perf_counter()
    while not times or time.perf_counter() - start < seconds:
        begin = time.perf_counter()
        forward()
        times.append(time.perf_counter() - begin)
    return {"passes": len(times), "median_ms": 1e3 * statistics.median_low(times)}


def main():
    peer, folder, batch, threads = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # libraries that talk shall not disturb the answers

    def answer(value):
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    package, make = PEERS[peer]
    folder = Path(folder)
    forward = make(folder, noise(folder, int(batch)), int(threads))
    logits = [float(value) for value in forward()[0][:SHOWN]]
    answer({"ready": True, "version": importlib.metadata.version(package), "logits": logits})
    for line in sys.stdin:
        answer(run_round(forward, float(line)))


if __name__ == "__main__":
    main()
