"""`dinobench eval copy_detection` against the protocol written again in numpy and torch, on attacked ImageNet images.

Usage: copy_detection_test.py BINARY SOURCE_DIR. The attacks are made here, so that the scores say nothing about Copydays:
features to 1e-5 relative, metrics to 0.01 points from independent features and to 1e-9 from the same features, with and
without whitening and distractors; two and three ranks bit for bit.
"""
import pathlib
import sys
import tempfile

import h5py
import numpy as np
import torch
from PIL import Image, ImageOps

import findings
import frozen_pair as pair

SIDE = 112


def make_set(source, root):
    files = sorted(source.glob("*.JPEG"))
    originals, distractors, whitening = files[:40:4], files[42:162:3], files[2:182:3]
    for index, file in enumerate(originals):
        image = Image.open(file).convert("RGB")
        image.thumbnail((320, 320))
        width, height = image.size
        middle = image.crop((width // 6, height // 5, width - width // 7, height - height // 4))
        save(image, root / f"set/original/{2000 + index}00.jpg", 95)
        for quality in (3, 20):
            save(image, root / f"set/jpegqual/{quality}/{2000 + index}00.jpg", quality)
        save(middle, root / f"set/crops/50/{2000 + index}00.jpg", 95)
        save(ImageOps.posterize(middle.rotate(7, expand=True), 3), root / f"set/strong/{2000 + index}01.jpg", 60)
        if index % 2:
            save(ImageOps.mirror(ImageOps.invert(image)), root / f"set/strong/{2000 + index}02.jpg", 60)
    save(middle, root / "set/strong/999901.jpg", 50)  # a strong copy of nothing
    for name, chosen in (("distractors", distractors), ("whitening", whitening)):
        for file in chosen:
            image = Image.open(file).convert("RGB")
            image.thumbnail((320, 320))
            save(image, root / name / f"{file.stem}.jpg", 95)


def save(image, path, quality):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, quality=quality)


def descriptors(model, folder):
    rows = []
    with torch.no_grad():
        for file in sorted(folder.glob("*.jpg")):
            image = Image.open(file).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC)
            tokens = pair.tokens_of(model, pair.network_input(image))
            patches = tokens[:, 1:].clamp(min=1e-6)
            rows.append(torch.cat([tokens[:, 0], (patches ** 4).mean(1) ** 0.25], dim=1))
    return torch.cat(rows).numpy()


def whiten(rows, basis):
    """Uncentred second moment, eigenvalues from 1e-5 of the largest on, rows about the mean."""
    basis = basis.astype(np.float64)
    values, vectors = np.linalg.eigh(basis.T @ basis / len(basis))
    scale = np.maximum(values, values.max() * 1e-5) ** -0.5
    return ((rows.astype(np.float64) - basis.mean(0)) @ (vectors * scale)).astype(np.float32)


def positives_of(block, folder):
    originals, copies = (sorted(p.name for p in (folder / part).glob("*.jpg"))
                         for part in ("original", block.replace("_", "/")))
    if block == "strong":
        return [{i for i, original in enumerate(originals) if original[:4] == copy[:4]} for copy in copies]
    return [{i} for i in range(len(copies))]


def block_scores(similarity, positives):
    order = np.argsort(-similarity, axis=1, kind="stable")
    judged = [q for q, own in enumerate(positives) if own]
    first, full = [], []
    for q in judged:
        ranks = [rank for rank, image in enumerate(order[q]) if image in positives[q]]
        first.append(pair.trapezoid_precision([rank for rank in ranks if rank < 20], len(positives[q])))
        full.append(pair.trapezoid_precision(ranks, len(positives[q])))
    hits = np.zeros(similarity.shape, bool)
    for q, own in enumerate(positives):
        hits[q, list(own)] = True
    hits = hits.ravel()[np.argsort(-similarity.ravel(), kind="stable")]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return {"mAP": 100 * np.mean(first), "full_mAP": 100 * np.mean(full), "uAP": 100 * precision[hits].mean()}


def score(features, folder, use_more):
    blocks = {name: rows for name, rows in features.items() if name not in ("distractors", "whitening")}
    database = [blocks["original"]] + ([features["distractors"]] if use_more else [])
    prepare = (lambda rows: pair.unit_rows(whiten(rows, features["whitening"]))) if use_more else pair.unit_rows
    bank = np.concatenate([prepare(rows) for rows in database])
    out = {}
    for name, rows in blocks.items():
        for metric, value in block_scores(pair.cosines(prepare(rows), bank), positives_of(name, folder)).items():
            out[f"{name}_{metric}"] = value
    return out


def compare(binary, folder, model, network, use_more):
    arguments = ["--data_path", folder / "set", "--imsize", SIDE, "--batch_size_per_gpu", 4, *network]
    names = ["original", "strong", "jpegqual_3", "jpegqual_20", "crops_50"]
    if use_more:
        arguments += ["--distractors_path", folder / "distractors", "--whitening_path", folder / "whitening"]
        names += ["distractors", "whitening"]
    dump = folder / "features.h5"
    record = pair.evaluate(binary, "copy_detection", folder / "alone.h5", arguments + ["--dump_features", dump])
    with h5py.File(dump) as file:
        assert set(file) == set(names), f"groups {set(file) ^ set(names)}"
        found = {name: file[f"{name}/features"][:] for name in names}
    what = "whitened, with distractors" if use_more else "plain"
    pair.check_metrics(record, "copy_detection", score(found, folder / "set", use_more), 1e-9, f"{what}, same features")
    expected = {}
    for name in names:
        part = folder / name if name in ("distractors", "whitening") else folder / "set" / name.replace("_", "/")
        expected[name] = descriptors(model, part)
        pair.close_features(found[name], expected[name], name)
    pair.check_metrics(record, "copy_detection", score(expected, folder / "set", use_more), 0.01, what)
    pair.same_on_ranks(binary, "copy_detection", folder, record, arguments)


def main():
    binary, shared = sys.argv[1], pathlib.Path(sys.argv[2]).parent / "shared/data"
    if not shared.is_dir():
        print(f"skipped: no {shared}")
        sys.exit(77)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model, network = pair.make_vit(folder)
        make_set(shared / "imagenet-sample", folder)
        compare(binary, folder, model, network, use_more=True)
        compare(binary, folder, model, network, use_more=False)
    findings.save()


if __name__ == "__main__":
    main()
