#!/usr/bin/env python3
"""Speed and memory beside the Python that dinobench replaces, both measured in turn in one run.

    tools/compare_reference.py FOLDER [--only CASE ...] [--rounds N] [--json FILE] [--list]

FOLDER holds the rival's sources: the .py files of the DINO reference (main_dino.py, utils.py, vision_transformer.py,
eval_knn.py ...). Nothing of it is copied. Each case of tests/perf/rivals/*.py is a hot path. A round runs our side once and
each rival once, every one in a process of its own pinned to the case's cores; the ratio is taken within a round, and the
median round counts with its spread. Needs tools/build.sh --dev; wants an otherwise idle machine.
"""
import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PERF = ROOT / "build" / "tests" / "perf_tests"
PYTHON = ROOT / ".venv" / "bin" / "python"
PICTURES = ROOT / "build" / "tests" / "perf_pictures"


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


def run(command, cores, threads):
    """Standard output and peak resident bytes of one process."""
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OMP_WAIT_POLICY="passive", CUDA_VISIBLE_DEVICES="", PYTHONDONTWRITEBYTECODE="1")
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT,
                               preexec_fn=lambda: os.sched_setaffinity(0, cores))
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"compare_reference: exit code {process.returncode} from: {' '.join(map(str, command))}")
    return output, usage.ru_maxrss * 1024


def ours(case, cores, threads):
    output, peak = run([PERF, f"--benchmark_filter=^{case}/", "--benchmark_format=json"], cores, threads)
    found = json.loads(output)["benchmarks"] if output.strip() else []
    good = [entry for entry in found if not entry.get("error_occurred")]
    if not good:
        return None
    return {"seconds": good[0]["real_time"] * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}[good[0]["time_unit"]], "bytes": peak}


def rival(script, case, name, folder, cores, threads):
    """The last line of a rival is JSON: {"seconds": ...}, or {"skipped": why}."""
    output, peak = run([PYTHON, script, case, name, folder], cores, threads)
    found = json.loads(output.strip().splitlines()[-1])
    return found if "skipped" in found else {"bytes": peak, **found}


def compare(case, script, declared, folder, rounds):
    """{rival: figures} of one case, or None where it cannot run here; prints its lines."""
    cores = set(sorted(os.sched_getaffinity(0))[:declared.get("threads", 1)])
    threads = len(cores)
    taken = {name: [] for name in declared["rivals"]}
    for _ in range(rounds):
        mine = ours(case, cores, threads)
        if mine is None:
            print(f"{case:<28}skipped: perf_tests has nothing of that name that runs here")
            return None
        for name in list(taken):
            other = rival(script, case, name, folder, cores, threads)
            if "skipped" in other:
                print(f"{case:<28}{name:<14}skipped: {other['skipped']}")
                del taken[name]
                continue
            taken[name].append((mine, other))
    out = {}
    for name, pairs in taken.items():
        ratios = sorted(theirs["seconds"] / mine["seconds"] for mine, theirs in pairs)
        figures = {"ours_seconds": statistics.median(mine["seconds"] for mine, _ in pairs),
                   "rival_seconds": statistics.median(theirs["seconds"] for _, theirs in pairs),
                   "ratio": statistics.median(ratios), "lowest": ratios[0], "highest": ratios[-1], "target": declared["rivals"][name],
                   "memory": statistics.median(mine["bytes"] / theirs["bytes"] for mine, theirs in pairs),
                   "ours_bytes": statistics.median(mine["bytes"] for mine, _ in pairs),
                   "rival_bytes": statistics.median(theirs["bytes"] for _, theirs in pairs)}
        out[name] = figures
        print(f"{case:<28}{name:<14}{figures['ours_seconds']:>11.4g}{figures['rival_seconds']:>11.4g}{figures['ratio']:>7.2f}x "
              f"[{ratios[0]:.2f}, {ratios[-1]:.2f}]  target {declared['rivals'][name]:g}x  memory {figures['memory']:.2f}", flush=True)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="the rival's Python sources")
    parser.add_argument("--only", nargs="+", metavar="CASE", help="some cases instead of all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--list", action="store_true", help="name the cases and end")
    options = parser.parse_args()
    known = contests()
    if options.list:
        for case, (_, declared) in known.items():
            print(f"{case:<28}{declared['what']}; against {', '.join(declared['rivals'])}")
        return
    if options.folder is None or not (options.folder / "vision_transformer.py").is_file():
        sys.exit(f"compare_reference: '{options.folder}' has no vision_transformer.py; give a folder with the reference's .py files")
    if not PERF.exists():
        sys.exit(f"compare_reference: no {PERF}: run tools/build.sh --dev first")
    if not PICTURES.exists():
        subprocess.run([ROOT / "build" / "dinobench", "data", "make", "--output", PICTURES, "--parts", "classification", "--quiet", "true"], check=True)
    unknown = [case for case in options.only or [] if case not in known]
    if unknown:
        sys.exit(f"compare_reference: unknown case {', '.join(unknown)}; known: {', '.join(known)}")
    print(f"{'case':<28}{'rival':<14}{'ours s':>11}{'rival s':>11}{'ratio':>8} [lowest, highest]")
    figures = {}
    for case in options.only or known:
        script, declared = known[case]
        found = compare(case, script, declared, options.folder.resolve(), options.rounds)
        if found:
            figures[case] = {"rounds": options.rounds, "threads": declared.get("threads", 1), "what": declared["what"], "rivals": found}
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
