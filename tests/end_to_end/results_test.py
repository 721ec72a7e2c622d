"""results/make.sh, from the records alone, makes to the byte what is committed; and says by name what is missing."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

BINARY, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
DATA = ["records", "baselines", "gate", "parity", "speed"]
PAGES = ["COST.md", "values.tex"]


def copy_tree(root, data):
    """The sources of results/ and paper/, `data` beside them, nothing that was made from it."""
    for name in (".venv", "tools", "experiments"):
        os.symlink(SOURCE / name, root / name)
    shutil.copytree(SOURCE / "paper", root / "paper", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "results").mkdir()
    for file in (SOURCE / "results").iterdir():
        if file.suffix in (".py", ".sh", ".txt"):
            shutil.copy(file, root / "results")
    for name in data:
        os.symlink(SOURCE / "results" / name, root / "results" / name)


def make(root):
    return subprocess.run([root / "results" / "make.sh"], capture_output=True, text=True, env={**os.environ, "DINOBENCH": BINARY})


def made(root):
    files = [file for folder in ("tables", "figures") for file in (root / folder).glob("*")]
    return {str(file.relative_to(root)): file.read_bytes() for file in [*files, *(root / page for page in PAGES)]}


def test_missing():
    with tempfile.TemporaryDirectory() as work:
        root = pathlib.Path(work)
        copy_tree(root, [])
        done = make(root)
        assert done.returncode == 1, done.stdout + done.stderr
        for line in (SOURCE / "results" / "sources.txt").read_text().splitlines():
            if line and not line.startswith("#"):
                folder, _, command = line.partition("|")
                assert f"results/{folder.strip()} is empty. It is made by:{command}" in done.stderr, f"{folder}\n{done.stderr}"
        assert "the paper needs the rest" in done.stderr and not (root / "results" / "dinobench.pdf").exists()


def test_same_bytes():
    with tempfile.TemporaryDirectory() as work:
        root = pathlib.Path(work)
        copy_tree(root, [name for name in DATA if (SOURCE / "results" / name).is_dir()])
        done = make(root)
        assert done.returncode == 0, done.stdout + done.stderr
        again, committed = made(root / "results"), made(SOURCE / "results")
        assert set(again) == set(committed), f"only on one side: {sorted(set(again) ^ set(committed))}"
        different = [name for name in again if again[name] != committed[name]]
        assert not different, f"not what is committed: {different}; results/make.sh renews them"
        print(f"{len(again)} files, byte for byte")
        if shutil.which("pdflatex") is None:
            print("part skipped: no pdflatex to make the paper with")
            return
        assert (root / "results/dinobench.pdf").read_bytes() == (SOURCE / "results/dinobench.pdf").read_bytes(), "dinobench.pdf is not what is committed"
        print("the paper, byte for byte")


test_missing()
test_same_bytes()
