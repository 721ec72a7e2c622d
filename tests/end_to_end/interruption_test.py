"""A run that is killed, stopped, starved of disk or left by a rank ends as it should, and goes on to the same bits.

    .venv/bin/python tests/end_to_end/interruption_test.py build/dinobench . [--kills 20 --steps 200]

Kills with SIGKILL at random moments on one rank and on two; sends SIGTERM and SIGUSR1; truncates and damages the newest
checkpoint; changes the number of ranks in between; fills the disk (a small tmpfs, where the system allows one); stops
one rank for ever. Every time the final weights, optimiser state and series are compared with the undisturbed run's.
"""
import argparse
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zipfile

import h5py
import numpy as np
import torch

SETTINGS = ("--method dino --arch vit_nano --patch_size 8 --global_crops_size 16 --local_crops_size 8 "
            "--local_crops_number 2 --out_dim 64 --head_hidden_dim 64 --head_bottleneck_dim 32 --warmup_epochs 1 "
            "--saveckp_freq 0 --threads 1 --num_workers 1 --device cpu --drop_path_rate 0.1 --quiet").split()
ENVIRONMENT = {**os.environ, "OMP_WAIT_POLICY": "passive"}


class Job:
    def __init__(self, arguments, data):
        self.binary, self.steps = arguments.binary, arguments.steps
        self.data = data

    def command(self, folder, ranks, more=()):
        words = [str(self.binary), "train", "--data_path", str(self.data), "--output_dir", str(folder), *SETTINGS,
                 "--epochs", "4", "--steps_per_epoch", str(self.steps // 4), *more]
        if "--batch_size_per_gpu" not in more:
            words += ["--batch_size_per_gpu", str(8 // ranks)]
        if ranks == 1:
            return words
        return ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", str(ranks), *words]

    def start(self, folder, ranks, more=()):
        return subprocess.Popen(self.command(folder, ranks, more), env=ENVIRONMENT, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True, start_new_session=True)

    def finish(self, folder, ranks, more=()):
        process = self.start(folder, ranks, more)
        text = process.communicate()[1]
        return process.returncode, text

    def must_finish(self, folder, ranks, more=()):
        code, text = self.finish(folder, ranks, more)
        assert code == 0, f"exit code {code}: {text}"
        return text


def flatten(value, name=""):
    if isinstance(value, torch.Tensor):
        yield name, value
    elif isinstance(value, dict):
        for key, item in value.items():
            if name or key != "args":
                yield from flatten(item, f"{name}/{key}")


def require_same(left, right, exact=True):
    states = [dict(flatten(torch.load(folder / "checkpoint.pth", weights_only=True))) for folder in (left, right)]
    assert states[0].keys() == states[1].keys()
    for name, tensor in states[0].items():
        other = states[1][name]
        same = torch.equal(tensor, other) if exact else torch.allclose(tensor, other, rtol=1e-7, atol=1e-9)
        assert same, f"{name} differs by {(tensor.double() - other.double()).abs().max()}"
    with h5py.File(left / "run.h5") as a, h5py.File(right / "run.h5") as b:
        assert a["train"].keys() == b["train"].keys()
        for series in a["train"]:
            if series == "images_per_second":
                continue
            x, y = a["train"][series][()], b["train"][series][()]
            same = np.array_equal(x, y, equal_nan=True) if exact else np.allclose(x, y, rtol=1e-9, equal_nan=True)
            assert same, f"series {series} differs"


def changed(path, since):
    return path.exists() and path.stat().st_mtime_ns != since


def kill_one(process, ranks, draw):
    """SIGKILL to the whole group, or to one rank alone."""
    if ranks > 1 and draw.random() < 0.5:
        children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
        if children:
            os.kill(int(draw.choice(children)), signal.SIGKILL)
            process.communicate()
            return
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def check_kills(job, work, whole, ranks, kills, draw):
    folder = work / f"killed{ranks}"
    checkpoint, done = folder / "checkpoint.pth", 0
    while done < kills:
        before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        process = job.start(folder, ranks, ["--saveckp_every_steps", "5"])
        saves = draw.random() < 0.7
        while saves and process.poll() is None and not changed(checkpoint, before):
            time.sleep(0.002)
        time.sleep(draw.uniform(0, 0.15))
        if process.poll() is not None:
            text = process.communicate()[1]
            assert process.returncode == 0, text
            break
        kill_one(process, ranks, draw)
        done += 1
    job.must_finish(folder, ranks)
    require_same(whole, folder)
    left = [path.name for path in folder.iterdir() if path.name.endswith((".tmp", ".part"))]
    assert not left, f"left behind: {left}"
    print(f"{done} kills on {ranks} rank(s): bit-equal", flush=True)
    return done


def check_signals(job, work, whole):
    for number, code in ((signal.SIGTERM, 143), (signal.SIGUSR1, 138)):
        folder = work / f"signal{number}"
        process = job.start(folder, 1, ["--saveckp_every_steps", "10"])
        while process.poll() is None and not (folder / "checkpoint.pth").exists():
            time.sleep(0.005)
        os.kill(process.pid, number)
        text = process.communicate()[1]
        if process.returncode != 0:  # 0: it was done already
            assert process.returncode == code and "the same command goes on" in text, (process.returncode, text)
        else:
            raise AssertionError("the run ended before the signal: give more --steps")
        job.must_finish(folder, 1)
        require_same(whole, folder)
    print("SIGTERM ends with 143, SIGUSR1 with 138; both go on to the same bits", flush=True)


def middle_of_largest_tensor(path):
    """Its offset in the zip file: between tensors lies padding, which no checksum covers and nobody reads."""
    with zipfile.ZipFile(path) as archive:
        largest = max(archive.infolist(), key=lambda entry: entry.file_size)
    with open(path, "rb") as file:
        file.seek(largest.header_offset)
        header = file.read(30)
    name, extra = struct.unpack("<HH", header[26:30])
    return largest.header_offset + 30 + name + extra + largest.file_size // 2


def check_damage(job, work, whole):
    for how in ("truncated", "flipped", "empty"):
        folder = work / how
        job.must_finish(folder, 1, ["--max_steps", str(job.steps // 2), "--saveckp_every_steps", "10"])
        path = folder / "checkpoint.pth"
        size = path.stat().st_size
        middle = middle_of_largest_tensor(path)
        with open(path, "r+b") as file:
            if how == "flipped":
                file.seek(middle)
                byte = file.read(1)[0]
                file.seek(middle)
                file.write(bytes([byte ^ 1]))
            else:
                file.truncate(size * 2 // 3 if how == "truncated" else 0)
        text = job.must_finish(folder, 1)
        assert "checkpoint.pth" in text and "checkpoint_previous.pth" in text and "damaged" in text, text
        require_same(whole, folder)
    folder = work / "both"
    job.must_finish(folder, 1, ["--max_steps", "20", "--saveckp_every_steps", "10"])
    for name in ("checkpoint.pth", "checkpoint_previous.pth"):
        with open(folder / name, "r+b") as file:
            file.truncate(1000)
    code, text = job.finish(folder, 1)
    assert code == 2 and "no whole checkpoint is left" in text, (code, text)
    print("a truncated, flipped or empty checkpoint is named and the one before it used", flush=True)


def check_other_ranks(job, work):
    """In float64, where only the order of summation is left to differ."""
    whole, folder, fp64 = work / "whole64", work / "ranks", ["--precision", "fp64"]
    job.must_finish(whole, 1, fp64)
    job.must_finish(folder, 2, ["--max_steps", str(job.steps // 3), *fp64])
    job.must_finish(folder, 1, ["--max_steps", str(job.steps // 2), "--batch_size_per_gpu", "4",
                                 "--accumulate_steps", "2", *fp64])
    job.must_finish(folder, 2, fp64)
    require_same(whole, folder, exact=False)
    print("two ranks, one rank in two parts, two ranks again: the same views", flush=True)


def check_disk_full(job, work, whole):
    folder = work / "small_disk"
    folder.mkdir()
    room = (whole / "checkpoint.pth").stat().st_size * 5 // 2  # two checkpoints, not three
    mount = ["mount", "-t", "tmpfs", "-o", f"size={room}", "none", str(folder)]
    if subprocess.run(["unshare", "-m", *mount], capture_output=True).returncode != 0:
        print("skipped: no tmpfs can be mounted here, a full disk is not tried", flush=True)
        return
    script = f"""
{' '.join(mount)}
{' '.join(job.command(folder, 1, ['--max_steps', '10']))} || exit 90
sha256sum {folder}/checkpoint.pth {folder}/run.h5 {folder}/log.txt >{work}/before
head -c 100m /dev/zero >{folder}/ballast 2>/dev/null
{' '.join(job.command(folder, 1))} 2>{work}/message
code=$?
sha256sum -c --quiet {work}/before || exit 91
ls {folder} | grep -q tmp && exit 92
rm {folder}/ballast
{' '.join(job.command(folder, 1, ['--max_steps', '20']))} || exit 93
exit $code"""
    result = subprocess.run(["unshare", "-m", "bash", "-c", script], env=ENVIRONMENT, capture_output=True, text=True)
    assert result.returncode == 3, result
    message = (work / "message").read_text()
    assert "No space left on device" in message, message
    print(f"full disk: {message.strip()}", flush=True)


def check_hanging_rank(job, work):
    folder = work / "hanging"
    process = job.start(folder, 2, ["--timeout", "3", "--saveckp_every_steps", "5"])
    while process.poll() is None and not (folder / "checkpoint.pth").exists():
        time.sleep(0.01)
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    ranks = {}
    for child in children:
        environment = pathlib.Path(f"/proc/{child}/environ").read_bytes().split(b"\0")
        for entry in environment:
            if entry.startswith(b"OMPI_COMM_WORLD_RANK="):
                ranks[int(entry.split(b"=")[1])] = int(child)
    os.kill(ranks[1], signal.SIGSTOP)
    started = time.time()
    text = process.communicate(timeout=60)[1]
    assert process.returncode != 0 and "rank 1 did not come" in text, (process.returncode, text)
    print(f"a rank that hangs is named after {time.time() - started:.1f} s: {text.splitlines()[0]}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--steps", type=int, default=80)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    arguments.binary = arguments.binary.resolve()
    draw = random.Random(arguments.seed)
    work = pathlib.Path(tempfile.mkdtemp(prefix="dinobench_interruption_"))
    try:
        subprocess.run([arguments.binary, "data", "make", "--output", work / "shapes", "--train_per_class", "6",
                        "--val_per_class", "2", "--parts", "classification", "--quiet"], check=True)
        job = Job(arguments, work / "shapes/classification/train")
        whole = {}
        for ranks in (1, 2):
            whole[ranks] = work / f"whole{ranks}"
            job.must_finish(whole[ranks], ranks)
        check_signals(job, work, whole[1])
        check_damage(job, work, whole[1])
        check_other_ranks(job, work)
        check_disk_full(job, work, whole[1])
        check_hanging_rank(job, work)
        done = [check_kills(job, work, whole[ranks], ranks, arguments.kills, draw) for ranks in (1, 2)]
        if min(done) < arguments.kills:
            print(f"the run was over after {min(done)} kills: give more --steps")
            sys.exit(1)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
