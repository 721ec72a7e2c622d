"""One random ViT in torch and in a file for dinobench, runs of `dinobench eval`, and comparisons of their records."""
import os
import shutil
import subprocess

import h5py
import numpy as np
import torch

import findings
from dino_model import Vit

MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def make_vit(folder, patch=16, seed=0):
    """vit_tiny whose weights are large enough that images differ in their features; and the file that holds it."""
    torch.manual_seed(seed)
    model = Vit("vit_tiny", patch, 224).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 2:
                parameter.mul_(4)
    weights = folder / f"vit_tiny{patch}.pth"
    torch.save(model.state_dict(), weights)
    return model, ["--arch", "vit_tiny", "--patch_size", str(patch), "--pretrained_weights", weights]


def tokens_of(model, images):
    """All tokens after the final norm: [B, 1 + P, D]."""
    patches = model.patch_embed.proj(images).flatten(2).mT
    cls = model.cls_token.expand(len(images), 1, model.width)
    x = torch.cat([cls, patches], dim=1) + model.positions(*images.shape[2:])
    for block in model.blocks:
        x = block(x)
    return model.norm(x)


def network_input(image):
    """An RGB picture of Pillow as [1, 3, h, w]."""
    pixels = (np.asarray(image, np.float64) / 255 - MEAN) / STD
    return torch.from_numpy(pixels.transpose(2, 0, 1)[None]).float()


def evaluate(binary, name, record, arguments, ranks=1):
    launch = [shutil.which("mpirun"), "--allow-run-as-root", "--oversubscribe", "-n", str(ranks)] if ranks > 1 else []
    command = launch + [binary, "eval", name, "--output", record, "--quiet", "--num_workers", "1"] + arguments
    subprocess.run([str(word) for word in command], check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    return record


def contents(record, name):
    """Metrics with their intervals and raw arrays of an evaluation, as bytes where that can be."""
    found = {}

    def keep(path, item):
        if isinstance(item, h5py.Dataset):
            value = item[()]
            found[path] = value.tobytes() if value.dtype != object else value.tolist()
            for attribute in ("n", "ci_low", "ci_high"):
                if attribute in item.attrs:
                    found[f"{path}@{attribute}"] = item.attrs[attribute].tobytes()
    with h5py.File(record) as file:
        for part in ("metrics", "raw"):
            file[f"eval/{name}/{part}"].visititems(lambda path, item: keep(f"{part}/{path}", item))
    return found


def same_on_ranks(binary, name, folder, alone, arguments):
    """Two and three ranks write what one did, bit for bit."""
    if shutil.which("mpirun") is None:
        print("part skipped: no mpirun")
        return
    expected = contents(alone, name)
    for ranks in (2, 3):
        record = evaluate(binary, name, folder / f"ranks{ranks}.h5", arguments, ranks)
        again = contents(record, name)
        different = [key for key in expected if again.get(key) != expected[key]]
        assert expected.keys() == again.keys() and not different, f"{ranks} ranks differ in {different}"
        findings.count(runs_on_ranks=1)
        print(f"{name}: {ranks} ranks, bit for bit")


def close_features(found, expected, what):
    error = (np.linalg.norm(found - expected, axis=1) / np.linalg.norm(expected, axis=1)).max()
    assert error < 1e-5, f"{what}: a feature differs by {error:.2g} relative"
    findings.count(features=len(found))
    findings.largest(feature_error=error)
    print(f"{what}: {len(found)} features within {error:.1e}")


def check_metrics(record, name, expected, tolerance, what):
    with h5py.File(record) as file:
        metrics = file[f"eval/{name}/metrics"]
        assert set(metrics) == set(expected), f"metrics {set(metrics) ^ set(expected)}"
        for metric, value in expected.items():
            stored = metrics[metric]
            assert abs(stored[()] - value) <= tolerance, f"{what} {metric}: {stored[()]} in the record, {value} in numpy"
            assert stored.attrs["unit"] == "percent"
            findings.largest(**{"metric_difference" if tolerance > 1e-6 else "metric_difference_same_features": abs(stored[()] - value)})
            assert stored.attrs["ci_low"] <= stored[()] + 1e-9 and stored[()] - 1e-9 <= stored.attrs["ci_high"]
    findings.count(metrics=len(expected))
    print(f"{name}, {what}: {len(expected)} metrics within {tolerance:g} points, "
          + ", ".join(f"{metric} {value:.2f}" for metric, value in list(expected.items())[:6]))


def unit_rows(features):
    features = features.astype(np.float64)
    return (features / np.maximum(np.sqrt((features ** 2).sum(1, keepdims=True)), 1e-12)).astype(np.float32)


def cosines(queries, bank):
    """Sums in float64, rounded to float32, as the record's order of ties wants it."""
    return (queries.astype(np.float64) @ bank.astype(np.float64).T).astype(np.float32)


def trapezoid_precision(ranks, positives):
    """Area under precision and recall by trapezoids; ranks from 0, ascending."""
    area = 0.0
    for found, rank in enumerate(ranks):
        left = found / rank if rank else 1.0
        area += (left + (found + 1) / (rank + 1)) / (2 * positives)
    return area
