"""A model of training on more GPUs than were at hand: results/scaling/model.json and results/tables/scaling.*.

A step's time is its products at an assumed share of the card's matrix rate; gradients are summed by a ring inside a node,
each GPU then reducing its part of them with its partners in the other nodes. What of that does not fit beside the backward
pass is waited for, and so are the small collectives (centre, vote), which nothing hides. The same rule, for two ranks whose
messages are copies in memory, is set beside what two ranks on processors reached (results/speed/scaling.json, made by
results/measure.sh scaling): what it leaves out is seen there.
"""
import json
import math
import pathlib

import text_table

# What is assumed, each with its source; nothing of it was measured for this paper.
ASSUMED = {
    "gflop_per_image": 105.7,      # DINO, ViT-S/16, 2 x 224 + 8 x 96: counted by --profile
    "matrix_tflops": 790.0,        # bfloat16 products of an H200, a measured ceiling
    "utilisation": 0.38,           # of it, for torch's own operations in bfloat16
    "parameters": 44e6,            # that receive gradients, with the head of 65,536 outputs
    "bytes_per_gradient": 4.0,
    "backward_share": 0.6,         # of the step, beside which gradients travel
    "gpus_per_node": 8,
    "node_gbytes": 450.0,          # bus bandwidth of an all-reduce inside a node, GB/s
    "network_gbytes": 45.0,        # of one GPU's network card (400 Gbit/s), GB/s
    "node_latency_us": 3.0,        # a message inside a node
    "network_latency_us": 8.0,     # between nodes
    "small_collectives": 3,        # a step: centre, loss and vote
    "batch_per_gpu": 64,
    "images": 1281167,             # of ImageNet's training set
    "memory_gbytes": 10.0,         # a sum between two processes of one machine, GB/s of gradients
}
GPUS = [8, 16, 32, 64, 128, 256, 512, 1024]


def all_reduce_seconds(gpus, nbytes, a):
    """Ring of the node, then of the nodes for an eighth of the bytes; latencies by the hops of a ring and of a tree."""
    local = min(gpus, a["gpus_per_node"])
    nodes = gpus / local
    inside = 2 * (local - 1) / local * nbytes / (a["node_gbytes"] * 1e9) + 2 * (local - 1) * a["node_latency_us"] * 1e-6
    if nodes == 1:
        return inside
    between = 2 * (nodes - 1) / nodes * nbytes / local / (a["network_gbytes"] * 1e9)
    return inside + between + 2 * math.ceil(math.log2(nodes)) * a["network_latency_us"] * 1e-6


def step(gpus, batch, a):
    compute = batch * a["gflop_per_image"] * 1e9 / (a["matrix_tflops"] * 1e12 * a["utilisation"])
    gradients = all_reduce_seconds(gpus, a["parameters"] * a["bytes_per_gradient"], a)
    waited = max(0.0, gradients - a["backward_share"] * compute)
    small = a["small_collectives"] * all_reduce_seconds(gpus, 4.0, a)
    whole = compute + waited + small
    return {"gpus": gpus, "batch": batch, "compute_ms": 1e3 * compute, "all_reduce_ms": 1e3 * gradients, "waited_ms": 1e3 * (waited + small),
            "efficiency": compute / whole, "images_per_second": gpus * batch / whole,
            "hours_100_epochs": 100 * a["images"] / (gpus * batch / whole) / 3600}


def make(root):
    """Both, for the checkout at `root`."""
    results = root / "results"
    rows = [step(gpus, ASSUMED["batch_per_gpu"], ASSUMED) for gpus in GPUS]
    few = [step(gpus, ASSUMED["batch_per_gpu"] // 8, ASSUMED) for gpus in GPUS]
    model = {"assumed": ASSUMED, "per_gpu_64": {str(row["gpus"]): row for row in rows}, "per_gpu_8": {str(row["gpus"]): row for row in few}}
    measured = results / "speed" / "scaling.json"
    if measured.exists():
        model["checked"] = {case: check(found) for case, found in json.loads(measured.read_text(encoding="utf-8")).items()}
    (results / "scaling").mkdir(exist_ok=True)
    (results / "scaling" / "model.json").write_text(json.dumps(model, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    cells = [[str(row["gpus"]), f"{row['compute_ms']:.1f}", f"{row['all_reduce_ms']:.2f}", f"{100 * row['efficiency']:.1f}",
              f"{row['images_per_second']:,.0f}", f"{row['hours_100_epochs']:.2f}", f"{100 * small['efficiency']:.1f}"]
             for row, small in zip(rows, few)]
    text_table.write(results / "tables" / "scaling", "A model of DINO, ViT-S/16, on many GPUs: nothing of it was run",
                     ["GPUs", "step ms", "all-reduce ms", "efficiency %", "images/s", "hours, 100 epochs", "efficiency % at 8 a GPU"], cells,
                     ["64 images a GPU but in the last column; assumptions in the text"], "rrrrrrr")


def check(found):
    """Two ranks on processors: the rule's efficiency beside that reached of two runs that know nothing of each other."""
    compute = found["step_seconds"]
    gradients = 2 * found["gradient_bytes"] / (ASSUMED["memory_gbytes"] * 1e9)
    waited = max(0.0, gradients - ASSUMED["backward_share"] * compute)
    return {"predicted": compute / (compute + waited), "measured": found["of_ceiling"], "of_ideal": found["efficiency"],
            "all_reduce_ms": 1e3 * gradients, "step_ms": 1e3 * compute}
