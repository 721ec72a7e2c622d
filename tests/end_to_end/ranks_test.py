"""Two and four ranks train as one: DINO on a ViT and on a ResNet, whose batch normalisation takes all ranks' rows.

    .venv/bin/python tests/end_to_end/ranks_test.py build/dinobench . [--steps 50]

Losses are compared with the one-rank run's, relative: 1e-9 in fp64, 1e-4 in fp32 for the ViT. In fp32 the ResNet's
statistics amplify rounding: its difference is printed, where --steps asks for a long run. The program itself compares the
weights of all ranks every step.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import h5py
import numpy as np

SETTINGS = ("--method dino --global_crops_size 32 --local_crops_size 16 --local_crops_number 2 --out_dim 64 "
            "--head_hidden_dim 64 --head_bottleneck_dim 32 --warmup_epochs 1 --epochs 4 --saveckp_freq 0 --threads 1 "
            "--num_workers 1 --device cpu --check_ranks_every 1 --quiet").split()
BACKBONES = {"vit_nano": ["--patch_size", "8", "--drop_path_rate", "0.1"], "resnet18": []}
STEPS = {"vit_nano": 12, "resnet18": 4}  # convolutions in fp64 are slow
LIMITS = {("vit_nano", "fp64"): 1e-9, ("resnet18", "fp64"): 1e-9, ("vit_nano", "fp32"): 1e-4}


def losses(binary, data, folder, arch, precision, ranks, steps):
    launch = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", str(ranks)] if ranks > 1 else []
    command = [*launch, str(binary), "train", *SETTINGS, *BACKBONES[arch], "--arch", arch, "--precision", precision,
               "--data_path", str(data), "--output_dir", str(folder), "--batch_size_per_gpu", str(8 // ranks),
               "--steps_per_epoch", str(-(-steps // 4)), "--max_steps", str(steps)]
    subprocess.run(command, check=True, env={**os.environ, "OMP_WAIT_POLICY": "passive"})
    with h5py.File(folder / "run.h5") as file:
        return file["train/loss"][()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--steps", type=int)
    arguments = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="dinobench_ranks_"))
    good = True
    try:
        subprocess.run([arguments.binary, "data", "make", "--output", work / "shapes", "--train_per_class", "6",
                        "--val_per_class", "2", "--parts", "classification", "--quiet"], check=True)
        data = work / "shapes/classification/train"
        for arch in BACKBONES:
            for precision in ("fp64", "fp32"):
                limit, steps = LIMITS.get((arch, precision)), arguments.steps or STEPS[arch]
                if limit is None and not arguments.steps:
                    continue
                alone, *shared = (losses(arguments.binary, data, work / f"{arch}-{precision}-{ranks}", arch, precision,
                                         ranks, steps) for ranks in (1, 2, 4))
                assert len(alone) == steps and np.isfinite(alone).all()
                for ranks, series in zip((2, 4), shared):
                    difference = np.max(np.abs(series - alone) / np.abs(alone))
                    good &= limit is None or difference <= limit
                    print(f"{arch} {precision}, {ranks} ranks, {len(series)} steps: losses within {difference:.1e} "
                          f"of one rank's ({'no limit' if limit is None else f'limit {limit:g}'})", flush=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
