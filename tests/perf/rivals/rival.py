"""What every rival script shares. A script names its CASES, {case: {"what": text, "rivals": {name: target ratio}, "threads": n}},
and runs one as `SCRIPT CASE RIVAL FOLDER`, FOLDER being the reference's sources; run by tools/compare_reference.py. A case
for one GPU says "device": "gpu", and may have "images" a step or "shape" (of flop_model.dino_image; batch) for its rate, and
absolute targets: "utilisation", "rate" in images a second, "seconds"."""
import json
import sys
import time


def best_of(step, seconds=2.0, most=20):
    """The shortest of some calls, after one to warm up: as Google Benchmark's minimum, not troubled by other work."""
    step()
    best, begun, calls = float("inf"), time.perf_counter(), 0
    while calls < 3 or (time.perf_counter() - begun < seconds and calls < most):
        start = time.perf_counter()
        step()
        best = min(best, time.perf_counter() - start)
        calls += 1
    return best


def skip(why):
    print(json.dumps({"skipped": why}))
    sys.exit(0)


def main(run):
    """run(case, rival) -> seconds, or {"seconds", "gpu_bytes"}; the reference's folder is on the path by then."""
    case, name, folder = sys.argv[1:4]
    sys.path.insert(0, folder)
    found = run(case, name)
    print(json.dumps(found if isinstance(found, dict) else {"seconds": found}))
