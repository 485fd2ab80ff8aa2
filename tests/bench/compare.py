#!/usr/bin/env python3
"""Compares saccade's speed with that of its peers, on the same weights and the same machine.

    compare.py build/release/bin/saccade
    compare.py build/release/bin/saccade --models vit_tiny_patch16_224 --batches 1 --rounds 24
    compare.py build/release/bin/saccade --precisions int8 --folder /tmp/models

Every program runs in a process of its own, which reads from its standard input when to run a round of
forward passes and answers with their median. Rounds take turns, in a new order each time, on the
same CPUs with the same number of threads. Prints a table for each precision: medians over the
rounds, and saccade's time / that of the fastest peer with its 90 % interval (bootstrap over
rounds).

The models are timm's, with random weights. Who takes part at

    f32   ONNX Runtime, OpenVINO, PyTorch, eager and compiled
    bf16  OpenVINO and PyTorch, whose input and output are converted while the time runs. ONNX
          Runtime has no bf16 on x86 CPUs
    int8  ONNX Runtime: dynamic quantisation
          OpenVINO: quantised by NNCF after the training; the rest in f32 or, as `openvino-bf16`,
          in bf16
          PyTorch: dynamic quantisation of the linear layers

Weights are random and NNCF is calibrated on noise, so times are all that can be taken from this.
What bf16 and int8 do to a trained model's answers is what compare_accuracy.py counts.

Needs Python with torch, timm, safetensors and onnx to make the models, and whichever peers shall
take part: onnxruntime, openvino (and nncf for int8), torch. Those that are not there are left out,
which is said. Let nothing else run beside it.
"""
import argparse
import contextlib
import datetime
import importlib.metadata
import importlib.util
import io
import json
import math
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import compare_worker
from compare_worker import (PEERS, load_model, noise, onnx_file, onnx_int8_file,
                            openvino_int8_file)

NEEDED = ("torch", "timm", "safetensors", "onnx")
ALL_PEERS = list(dict.fromkeys(peer for peers in PEERS.values() for peer in peers))
RESAMPLES = 2000
CALIBRATION_PICTURES = 8  # at least; whole batches

# How far a logit may be from saccade's in f32, of the four that are shown. Logits of these weights
# deviate by 0.28 (ViT-Ti) to 0.64 (ViT-L). Peers were off by up to 0.012 in bf16 and 0.07 in int8
# (ViT-Ti to ViT-B); another ViT-Ti's logits would all four be within 0.15 in one case of 130.
LOGITS_TOLERANCE = {"f32": 1e-3, "bf16": 0.03, "int8": 0.15}


@contextlib.contextmanager
def all_or_none(folder):
    """A folder for new files, which go to `folder` when all are whole: what lies there can be
    reused although an earlier run was interrupted."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as part:
        yield Path(part)
        for file in sorted(Path(part).iterdir()):  # .bin before .xml: who finds it needs both
            file.rename(folder / file.name)


def make_checkpoint(name, folder):
    """Random weights as timm would save them."""
    import timm
    import torch
    from safetensors.torch import save_file

    if (folder / "model.safetensors").exists():
        return
    torch.manual_seed(2024)
    model = timm.create_model(name, pretrained=False).eval()
    for key, value in model.named_parameters():
        if not ("norm" in key and key.endswith("weight")):
            torch.nn.init.normal_(value, std=0.02)
    known = ("input_size", "interpolation", "crop_pct", "mean", "std")
    config = {
        "architecture": name,
        "num_classes": model.num_classes,
        "pretrained_cfg": {key: model.pretrained_cfg[key] for key in known},
    }
    with all_or_none(folder) as part:
        (part / "config.json").write_text(json.dumps(config))
        save_file(model.state_dict(), part / "model.safetensors", metadata={"format": "pt"})


def export(folder, batch, size):
    """The checkpoint in `folder` as an ONNX file for a batch of pictures of `size`."""
    import torch

    if onnx_file(folder, batch).exists():
        return
    with all_or_none(folder) as part, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tracing: every shape is fixed here
        torch.onnx.export(load_model(folder), (torch.zeros(batch, *size),),
                          str(onnx_file(part, batch)), dynamo=False, opset_version=17,
                          input_names=["pixels"], output_names=["logits"])


def quantise_for_onnxruntime(folder, batch):
    """As fast as it gets: with the convolution in int8 too a pass takes 15 to 25 % longer (ViT-Ti).
    The preprocessing that the library asks for in a warning makes no difference."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    if onnx_int8_file(folder, batch).exists():
        return
    with all_or_none(folder) as part:
        quantize_dynamic(str(onnx_file(folder, batch)), str(onnx_int8_file(part, batch)),
                         op_types_to_quantize=["MatMul"], per_channel=True, reduce_range=False,
                         weight_type=QuantType.QInt8)


def quantise_for_openvino(folder, batch, inputs):
    """`inputs` are arrays of a batch each, by which the ranges are chosen."""
    if openvino_int8_file(folder, batch).exists():
        return
    with contextlib.redirect_stdout(io.StringIO()):  # progress bars, which no table shall hold
        import nncf
        import openvino

        model = nncf.quantize(openvino.Core().read_model(str(onnx_file(folder, batch))),
                              nncf.Dataset(inputs, lambda pixels: {0: pixels}),
                              model_type=nncf.ModelType.TRANSFORMER,
                              preset=nncf.QuantizationPreset.MIXED,
                              target_device=nncf.TargetDevice.CPU, subset_size=len(inputs))
    with all_or_none(folder) as part:
        openvino.save_model(model, str(openvino_int8_file(part, batch)), compress_to_fp16=False)


def calibration_noise(folder, batch):
    """Batches of what all programs are fed. With ranges from other noise, logits of ViT-B would be
    off by 0.17, too far to be sure that it is the same model."""
    pictures = noise(folder, batch * math.ceil(CALIBRATION_PICTURES / batch))
    return pictures.reshape(-1, batch, *pictures.shape[1:])


def make_files(options, name, folder):
    """Whatever the programs read that is not there yet."""
    make_checkpoint(name, folder)
    size = json.loads((folder / "config.json").read_text())["pretrained_cfg"]["input_size"]
    int8 = options.peers.get("int8", [])
    for batch in options.batches:
        export(folder, batch, size)
        if "onnxruntime" in int8:
            quantise_for_onnxruntime(folder, batch)
        if "openvino" in int8 or "openvino-bf16" in int8:
            quantise_for_openvino(folder, batch, calibration_noise(folder, batch))


class Process:
    """A program that runs rounds when told to."""

    def __init__(self, name, command, threads):
        self.name = name
        environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True, env=environment)
        self.ready = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.errors.seek(0)
            told = self.errors.read().strip().splitlines()
            raise RuntimeError(f"{self.name} ended: {told[-1] if told else 'without a word'}")
        return json.loads(line)

    def round(self, seconds):
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        return self.answer()["median_ms"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def start_saccade(options, precision, folder, batch):
    threads = str(options.threads)
    command = [str(options.saccade), "bench", "-q", "-m", str(folder), "-b", str(batch),
               "--threads", threads, "--on-request"]
    if precision != "f32":
        command += ["--precision", precision]
    try:
        return Process("saccade", command, threads)
    except RuntimeError as error:
        sys.exit(f"{error}\ncompare.py: saccade does not run {folder.name} in {precision}; leave "
                 "that out with --precisions or --models, or give another saccade")


def start_peers(options, precision, folder, batch):
    threads = str(options.threads)
    processes = []
    for peer in options.peers[precision]:
        command = [sys.executable, compare_worker.__file__, peer, precision, str(folder),
                   str(batch), threads]
        try:
            processes.append(Process(peer, command, threads))
        except RuntimeError as error:
            print(f"left out in {precision}: {error}", file=sys.stderr)
    return processes


def f32_logits(options, folder, batch):
    saccade = start_saccade(options, "f32", folder, batch)
    saccade.close()
    return saccade.ready["logits"]


def check_logits(processes, precision, wanted):
    """Who computes something else is not compared."""
    for process in processes:
        found = process.ready["logits"]
        difference = max(abs(a - b) for a, b in zip(found, wanted, strict=True))
        # max() may pass over a NaN.
        if not (math.isfinite(sum(found)) and difference <= LOGITS_TOLERANCE[precision]):
            sys.exit(f"{process.name} in {precision}: logits {found}, saccade's in f32 are "
                     f"{wanted}: not the same model")


def interval(ours, theirs):
    """Of the ratio of medians, 5 % to 95 %; rounds are drawn as pairs."""
    draw = random.Random(1)
    ratios = []
    for _ in range(RESAMPLES):
        rounds = draw.choices(range(len(ours)), k=len(ours))
        ratios.append(statistics.median(ours[i] for i in rounds) /
                      statistics.median(theirs[i] for i in rounds))
    ratios.sort()
    return ratios[len(ratios) // 20], ratios[-len(ratios) // 20 - 1]


def take_turns(processes, rounds, seconds):
    """{name: ms of every round}"""
    times = {process.name: [] for process in processes}
    for number in range(rounds + 1):
        for process in random.sample(processes, len(processes)):
            time.sleep(0.05)  # until the threads of the one before have stopped to spin
            ms = process.round(seconds)
            if number > 0:  # the first is not counted
                times[process.name].append(ms)
    return times


def measure(options, precision, folder, batch, wanted):
    """{name: ms of every round} and saccade's version; `wanted` are its logits in f32."""
    saccade = start_saccade(options, precision, folder, batch)
    processes = [saccade, *start_peers(options, precision, folder, batch)]
    check_logits(processes, precision, wanted)
    times = take_turns(processes, options.rounds, options.seconds)
    for process in processes:
        process.close()
    return times, saccade.ready["version"]


def row(model, batch, names, times):
    cells = [model, str(batch)]
    cells += [f"{statistics.median(times[name]):.2f}" if name in times else "" for name in names]
    peers = [name for name in times if name != "saccade"]
    if peers:
        fastest = min(peers, key=lambda name: statistics.median(times[name]))
        ratio = statistics.median(times["saccade"]) / statistics.median(times[fastest])
        low, high = interval(times["saccade"], times[fastest])
        cells.append(f"{ratio:.3f} ({low:.3f} to {high:.3f}), {fastest}")
    else:
        cells.append("no peer")
    return "| " + " | ".join(cells) + " |"


def table(precision, names, rows):
    heads = [f"{precision}: model", "batch", *(f"{name}, ms" for name in names),
             "ratio to the fastest peer (90 % interval)"]
    return "\n".join(["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|", *rows])


def cpu_name():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def missing(packages):
    return [package for package in packages if not importlib.util.find_spec(package)]


def available_peers(precision, names):
    """Those of `names` that there are at this precision and that can run here."""
    peers = []
    for peer, (packages, _) in PEERS[precision].items():
        if peer not in names:
            continue
        if lacking := missing(packages):
            print(f"left out in {precision}: {peer}; pip install {' '.join(lacking)}",
                  file=sys.stderr)
        else:
            peers.append(peer)
    return peers


def versions(options):
    packages = {package for precision, peers in options.peers.items() for peer in peers
                for package in PEERS[precision][peer][0]}
    return [f"{package} {importlib.metadata.version(package)}" for package in sorted(packages)]


def refuse_unknown(parser, what, given, known):
    if unknown := [name for name in given if name not in known]:
        parser.error(f"unknown {what} {unknown[0]}; there are {', '.join(known)}")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("saccade", type=Path, help="the program")
    parser.add_argument("--models", default="vit_tiny_patch16_224,vit_small_patch16_224,"
                        "vit_base_patch16_224", help="timm's names, with commas between")
    parser.add_argument("--batches", default="1,8")
    parser.add_argument("--precisions", default=",".join(PEERS), help="default: %(default)s")
    parser.add_argument("--threads", type=int, help="default: all CPUs there are")
    parser.add_argument("--rounds", type=int, default=20, help="that count; default 20")
    parser.add_argument("--seconds", type=float, default=0.5, help="of a round; default 0.5")
    parser.add_argument("--peers", default=",".join(ALL_PEERS), help="those that "
                        "are not installed are left out; default: %(default)s")
    parser.add_argument("--folder", type=Path, help="keep the models in it, and take those that "
                        "lie there (empty it when packages have changed); default: none are kept")
    options = parser.parse_args()
    options.models = options.models.split(",")
    options.batches = [int(batch) for batch in options.batches.split(",")]
    options.precisions = options.precisions.split(",")
    refuse_unknown(parser, "precision", options.precisions, PEERS)
    names = [name for name in options.peers.split(",") if name]
    refuse_unknown(parser, "peer", names, ALL_PEERS)
    options.peers = {precision: available_peers(precision, names)
                     for precision in options.precisions}
    if not shutil.which(options.saccade):
        parser.error(f"{options.saccade}: no such program; build saccade first")
    cpus = sorted(os.sched_getaffinity(0))
    options.threads = options.threads or len(cpus)
    if not 1 <= options.threads <= len(cpus):
        parser.error(f"--threads: wanted 1 to {len(cpus)}, the CPUs there are")
    os.sched_setaffinity(0, cpus[:options.threads])  # of every process started from here
    return options


def main():
    options = parse()
    if lacking := missing(NEEDED):
        sys.exit(f"compare.py: this Python lacks {', '.join(lacking)}; pip install them")
    rows = {precision: [] for precision in options.precisions}
    columns = {precision: ["saccade", *options.peers[precision]] for precision in rows}
    with tempfile.TemporaryDirectory() as temporary:
        for model in options.models:
            folder = (options.folder or Path(temporary)) / model
            make_files(options, model, folder)
            for batch in options.batches:
                wanted = f32_logits(options, folder, batch)
                for precision in options.precisions:
                    times, version = measure(options, precision, folder, batch, wanted)
                    rows[precision].append(row(model, batch, columns[precision], times))
                    print(precision, rows[precision][-1], file=sys.stderr)
    print(f"{cpu_name()}, {options.threads} threads, {options.rounds} rounds of {options.seconds} "
          f"s, {datetime.date.today()}; " + ", ".join([f"saccade {version}", *versions(options)]))
    for precision in options.precisions:
        print("\n" + table(precision, columns[precision], rows[precision]))


if __name__ == "__main__":
    main()
