"""DINO on the shapes set in bf16 and fp16 stays near the fp32 run: loss and teacher entropy within 1 % over 30 steps and within
0.5 % over 8 (a backward pass in fp16 takes a CPU twenty times as long).
Usage: precision_test.py BINARY SOURCE_DIR"""
import os
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy
    import torch
except ImportError as error:
    print(f"skipped: {error} (tools/setup.sh --dev installs it)")
    sys.exit(77)

BINARY = sys.argv[1]
ENVIRONMENT = dict(os.environ, OMP_NUM_THREADS="1")
STEPS = {"fp32": 30, "bf16": 30, "fp16": 8}
SMALL = """--arch vit_nano --patch_size 8 --global_crops_size 32 --local_crops_size 16 --local_crops_number 4 --out_dim 256
--batch_size_per_gpu 16 --epochs 2 --warmup_epochs 1 --steps_per_epoch 20 --lr 0.002 --device cpu
--quiet""".split()
TOLERANCE = {"bf16": 0.01, "fp16": 0.005}


def train(work, precision):
    out = f"{work}/{precision}"
    subprocess.run([BINARY, "train", "--data_path", f"{work}/shapes/classification/train", "--output_dir", out, "--precision",
                    precision, "--max_steps", str(STEPS[precision]), *SMALL], check=True, env=ENVIRONMENT)
    with h5py.File(f"{out}/run.h5") as file:
        assert file.attrs["precision"] == precision
        series = {name: numpy.array(values) for name, values in file["train"].items() if name != "norms"}
    checkpoint = torch.load(f"{out}/checkpoint.pth", weights_only=True)
    for part in ("student", "teacher", "dino_loss"):
        for name, tensor in checkpoint[part].items():
            assert tensor.dtype in (torch.float32, torch.int64), (precision, name, tensor.dtype)
    assert ("fp16_scaler" in checkpoint) == (precision == "fp16")
    return series


def main():
    with tempfile.TemporaryDirectory() as work:
        subprocess.run([BINARY, "data", "make", "--output", f"{work}/shapes", "--seed", "0", "--quiet", "--size", "48",
                        "--train_per_class", "33", "--val_per_class", "1", "--parts", "classification"],
                       check=True, env=ENVIRONMENT)
        exact = train(work, "fp32")
        assert len(exact["loss"]) == STEPS["fp32"]
        # The loss rises while the centre spreads the teacher; the runs must move far more than they may differ.
        assert numpy.ptp(exact["loss"]) > 0.05 * exact["loss"][0] and numpy.ptp(exact["teacher_entropy"]) > 0.5
        for precision, tolerance in TOLERANCE.items():
            half = train(work, precision)
            steps = STEPS[precision]
            assert len(half["loss"]) == steps
            for name in ("loss", "teacher_entropy"):
                largest = numpy.max(numpy.abs(half[name] / exact[name][:steps] - 1))
                assert largest < tolerance, f"{precision}: {name} differs by {100 * largest:.2f} %"
                print(f"{precision}: {name} within {100 * largest:.3f} % of fp32 over {steps} steps")
            assert numpy.array_equal(half["learning_rate"], exact["learning_rate"][:steps])


main()
