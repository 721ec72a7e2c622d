"""Speed of the data path beside Pillow and torchvision: one core each, turn by turn.

Usage: pillow_speed.py [ROUNDS] [--json FILE]

All cases of rivals/images.py by tools/compare_reference.py, which see: milliseconds per image of both and their ratio.
"""
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for folder in (ROOT / "tests" / "perf" / "rivals", ROOT / "tests" / "reference", ROOT / "tools"):
    sys.path.insert(0, str(folder))
import compare_reference  # noqa: E402  after their folders are known
import findings  # noqa: E402
import images  # noqa: E402

PERF = compare_reference.BUILDS["cpu"] / "tests" / "perf_tests"

NAMES = {"multi_crop": "multi_crop_with_decode", "evaluation": "evaluation_with_decode"}  # as results/ and paper/ know them


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 3
    if not images.SAMPLE.is_dir():
        print(f"skipped: no {images.SAMPLE}")
        sys.exit(77)
    if not PERF.exists():
        sys.exit(f"pillow_speed: no {PERF}: run tools/build.sh --dev first")
    steps = {}
    for case, declared in images.CASES.items():
        found = compare_reference.compare(case, images.__file__, declared, ROOT, rounds)["rivals"]["pillow"]
        steps[NAMES.get(case, case)] = {"ours": 1e3 * found["ours_seconds"], "pillow": 1e3 * found["rival_seconds"], "ratio": found["ratio"]}
    findings.keep(rounds=rounds, steps=steps)
    findings.save()


main()
