"""A DINO step on one GPU, its crops there already: the reference's own train_one_epoch in its default fp16, and the same
networks and loss tuned with what PyTorch offers: torch.compile, fused attention, bf16, fused AdamW, foreach updates, no
word to the host inside a step. RIVAL_TINY=1 tries both on a CPU with small shapes; such figures mean nothing."""
import contextlib
import os
import sys
import time
import types
import warnings

import dino_step
import rival

TINY = os.environ.get("RIVAL_TINY") == "1"
SMALL = dict(dim=384, depth=12, heads=6, patch=16, out=65536, hidden=2048, batch=64, sides=(224, 96), local=8)
BASE = {**SMALL, "dim": 768, "heads": 12}
WHAT = "2x224 + 8x96, out_dim 65536, crops on the device"
CASES = {
    "gpu_step_small": {"what": f"DINO step, vit_small/16, batch 64, bf16, {WHAT}", "rivals": {"reference": 4, "compiled": 1.5},
                       "device": "gpu", "shape": SMALL, "utilisation": 0.49},
    "gpu_step_small_16": {"what": f"DINO step, vit_small/16, batch 16, bf16, {WHAT}", "rivals": {"reference": 6, "compiled": 1.5},
                          "device": "gpu", "shape": {**SMALL, "batch": 16}},
    "gpu_step_base": {"what": f"DINO step, vit_base/16, batch 64, bf16, {WHAT}", "rivals": {"reference": 2.7, "compiled": 1.5},
                      "device": "gpu", "shape": BASE, "utilisation": 0.60},
}
SKIPPED, TIMED = (1, 2) if TINY else (10, 40)


class Crops:
    """A loader whose batch lies on the device. Seconds a step: the mean of those after the first ones."""

    def __init__(self, shape, device, torch):
        sides = zip(shape["sides"], (2, shape["local"]))
        self.images = [torch.randn(shape["batch"], 3, side, side, device=device) for side, count in sides for _ in range(count)]
        self.synchronize = torch.cuda.synchronize

    def __len__(self):
        return SKIPPED + TIMED

    def __iter__(self):
        for step in range(len(self)):
            if step == SKIPPED:
                self.synchronize()
                begun = time.perf_counter()
            yield self.images, None
        self.synchronize()
        self.seconds = (time.perf_counter() - begun) / TIMED


def as_it_is(student, teacher, loss, optimizer, crops, device, torch):
    import main_dino
    wrapped = torch.nn.parallel.DistributedDataParallel(student, device_ids=[0] if device == "cuda" else None)
    steps = len(crops)
    args = types.SimpleNamespace(epochs=1, clip_grad=3.0, freeze_last_layer=0)
    scaler = torch.cuda.amp.GradScaler() if device == "cuda" else None
    main_dino.train_one_epoch(wrapped, teacher, teacher, loss, crops, optimizer, steps * [1e-4], steps * [0.04], steps * [0.996],
                              0, scaler, args)


def clip(parameters, torch):
    """The reference's clipping, a norm for each parameter, without asking for their values."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norms = torch._foreach_norm(gradients)
    torch._foreach_add_(norms, 1e-6)
    scales = torch._foreach_reciprocal(norms)
    torch._foreach_mul_(scales, 3.0)
    torch._foreach_clamp_max_(scales, 1.0)
    torch._foreach_mul_(gradients, scales)


def compiled(student, teacher, loss, optimizer, crops, device, torch):
    for network in (student, teacher):
        network.backbone = torch.compile(network.backbone, dynamic=False)
        network.head = torch.compile(network.head, dynamic=False)
    loss_of = torch.compile(loss, dynamic=False)
    mine, theirs = list(student.parameters()), list(teacher.parameters())
    for images, _ in crops:
        with torch.autocast(device, dtype=torch.bfloat16):
            with torch.no_grad():
                targets = teacher(images[:2])
            value = loss_of(student(images), targets, 0)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        clip(mine, torch)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(theirs, mine, 0.004)


def shape_of(case):
    shape = CASES[case]["shape"]
    return {**shape, "dim": 32, "depth": 1, "heads": 2, "out": 128, "hidden": 64, "batch": 2, "local": 2} if TINY else shape


def run(case, name):
    import torch
    if not TINY and not torch.cuda.is_available():
        rival.skip("PyTorch sees no GPU")
    warnings.simplefilter("ignore")
    device = "cpu" if TINY else "cuda"
    if TINY:  # the reference's loop asks for a GPU by name
        import utils
        torch.Tensor.cuda = lambda self, *_, **__: self
        torch.cuda.synchronize = lambda: None
        utils.SmoothedValue.synchronize_between_processes = lambda self: None
    torch.backends.cudnn.benchmark = True
    torch.distributed.init_process_group("gloo" if TINY else "nccl", store=torch.distributed.HashStore(), rank=0, world_size=1)
    shape, tuned = shape_of(case), name == "compiled"
    with contextlib.redirect_stdout(sys.stderr):
        networks = dino_step.build(shape, tuned, torch, device)
        crops = Crops(shape, device, torch)
        try:
            (compiled if tuned else as_it_is)(*networks, crops, device, torch)
        except Exception as error:  # torch.compile has many ways to fail: no compiler, no triton ...
            if not tuned:
                raise
            why = f"torch.compile: {error}".splitlines()[0]
    if not hasattr(crops, "seconds"):
        rival.skip(why)
    torch.distributed.destroy_process_group()
    return {"seconds": crops.seconds, "gpu_bytes": 0 if TINY else torch.cuda.max_memory_allocated()}


if __name__ == "__main__":
    rival.main(run)
