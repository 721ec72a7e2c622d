"""tools/plot.py: means and deviations by hand, the same bytes twice, and what it refuses."""
import importlib.util
import math
import os
import subprocess
import sys
import tempfile

import numpy as np

import hand_records

SOURCE = sys.argv[2]
SCRIPT = os.path.join(SOURCE, "tools", "plot.py")
spec = importlib.util.spec_from_file_location("plot", SCRIPT)
plot = importlib.util.module_from_spec(spec)
spec.loader.exec_module(plot)


def run(*words, code=0):
    done = subprocess.run([sys.executable, SCRIPT, *words], capture_output=True, text=True)
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def make(folder):
    """Two seeds at lr 0.01, one at lr 0.1; one record failed."""
    files = [os.path.join(folder, f"{name}.h5") for name in "abcd"]
    hand_records.write(files[0], seed=0, hits="1111", options={"lr": "0.01", "centering": "center"}, loss=[2.0] * 100)
    hand_records.write(files[1], seed=1, hits="1100", options={"lr": "0.01", "centering": "center"}, loss=[4.0] * 90)
    hand_records.write(files[2], seed=0, hits="1000", options={"lr": "0.1", "centering": "none"}, loss=[9.0] * 100)
    hand_records.write(files[3], seed=2, hits="0000", status="failed")
    return files


def test_numbers(files):
    records = plot.read_records(files, [])
    assert [record.path for record in records] == files[:3]
    data, words = plot.points(records, "knn/k20_top1", "lr", ["method"])
    x, mean, deviation = data["dino"]
    assert words is None and x == [0.01, 0.1] and mean == [75, 25], (x, mean)
    assert math.isclose(deviation[0], 50 / math.sqrt(2)) and math.isnan(deviation[1])  # of 100 and 50; of one seed
    data, words = plot.points(records, "knn/k20_top1", "centering", ["method"])
    assert words == ["center", "none"] and data["dino"][0] == [0, 1]
    data, words = plot.bars(records, ["linear/top1", "knn/k20_top1"], ["centering"])
    assert words == ["linear/top1", "knn/k20_top1"] and data["center"][:2] == ([1], [75]) and data["none"][1] == [25], data
    lines = plot.curves(records, "loss", "step", ["centering"], 10)
    x, mean, deviation = lines["center"]
    assert len(x) == 9 and x[0] == 4.5 and np.all(mean == 3) and np.allclose(deviation, math.sqrt(2))
    assert len(lines["none"][0]) == 10 and np.all(np.isnan(lines["none"][2]))


def test_bytes(files, folder):
    for form in ("pdf", "png", "svg"):
        run(*files, "--y", "knn/k20_top1", "--output", os.path.join(folder, f"bars.{form}"))
        pair = [os.path.join(folder, f"{name}.{form}") for name in ("one", "two")]
        for path in pair:
            run(*files, "--y", "train/loss", "--group", "centering", "--smooth", "10", "--output", path)
        contents = [open(path, "rb").read() for path in pair]
        assert contents[0] == contents[1] and len(contents[0]) > 5000, form
        assert b"CreationDate" not in contents[0]


def test_refusals(files, folder):
    to = os.path.join(folder, "x.png")
    assert "none of the 1 records is complete" in run(files[3], "--y", "train/loss", "--output", to, code=2)
    assert "without --x" in run(files[0], "--y", "knn/k20_top1", "train/loss", "--output", to, code=2)
    assert "no record holds video/JF" in run(files[0], "--y", "video/JF", "--output", to, code=2)
    assert "no record holds linear/top1 against lr" in run(files[0], "--y", "linear/top1", "--x", "lr", "--output", to, code=2)
    assert "ends in .pdf" in run(files[0], "--y", "train/loss", "--output", "x.gif", code=2)
    assert "expected field=value" in run(files[0], "--y", "train/loss", "--where", "dino", "--output", to, code=2)
    assert "gone.h5" in run("gone.h5", "--y", "train/loss", "--output", to, code=2)
    assert not os.path.exists(to)


with tempfile.TemporaryDirectory() as work:
    made = make(work)
    test_numbers(made)
    test_bytes(made, work)
    test_refusals(made, work)
print("plot: fine")
