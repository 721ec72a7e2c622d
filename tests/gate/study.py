#!/usr/bin/env python3
"""How good the nightly gate is: false alarms where nothing changed, and power against the faults of tests/gate/faults.

    git worktree add --detach ../faulty && .venv/bin/python tests/gate/study.py --tree ../faulty --work runs/gate --output results/gate/study.json

In --tree, a checkout that may be changed, each fault is planted, built and taken out again; then experiments/nightly.sh judges each
faulty program, and the true one, against results/baselines. What is done is kept under --work, so that a cut study goes on.
A clean night of the statistical part trains everything, from seeds of its own. A faulty one trains DINO alone, from the seeds of a clean
night, and each of its metrics is judged as in a whole night, at the same share of the false alarms. Besides it is asked how often the gate
alarms where baseline and night are drawn anew from all true runs: these draws share runs and are not independent.
"""
import argparse
import itertools
import json
import math
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import h5py

ROOT = Path(__file__).resolve().parents[2]
FAULTS = {path.stem: path for path in sorted((ROOT / "tests/gate/faults").glob("*.patch"))}
BASELINE = ROOT / "results/baselines/statistical"
NIGHT_SEEDS, DESIGN_RATE = 2, 0.05
WATCHED = "dino_vit_nano"  # of a faulty night
FIRST_SEED = 102  # the same seeds with and without a fault


def wilson(count, of):
    """95 % interval of a share."""
    if of == 0:
        return [0.0, 1.0]
    z, p = 1.959963984540054, count / of
    middle, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return [max(0.0, middle - half) / (1 + z * z / of), min(1.0, (middle + half) / (1 + z * z / of))]


def build(tree, work, name):
    """The program with one fault planted; "clean": none."""
    program = work / "programs" / name
    if program.exists():
        return program
    patch = FAULTS.get(name)
    if patch:
        subprocess.run(["git", "-C", tree, "apply", patch], check=True)
    try:
        if not (tree / "build/build.ninja").exists():
            if not (tree / ".venv").exists():
                (tree / ".venv").symlink_to(ROOT / ".venv")
            subprocess.run(["cmake", "--preset", "cpu"], cwd=tree, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["cmake", "--build", "build", "--target", "dinobench"], cwd=tree, check=True, stdout=subprocess.DEVNULL)
        program.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(tree / "build/dinobench", program)
    finally:
        if patch:
            subprocess.run(["git", "-C", tree, "apply", "-R", patch], check=True)
    return program


def night(program, folder, part, seeds, *more):
    """Findings of one night, and the seconds of its runs, which have one thread each, added up."""
    done = subprocess.run([ROOT / "experiments/nightly.sh", "--parts", part, "--seeds", " ".join(map(str, seeds)), "--output", folder, *more],
                          env={**os.environ, "DINOBENCH": str(program)}, stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"study: {folder} ended with {done.returncode}:\n{done.stdout}")
    seconds = 0
    for path in (folder / part).glob("*.h5"):
        with h5py.File(path) as record:
            seconds += record.attrs["seconds"]
    return json.loads((folder / f"{part}.json").read_text()), seconds


def faulty_night(program, folder, seeds):
    """DINO's findings, each at its share of a whole night's false alarms."""
    night(program, folder, "statistical", seeds, "--only", WATCHED)
    rate = DESIGN_RATE / len(list((ROOT / "experiments/nightly/statistical").glob("*.cfg")))
    report = folder / "watched.json"
    subprocess.run([program, "check", "--baseline", *sorted(BASELINE.glob(f"{WATCHED}-*.h5")), "--new", *(folder / "statistical").glob("*.h5"),
                    "--false_alarm_rate", str(rate), "--json", report], stdout=subprocess.DEVNULL)
    return json.loads(report.read_text())


def alarmed(report):
    return [finding for finding in report["findings"] if finding["alarm"]]


def where(finding):
    return " ".join(word for word in (finding["experiment"].split("/")[-1], finding["evaluation"], finding["what"]) if word)


def seeds_of(index):
    return [FIRST_SEED + NIGHT_SEEDS * index + i for i in range(NIGHT_SEEDS)]


def exact_part(program, work, name):
    report, seconds = night(program, work / f"{name}-exact", "exact", [0])
    found = alarmed(report)
    return {"caught": report["alarm"], "compared": len(report["findings"]), "alarms": len(found),
            "by": sorted({where(finding) for finding in found})}, seconds


def counted(reports):
    caught = sum(report["alarm"] for report in reports)
    by = sorted({where(finding) for report in reports for finding in alarmed(report)})
    return {"nights": len(reports), "caught": caught, "interval": wilson(caught, len(reports)), "by": by}


def resampled(program, work, nights, draws):
    """Alarms over draws of a baseline and a night from all true runs, each judged by the program itself."""
    groups = {}
    for path in [*BASELINE.glob("*.h5"), *work.glob("clean-night*/statistical/*.h5")]:
        name, seed = path.stem.rsplit("-seed", 1)
        groups.setdefault(seed, []).append(path)
    seeds, chance = sorted(groups), random.Random(0)
    baseline = len({path.stem.rsplit("-seed", 1)[1] for path in BASELINE.glob("*.h5")})
    alarms = 0
    for _ in range(draws):
        drawn = chance.sample(seeds, baseline + NIGHT_SEEDS)
        then, now = drawn[:baseline], drawn[baseline:]
        files = [list(itertools.chain.from_iterable(groups[seed] for seed in side)) for side in (then, now)]
        alarms += subprocess.run([program, "check", "--baseline", *files[0], "--new", *files[1]], stdout=subprocess.DEVNULL).returncode == 1
    return {"runs": len(seeds), "nights": draws, "alarms": alarms, "share": alarms / max(draws, 1)}


def clean_study(program, work, nights, draws):
    exact, exact_seconds = exact_part(program, work, "clean")
    whole = [night(program, work / f"clean-night{index}", "statistical", seeds_of(index)) for index in range(nights)]
    statistical = counted([report for report, _ in whole])
    statistical["alarms"] = statistical.pop("caught")
    seconds = sum(took for _, took in whole) / nights
    statistical |= {"metrics": len(whole[0][0]["findings"]), "design_rate": DESIGN_RATE, "resampled": resampled(program, work, nights, draws)}
    return {"exact": exact, "statistical": statistical}, {"exact": round(exact_seconds), "statistical": round(seconds)}


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", type=Path, required=True, help="a checkout in which faults may be planted")
    parser.add_argument("--work", type=Path, required=True, help="programs and nights")
    parser.add_argument("--output", type=Path, required=True, help="JSON")
    parser.add_argument("--nights", type=int, default=1, help="statistical nights a fault")
    parser.add_argument("--statistical", nargs="*", help="faults with statistical nights, about six minutes each; default: all")
    parser.add_argument("--clean_nights", type=int, default=2, help="statistical nights without a fault")
    parser.add_argument("--draws", type=int, default=400, help="nights drawn from all true runs")
    parser.add_argument("--only", nargs="*", help="run these faults (and clean) alone, write no summary")
    arguments = parser.parse_args(words)
    arguments.tree, arguments.work = arguments.tree.resolve(), arguments.work.resolve()
    return arguments


def main(words):
    arguments = parse(words)
    names = arguments.only or ["clean", *FAULTS]
    programs = {name: build(arguments.tree, arguments.work, name) for name in names}
    clean, seconds = None, None
    if "clean" in names:  # first: it draws the data for all
        clean, seconds = clean_study(programs["clean"], arguments.work, arguments.clean_nights, arguments.draws)
        print(f"clean: exact {clean['exact']['alarms']} alarms, statistical {clean['statistical']['alarms']} of {arguments.clean_nights} nights", flush=True)
    faults = {}
    for name in names:
        if name not in FAULTS:
            continue
        exact, _ = exact_part(programs[name], arguments.work, name)
        count = arguments.nights if arguments.statistical is None or name in arguments.statistical else 0
        nights = [faulty_night(programs[name], arguments.work / f"{name}-night{index}", seeds_of(index)) for index in range(count)]
        statistical = counted(nights)
        faults[name] = {"description": FAULTS[name].read_text().splitlines()[0], "exact": exact, "statistical": statistical}
        print(f"{name}: exact {exact['alarms']} alarms, statistical {statistical['caught']} of {statistical['nights']} nights", flush=True)
    if not arguments.only:
        study = {"faults": faults, "clean": clean, "seconds": seconds, "new_seeds": NIGHT_SEEDS,
                 "baseline_seeds": len(list(BASELINE.glob(f"{WATCHED}-*.h5")))}
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        arguments.output.write_text(json.dumps(study, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
