"""TensorBoard's event files against run.h5, by a reader of its own (struct and a bitwise CRC-32C); by TensorBoard's reader too
where the package is installed.

    .venv/bin/python tests/reference/events_test.py build/dinobench .
"""
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(path):
    data = path.read_bytes()
    at = 0
    while at < len(data):
        header = data[at:at + 8]
        length, = struct.unpack("<Q", header)
        body = data[at + 12:at + 12 + length]
        sums = struct.unpack("<I", data[at + 8:at + 12]) + struct.unpack("<I", data[at + 12 + length:at + 16 + length])
        assert sums == (masked(header), masked(body)), f"checksum at byte {at}"
        yield body
        at += 16 + length


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        else:
            size, form = {1: (8, "<d"), 5: (4, "<f")}[kind]
            value, at = struct.unpack(form, data[at:at + size])[0], at + size
        yield key >> 3, value


def read_events(folder):
    """tag -> {step: value}, the wall times in order; a step that comes twice fails."""
    path, = folder.glob("events.out.tfevents.*")
    scalars, times = {}, []
    for number, body in enumerate(records(path)):
        event = dict(fields(body))
        times.append(event[1])
        if number == 0:
            assert event[3] == b"brain.Event:2", event
            continue
        for field, value in fields(event[5]):
            assert field == 1
            scalar = dict(fields(value))
            steps = scalars.setdefault(scalar[1].decode(), {})
            assert event[2] not in steps, f"step {event[2]} of {scalar[1]} twice"
            steps[event[2]] = scalar[2]
    return scalars, times


def check(folder, steps, began):
    scalars, times = read_events(folder)
    with h5py.File(folder / "run.h5") as file:
        series = {name: data[:] for name, data in file["train"].items() if name != "step"}
    assert set(scalars) == {f"train/{name}" for name in series}, (sorted(scalars), sorted(series))
    for name, values in series.items():
        seen = scalars[f"train/{name}"]
        assert len(values) == steps and sorted(seen) == [i for i in range(steps) if np.isfinite(values[i])], name
        assert all(np.float32(values[step]) == value for step, value in seen.items()), name
    assert len(times) == steps + 1 and began - 1 <= times[0] and times[-1] <= time.time() + 1, times
    print(f"ok: {len(scalars)} tags of {steps} steps")


def check_by_tensorboard(folder, steps):
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    except ImportError:
        print("skipped: TensorBoard's own reader (no package 'tensorboard')")
        return
    reader = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    reader.Reload()
    assert [event.step for event in reader.Scalars("train/loss")] == list(range(steps))
    print("ok: TensorBoard reads the same steps")


def main():
    binary = sys.argv[1]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        subprocess.run([binary, "data", "make", "--output", work / "set", "--seed", "1", "--size", "32", "--train_per_class", "8",
                        "--val_per_class", "2", "--parts", "classification", "--quiet"], check=True)
        command = [binary, "train", "--data_path", str(work / "set/classification/train"), "--output_dir", str(work / "run"),
                   *("--method dino --arch vit_nano --patch_size 8 --global_crops_size 16 --local_crops_size 8 --local_crops_number 2 "
                     "--out_dim 64 --head_hidden_dim 64 --head_bottleneck_dim 32 --warmup_epochs 1 --batch_size_per_gpu 8 --epochs 6 "
                     "--steps_per_epoch 20 --saveckp_every_steps 10 --quiet").split()]
        began = time.time()
        for stop in range(2):  # killed twice, wherever it stands; then it goes on to the end
            process = subprocess.Popen(command, env=environment)
            known = (work / "run/checkpoint.pth").stat().st_mtime_ns if stop else None
            while process.poll() is None:
                saved = work / "run/checkpoint.pth"
                if saved.exists() and saved.stat().st_mtime_ns != known:
                    break
                time.sleep(0.01)
            time.sleep(0.05)
            process.send_signal(signal.SIGKILL)
            process.wait()
        for path in (work / "run").glob("events.*"):
            with open(path, "ab") as file:
                file.write(b"half a record")
        subprocess.run(command, env=environment, check=True)
        check(work / "run", 120, began)
        check_by_tensorboard(work / "run", 120)
        before = {path: path.read_bytes() for path in (work / "run").iterdir()}
        subprocess.run(command, env=environment, check=True)
        assert before == {path: path.read_bytes() for path in (work / "run").iterdir()}, "a finished run was touched"
        table = subprocess.run([binary, "status", str(work)], check=True, capture_output=True, text=True).stdout
        assert "completed" in table and "120 of 120" in table and " of 4.159 " in table, table  # ln 64
        print("ok: status")


main()
