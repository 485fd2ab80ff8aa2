#!/usr/bin/env python3
"""Compares saccade's speed with that of its peers, on the same weights and the same machine.

    compare.py build/release/bin/saccade
    compare.py build/release/bin/saccade --models vit_tiny_patch16_224 --batches 1 --rounds 24

Every program runs in a process of its own, which is told by its standard input to run a round of
forward passes and answers with their median. Rounds take turns, in a new order each time, on the
same CPUs with the same number of threads. Prints a table of medians over the rounds, and saccade's
time / that of the fastest peer with its 90 % interval (bootstrap over rounds).

The models are timm's, with random weights. Needs Python with torch, timm, safetensors and onnx to
make them, and whichever peers shall take part: onnxruntime, openvino, torch. Those that are not
there are left out, which is said. Let nothing else run beside it.
"""
import argparse
import datetime
import importlib.util
import json
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
from compare_worker import PEERS

NEEDED = ("torch", "timm", "safetensors", "onnx")
LOGITS_TOLERANCE = 1e-3  # of logits whose deviation is about 0.5
RESAMPLES = 2000


def make_model(name, batches, folder):
    """A checkpoint of random weights as timm would save it, and ONNX files of it."""
    import timm
    import torch
    from safetensors.torch import save_file

    warnings.simplefilter("ignore")  # of tracing: every shape is fixed here
    torch.manual_seed(2024)
    model = timm.create_model(name, pretrained=False).eval()
    for key, value in model.named_parameters():
        if not ("norm" in key and key.endswith("weight")):
            torch.nn.init.normal_(value, std=0.02)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(model.state_dict(), folder / "model.safetensors", metadata={"format": "pt"})
    known = ("input_size", "interpolation", "crop_pct", "mean", "std")
    (folder / "config.json").write_text(json.dumps({
        "architecture": name,
        "num_classes": model.num_classes,
        "pretrained_cfg": {key: model.pretrained_cfg[key] for key in known},
    }))
    for batch in batches:
        pixels = torch.zeros(batch, *model.pretrained_cfg["input_size"])
        torch.onnx.export(model, (pixels,), str(folder / f"batch{batch}.onnx"), dynamo=False,
                          opset_version=17, input_names=["pixels"], output_names=["logits"])


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


def start_all(options, folder, batch):
    threads = str(options.threads)
    ours = [str(options.saccade), "bench", "-q", "-m", str(folder), "-b", str(batch), "--threads",
            threads, "--on-request"]
    processes = [Process("saccade", ours, threads)]
    for peer in options.peers:
        command = [sys.executable, compare_worker.__file__, peer, str(folder), str(batch), threads]
        try:
            processes.append(Process(peer, command, threads))
        except RuntimeError as error:
            print(f"left out: {error}", file=sys.stderr)
    return processes


def check_logits(processes):
    """Who computes something else is not compared."""
    ours = processes[0].ready["logits"]
    for process in processes[1:]:
        theirs = process.ready["logits"]
        difference = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
        if difference > LOGITS_TOLERANCE:
            sys.exit(f"{process.name}: logits {theirs}, saccade's are {ours}: not the same model")


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


def measure(options, folder, batch):
    """{name: ms of every round} and {name: version}."""
    processes = start_all(options, folder, batch)
    check_logits(processes)
    times = {process.name: [] for process in processes}
    for number in range(options.rounds + 1):
        for process in random.sample(processes, len(processes)):
            time.sleep(0.05)  # until the threads of the one before have stopped to spin
            ms = process.round(options.seconds)
            if number > 0:  # the first is not counted
                times[process.name].append(ms)
    for process in processes:
        process.close()
    return times, {process.name: process.ready["version"] for process in processes}


def row(model, batch, precision, names, times):
    cells = [model, str(batch), precision]
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


def cpu_name():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def available_peers():
    peers = []
    for peer, (module, _) in PEERS.items():
        if importlib.util.find_spec(module):
            peers.append(peer)
        else:
            print(f"left out: {peer}; pip install {module}", file=sys.stderr)
    return peers


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("saccade", type=Path, help="the program")
    parser.add_argument("--models", default="vit_tiny_patch16_224,vit_small_patch16_224,"
                        "vit_base_patch16_224", help="timm's names, with commas between")
    parser.add_argument("--batches", default="1,8")
    parser.add_argument("--threads", type=int, help="default: all CPUs there are")
    parser.add_argument("--rounds", type=int, default=20, help="that count; default 20")
    parser.add_argument("--seconds", type=float, default=0.5, help="of a round; default 0.5")
    parser.add_argument("--peers", help=f"of {', '.join(PEERS)}; default: all that are installed")
    parser.add_argument("--folder", type=Path, help="keep the models in it; default: none are kept")
    options = parser.parse_args()
    options.models = options.models.split(",")
    options.batches = [int(batch) for batch in options.batches.split(",")]
    options.peers = options.peers.split(",") if options.peers is not None else available_peers()
    if unknown := [peer for peer in options.peers if peer not in PEERS]:
        parser.error(f"unknown peer {unknown[0]}; there are {', '.join(PEERS)}")
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
    if missing := [module for module in NEEDED if not importlib.util.find_spec(module)]:
        sys.exit(f"compare.py: this Python lacks {', '.join(missing)}; pip install them")
    names = ["saccade", *options.peers]
    rows, versions = [], {}
    with tempfile.TemporaryDirectory() as temporary:
        for model in options.models:
            folder = (options.folder or Path(temporary)) / model
            make_model(model, options.batches, folder)
            for batch in options.batches:
                times, found = measure(options, folder, batch)
                rows.append(row(model, batch, "f32", names, times))
                versions |= found
                print(rows[-1], file=sys.stderr)
    print(f"{cpu_name()}, {options.threads} threads, {options.rounds} rounds of {options.seconds} "
          f"s, {datetime.date.today()}; " + ", ".join(f"{k} {v}" for k, v in versions.items()))
    print("\n| model | batch | precision | " + " | ".join(f"{name}, ms" for name in names) +
          " | ratio to the fastest peer (90 % interval) |")
    print("|---" * (len(names) + 4) + "|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
