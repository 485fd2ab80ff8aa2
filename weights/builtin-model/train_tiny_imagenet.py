#!/usr/bin/env python3
"""Train the built-in ViT on Tiny ImageNet (200 everyday classes, 64 x 64) and export it in Hugging Face layout.

Needs torch, numpy, Pillow; --make-teacher also timm and safetensors. Made for a few CPU cores that
others use too:

    train_tiny_imagenet.py DATA OUT --minutes 100 --teacher teacher.npz [--workers 2]
    train_tiny_imagenet.py DATA OUT --deadline 21:05 --teacher teacher.npz
    train_tiny_imagenet.py DATA OUT --minutes 300 --teacher teacher.npz --continue-from OLD/state_stable.pt
    train_tiny_imagenet.py DATA OUT --make-teacher CHECKPOINT.safetensors     (writes OUT/teacher.npy)
    train_tiny_imagenet.py DATA OUT --report                                  (uses the validation pictures)

DATA is the folder tiny-imagenet-200 (wnids.txt, words.txt, train/, val/). A run that was killed resumes
from OUT/state.pt when the same command is given again. OUT/state_stable.pt is the state before the
learning rate began to fall: a later run can continue from it, in a new OUT, with a new budget.

How it works
  Data      25 training pictures of each class (seed 0) are held out for every choice; the validation
            pictures are read by --report alone. Targets mix the label with what a teacher says.
  Work      One process of one thread for each worker. The micro-batches of a step are handed out as
            workers get free, so that a worker whose core is taken by others delays the step by one
            micro-batch at most. Which pictures and which augmentation a micro-batch has depends on
            its number only, not on who computes it.
  Schedule  Everything follows the share of the time budget that is spent: the size of the pictures
            (PHASES) and the learning rate (warm-up, constant, then linear to zero over DECAY).
            Small pictures cost fewer tokens; they are placed at a random window of the position table.
  Weights   Muon (Jordan et al. 2024) for the matrices of the blocks, AdamW for the rest; f32 master
            weights, a bf16 copy computes. The patch projection starts as a whitening of patches; heads
            start looking at one neighbour each (as in Zheng et al. 2024, Structured Initialization),
            through sinusoidal position embeddings.
"""
import argparse, datetime, json, math, os, pathlib, struct, sys, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

SIZE, PATCH, DIM, DEPTH, HEADS, MLP, EPS, CLASSES = 64, 8, 256, 6, 8, 768, 1e-6, 200
GRID, HEAD = SIZE // PATCH, DIM // HEADS
MEAN, STD = 0.5, 0.5
HELD_OUT = 25                                   # pictures of each class
FREQUENCIES = 4                                 # of the position code, for each axis
CODE = 4 * FREQUENCIES                          # dimensions of the position code: they are the last of DIM

# For a budget of about one CPU-hour. With more, small pictures pay off for a smaller share: 0.25 and 0.70.
PHASES = [(0.40, 4, 0.5), (0.75, 6, 0.4), (1.01, 8, 0.6)]   # until this share of the budget: patches a side, least area of a crop
WARMUP, DECAY = 0.02, 0.35                      # shares of the budget
BATCH, MICRO = 256, 128
LR_MUON, LR_ADAM, DECAY_MUON, DECAY_ADAM = 0.02, 2e-3, 0.03, 0.05
MOMENTUM, BETAS = 0.95, (0.9, 0.98)
EMA = 0.995
LABEL, TEMPERATURE = 0.4, 1.0                   # weight of the label (the teacher has the rest); the teacher's temperature
SAVE_EVERY, EXPORT_EVERY = 300, 900             # seconds


# ---------------------------------------------------------------- model

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(DIM, eps=EPS), nn.LayerNorm(DIM, eps=EPS)
        self.qkv, self.proj = nn.Linear(DIM, 3 * DIM), nn.Linear(DIM, DIM)
        self.fc1, self.fc2 = nn.Linear(DIM, MLP), nn.Linear(MLP, DIM)

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, HEADS, HEAD).permute(2, 0, 3, 1, 4)
        # Two batched products: with so few tokens they are faster than the fused kernel, above all backwards.
        share = ((q * HEAD ** -0.5) @ k.transpose(-2, -1)).softmax(-1)
        x = x + self.proj((share @ v).transpose(1, 2).reshape(b, t, DIM))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class ViT(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Linear(3 * PATCH * PATCH, DIM)
        self.cls = nn.Parameter(torch.zeros(1, 1, DIM))
        self.pos = nn.Parameter(torch.zeros(1, GRID * GRID + 1, DIM))
        self.blocks = nn.ModuleList(Block() for _ in range(DEPTH))
        self.norm, self.head = nn.LayerNorm(DIM, eps=EPS), nn.Linear(DIM, CLASSES)

    def forward(self, patches, where):
        """patches [B, T, 3 * PATCH * PATCH]; where [T]: their rows of the position table."""
        x = self.patch(patches) + self.pos[:, where]
        x = torch.cat([(self.cls + self.pos[:, :1]).expand(x.shape[0], -1, -1), x], 1)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x[:, 0]))


def position_code():
    """[GRID * GRID, CODE]: for each axis and frequency a cosine and a sine, of mean square 1."""
    axis = torch.arange(GRID).float()[:, None] * (2 * math.pi / (2 * GRID)) * torch.arange(1, FREQUENCIES + 1)
    code = math.sqrt(2) * torch.stack([axis.cos(), axis.sin()], -1).flatten(1)
    y, x = torch.meshgrid(torch.arange(GRID), torch.arange(GRID), indexing="ij")
    return torch.cat([code[y.flatten()], code[x.flatten()]], 1)


def turn(dy, dx):
    """The matrix that takes the code of a place to the code of its neighbour at (dy, dx)."""
    m = torch.zeros(CODE, CODE)
    for axis, step in enumerate((dy, dx)):
        for f in range(FREQUENCIES):
            a, i = step * 2 * math.pi / (2 * GRID) * (f + 1), 2 * (axis * FREQUENCIES + f)
            m[i:i + 2, i:i + 2] = torch.tensor([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])
    return m


@torch.no_grad()
def initialise(model, patches):
    """Whitened patches, sinusoidal positions, heads that look at a neighbour; patches: a sample [N, 3 * PATCH * PATCH]."""
    content = DIM - CODE
    mean = patches.mean(0)
    values, vectors = torch.linalg.eigh(torch.cov(patches.T))
    n = min(content, len(values))
    whiten = (vectors / (values + 0.02).sqrt()).T.flip(0)[:n]
    model.patch.weight.zero_()
    model.patch.weight[:n] = whiten
    model.patch.bias.zero_()
    model.patch.bias[:n] = -whiten @ mean
    model.pos[0, 1:, content:] = position_code()
    model.cls[..., :content].normal_(std=0.5)
    around = [(0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1)]
    for i, block in enumerate(model.blocks):
        q, k, v = block.qkv.weight.view(3, HEADS, HEAD, DIM)
        q.normal_(std=0.5 * DIM ** -0.5)
        k.copy_(q)                                              # what is alike attends (mimetic initialisation)
        local = HEADS - 2 - i * (HEADS - 4) // max(DEPTH - 1, 1)
        gain = math.sqrt(0.75 * math.sqrt(HEAD) * 1.5)
        for h in range(local):
            dy, dx = around[(h + 3 * i) % len(around)]
            step = 1 if i < DEPTH // 2 else 2
            q[h, :CODE], k[h, :CODE] = 0, 0
            q[h, :CODE, content:] = gain * turn(dy * step, dx * step)
            k[h, :CODE, content:] = gain * torch.eye(CODE)
        v.normal_(std=DIM ** -0.5)
        v[..., content:] = 0
        block.proj.weight.normal_(std=0.5 * DIM ** -0.5)
        block.fc1.weight.normal_(std=DIM ** -0.5)
        block.fc2.weight.normal_(std=0.5 * MLP ** -0.5)
        for m in (block.proj, block.fc2):
            m.weight[content:] = 0                              # nothing writes over the position code at first
        for m in (block.qkv, block.proj, block.fc1, block.fc2):
            m.bias.zero_()
    model.head.weight.normal_(std=0.01)
    model.head.bias.zero_()


# ---------------------------------------------------------------- data

def load(data, out):
    """Training and validation pictures [N, 64, 64, 3] uint8 and their labels, kept as OUT/pictures.npz."""
    cache = out / "pictures.npz"
    if not cache.exists():
        from PIL import Image
        names = sorted((data / "wnids.txt").read_text().split())
        place = {n: i for i, n in enumerate(names)}
        train = [(p, place[n]) for n in names for p in sorted((data / "train" / n / "images").glob("*.JPEG"))]
        rows = [l.split("\t") for l in (data / "val" / "val_annotations.txt").read_text().splitlines()]
        val = [(data / "val" / "images" / r[0], place[r[1]]) for r in rows]
        read = lambda rows: (np.stack([np.asarray(Image.open(p).convert("RGB")) for p, _ in rows]), np.array([c for _, c in rows]))
        x, y = read(train)
        vx, vy = read(val)
        np.savez(cache, x=x, y=y, vx=vx, vy=vy)
    z = np.load(cache)
    return [torch.from_numpy(z[k]) for k in ("x", "y", "vx", "vy")]


def split(y):
    """Places of the pictures to learn from and of the held-out ones: the first 25 of each class in an order of seed 0."""
    order = np.random.default_rng(0).permutation(len(y))
    held = np.concatenate([order[y.numpy()[order] == c][:HELD_OUT] for c in range(CLASSES)])
    rest = np.setdiff1d(np.arange(len(y)), held)
    return torch.from_numpy(rest), torch.from_numpy(np.sort(held))


def to_patches(x):
    """[B, 3, S, S] -> [B, T, 3 * PATCH * PATCH]"""
    b, _, s, _ = x.shape
    g = s // PATCH
    return x.reshape(b, 3, g, PATCH, g, PATCH).permute(0, 2, 4, 1, 3, 5).reshape(b, g * g, -1)


def plain(x):
    """Patches of pictures as they are at inference."""
    return to_patches((x.permute(0, 3, 1, 2).float() / 255 - MEAN) / STD)


def resampler(start, length, out):
    """Rows [B, out, SIZE] that resample pixels start .. start + length to out pixels: a triangle filter
    that widens when it shrinks, as Pillow's BILINEAR does. A negative length flips."""
    scale = length / out
    centre = start[:, None] + scale[:, None] * (torch.arange(out) + 0.5)
    at = torch.arange(SIZE) + 0.5
    w = (1 - (centre[:, :, None] - at).abs() / scale.abs().clamp(min=1)[:, None, None]).clamp(min=0)
    return w / w.sum(2, keepdim=True)


def augment(x, side, least, rng):
    """Per picture: a crop of least .. 1 of the area at 3:4 to 4:3, brought to side x side; a flip; light and colour."""
    b = x.shape[0]
    uniform = lambda lo, hi: torch.rand(b, generator=rng) * (hi - lo) + lo
    area, ratio = uniform(least, 1), uniform(math.log(3 / 4), math.log(4 / 3)).exp()
    w, h = (area * ratio).sqrt().clamp(max=1) * SIZE, (area / ratio).sqrt().clamp(max=1) * SIZE
    x0, y0 = uniform(0, 1) * (SIZE - w), uniform(0, 1) * (SIZE - h)
    flip = uniform(0, 1) < 0.5
    rows = resampler(y0, h, side)
    columns = resampler(torch.where(flip, x0 + w, x0), torch.where(flip, -w, w), side)
    x = x.permute(0, 3, 1, 2).float()
    x = (rows[:, None] @ x) @ columns[:, None].transpose(-2, -1)
    x = (x / 255 - MEAN) / STD
    light = lambda s: uniform(1 - s, 1 + s)[:, None, None, None]
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * light(0.3)
    mean = x.mean((1, 2, 3), keepdim=True)
    return mean * light(0.1) + (x - mean) * light(0.3) + (light(0.1) - 1)


def window(grid, rng=None):
    """Rows of the position table for grid x grid patches at a random place (the only one when grid is GRID)."""
    i, j = torch.randint(0, GRID - grid + 1, (2,), generator=rng).tolist()
    table = torch.arange(1, GRID * GRID + 1).view(GRID, GRID)
    return table[i:i + grid, j:j + grid].flatten()


def load_teacher(file):
    """Logits [N, 200] up to a constant a row: .npy as --make-teacher writes them, or .npz in steps of 1/21."""
    z = np.load(file)
    return torch.from_numpy(z if isinstance(z, np.ndarray) else (z["q"].astype(np.float32) / 21).astype(np.float16))


# ---------------------------------------------------------------- optimiser

def orthogonalise(g):
    """Nearest half-orthogonal matrices to g [N, m, n], roughly: five Newton-Schulz steps (Jordan et al. 2024) in bf16."""
    x = g.bfloat16()
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        a = x @ x.mT
        x = 3.4445 * x + (-4.775 * a + 2.0315 * (a @ a)) @ x
    return (x.mT if tall else x).float()


class Store:
    """All weights as one f32 vector that the workers share, with gradients, momenta and the average beside it."""

    def __init__(self, model, workers):
        self.shapes = {n: p.shape for n, p in model.named_parameters()}
        self.size = sum(s.numel() for s in self.shapes.values())
        make = lambda: torch.zeros(self.size).share_memory_()
        self.master, self.ema, self.first, self.second = make(), make(), make(), make()
        self.grads = [make() for _ in range(workers)]
        torch.cat([p.detach().flatten() for p in model.parameters()], out=self.master)
        self.ema.copy_(self.master)

    def views(self, flat):
        at, out = 0, {}
        for n, s in self.shapes.items():
            out[n] = flat[at:at + s.numel()].view(s)
            at += s.numel()
        return out

    def is_muon(self, name):
        return name.startswith("blocks.") and name.endswith(".weight") and "norm" not in name

    def owner(self, name):
        """The worker that updates this weight: blocks go round, the rest is small."""
        return int(name.split(".")[1]) % len(self.grads) if name.startswith("blocks.") else 0

    def update(self, rank, step, scale, share):
        """One step of the weights that belong to the worker: share scales the learning rates, scale the summed gradients."""
        grads = [self.views(g) for g in self.grads]
        master, ema, first, second = (self.views(f) for f in (self.master, self.ema, self.first, self.second))
        keep = min(EMA, (1 + step) / (10 + step))
        for n in self.shapes:
            if self.owner(n) != rank:
                continue
            g = sum(v[n] for v in grads) * scale
            w, m = master[n], first[n]
            if self.is_muon(n):
                m.mul_(MOMENTUM).add_(g, alpha=1 - MOMENTUM)
                parts = 3 if n.endswith("qkv.weight") else 1    # query, key and value are three matrices
                u = orthogonalise(torch.lerp(g, m, MOMENTUM).view(parts, -1, w.shape[1])).view_as(w)
                w.mul_(1 - LR_MUON * share * DECAY_MUON)
                w.add_(u, alpha=-LR_MUON * share * max(1, w.shape[0] / parts / w.shape[1]) ** 0.5)
            else:
                s = second[n]
                m.lerp_(g, 1 - BETAS[0])
                s.lerp_(g * g, 1 - BETAS[1])
                rate = LR_ADAM * share
                if w.ndim == 2:
                    w.mul_(1 - rate * DECAY_ADAM)
                root = (s / (1 - BETAS[1] ** (step + 1))).sqrt_().add_(1e-8)
                w.addcdiv_(m, root, value=-rate / (1 - BETAS[0] ** (step + 1)))
            ema[n].lerp_(w, 1 - keep)


def rate(share):
    """Learning rate, as a part of the highest, when this share of the budget is spent."""
    return min(1.0, share / WARMUP + 0.01, (1 - share) / DECAY)


def phase(share):
    """Patches a side and least area of a crop at this share of the budget."""
    return next(rest for until, *rest in PHASES if share < until)


# ---------------------------------------------------------------- the run

class Run:
    """What the workers share, and what each does."""

    def __init__(self, a):
        self.a = a
        self.x, self.y, _, _ = load(a.data, a.out)
        self.train, self.held = split(self.y)
        self.soft = load_teacher(a.teacher) if a.teacher else None
        torch.manual_seed(0)
        self.model = ViT()
        initialise(self.model, plain(self.x[self.train[torch.randperm(len(self.train))[:2000]]]).flatten(0, 1))
        self.store = Store(self.model, a.workers)
        self.step, self.spent = 0, 0.0
        self.resume()
        ctx = torch.multiprocessing.get_context("fork")
        self.barrier, self.next = ctx.Barrier(a.workers), ctx.Value("i", 0)
        self.plan = torch.zeros(3, dtype=torch.float64).share_memory_()      # share spent (or 2 to stop), loss sum, pictures
        self.workers = [ctx.Process(target=self.work, args=(r,)) for r in range(a.workers)]

    # -- state

    def resume(self):
        own, other = self.a.out / "state.pt", self.a.continue_from
        file = own if own.exists() else other
        self.first_share = 0.0
        if not file:
            return
        s = torch.load(file)
        for k in ("master", "ema", "first", "second"):
            getattr(self.store, k).copy_(s[k])
        self.step = s["step"]
        if file == own:
            self.spent, self.first_share = s["spent"], s["first_share"]
        else:
            self.first_share = self.a.first_share
        self.say(f"resumes from {file.name} at step {self.step}, {self.spent / 60:.1f} minutes spent")

    def save(self, name):
        part = self.a.out / (name + ".part")
        torch.save({**{k: getattr(self.store, k) for k in ("master", "ema", "first", "second")},
                    "step": self.step, "spent": self.spent, "first_share": self.first_share}, part)
        part.rename(self.a.out / name)

    def say(self, text):
        line = f"{datetime.datetime.now():%H:%M:%S} {text}"
        print(line, flush=True)

    # -- one worker

    def micro_batch(self, step, k, grid, least):
        """Patches, places and targets of micro-batch k of a step."""
        per_epoch = len(self.train) // BATCH
        epoch, at = step // per_epoch, step % per_epoch * BATCH + k * MICRO
        order = torch.randperm(len(self.train), generator=torch.Generator().manual_seed(epoch))
        idx = self.train[order[at:at + MICRO]]
        rng = torch.Generator().manual_seed(step * 1000 + k + 10 ** 6)
        images = augment(self.x[idx], grid * PATCH, least, rng)
        target = F.one_hot(self.y[idx], CLASSES).float()
        if self.soft is not None:
            target = LABEL * target + (1 - LABEL) * (self.soft[idx].float() / TEMPERATURE).softmax(1)
        return to_patches(images).bfloat16(), window(grid, rng), target

    def work(self, rank):
        torch.set_num_threads(1)
        torch._inductor.config.compile_threads = 1
        torch._dynamo.config.cache_size_limit = 32
        model = self.model.bfloat16()
        forward = torch.compile(model, dynamic=False) if self.a.compile else model
        weights, grads = self.store.views(self.store.master), self.store.grads[rank]
        seen_grids = set()
        if rank == 0:
            self.begin()
        while True:
            if rank == 0:
                self.prepare()
            self.barrier.wait()
            share = self.plan[0].item()
            if share >= 1:
                break
            grid, least = phase(share)
            with torch.no_grad():
                for n, p in model.named_parameters():
                    p.copy_(weights[n])
            grads.zero_()
            if grid not in seen_grids:                          # one compiles, the others find it in the cache
                for r in range(self.a.workers):
                    if r == rank:
                        p, where, t = self.micro_batch(self.step, 0, grid, least)
                        forward(p, where).float().sum().backward()
                        model.zero_grad(set_to_none=True)
                    self.barrier.wait()
                seen_grids.add(grid)
            while True:
                with self.next.get_lock():
                    k = self.next.value
                    self.next.value += 1
                if k * MICRO >= BATCH:
                    break
                patches, where, target = self.micro_batch(self.step, k, grid, least)
                loss = -(target * F.log_softmax(forward(patches, where).float(), 1)).sum(1).mean()
                loss.backward()
                with torch.no_grad():
                    for n, v in self.store.views(grads).items():
                        v.add_(model.get_parameter(n).grad)
                    model.zero_grad(set_to_none=True)
                with self.next.get_lock():
                    self.plan[1] += loss.item()
            self.barrier.wait()
            self.store.update(rank, self.step, MICRO / BATCH, rate(share))
            self.step += 1
            self.barrier.wait()
            if rank == 0:
                self.after(share)
        self.say(f"worker {rank}: {time.process_time() / 3600:.2f} CPU-hours")
        if rank == 0:
            self.finish()

    # -- what only the first worker does

    def begin(self):
        now = time.time()
        if self.a.deadline:
            h, m = map(int, self.a.deadline.split(":"))
            end = datetime.datetime.now().replace(hour=h, minute=m, second=0).timestamp()
            self.total = self.spent + end - now
        else:
            self.total = self.a.minutes * 60
        self.started, self.before = now, self.spent
        self.saved = self.exported = now
        self.window = (now, self.step, 0.0, time.process_time())
        self.stable = (self.a.out / "state_stable.pt").exists() and self.spent > 0

    def share(self):
        self.spent = self.before + time.time() - self.started
        if self.a.steps:
            return self.step / self.a.steps
        return self.first_share + (1 - self.first_share) * self.spent / self.total

    def prepare(self):
        while self.a.pause_file and self.a.pause_file.exists() and self.share() < 1:               # someone measures speed
            time.sleep(0.5)
        share = self.share()
        if share > 1 - DECAY and not self.stable:
            self.save("state_stable.pt")
            self.stable = True
            self.say(f"the learning rate begins to fall: state_stable.pt at step {self.step}")
        self.plan[0], self.next.value = share, 0

    def after(self, share):
        now = time.time()
        if self.step % 20 == 0 or self.step in (1, 5):
            t, s, _, c = self.window
            n = (self.step - s) * BATCH
            self.say(f"step {self.step} epoch {self.step * BATCH / len(self.train):.2f} share {share:.3f} grid {phase(share)[0]} "
                     f"loss {self.plan[1].item() * MICRO / BATCH / (self.step - s):.3f} {n / (now - t):.0f} pictures/s, "
                     f"{n / (time.process_time() - c) :.0f} a second of this worker's CPU, rate {rate(share):.3f}")
            self.plan[1] = 0
            self.window = (now, self.step, 0.0, time.process_time())
        if now - self.saved > SAVE_EVERY:
            self.save("state.pt")
            self.saved = now
        if now - self.exported > EXPORT_EVERY and share < 0.97:
            self.check(2000)
            self.exported = now

    def check(self, n):
        """Export the better of the average and the last weights by n held-out pictures, and say how well it does."""
        some = self.held[torch.randperm(len(self.held), generator=torch.Generator().manual_seed(1))[:n]]
        name, state, top1, top5 = better(self.store, self.x[some], self.y[some], torch.bfloat16)
        export(state, self.a.out / "model", self.a.data)
        self.say(f"  held out ({n}), {name}: top-1 {top1:.4f} top-5 {top5:.4f}")

    def finish(self):
        self.save("state.pt")
        self.check(len(self.held) if not self.a.steps else 2000)

    def go(self):
        for w in self.workers:
            w.start()
        while any(w.is_alive() for w in self.workers):
            time.sleep(1)
            if any(w.exitcode for w in self.workers):            # the others would wait for it for ever
                for w in self.workers:
                    w.terminate()
        return max(abs(w.exitcode or 0) for w in self.workers)


# ---------------------------------------------------------------- results

@torch.no_grad()
def predict(state, x, dtype=torch.float32):
    model = ViT()
    model.load_state_dict(state)
    model.to(dtype)
    return torch.cat([model(plain(x[i:i + 250]).to(dtype), window(GRID)).float() for i in range(0, len(x), 250)])


def accuracy(logits, y):
    best = logits.topk(5, 1).indices == y[:, None]
    return best[:, 0].float().mean().item(), best.any(1).float().mean().item()


def better(store, x, y, dtype=torch.float32):
    """The average or the last weights, whichever is more often right on x: after few steps the average is still behind."""
    tried = []
    for name, flat in (("average", store.ema), ("last weights", store.master)):
        state = store.views(flat.clone())
        tried.append((name, state, *accuracy(predict(state, x, dtype), y)))
    return max(tried, key=lambda t: t[2])


def labels(data):
    names = sorted((data / "wnids.txt").read_text().split())
    words = dict(l.split("\t", 1) for l in (data / "words.txt").read_text().splitlines())
    return [words[n].strip() for n in names]


def export(state, out, data):
    """Hugging Face ViTForImageClassification files; tensors as little-endian f16 safetensors."""
    out.mkdir(parents=True, exist_ok=True)
    s = {k: v.detach().cpu().float() for k, v in state.items()}
    t = {"vit.embeddings.cls_token": s["cls"], "vit.embeddings.position_embeddings": s["pos"],
         "vit.embeddings.patch_embeddings.projection.weight": s["patch.weight"].view(DIM, 3, PATCH, PATCH),
         "vit.embeddings.patch_embeddings.projection.bias": s["patch.bias"],
         "vit.layernorm.weight": s["norm.weight"], "vit.layernorm.bias": s["norm.bias"],
         "classifier.weight": s["head.weight"], "classifier.bias": s["head.bias"]}
    names = {"norm1": "layernorm_before", "norm2": "layernorm_after", "proj": "attention.output.dense", "fc1": "intermediate.dense", "fc2": "output.dense"}
    for i in range(DEPTH):
        to = f"vit.encoder.layer.{i}."
        for p in ("weight", "bias"):
            for ours, theirs in names.items():
                t[f"{to}{theirs}.{p}"] = s[f"blocks.{i}.{ours}.{p}"]
            for part, name in zip(s[f"blocks.{i}.qkv.{p}"].chunk(3), ("query", "key", "value")):
                t[f"{to}attention.attention.{name}.{p}"] = part
    header, blobs, at = {}, [], 0
    for name in sorted(t):
        blob = t[name].contiguous().numpy().astype("<f2").tobytes()
        header[name] = {"dtype": "F16", "shape": list(t[name].shape), "data_offsets": [at, at + len(blob)]}
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (out / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))
    words = labels(data)
    (out / "config.json").write_text(json.dumps({
        "architectures": ["ViTForImageClassification"], "model_type": "vit", "hidden_size": DIM, "num_hidden_layers": DEPTH,
        "num_attention_heads": HEADS, "intermediate_size": MLP, "hidden_act": "gelu", "layer_norm_eps": EPS, "image_size": SIZE,
        "patch_size": PATCH, "num_channels": 3, "qkv_bias": True, "id2label": {str(i): w for i, w in enumerate(words)},
        "label2id": {w: i for i, w in enumerate(words)}}, indent=1) + "\n")
    # Photos keep their shape, as those that the data was cut from did; CLIP's processor can crop the middle, ViT's cannot.
    (out / "preprocessor_config.json").write_text(json.dumps({
        "image_processor_type": "CLIPImageProcessor", "do_convert_rgb": True, "do_resize": True, "size": {"shortest_edge": SIZE}, "resample": 2,
        "do_center_crop": True, "crop_size": {"height": SIZE, "width": SIZE}, "do_rescale": True, "rescale_factor": 1 / 255,
        "do_normalize": True, "image_mean": [MEAN] * 3, "image_std": [STD] * 3}, indent=1) + "\n")


def make_teacher(data, out, checkpoint, x, y):
    """Logits of timm's vit_tiny_patch16_224 (ImageNet-1k) for each training picture, of the 200 classes -> OUT/teacher.npy [N, 200] f16."""
    import timm
    from safetensors.torch import load_file
    from timm.data import ImageNetInfo
    model = timm.create_model("vit_tiny_patch16_224", num_classes=1000)
    model.load_state_dict(load_file(checkpoint))
    model.eval()
    synsets = ImageNetInfo("imagenet-1k").label_names()
    columns = torch.tensor([synsets.index(n) for n in sorted((data / "wnids.txt").read_text().split())])
    logits, hits = np.zeros((len(x), CLASSES), np.float16), 0
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for i in range(0, len(x), 128):
            big = F.interpolate(x[i:i + 128].permute(0, 3, 1, 2).float() / 255, size=(224, 224), mode="bicubic", antialias=True).clamp(0, 1)
            some = model((big - 0.5) / 0.5).float()[:, columns]
            logits[i:i + 128] = some.half().numpy()
            hits += (some.argmax(1) == y[i:i + 128]).sum().item()
            if i % 12800 == 0:
                print(f"{i}: {hits / (i + len(some)):.3f} of the pictures right", flush=True)
    np.save(out / "teacher.npy", logits)


def report(data, out):
    """Accuracy in f32 of the weights that are exported. The only reader of the validation pictures."""
    x, y, vx, vy = load(data, out)
    _, held = split(y)
    store, saved = Store(ViT(), 1), torch.load(out / "state.pt")
    store.ema.copy_(saved["ema"])
    store.master.copy_(saved["master"])
    name, state, top1, top5 = better(store, x[held], y[held])
    print(f"held out ({len(held)}), {name}: top-1 {top1:.4f} top-5 {top5:.4f}")
    top1, top5 = accuracy(predict(state, vx), vy)
    print(f"validation ({len(vy)}): top-1 {top1:.4f} top-5 {top5:.4f}")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("data", type=pathlib.Path)
    ap.add_argument("out", type=pathlib.Path)
    ap.add_argument("--minutes", type=float, default=100, help="budget over all restarts")
    ap.add_argument("--deadline", help="budget: until HH:MM of today, instead of --minutes")
    ap.add_argument("--steps", type=int, help="budget in steps instead, for comparisons that do not depend on the load")
    ap.add_argument("--workers", type=int, default=os.cpu_count())
    ap.add_argument("--pause-file", type=pathlib.Path, help="training sleeps while this file exists")
    ap.add_argument("--teacher", type=pathlib.Path)
    ap.add_argument("--continue-from", type=pathlib.Path)
    ap.add_argument("--first-share", type=float, default=0.25, help="with --continue-from: the place in the schedule to start at")
    ap.add_argument("--no-compile", dest="compile", action="store_false")
    ap.add_argument("--make-teacher", type=pathlib.Path)
    ap.add_argument("--report", action="store_true", help="accuracy of OUT/state.pt, also on the validation pictures")
    a = ap.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if a.make_teacher:
        x, y, _, _ = load(a.data, a.out)
        return make_teacher(a.data, a.out, a.make_teacher, x, y)
    if a.report:
        return report(a.data, a.out)
    return Run(a).go()


if __name__ == "__main__":
    sys.exit(main())
