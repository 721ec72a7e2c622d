"""Every figure of results/figures/, as PDF and PNG, through tools/plot.py. Usage: figures.py ROOT"""
import pathlib
import sys

ROOT = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(ROOT / "tools"))
import plot  # noqa: E402  after its folder is known

SMALL = ["--size", "3.2", "2.4"]
DINO = ["--where", "method=dino", "--smooth", "20", *SMALL]
SIX = ["knn/k20_top1", "linear/top1", "retrieval/medium_mAP", "copy_detection/strong_mAP", "attention/jaccard_t60", "video/JF_mean"]
# Figure, folder under results/records, words of tools/plot.py.
FIGURES = [
    ("shapes_loss", "shapes", ["--y", "train/loss", *DINO]),
    ("shapes_entropy", "shapes", ["--y", "train/teacher_entropy", *DINO]),
    ("shapes_kl", "shapes", ["--y", "train/kl", *DINO]),
    ("shapes_bars", "shapes", ["--y", *SIX, "--size", "6.6", "2.8"]),
    ("cifar10_loss", "cifar10", ["--y", "train/loss", *DINO]),
    ("cifar10_entropy", "cifar10", ["--y", "train/teacher_entropy", *DINO]),
    ("cifar10_kl", "cifar10", ["--y", "train/kl", *DINO]),
    ("cifar10_bars", "cifar10", ["--y", "knn/k20_top1", "linear/top1", "--size", "6.6", "2.4"]),
]


def main():
    folder = ROOT / "results" / "figures"
    folder.mkdir(exist_ok=True)
    for name, source, words in FIGURES:
        records = sorted((ROOT / "results" / "records" / source).glob("*.h5"))
        if records:
            plot.main([*map(str, records), *words, "--output", *(str(folder / f"{name}.{kind}") for kind in ("pdf", "png"))])


main()
