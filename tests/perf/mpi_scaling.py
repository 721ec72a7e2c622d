"""How much of twice the speed two ranks reach: images a second of 2 ranks x 1 thread against 1 rank x 1 thread.

    .venv/bin/python tests/perf/mpi_scaling.py build/dinobench [OTHER ...] [--rounds 3] [--case nano] [--json FILE]

A round is three runs of training on the drawn set, one after another: a rank on the first core; two ranks on two cores; and
two runs that know nothing of each other, side by side on the same cores. The last is the machine's own ceiling: shared
memory, cache and clock slow two processes with or without messages. A run's speed is the median over its steps but the
first ten. Printed are the efficiency of each round, that of the best runs (other work on the machine can only slow one down),
what of the ceiling the communication leaves, and the CPU seconds of a rank (the least of the rounds): waiting for the other
rank and adding up gradients cost those, other work on the machine hardly does.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import h5py

NANO = ("--arch vit_nano --patch_size 8 --global_crops_size 32 --local_crops_size 16 --local_crops_number 4 "
        "--out_dim 256 --head_hidden_dim 512 --batch_size_per_gpu 32").split()
CASES = {  # options, steps
    "nano": (NANO, 120),
    "tiny": ("--arch vit_tiny --patch_size 8 --global_crops_size 64 --local_crops_size 32 --local_crops_number 4 "
             "--out_dim 4096 --batch_size_per_gpu 8".split(), 24),
    "resnet18": ("--arch resnet18 --global_crops_size 64 --local_crops_size 32 --local_crops_number 4 --out_dim 4096 "
                 "--batch_size_per_gpu 8".split(), 24),
}
FIXED = ("--method dino --warmup_epochs 0 --epochs 1 --saveckp_freq 0 --check_ranks_every 0 --threads 1 --num_workers 1 "
         "--device cpu --quiet").split()
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
WARM = 10


def on_core(core, words):
    return ["taskset", "-c", str(core), *words]


class Bench:
    def __init__(self, binary, case, data, work, cores):
        options, steps = CASES[case]
        self.words = [str(binary), "train", "--data_path", str(data), *FIXED, *options,
                      "--steps_per_epoch", str(steps)]
        self.work, self.cores, self.count = work, cores, 0
        self.batch = int(options[options.index("--batch_size_per_gpu") + 1])

    def train(self):
        """Words of a run with a folder of its own, and the record that it will leave."""
        self.count += 1
        folder = self.work / f"run{self.count}"
        return [*self.words, "--output_dir", str(folder)], folder / "run.h5"

    def speeds(self, *commands):
        """Runs them at the same time: their images a second and CPU seconds, added up."""
        started = [subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)
                   for command, _ in commands]
        speed, cpu = 0, 0
        for process in started:
            text = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                sys.exit(f"mpi_scaling.py: exit code {process.returncode}: {text}")
            cpu += usage.ru_utime + usage.ru_stime
        for _, record in commands:
            with h5py.File(record) as file:
                speed += statistics.median(file["train/images_per_second"][WARM:])
        return speed, cpu

    def gradient_bytes(self):
        """About a quarter of a checkpoint: two networks and two moments, each as large as the gradients."""
        return (self.work / "run1" / "checkpoint.pth").stat().st_size // 4

    def one_rank(self):
        words, record = self.train()
        return self.speeds((on_core(self.cores[0], words), record))

    def two_ranks(self):
        words, record = self.train()
        launch = "mpirun --allow-run-as-root --oversubscribe --bind-to none".split()
        both = [*launch, "-n", "1", *on_core(self.cores[0], words), ":", "-n", "1", *on_core(self.cores[1], words)]
        return self.speeds((both, record))

    def side_by_side(self):
        runs = []
        for core in self.cores:
            words, record = self.train()
            runs.append((on_core(core, words), record))
        return self.speeds(*runs)


def report(name, rounds, gradient_bytes, batch):
    """Prints the figures of one case and returns them for --json."""
    one, two, apart = (max(speed for speed, _ in column) for column in zip(*rounds))
    cpu = [min(seconds for _, seconds in column) for column in zip(*rounds)]
    shares = [b / (2 * a) for (a, _), (b, _), _ in rounds]
    ceilings = [c / (2 * a) for (a, _), _, (c, _) in rounds]
    print(f"{name}: {one:.1f} images/s on 1 rank, {two:.1f} on 2 ranks, {apart:.1f} as two runs (best of {len(rounds)})")
    print(f"  efficiency {two / (2 * one):.3f} of ideal 2x (rounds {' '.join(f'{x:.3f}' for x in sorted(shares))})")
    print(f"  ceiling    {apart / (2 * one):.3f} of ideal 2x (rounds {' '.join(f'{x:.3f}' for x in sorted(ceilings))})")
    print(f"  efficiency {two / apart:.3f} of the ceiling")
    print(f"  CPU s a rank: {cpu[0]:.2f} alone, {cpu[1] / 2:.2f} with the other, {cpu[2] / 2:.2f} beside a stranger", flush=True)
    return {"one": one, "two": two, "apart": apart, "efficiency": two / (2 * one), "of_ceiling": two / apart, "rounds": len(rounds),
            "gradient_bytes": gradient_bytes, "step_seconds": batch / one}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=pathlib.Path, nargs="+", help="more than one: compared in the same rounds")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--case", choices=CASES, nargs="+", default=list(CASES))
    parser.add_argument("--cores", type=int, nargs=2, default=sorted(os.sched_getaffinity(0))[:2])
    parser.add_argument("--json", type=pathlib.Path, help="write the first binary's figures there")
    arguments = parser.parse_args()
    figures = {}
    with tempfile.TemporaryDirectory(prefix="dinobench_scaling_") as folder:
        work = pathlib.Path(folder)
        binaries = [binary.resolve() for binary in arguments.binary]
        subprocess.run([binaries[0], "data", "make", "--output", work / "shapes", "--parts", "classification", "--quiet"],
                       check=True)
        for case in arguments.case:
            data = work / "shapes/classification/train"
            benches = [Bench(binary, case, data, work / f"{case}{i}", arguments.cores)
                       for i, binary in enumerate(binaries)]
            rounds = [[] for _ in binaries]
            for _ in range(arguments.rounds):
                for bench, results in zip(benches, rounds):
                    results.append((bench.one_rank(), bench.two_ranks(), bench.side_by_side()))
            for binary, bench, results in zip(binaries, benches, rounds):
                name = case if len(binaries) == 1 else f"{case}, {binary}"
                figures.setdefault(case, report(name, results, bench.gradient_bytes(), bench.batch))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
