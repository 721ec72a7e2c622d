"""`dinobench eval retrieval` against the protocol written again in numpy and torch, on real images.

Usage: retrieval_test.py BINARY SOURCE_DIR. Grocery packages (train is the database, val the queries) and rooms of Berlin
in the layout of revisited Oxford: features to 1e-5 relative, metrics to 0.01 points from independent features and to 1e-9
from the same features; crops and several scales too; two and three ranks bit for bit.
"""
import pathlib
import pickle
import sys
import tempfile

import h5py
import numpy as np
import torch
from PIL import Image

import findings
import frozen_pair as pair

PROTOCOLS = {"easy": (["easy"], ["junk", "hard"]), "medium": (["easy", "hard"], ["junk"]),
             "hard": (["hard"], ["junk", "easy"])}


def write_set(root, name, database, queries, truth, protocol):
    jpg = root / name / "jpg"
    jpg.mkdir(parents=True)
    names = {}
    for kind, files in (("db", database), ("query", queries)):
        names[kind] = [f"{kind}_{i:03d}" for i in range(len(files))]
        for stem, file in zip(names[kind], files):
            (jpg / f"{stem}.jpg").write_bytes(file.read_bytes())
    with open(root / name / f"gnd_{name}.pkl", "wb") as file:
        pickle.dump({"gnd": truth, "imlist": names["db"], "qimlist": names["query"]}, file, protocol=protocol)


def grocery_set(source, root):
    """Six products: eight database images each, of which the last three are hard; three queries; a neighbour is junk."""
    classes = sorted(p.name for p in (source / "train").iterdir() if p.is_dir())[:12:2]
    database, queries, truth = [], [], []
    for label, name in enumerate(classes):
        database += sorted((source / "train" / name).iterdir())[:8]
    for label, name in enumerate(classes):
        first = 8 * label
        for file in sorted((source / "val" / name).iterdir())[:3]:
            queries.append(file)
            truth.append({"bbx": [0, 0, 100, 100], "easy": list(range(first, first + 5)),
                          "hard": list(range(first + 5, first + 8)), "junk": [(first + 8) % len(database)]})
    truth[4].update(easy=[], hard=[])  # a query without a positive
    truth[7].update(hard=[])
    write_set(root, "grocery", database, queries, truth, protocol=3)
    return database, queries, truth


def rooms_set(source, root):
    """First views are queries with a box, all others the database; the double room is junk for its twin."""
    files = sorted(source.glob("*.jpg"))
    queries = [f for f in files if f.stem.endswith("_1")]
    database = [f for f in files if not f.stem.endswith("_1")]
    truth = []
    for query in queries:
        room = query.stem.split("_")[1]
        same = [i for i, f in enumerate(database) if f.stem.split("_")[1] == room]
        twin = [i for i, f in enumerate(database)
                if f.stem.split("_")[1] in ("31567374", "315673741") and i not in same and room.startswith("31567374")]
        width, height = Image.open(query).size
        truth.append({"bbx": [width * 0.1, height * 0.2 + 0.25, width * 0.9, height - 3.5], "easy": same[:1],
                      "hard": same[1:], "junk": twin})
    write_set(root, "rooms", database, queries, truth, protocol=2)
    return database, queries, truth


def picture(file, size, box=None):
    image = Image.open(file).convert("RGB")
    if box is not None:
        image = image.crop([round(edge) for edge in box])
    image.thumbnail((size, size), Image.Resampling.LANCZOS)
    return image


def several_scales(model, images):
    total = 0
    for scale in (1, 2 ** -0.5, 0.5):
        smaller = images if scale == 1 else torch.nn.functional.interpolate(
            images, scale_factor=scale, mode="bilinear", align_corners=False)
        total = total + model(smaller)
    return total / 3 / (total / 3).norm()


def features_of(model, files, size, multiscale, boxes=None):
    rows = []
    with torch.no_grad():
        for i, file in enumerate(files):
            images = pair.network_input(picture(file, size, boxes[i] if boxes else None))
            rows.append(several_scales(model, images) if multiscale else model(images))
    return torch.cat(rows).numpy()


def score(queries, database, truth):
    """Percentages by the benchmark's rules: junk leaves the ranking before places are counted."""
    order = np.argsort(-pair.cosines(pair.unit_rows(queries), pair.unit_rows(database)), axis=1, kind="stable")
    out = {}
    for name, (positive, junk) in PROTOCOLS.items():
        values = []
        for ranking, own in zip(order, truth):
            wanted, ignored = ({i for key in keys for i in own[key]} for keys in (positive, junk))
            if not wanted:
                continue
            places = [place for place, image in enumerate(i for i in ranking if i not in ignored) if image in wanted]
            row = [pair.trapezoid_precision(places, len(wanted))]
            for depth in (1, 5, 10):
                reach = min(places[-1] + 1, depth)
                row.append(sum(place < reach for place in places) / reach)
            values.append(row)
        for metric, value in zip(("mAP", "mP1", "mP5", "mP10"), np.mean(values, axis=0) if values else []):
            out[f"{name}_{metric}"] = 100 * value
    return out


def compare(binary, folder, model, network, made, name, size, options=()):
    database, queries, truth = made
    arguments = ["--data_path", folder, "--dataset", name, "--imsize", size, *network, *options]
    dump = folder / "features.h5"
    record = pair.evaluate(binary, "retrieval", folder / "alone.h5", arguments + ["--dump_features", dump])
    with h5py.File(dump) as file:
        found = {part: file[f"{part}/features"][:] for part in ("queries", "database")}
    what = " ".join([name, *options])
    pair.check_metrics(record, "retrieval", score(found["queries"], found["database"], truth), 1e-9, f"{what}, same features")
    if model is not None:
        multiscale = "--multiscale" in options
        boxes = [own["bbx"] for own in truth] if "--crop_queries" in options else None
        expected = {"database": features_of(model, database, size, multiscale),
                    "queries": features_of(model, queries, size, multiscale, boxes)}
        for part, rows in expected.items():
            pair.close_features(found[part], rows, f"{what} {part}")
        pair.check_metrics(record, "retrieval", score(expected["queries"], expected["database"], truth), 0.01, what)
    pair.same_on_ranks(binary, "retrieval", folder, record, arguments)


def main():
    binary, shared = sys.argv[1], pathlib.Path(sys.argv[2]).parent / "shared/data"
    if not shared.is_dir():
        print(f"skipped: no {shared}")
        sys.exit(77)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model, network = pair.make_vit(folder)
        grocery = grocery_set(shared / "grocery-packages", folder)
        compare(binary, folder, model, network, grocery, "grocery", 112)
        compare(binary, folder, None, ["--arch", "resnet18"], grocery, "grocery", 64)
        rooms = rooms_set(shared / "odd-images/berlin-rooms", folder)
        compare(binary, folder, model, network, rooms, "rooms", 150, ["--multiscale", "--crop_queries"])
    findings.save()


if __name__ == "__main__":
    main()
