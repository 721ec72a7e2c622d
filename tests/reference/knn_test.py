"""The record of `dinobench eval knn` against k-NN written again in numpy, from the dumped features.

Usage: knn_test.py BINARY SOURCE_DIR. Neighbours, predictions and metrics must be equal; a similarity may differ by one
rounding, because two float64 sums of the same products do.
"""
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np
from PIL import Image

import findings

NEIGHBOURS = [1, 5, 20, 50]
TEMPERATURE = 0.07


def draw(root, classes, per_class, seed):
    """Noise with a stripe pattern of its class: images that are neither trivial nor hopeless."""
    random = np.random.default_rng(seed)
    for label in range(classes):
        folder = root / f"class_{label:02d}"
        folder.mkdir(parents=True)
        stripes = 40 * np.sin(np.arange(40) * (label + 2) / 5)[None, :, None]
        for index in range(per_class):
            pixels = np.clip(random.normal(128, 50, (36, 40, 3)) + stripes, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"{index:03d}.png")


def unit_rows(features):
    norms = np.sqrt((features.astype(np.float64) ** 2).sum(1, keepdims=True))
    return (features.astype(np.float64) / np.maximum(norms, 1e-12)).astype(np.float32)


def nearest(queries, bank, k):
    """Descending float32 cosine, ties by lower index: a stable sort of everything."""
    cosines = (queries.astype(np.float64) @ bank.astype(np.float64).T).astype(np.float32)
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(cosines, order, axis=1)


def vote(order, cosines, bank_labels, labels, classes, k):
    scores = np.zeros((len(labels), classes))
    for query in range(len(labels)):
        for row, cosine in zip(order[query, :k], cosines[query, :k]):
            scores[query, bank_labels[row]] += np.exp(np.float64(cosine) / TEMPERATURE)
    ranking = np.argsort(-scores, axis=1, kind="stable")
    hits = ranking == labels[:, None]
    return ranking[:, 0], 100 * hits[:, 0].mean(), 100 * hits[:, : min(5, k)].any(1).mean()


def compare(binary, data, folder, more):
    record, dump = folder / "record.h5", folder / "features.h5"
    subprocess.run(
        [binary, "eval", "knn", "--data_path", data, "--output", record, "--dump_features", dump, "--quiet", "--nb_knn"]
        + [str(k) for k in NEIGHBOURS] + more, check=True)
    with h5py.File(dump) as file:
        bank, queries = (unit_rows(file[f"{split}/features"][:]) for split in ("train", "val"))
        bank_labels, labels = (file[f"{split}/labels"][:] for split in ("train", "val"))
        paths = file["val/paths"].asstr()[:]
    expected = sorted(str(p.relative_to(data / "val")) for p in (data / "val").rglob("*.*") if p.is_file())
    assert list(paths) == expected, "rows of the dump are not in data-set order"
    order, cosines = nearest(queries, bank, max(NEIGHBOURS))
    with h5py.File(record) as file:
        knn = file["eval/knn"]
        assert knn.attrs["protocol"] == "knn-v1" and knn.attrs["status"] == "completed"
        findings.count(data_sets=1, neighbours=order.size, neighbours_differ=(knn["raw/neighbours"][:] != order).sum())
        assert np.array_equal(knn["raw/neighbours"][:], order), "neighbours differ"
        assert np.abs(knn["raw/similarities"][:] - cosines).max() <= 1.2e-7, "similarities differ"
        classes = int(max(bank_labels.max(), labels.max())) + 1
        for k in NEIGHBOURS:
            predictions, top1, top5 = vote(order, cosines, bank_labels, labels, classes, k)
            findings.count(answers=len(labels), answers_differ=(knn[f"raw/k{k}_predictions"][:] != predictions).sum())
            assert np.array_equal(knn[f"raw/k{k}_predictions"][:], predictions), f"predictions for k = {k} differ"
            for name, value in ((f"k{k}_top1", top1), (f"k{k}_top5", top5)):
                stored = knn[f"metrics/{name}"]
                assert abs(stored[()] - value) < 1e-9, f"{name}: {stored[()]} in the record, {value} in numpy"
                assert stored.attrs["n"] == len(labels) and stored.attrs["unit"] == "percent"
                assert stored.attrs["ci_low"] <= value <= stored.attrs["ci_high"]
            print(f"{data.name}: k = {k}: top-1 {top1:.2f}, top-5 {top5:.2f}, equal")
    return queries


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        draw(folder / "drawn/train", 7, 30, seed=1)
        draw(folder / "drawn/val", 7, 15, seed=2)
        small = ["--resize_size", "36", "--crop_size", "32"]
        pixels = compare(binary, folder / "drawn", folder, ["--arch", "pixels"] + small)
        first = next(iter(sorted((folder / "drawn/val/class_00").iterdir())))
        centre = np.asarray(Image.open(first).convert("RGB"))[2:34, 4:36].transpose(2, 0, 1) / 255
        centre = (centre - np.array([0.485, 0.456, 0.406])[:, None, None]) / np.array([0.229, 0.224, 0.225])[:, None, None]
        centre = (centre / np.linalg.norm(centre)).ravel()
        assert np.abs(pixels[0] - centre).max() < 1e-6, "the feature of `pixels` is not the normalised image"
        compare(binary, folder / "drawn", folder, ["--arch", "vit_nano", "--patch_size", "8"] + small)
        grocery = source.parent / "shared/data/grocery-packages"
        if grocery.is_dir():
            compare(binary, grocery, folder,
                    ["--arch", "resnet18", "--resize_size", "72", "--crop_size", "64"])
        else:
            print(f"part skipped: no {grocery}")
    findings.save()


if __name__ == "__main__":
    main()
