"""No number of the paper is typed; every number has a source, by hand; what has none, and a claim that fails, is named."""
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import hand_records

SOURCE = pathlib.Path(sys.argv[2])
PAPER = SOURCE / "paper"
sys.path.insert(0, str(PAPER))
import prose  # noqa: E402  after its folder is known
import sources  # noqa: E402


def test_prose():
    wrong = prose.wrong_in(PAPER)
    assert not wrong, "typed into the paper:\n" + "\n".join(wrong)


def test_planted():
    """The scan can fail: a number is found wherever a paragraph of the paper ends, and in every disguise."""
    planted = 0
    for file in sorted(PAPER.glob("*.tex")):
        parts = file.read_text(encoding="utf-8").split("\n\n")
        for place in range(1, len(parts) + 1) if file.name != "names.tex" else ():
            text = "\n\n".join([*parts[:place], "we reach 93.5 percent", *parts[place:]])
            assert len(prose.typed_numbers(text, file.name == "references.tex")) == 1, f"{file.name}, paragraph {place}: not found"
            planted += 1
    assert planted > 40, planted
    for text in (r"\val{a | b}7", r"$10^{-5}$", r"\textbf{3}", "over five seeds", "Twelve runs", "top-5", r"a \cite{x} 2021", r"\either{a < b}{1}{b}",
                 r"\caption{of 12}", r"90\,\%", "two-sided", "hundreds of images", r"\hspace{2mm}", "arXiv:2104.14294", "in 2021"):
        assert prose.typed_numbers(text), f"not found: {text}"
    for text in (r"\cite{a2021}", r"\label{t1}", r"\includegraphics[width=.5\linewidth]{a1}", r"\val{a x=1 | k20}", "% 12", "one network"):
        assert not prose.typed_numbers(text), f"wrongly found: {text}"
    assert not prose.typed_numbers("CVPR, 2018. arXiv:1805.01978.", True) and prose.typed_numbers("pages 12--20", True)
    assert prose.smuggled(r"\newcommand{\ours}{93.5\,\%}") and not prose.smuggled(r"\newcommand{\a}{ViT-S/16}")


def make_results(root):
    """Two seeds of k-NN at 100 and 50 percent, one of another backbone, and a JSON file."""
    folder = root / "results" / "records" / "hand"
    folder.mkdir(parents=True)
    (root / "paper").mkdir()
    hand_records.write(folder / "a.h5", seed=0, hits="1111")
    hand_records.write(folder / "b.h5", seed=1, hits="1100")
    hand_records.write(folder / "c.h5", backbone="resnet18", hits="1000")
    hand_records.write(folder / "d.h5", seed=2, hits="0000", status="failed")
    (root / "results" / "gate").mkdir()
    (root / "results" / "gate" / "x.json").write_text(json.dumps({"faults": {"a": {"caught": 1}, "b": {"caught": 0}}, "rate": [0.05, 1e-9]}))


def test_values(root):
    known = sources.Sources(root)
    for key, expected in {
            "hand backbone=vit_nano | knn/k20_top1 | mean | .2f": "75.00", "hand backbone!=vit_nano | knn/k20_top1": "25",
            "hand backbone=vit_nano | knn/k20_top1 | deviation | .3f": f"{50 / math.sqrt(2):.3f}", "hand | knn/k20_top1@n": "4",
            "hand | seed | count": "3", "hand | seconds | sum": "4.5", "hand | out_dim": "256", "hand | torch_version": "2.11.0",
            "hand seed=0 backbone=vit_nano | train/loss[last] | .2f": "3.02", "hand | train/step[count]": "100", "hand | knn.temperature | .2f": "0.07",
            "gate | faults/*/caught | sum": "1", "gate | faults/*/caught | count": "2", "gate | rate/0 | .0p": "5", "gate | faults/b/caught | none": "none",
            "gate | rate/1 | .0e": r"\ensuremath{1\cdot10^{-9}}"}.items():
        assert known.text(key) == expected, f"{key}: {known.text(key)}, expected {expected}"
    assert known.holds("hand seed=1 | knn/k20_top1 < hand backbone=vit_nano | knn/k20_top1 | mean") and not known.holds("hand | out_dim > 256")


def run_values(root, text):
    (root / "paper" / "part.tex").write_text(text)
    done = subprocess.run([sys.executable, PAPER / "values.py", root], capture_output=True, text=True)
    return done.returncode, done.stderr


def test_unresolved(root):
    out = root / "results" / "values.tex"
    for text, why in {r"\val{hand | knn/k5_top1}": "no metric, series or field knn/k5_top1", r"\val{hand method=moco | seed}": "no completed record fits",
                      r"\val{nowhere | a}": "results/ holds no nowhere", r"\val{gate | rate/7}": "nothing at '7'",
                      r"\val{hand | knn/k20_top1}": "3 values that differ", r"\val{published table2 | DINO; linear}": "table2.layout",
                      r"\holds{hand | out_dim > 256}": "does not hold", r"\val{hand | method | .1f}": "is no number",
                      r"\val{tables/none | a; b}": "no none.csv", r"\val{hand}": "expected SOURCE"}.items():
        code, said = run_values(root, text)
        assert code == 1 and text in said and why in said and "part.tex" in said, f"{text}: {code}: {said}"
        assert not out.exists()
    code, said = run_values(root, "a \\val{hand\n  | out_dim} \\holds{hand | out_dim = 256}\\either{hand | out_dim < 1}{a}{b}\n% \\val{nowhere | a}")
    assert code == 0, said
    assert r"\csname val:hand | out_dim\endcsname{256}" in out.read_text() and r"out_dim < 1\endcsname{\secondchoice}" in out.read_text()


test_prose()
test_planted()
with tempfile.TemporaryDirectory() as work:
    home = pathlib.Path(work)
    make_results(home)
    os.makedirs(home / "experiments" / "layouts")
    (home / "experiments" / "layouts" / "table2.layout").write_text("published = other | linear | 1 | x\n")
    test_values(home)
    test_unresolved(home)
print("paper: every number has a source")
