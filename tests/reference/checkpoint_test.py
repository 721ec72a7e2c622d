"""PyTorch opens our checkpoints and goes on with our optimiser's state; we go on from PyTorch's; a killed run resumes to
the same bits. Usage: checkpoint_test.py BINARY SOURCE_DIR"""
import argparse
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time

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
--head_hidden_dim 64 --head_bottleneck_dim 32 --batch_size_per_gpu 4 --epochs 4 --warmup_epochs 1 --lr 0.01 --quiet""".split()


def draw(root):
    rng = numpy.random.default_rng(1)
    for label in range(2):
        os.makedirs(f"{root}/{label}")
        for i in range(12):
            Image.fromarray(rng.integers(0, 256, (40, 44, 3), dtype=numpy.uint8)).save(f"{root}/{label}/{i}.png")


def command(data, out, *more):
    return [BINARY, "train", "--data_path", data, "--output_dir", out, *SMALL, *more]


def train(data, out, *more):
    subprocess.run(command(data, out, *more), check=True, env=ENVIRONMENT)


def load(out):
    return torch.load(f"{out}/checkpoint.pth", weights_only=True)


def attribute(out, name):
    with h5py.File(f"{out}/run.h5") as file:
        return file.attrs[name]


def groups_of(student, frozen):
    """The parameter groups of the DINO reference, from names and shapes."""
    groups = [{"params": []}, {"params": [], "weight_decay": 0.0}]
    for name, tensor in student.items():
        if name not in frozen:
            plain = name.endswith(".bias") or tensor.dim() == 1
            groups[1 if plain else 0]["params"].append(torch.nn.Parameter(tensor.clone()))
    return groups


def check_contents(out):
    file = load(out)
    assert set(file) == {"student", "teacher", "dino_loss", "optimizer", "epoch", "step", "args"}, set(file)
    assert all(name.startswith("module.") for name in file["student"])
    assert {name.removeprefix("module.") for name in file["student"]} == set(file["teacher"])
    assert file["dino_loss"]["center"].shape == (1, 64)
    assert file["epoch"] == 4 and file["step"] == 24, (file["epoch"], file["step"])
    assert file["args"]["arch"] == "vit_nano" and file["args"]["lr"] == 0.01 and file["args"]["norm_last_layer"] is True
    lines = [json.loads(line) for line in open(f"{out}/log.txt")]
    assert [line["epoch"] for line in lines] == [0, 1, 2, 3]
    assert all(math.isfinite(line[key]) for line in lines for key in ("train_loss", "train_lr", "train_wd"))
    return file


def check_optimizer(file):
    """torch.optim.AdamW takes the state; counts tell of the frozen last layer; a step works."""
    groups = groups_of(file["student"], {"module.head.last_layer.weight_g"})
    adamw = torch.optim.AdamW(groups)
    adamw.load_state_dict(file["optimizer"])
    parameters = [p for group in adamw.param_groups for p in group["params"]]
    steps = sorted({int(adamw.state[p]["step"]) for p in parameters})
    assert steps == [18, 24], steps
    assert all(adamw.state[p]["exp_avg"].shape == p.shape for p in parameters)
    before = [p.detach().clone() for p in parameters]
    for p in parameters:
        p.grad = torch.ones_like(p)
    adamw.step()
    assert all(not torch.equal(a, b) for a, b in zip(before, parameters))


def check_python_checkpoint(data, file, folder):
    """A checkpoint as the reference writes it (Namespace, no step, no run.h5) is resumed at its epoch."""
    out = f"{folder}/python"
    os.makedirs(out)
    written = {key: value for key, value in file.items() if key not in ("step", "args")}
    written["epoch"] = 3
    written["args"] = argparse.Namespace(arch="vit_nano", out_dim=64, lr=0.01, gpu=0)
    torch.save(written, f"{out}/checkpoint.pth")
    train(data, out)
    assert load(out)["step"] == 24
    with h5py.File(f"{out}/run.h5") as run:
        loss = run["train/loss"][()]
        assert len(loss) == 24 and numpy.isnan(loss[:18]).all() and numpy.isfinite(loss[18:]).all()


def check_kill(data, whole, folder):
    """kill -9 after some checkpoint, again and again: the weights are the undisturbed run's."""
    out = f"{folder}/killed"
    kills = 0
    for wanted in (2, 9, 17):
        process = subprocess.Popen(command(data, out, "--saveckp_every_steps", "1"), env=ENVIRONMENT)
        deadline = time.time() + 120
        while process.poll() is None and time.time() < deadline:
            try:
                if load(out)["step"] >= wanted:
                    break
            except FileNotFoundError:
                pass
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.wait()
    assert kills > 0, "every run ended before it could be killed"
    train(data, out)
    assert attribute(out, "weights_sha256") == attribute(whole, "weights_sha256")
    with h5py.File(f"{out}/run.h5") as a, h5py.File(f"{whole}/run.h5") as b:
        assert numpy.array_equal(a["train/loss"][()], b["train/loss"][()])
    print(f"killed {kills} times")


def check_finished(data, whole):
    before = os.stat(f"{whole}/run.h5").st_mtime_ns
    assert attribute(whole, "status") == "completed"
    done = subprocess.run([w for w in command(data, whole) if w != "--quiet"], capture_output=True, text=True, env=ENVIRONMENT)
    assert done.returncode == 0 and "finished" in done.stdout, done
    assert os.stat(f"{whole}/run.h5").st_mtime_ns == before
    other = subprocess.run(command(data, whole, "--drop_path_rate", "0.2"), capture_output=True, text=True,
                           env=ENVIRONMENT)
    assert other.returncode == 2 and "--drop_path_rate was 0.1, is now 0.2" in other.stderr, other


def main():
    with tempfile.TemporaryDirectory() as folder:
        data, whole = f"{folder}/images", f"{folder}/whole"
        draw(data)
        train(data, whole)
        file = check_contents(whole)
        check_optimizer(file)
        check_python_checkpoint(data, file, folder)
        check_kill(data, whole, folder)
        check_finished(data, whole)
    print("checkpoints agree with PyTorch")


main()
