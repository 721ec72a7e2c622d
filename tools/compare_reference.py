#!/usr/bin/env python3
"""Speed and memory beside the Python that dinobench replaces, both measured in turn in one run.

    tools/compare_reference.py FOLDER [--only CASE ...] [--device cpu|gpu] [--rounds N] [--json FILE] [--list]

FOLDER holds the rival's sources: the .py files of the DINO reference (main_dino.py, utils.py, vision_transformer.py,
eval_knn.py ...). Nothing of it is copied. Each case of tests/perf/rivals/*.py is a hot path. A round runs our side once and
each rival once, every one in a process of its own pinned to the case's cores; the ratio is taken within a round, and the
median round counts with its spread. Needs tools/build.sh --dev; wants an otherwise idle machine.

Cases named gpu_... take one GPU and all cores, and the CUDA build (tools/build.sh --cuda --dev); where either is missing they
say so and are passed over. They print images a second, model FLOP utilisation (tests/perf/flop_model.py, over the bf16 matmul
rate measured in the same round) and peak device memory of both sides too.
"""
import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "perf"))
import gpu_figures  # noqa: E402
from sides import BUILDS, cores_of, device_of, flop_rate, median, ours, rival, summary  # noqa: E402


def contests():
    """{case: (script, what it declares)} of all rivals; a script's CASES says what it can run."""
    found = {}
    for script in sorted((ROOT / "tests" / "perf" / "rivals").glob("*.py")):
        if script.stem == "rival":
            continue
        spec = importlib.util.spec_from_file_location(script.stem, script)
        module = importlib.util.module_from_spec(spec)
        sys.path.insert(0, str(script.parent))
        spec.loader.exec_module(module)
        for case, declared in module.CASES.items():
            found[case] = (script, declared)
    return found


def device_figures(case, declared, sides, rate):
    """{side: figures} of a case for a GPU; prints them with the verdict on the absolute targets."""
    out = {}
    for side, taken in sides.items():
        if not taken:
            continue
        out[side] = gpu_figures.figures(declared, median(taken, "seconds"), median(taken, "gpu_bytes"), rate)
        for text in (gpu_figures.line(out[side]), *(gpu_figures.verdicts(declared, out[side]) if side == "ours" else ())):
            if text:
                print(f"{case:<28}{side:<14}{text}", flush=True)
    if rate:
        print(f"{case:<28}{'':<14}bf16 matmul {rate / 1e12:.0f} TFLOP/s", flush=True)
        out["bf16_matmul_flop_per_second"] = rate
    return out


def compare(case, script, declared, folder, rounds):
    """Figures of one case, or None where it cannot run here; prints its lines."""
    taken = {name: [] for name in declared["rivals"]}
    mine_all, rates = [], []
    for _ in range(rounds):
        mine = ours(case, declared)
        if "skipped" in mine:
            print(f"{case:<28}skipped: {mine['skipped']}")
            return None
        mine_all.append(mine)
        rates.append(flop_rate(declared))
        for name in list(taken):
            other = rival(script, case, name, folder, declared)
            if "skipped" in other:
                print(f"{case:<28}{name:<14}skipped: {other['skipped']}")
                del taken[name]
                continue
            taken[name].append((mine, other))
    out = {"rounds": rounds, "threads": len(cores_of(declared)), "what": declared["what"], "rivals": {}}
    for name, pairs in taken.items():
        out["rivals"][name] = found = summary(pairs, declared["rivals"][name])
        target = "" if found["target"] is None else f"  target {found['target']:g}x"
        print(f"{case:<28}{name:<14}{found['ours_seconds']:>11.4g}{found['rival_seconds']:>11.4g}{found['ratio']:>7.2f}x "
              f"[{found['lowest']:.2f}, {found['highest']:.2f}]{target}  memory {found['memory']:.2f}", flush=True)
    if device_of(declared) == "gpu":
        sides = {"ours": mine_all, **{name: [theirs for _, theirs in pairs] for name, pairs in taken.items()}}
        out["device"] = device_figures(case, declared, sides, statistics.median(rates) if rates[0] else None)
    return out


def draw_pictures():
    """The drawn images that some cases on the CPU read."""
    program, pictures = BUILDS["cpu"] / "dinobench", BUILDS["cpu"] / "tests" / "perf_pictures"
    if program.exists() and not pictures.exists():
        subprocess.run([program, "data", "make", "--output", pictures, "--parts", "classification", "--quiet", "true"], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="the rival's Python sources")
    parser.add_argument("--only", nargs="+", metavar="CASE", help="some cases instead of all")
    parser.add_argument("--device", choices=list(BUILDS), help="the cases for one device instead of all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--list", action="store_true", help="name the cases and end")
    options = parser.parse_args()
    known = {case: found for case, found in contests().items() if options.device in (None, device_of(found[1]))}
    if options.list:
        for case, (_, declared) in known.items():
            print(f"{case:<28}{declared['what']}; against {', '.join(declared['rivals'])}")
        return
    if options.folder is None or not (options.folder / "vision_transformer.py").is_file():
        sys.exit(f"compare_reference: '{options.folder}' has no vision_transformer.py; give a folder with the reference's .py files")
    unknown = [case for case in options.only or [] if case not in known]
    if unknown:
        sys.exit(f"compare_reference: unknown case {', '.join(unknown)}; known: {', '.join(known)}")
    chosen = options.only or list(known)
    if any(device_of(known[case][1]) == "cpu" for case in chosen):
        draw_pictures()
    print(f"{'case':<28}{'rival':<14}{'ours s':>11}{'rival s':>11}{'ratio':>8} [lowest, highest]")
    figures = {}
    for case in chosen:
        script, declared = known[case]
        found = compare(case, script, declared, options.folder.resolve(), options.rounds)
        if found:
            figures[case] = found
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
