"""Tables of what is not a record: gate, parity, speed, published figures; and what the records cost. Usage: measured_tables.py ROOT"""
import json
import pathlib
import sys

import cost_table
import gate_table
import scaling_model
import text_table

ROOT = pathlib.Path(sys.argv[1])
RESULTS, TABLES = ROOT / "results", ROOT / "results" / "tables"
# Part, file of results/parity, what was compared, its count, what came of it.
PARITY = [
    ("image transforms", "pillow_test", "pictures, to the byte", "transforms", "differ"),
    ("image formats", "pillow_test", "files, to the byte", "format_files", "differ"),
    ("initial weights", "initial_weights_test", "tensors, to the bit", "tensors", "differ"),
    ("training steps", "step_parity_test", "trainings, every norm", "cases", "relative_error"),
    ("k-NN", "knn_test", "answers from the same features", "answers", "answers_differ"),
    ("linear probe", "linear_test", "probes, in double precision", "probes", "double_error"),
    ("retrieval", "retrieval_test", "features", "features", "feature_error"),
    ("copy detection", "copy_detection_test", "features", "features", "feature_error"),
    ("attention", "attention_test", "objects", "objects", "attention_error"),
    ("video", "video_test", "pixels from the same features", "pixels_same_features", "pixels_same_features_differ"),
]


def load(path):
    if not path.exists():
        sys.exit(f"measured_tables: no {path}; results/measure.sh {path.parent.name} makes it")
    return json.loads(path.read_text(encoding="utf-8"))


def parity():
    rows = []
    for part, name, what, count, outcome in PARITY:
        found = load(RESULTS / "parity" / f"{name}.json")
        error = found[outcome]
        said = f"{error} differ" if isinstance(error, int) else f"{error:.1e}"
        rows.append([part, what, f"{found[count]:,}", said])
    text_table.write(TABLES / "parity", "Against independent Python", ["part", "compared", "count", "outcome"], rows,
                     ["outcome: how many differ, or the largest relative error"], "llrr")


def speed():
    found, host = load(RESULTS / "speed" / "pillow_speed.json"), load(RESULTS / "speed" / "host.json")
    rows = []
    for name, times in sorted(found["steps"].items()):
        if not name.endswith("_96"):  # beside the larger size
            small = found["steps"].get(f"{name.removesuffix('_224')}_96")
            rows.append([name.replace("_", " "), f"{times['ours']:.3f}", f"{times['pillow']:.3f}", f"{times['ratio']:.1f}",
                         f"{small['ratio']:.1f}" if small else "–"])
    text_table.write(TABLES / "speed", "Data path, milliseconds an image on one core", ["step", "dinobench", "Pillow", "ratio", "ratio at 96"], rows,
                     [f"{host['processor']}; Pillow {host['pillow']}, torchvision {host['torchvision']}; median of {found['rounds']} rounds"])


def reference():
    """Whole jobs beside the Python they replace, by tools/compare_reference.py."""
    found = load(RESULTS / "speed" / "reference.json")
    rows = []
    for job, case in found.items():
        for name, times in case["rivals"].items():
            rows.append([job.replace("_", " "), name, f"{times['ours_seconds']:.3g}", f"{times['rival_seconds']:.3g}", f"{times['ratio']:.2f}",
                         f"{times['lowest']:.2f}-{times['highest']:.2f}", f"{times['memory']:.2f}"])
    text_table.write(TABLES / "reference", "Beside the Python that is replaced, seconds on one core",
                     ["job", "rival", "dinobench", "rival's", "ratio", "range", "memory"], rows,
                     ["tools/compare_reference.py --list says what each job is; ratio: median of the rounds, range: all of them; memory: peak of the process, ours over the rival's"], "llrrrrr")


def published():
    """The rows of Table 2 that ours shrink, from the layout that holds the paper's figures."""
    cells = {}
    for line in (ROOT / "experiments" / "layouts" / "table2.layout").read_text(encoding="utf-8").splitlines():
        if line.startswith("published"):
            row, column, value, _ = (part.strip() for part in line.partition("=")[2].split("|"))
            cells.setdefault(row, {})[column] = value
    rows = [[row, cells[row]["linear"], cells[row]["k-NN"]] for row in ("Supervised, RN50", "DINO, RN50", "Supervised, ViT-S/16", "DINO, ViT-S/16")]
    text_table.write(TABLES / "published", "ImageNet, as published", ["network", "linear", "k-NN"], rows, ["Caron et al. 2021, Table 2"])


def present(folder):
    return any((RESULTS / folder).glob("*.json"))


published()
cost_table.make(ROOT)
if present("gate"):
    try:
        gate_table.make(RESULTS / "gate", TABLES)
    except KeyError as name:
        sys.exit(f"measured_tables: results/gate/*.json hold no {name}")
if present("parity"):
    parity()
if present("speed"):
    speed()
    reference()
    scaling_model.make(ROOT)
