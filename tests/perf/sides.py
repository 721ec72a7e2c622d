"""Running our side and a rival's, each in a process of its own, for tools/compare_reference.py."""
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILDS = {"cpu": ROOT / "build", "gpu": ROOT / "build-cuda"}
PYTHON = ROOT / ".venv" / "bin" / "python"


def device_of(declared):
    return declared.get("device", "cpu")


def cores_of(declared):
    """The cores a case is pinned to: as many as it declares, all beside a GPU."""
    mine = sorted(os.sched_getaffinity(0))
    return set(mine if device_of(declared) == "gpu" else mine[:declared.get("threads", 1)])


def run(command, declared):
    """Standard output and peak resident bytes of one process."""
    cores = cores_of(declared)
    environment = dict(os.environ, OMP_NUM_THREADS=str(len(cores)), OMP_WAIT_POLICY="passive", PYTHONDONTWRITEBYTECODE="1")
    if device_of(declared) == "cpu":
        environment["CUDA_VISIBLE_DEVICES"] = ""
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT,
                               preexec_fn=lambda: os.sched_setaffinity(0, cores))
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"compare_reference: exit code {process.returncode} from: {' '.join(map(str, command))}")
    return output, usage.ru_maxrss * 1024


def ours(case, declared):
    """{"seconds", "bytes", "gpu_bytes"}, or {"skipped": why}."""
    perf = BUILDS[device_of(declared)] / "tests" / "perf_tests"
    if not perf.exists():
        return {"skipped": f"no {perf.relative_to(ROOT)} (tools/build.sh {'--cuda ' * (device_of(declared) == 'gpu')}--dev)"}
    output, peak = run([perf, f"--benchmark_filter=^{case}/", "--benchmark_format=json"], declared)
    found = json.loads(output)["benchmarks"] if output.strip() else []
    if not found:
        return {"skipped": "perf_tests has nothing of that name"}
    if found[0].get("error_occurred"):
        return {"skipped": found[0]["error_message"]}
    return {"seconds": found[0]["real_time"] * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}[found[0]["time_unit"]], "bytes": peak,
            "gpu_bytes": found[0].get("gpu_bytes", 0)}


def rival(script, case, name, folder, declared):
    """The last line of a rival is JSON: {"seconds": ...}, or {"skipped": why}."""
    output, peak = run([PYTHON, script, case, name, folder], declared)
    found = json.loads(output.strip().splitlines()[-1])
    return found if "skipped" in found else {"bytes": peak, **found}


def flop_rate(declared):
    """FLOP a second of a large bf16 product, where the case asks for a share of it."""
    found = ours("gpu_matmul_bf16_a_tflop", declared) if "shape" in declared and device_of(declared) == "gpu" else {}
    return 1e12 / found["seconds"] if "seconds" in found else None


def median(taken, what):
    found = [one[what] for one in taken if one.get(what)]
    return statistics.median(found) if found else None


def summary(pairs, target):
    """Medians of one rival's rounds, and the ratios within rounds."""
    ratios = sorted(theirs["seconds"] / mine["seconds"] for mine, theirs in pairs)
    mine, theirs = ([pair[side] for pair in pairs] for side in (0, 1))
    return {"ours_seconds": median(mine, "seconds"), "rival_seconds": median(theirs, "seconds"), "ratio": statistics.median(ratios),
            "lowest": ratios[0], "highest": ratios[-1], "target": target,
            "memory": statistics.median(mine["bytes"] / theirs["bytes"] for mine, theirs in pairs),
            "ours_bytes": median(mine, "bytes"), "rival_bytes": median(theirs, "bytes")}
