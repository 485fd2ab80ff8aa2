#!/usr/bin/env python3
"""How the program fares beside other processes, and whether that costs anything on a quiet machine.

    python3 tests/bench/busy_machine.py PROGRAM MODEL PICTURES...          # busy against quiet
    python3 tests/bench/busy_machine.py PROGRAM --against OTHER            # quiet: two builds, in turns

The first form times every command on the quiet machine and beside one busy loop for each processor.
With a fair share of the processors a command takes twice as long; the limit is --limit times. The
second form times `saccade bench` of two builds in turns, for every precision, model and batch size,
and prints the median of the paired ratios. Both exit with 1 if a limit is exceeded. Run them on a
machine that does nothing else.
"""
import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ARCHITECTURES = ("vit_tiny_patch16_224", "vit_base_patch16_224")
PRECISIONS = ("f32", "bf16", "int8")


@contextlib.contextmanager
def busy_loops(count):
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        time.sleep(0.5)  # until the interpreters have started
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def commands(program, model, pictures, folder):
    few = pictures[:3]
    return {
        "classify": [program, "classify", "-q", "-m", model, *pictures],
        "attend": [program, "attend", "-q", "-m", model, "-o", folder, *few],
        "batch": [program, "batch", "-q", "-m", model, "--overwrite", "-o", f"{folder}/batch", *pictures],
    }


def seconds(command):
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - start


def compare_with_quiet(options):
    processors = len(os.sched_getaffinity(0))
    failed = False
    print(f"{'command':10} {'quiet s':>8} {'busy s':>8} {'ratio':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for name, command in commands(options.program, options.model, options.pictures, folder).items():
            seconds(command)  # fills caches
            quiet = statistics.median(seconds(command) for _ in range(options.rounds))
            with busy_loops(processors):
                busy = statistics.median(seconds(command) for _ in range(options.rounds))
            failed |= busy > options.limit * quiet
            print(f"{name:10} {quiet:8.2f} {busy:8.2f} {busy / quiet:6.2f}")
    return failed


def median_ms(program, architecture, precision, batch):
    command = [program, "bench", "--arch", architecture, "--precision", precision, "-b", str(batch),
               "--seconds", "1", "--format", "json"]
    result = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return result["batches"][0]["median_ms"]


def compare_builds(options):
    failed = False
    print(f"{'model':22} {'precision':9} {'batch':>5} {'ratio':>6}")
    for architecture in ARCHITECTURES:
        for precision in PRECISIONS:
            for batch in (1, 8):
                ratios = []
                for _ in range(options.rounds):
                    times = [median_ms(p, architecture, precision, batch)
                             for p in (options.program, options.against)]
                    ratios.append(times[0] / times[1])
                ratio = statistics.median(ratios)
                failed |= ratio > options.quiet_limit
                print(f"{architecture:22} {precision:9} {batch:5} {ratio:6.3f}", flush=True)
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("model", nargs="?")
    parser.add_argument("pictures", nargs="*")
    parser.add_argument("--against", metavar="OTHER")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=float, default=2.2)
    parser.add_argument("--quiet-limit", type=float, default=1.02)
    options = parser.parse_args()
    if options.against:
        return compare_builds(options)
    if not options.pictures:
        parser.error("wanted MODEL and PICTURES, or --against OTHER")
    return compare_with_quiet(options)


if __name__ == "__main__":
    sys.exit(main())
