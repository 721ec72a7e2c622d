"""The fp16 loss scale of a run is what torch.amp.GradScaler makes of the same overflows, and either side goes on from the
other's saved state. Usage: grad_scaler_test.py BINARY SOURCE_DIR"""
import os
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy
    import torch
    from PIL import Image
except ImportError as error:
    print(f"skipped: {error} (tools/setup.sh --dev installs it)")
    sys.exit(77)

BINARY = sys.argv[1]
ENVIRONMENT = dict(os.environ, OMP_NUM_THREADS="1")
SMALL = """--arch vit_nano --patch_size 8 --global_crops_size 32 --local_crops_size 16 --local_crops_number 2 --out_dim 64
--head_hidden_dim 64 --head_bottleneck_dim 32 --batch_size_per_gpu 4 --epochs 4 --warmup_epochs 1 --device cpu
--precision fp16 --quiet""".split()


def draw(root):
    rng = numpy.random.default_rng(1)
    os.makedirs(f"{root}/0")
    for i in range(40):
        Image.fromarray(rng.integers(0, 256, (40, 44, 3), dtype=numpy.uint8)).save(f"{root}/0/{i}.png")


def train(data, out, *more):
    subprocess.run([BINARY, "train", "--data_path", data, "--output_dir", out, *SMALL, *more], check=True, env=ENVIRONMENT)


def load(out):
    return torch.load(f"{out}/checkpoint.pth", weights_only=True)


def series(out, name):
    with h5py.File(f"{out}/run.h5") as file:
        return list(file[f"train/{name}"])


def run_torch(scaler, skipped):
    """The scale before each step of a scaler that meets these overflows, and the steps its optimiser took."""
    weight = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.SGD([weight], lr=1.0)
    scales, taken = [], []
    for bad in skipped:
        scales.append(scaler.get_scale())
        before = weight.item()
        optimiser.zero_grad()
        scaler.scale(weight.sum()).backward()
        if bad:
            weight.grad.fill_(float("inf"))
        scaler.unscale_(optimiser)
        scaler.step(optimiser)
        scaler.update()
        taken.append(weight.item() != before)
    return scales, taken


def check_continuation(data, work, name, scale, tracker, steps):
    """A run resumed from a state written by torch, against torch going on from that state."""
    out = f"{work}/{name}"
    train(data, out, "--max_steps", "2")
    checkpoint = load(out)
    fresh = torch.amp.GradScaler(device="cpu")
    scales, _ = run_torch(fresh, series(out, "step_skipped"))  # so small a batch may overflow at first
    assert series(out, "loss_scale") == scales and checkpoint["fp16_scaler"] == fresh.state_dict()
    already = sum(series(out, "step_skipped"))
    written = torch.amp.GradScaler(device="cpu")
    written.load_state_dict(checkpoint["fp16_scaler"] | {"scale": scale, "_growth_tracker": tracker})
    theirs = torch.amp.GradScaler(device="cpu")
    theirs.load_state_dict(written.state_dict())
    checkpoint["fp16_scaler"] = written.state_dict()
    torch.save(checkpoint, f"{out}/checkpoint.pth")

    train(data, out, "--max_steps", str(2 + steps))
    skipped = series(out, "step_skipped")[2:]
    scales, taken = run_torch(theirs, skipped)
    assert series(out, "loss_scale")[2:] == scales, (series(out, "loss_scale"), scales)
    assert taken == [bad == 0 for bad in skipped]
    with h5py.File(f"{out}/run.h5") as file:
        assert file.attrs["steps_skipped"] == already + sum(skipped)
    ours = load(out)["fp16_scaler"]
    assert ours == theirs.state_dict(), (ours, theirs.state_dict())
    counts = {int(state["step"]) for state in load(out)["optimizer"]["state"].values()}
    assert max(counts, default=0) == 2 + steps - already - sum(skipped), counts  # AdamW counts the steps it took
    return skipped, scales


def main():
    with tempfile.TemporaryDirectory() as work:
        data = f"{work}/images"
        draw(data)
        # An absurd scale: every step overflows until it has come down.
        skipped, scales = check_continuation(data, work, "overflow", 2.0**50, 1500, 6)
        assert sum(skipped) == 6 and scales[-1] == 2.0**45
        # Some overflows, then steps that hold.
        skipped, scales = check_continuation(data, work, "settle", 2.0**18, 0, 12)
        assert 0 < sum(skipped) < 12 and skipped[-1] == 0, skipped
        # Two good steps short of 2000: the scale doubles, and the count begins again.
        skipped, scales = check_continuation(data, work, "grow", 64.0, 1998, 4)
        assert scales == [64.0, 64.0, 128.0, 128.0] and sum(skipped) == 0
    print("the loss scale follows torch.amp.GradScaler through overflow, growth and resume")


main()
