#!/usr/bin/env python3
"""Whether saccade and huggingface_hub find in the cache what the other one downloaded.

    hub_interop.py SACCADE

SACCADE is the program. Wants huggingface_hub; to be run by hand. Both download the golden checkpoints
from a hub on this machine (support/hub_server.py), each into a cache of its own; then each looks for
the other's, offline, and the caches are compared entry by entry.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "golden", "cases")
MODELS = {"acme/single": "vit_hf", "acme/sharded": "vit_hf_sharded", "timm-like": "vit_timm"}
WANTED = ["config.json", "*.safetensors", "*.safetensors.index.json", "*processor_config.json"]

DOWNLOAD = "import sys, huggingface_hub as h; print(h.__version__, h.snapshot_download(" \
           "sys.argv[1], local_files_only=sys.argv[2] == 'offline', allow_patterns=%r))" % WANTED


def check(truth, text):
    print("ok  " if truth else "FAIL", text)
    if not truth:
        sys.exit(1)


def make_hub(folder):
    for repo, case in MODELS.items():
        target = os.path.join(folder, "repos", repo)
        os.makedirs(target)
        for entry in os.scandir(os.path.join(CASES, case)):
            if entry.is_file() and entry.name != "stages.safetensors":
                shutil.copy(entry.path, target)


def entries(cache):
    """What lies in the models' folders: contents, links' targets, permissions."""
    result = {}
    for folder, names, files in os.walk(cache):
        names[:] = [n for n in names if n not in (".locks", ".no_exist", "trees")]
        for name in files:
            path = os.path.join(folder, name)
            key = os.path.relpath(path, cache)
            if os.path.islink(path):
                result[key] = os.readlink(path)
            else:
                with open(path, "rb") as file:
                    result[key] = (file.read(), oct(os.stat(path).st_mode))
    return result


def main(saccade, folder):
    make_hub(folder)
    server = subprocess.Popen([sys.executable, os.path.join(HERE, "support", "hub_server.py"), folder],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    endpoint = "http://127.0.0.1:" + server.stdout.readline().split()[0]

    def run(home, *command, **more):
        environment = dict(os.environ, HF_ENDPOINT=endpoint, HF_HOME=os.path.join(folder, home),
                           HF_HUB_DISABLE_PROGRESS_BARS="1", **more)
        environment.pop("HF_HUB_CACHE", None)
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.stderr:
            print(done.stderr, end="", file=sys.stderr)
        return done.stdout.strip() if done.returncode == 0 else None

    for repo, case in MODELS.items():
        pulled = run("ours", saccade, "pull", repo)
        found = run("ours", sys.executable, "-c", DOWNLOAD, repo, "offline")
        check(found and found.split()[1] == pulled, "%s: huggingface_hub %s finds what saccade pulled"
              % (repo, (found or "?").split()[0]))
        theirs = run("theirs", sys.executable, "-c", DOWNLOAD, repo, "online")
        check(theirs, "%s: huggingface_hub downloads" % repo)
        inspected = run("theirs", saccade, "inspect", repo, "--format", "json", HF_HUB_OFFLINE="1")
        local = run("theirs", saccade, "inspect", os.path.join(CASES, case), "--format", "json")
        same = inspected and [{key: json.loads(text)[key] for key in ("preprocessing", "output")}
                              for text in (inspected, local)]
        check(same and same[0] == same[1], "%s: saccade finds it, offline" % repo)

    ours, theirs = (entries(os.path.join(folder, home, "hub")) for home in ("ours", "theirs"))
    check(ours == theirs, "both caches hold the same %d entries" % len(ours))

    scan = "import huggingface_hub as h; i = h.scan_cache_dir(); print(len(i.repos), len(i.warnings))"
    check(run("ours", sys.executable, "-c", scan) == "3 0", "scan_cache_dir has nothing to warn of")

    repo = "acme/single"
    locks = os.path.join(folder, "ours", "hub", ".locks", "models--acme--single")
    shutil.rmtree(os.path.join(folder, "ours", "hub", "models--acme--single"))
    lock = "import sys, time, huggingface_hub.utils as u\n" \
           "with u.WeakFileLock(sys.argv[1]): print('held', flush=True); sys.stdin.read()"
    name = next(n for n in os.listdir(locks) if len(n) == 64 + len(".lock"))
    holder = subprocess.Popen([sys.executable, "-c", lock, os.path.join(locks, name)], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdout.readline()
    environment = dict(os.environ, HF_ENDPOINT=endpoint, HF_HOME=os.path.join(folder, "ours"))
    waiting = subprocess.Popen([saccade, "pull", repo], env=environment, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    line = waiting.stderr.readline()
    check("waiting" in line, "saccade waits for a lock that huggingface_hub holds: " + line.strip())
    holder.communicate("")
    waiting.communicate()
    check(waiting.returncode == 0, "and continues when it is free")

    # The other way round: the store is silent for a while, so the lock is held meanwhile.
    shutil.rmtree(os.path.join(folder, "ours", "hub", "models--acme--single"))
    with open(os.path.join(folder, "faults.json"), "w") as file:
        json.dump([{"server": "store", "method": "GET", "silence": 3, "times": 1}], file)
    with subprocess.Popen([saccade, "pull", repo], env=environment, text=True,
                          stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as pulling:
        pulling.stderr.readline()  # "downloading ..."
        with open(os.path.join(locks, name)) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                free = True
            except BlockingIOError:
                free = False
        check(not free, "saccade holds the lock while it downloads")
        pulling.communicate()
    check(pulling.returncode == 0, "and the download that fell silent was taken up again")
    server.communicate("")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as scratch:
        main(os.path.abspath(sys.argv[1]), scratch)
