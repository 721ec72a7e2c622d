"""Trains DINO and the supervised baselines on a CIFAR-10 subset and checks the curves against measured bands.

    .venv/bin/python tests/reference/cifar10_bands.py build/dinobench CIFAR_FOLDER [--seeds 0 2] [--work DIR]

CIFAR_FOLDER holds train/<class>/*.jpg and test/<class>/*.jpg. The subset is the first 500 training and first 100 test
images of each class by file name. The bands are those of three seeds of the reference implementation, widened.
The last band of DINO's loss is about as wide as one seed's standard deviation, ours and the reference's (0.04): other seeds
than the default two may leave it by that much.
A run takes some minutes on two cores, so this is not one of the tests that run by themselves.
"""
import argparse
import os
import pathlib
import subprocess
import sys

import h5py
import numpy as np

VIT = "--arch vit_nano --patch_size 8 --steps_per_epoch 1 --epochs 400 --warmup_epochs 50 --lr 0.004 --min_lr 1e-6 "
EVALUATE = "--evaluations knn classifier --knn.nb_knn 20 --knn.resize_size 0 --knn.crop_size 32 " \
    "--classifier.resize_size 0 --classifier.crop_size 32 --saveckp_freq 0 "
RUNS = {
    "dino": VIT + "--method dino --drop_path_rate 0.1 --global_crops_size 32 --local_crops_size 16 "
    "--global_crops_scale 0.5 1 --local_crops_scale 0.25 0.6 --local_crops_number 4 --out_dim 1024 "
    "--batch_size_per_gpu 32 --weight_decay 0.04 --weight_decay_end 0.4 --momentum_teacher 0.99 --clip_grad 3 "
    "--freeze_last_layer 20 --teacher_temp 0.04 --warmup_teacher_temp 0.04 --norm_last_layer true ",
    "supervised_vit": VIT + "--method supervised --drop_path_rate 0.1 --global_crops_size 32 --crop_scale 0.4 1 "
    "--interpolation bicubic --batch_size_per_gpu 64 --weight_decay 0.05 --weight_decay_end 0.05 --clip_grad 0 ",
    "supervised_resnet18": "--method supervised --arch resnet18 --steps_per_epoch 1 --epochs 200 --warmup_epochs 20 "
    "--lr 0.004 --min_lr 1e-6 --global_crops_size 32 --crop_scale 0.4 1 --interpolation bicubic "
    "--batch_size_per_gpu 64 --weight_decay 0.05 --weight_decay_end 0.05 --clip_grad 0 ",
}
DINO_BANDS = {  # steps (1-based, inclusive): loss, teacher entropy
    (91, 100): ((6.55, 6.82), (6.10, 6.65)),
    (191, 200): ((6.64, 6.81), (6.28, 6.56)),
    (381, 400): ((6.64, 6.69), (6.25, 6.46)),
}
TOP1_BANDS = {"supervised_vit": (33.5, 41.0), "supervised_resnet18": (42.0, 50.0)}


def make_subset(source, target):
    for split, name, count in (("train", "train", 500), ("test", "val", 100)):
        for folder in sorted((source / split).iterdir()):
            (target / name / folder.name).mkdir(parents=True, exist_ok=True)
            for image in sorted(folder.iterdir())[:count]:
                link = target / name / folder.name / image.name
                if not link.exists():
                    os.symlink(image.resolve(), link)


def inside(label, value, band):
    good = band[0] <= value <= band[1]
    print(f"  {label:32s} {value:8.3f}  band {band[0]} .. {band[1]}  {'ok' if good else 'OUTSIDE'}", flush=True)
    return good


def check(name, record):
    with h5py.File(record) as file:
        if name in TOP1_BANDS:
            return inside("top-1 of the classifier", file["eval/classifier/metrics/top1"][()], TOP1_BANDS[name])
        good = True
        for (first, last), (loss, entropy) in DINO_BANDS.items():
            good &= inside(f"loss {first}-{last}", np.mean(file["train/loss"][first - 1:last]), loss)
            good &= inside(f"entropy {first}-{last}", np.mean(file["train/teacher_entropy"][first - 1:last]), entropy)
        return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("cifar", type=pathlib.Path)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 2])
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("runs/cifar10-bands"))
    arguments = parser.parse_args()
    data = arguments.work / "data"
    make_subset(arguments.cifar, data)
    good = True
    for seed in arguments.seeds:
        for name, options in RUNS.items():
            record = arguments.work / f"{name}-seed{seed}.h5"
            command = [arguments.binary, "run", *options.split(), *EVALUATE.split(), "--data_path", str(data)]
            subprocess.run([*command, "--seed", str(seed), "--output", str(record), "--quiet"], check=True)
            print(f"{name} seed {seed}")
            good &= check(name, record)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
