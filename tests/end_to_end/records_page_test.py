"""Every block of core/RECORDS.md does what it says, as it stands there, on a record whose numbers are known."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import hand_records

SOURCE = sys.argv[2]


def blocks():
    with open(os.path.join(SOURCE, "core", "RECORDS.md"), encoding="utf-8") as f:
        return re.findall(r"^```(\w+)\n(.*?)^```", f.read(), re.S | re.M)


def missing_for(language, text):
    """The tool that a block needs and this machine lacks."""
    tools = {"python": [], "cpp": [], "bash": re.findall(r"^(g\+\+|h5dump|h5ls)", text, re.M)}[language]
    if "pkg-config" in text:
        tools.append("pkg-config")
    return next((tool for tool in tools if shutil.which(tool) is None), None)


def run_block(language, text, folder):
    if language == "cpp":
        with open(os.path.join(folder, "read_record.cpp"), "w", encoding="utf-8") as f:
            f.write(text)
        return ""
    command = [sys.executable, "-c", text] if language == "python" else ["bash", "-euc", text]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
    return done.stdout


with tempfile.TemporaryDirectory() as folder:
    hand_records.write(os.path.join(folder, "run.h5"), hits="1101", seed=3)
    for name in (".venv", "tools"):
        os.symlink(os.path.join(SOURCE, name), os.path.join(folder, name))
    said = ""
    for language, text in blocks():
        lacking = missing_for(language, text)
        if lacking:
            print(f"skipped: a block that needs {lacking}")
            continue
        said += run_block(language, text, folder)
    # Losses of hand_records: 5 - 99 / 50 + 3.
    for expected in ("dino vit_nano seed 3 completed", "learning rate 0.01", "last loss 6.02", "wrong: ['class/2.png']",
                     "knn k20_top1 = 75.00 percent (10.00 to 90.00, n 4)"):
        assert expected in said, f"'{expected}' is not in\n{said}"
    if os.path.exists(os.path.join(folder, "read_record")):
        assert "knn k20_top1 = 75.00 percent of 4 images; loss 6.0200 after 100 steps" in said, said
    if shutil.which("h5dump"):
        assert 'ATTRIBUTE "ci_high"' in said and "(0): 75" in said, said
        with open(os.path.join(folder, "loss.txt"), encoding="utf-8") as f:
            values = [float(value) for value in f.read().replace(",", " ").split()]
        assert len(values) == 100 and abs(values[-1] - 6.02) < 1e-9, values[-3:]
    assert {"loss.pdf", "loss.png", "top1.png"} <= set(os.listdir(folder))
print("core/RECORDS.md: its commands work")
