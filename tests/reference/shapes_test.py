"""`dinobench data make` as Python sees it: every file of every part read by pickle, Pillow and numpy.

Usage: shapes_test.py BINARY SOURCE_DIR. Checked: layouts and lists, image sizes, the ground truth of retrieval, palettes
and values of masks, void borders, that no two pictures are the same, and that a second run writes the same bytes.
"""
import hashlib
import pathlib
import pickle
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

SMALL = {
    "train_per_class": 2, "val_per_class": 1, "retrieval_size": 64, "retrieval_identities": 4, "retrieval_queries": 2,
    "retrieval_easy": 3, "retrieval_hard": 2, "retrieval_junk": 1, "retrieval_others": 5, "copydays_size": 64,
    "copydays_originals": 8, "copydays_distractors": 4, "copydays_whitening": 3, "voc_size": 80, "voc_train": 4,
    "voc_val": 5, "davis_sequences": 6, "davis_frames": 4,
}
QUALITIES = [3, 5, 8, 10, 15, 20, 30, 50, 75]
REMOVED = [10, 15, 20, 30, 40, 50, 60, 70, 80]


def make(binary, output, seed):
    words = [word for name, value in SMALL.items() for word in (f"--{name}", str(value))]
    subprocess.run([binary, "data", "make", "--output", output, "--seed", str(seed), "--quiet"] + words, check=True)


def pixels(path):
    return np.asarray(Image.open(path).convert("RGB"))


def names(folder):
    return sorted(path.stem for path in folder.iterdir() if path.is_file())


def voc_palette():
    """PASCAL VOC's colour map: the bits of the index dealt to R, G, B from the highest bit down."""
    colours = []
    for index in range(256):
        colour = [0, 0, 0]
        for bit in range(8):
            colour[bit % 3] |= (index >> bit & 1) << (7 - bit // 3)
        colours += colour
    return colours


def read_mask(path):
    mask = Image.open(path)
    assert mask.mode == "P" and mask.format == "PNG", f"{path}: {mask.mode}, expected a palette PNG"
    assert mask.getpalette()[:768] == voc_palette(), f"{path}: another palette than VOC's"
    return np.asarray(mask)


def digest(folder, of=lambda path: path.read_bytes()):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(of(path)).hexdigest() for path in files}


def check_retrieval(root):
    folder = root / "retrieval/shapes"
    with open(folder / "gnd_shapes.pkl", "rb") as file:
        truth = pickle.load(file)
    assert list(truth) == ["imlist", "qimlist", "gnd"]
    database, queries = truth["imlist"], truth["qimlist"]
    assert len(database) == 4 * 6 + 5 and len(queries) == len(truth["gnd"]) == 8
    assert len(set(database + queries)) == 37, "a name stands twice, or a query is in the database"
    assert names(folder / "jpg") == sorted(database + queries)
    for name, entry in zip(queries, truth["gnd"]):
        assert list(entry) == ["bbx", "easy", "hard", "junk"]
        left, top, right, bottom = entry["bbx"]
        assert all(isinstance(edge, float) for edge in entry["bbx"])
        assert 0 <= left < right <= 64 and 0 <= top < bottom <= 64
        lists = entry["easy"] + entry["hard"] + entry["junk"]
        assert len(set(lists)) == len(lists) == 6 and all(0 <= index < len(database) for index in lists)
        for grade in ("easy", "hard", "junk"):
            expected = {image for image in database if image.startswith(f"{name[:10]}_{grade}_")}
            assert {database[index] for index in entry[grade]} == expected and expected
    images = [Image.open(folder / "jpg" / f"{name}.jpg") for name in database + queries]
    assert all(image.format == "JPEG" and image.mode == "RGB" and image.size == (64, 64) for image in images)
    assert len(set(digest(folder / "jpg", lambda path: pixels(path).tobytes()).values())) == len(images)
    print(f"retrieval: {len(queries)} queries, {len(database)} images")


def check_copydays(root):
    folder = root / "copydays"
    originals = names(folder / "original")
    assert originals == [f"{2000 + i}00" for i in range(8)]
    assert sorted(map(int, names_of_folders(folder / "jpegqual"))) == QUALITIES
    assert sorted(map(int, names_of_folders(folder / "crops"))) == REMOVED
    for name in originals:
        original = pixels(folder / f"original/{name}.jpg").astype(float)
        assert max(original.shape) == 64
        errors = [np.square(pixels(folder / f"jpegqual/{q}/{name}.jpg") - original).mean() for q in QUALITIES]
        assert errors[0] > errors[4] > errors[8], f"{name}: a lower quality must look worse: {errors}"
        for removed in REMOVED:
            height, width = pixels(folder / f"crops/{removed}/{name}.jpg").shape[:2]
            left = 100 * height * width / (original.shape[0] * original.shape[1])
            assert abs(left - (100 - removed)) < 4, f"{name}: crops/{removed} keeps {left:.1f} percent"
    strong = names(folder / "strong")
    assert len(strong) == 12 and {name[:4] for name in strong} == {name[:4] for name in originals}
    assert not set(strong) & set(originals)
    assert len(names(folder / "distractors")) == 4 and len(names(folder / "whitening")) == 3
    single = [digest(folder / block, lambda path: pixels(path).tobytes()).values()
              for block in ("original", "strong", "distractors", "whitening")]
    assert len(set().union(*single)) == 8 + 12 + 4 + 3, "two pictures are the same"
    print(f"copydays: {len(originals)} originals, {len(strong)} strong copies")


def names_of_folders(folder):
    return [path.name for path in folder.iterdir() if path.is_dir()]


def check_border(mask, name):
    """Without the void pixels no two objects touch, and a void pixel lies beside another region."""
    for one, other in ((mask[:, 1:], mask[:, :-1]), (mask[1:], mask[:-1])):
        assert ((one == other) | (one == 255) | (other == 255)).all(), f"{name}: objects touch without a border"
    padded = np.pad(mask, 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (5, 5))
    kinds = [len(set(window.ravel()) - {255}) for window in windows[mask == 255]]
    assert np.mean(np.array(kinds) >= 2) > 0.9, f"{name}: void pixels far from any edge"


def check_voc(root):
    folder, classes = root / "voc/VOC2012", set()
    lists = {name: (folder / f"ImageSets/Segmentation/{name}.txt").read_text().split()
             for name in ("train", "val", "trainval")}
    assert len(lists["train"]) == 4 and len(lists["val"]) == 5 and lists["trainval"] == lists["train"] + lists["val"]
    for kind in ("JPEGImages", "SegmentationObject", "SegmentationClass"):
        assert names(folder / kind) == sorted(lists["trainval"])
    for name in lists["trainval"]:
        image = pixels(folder / f"JPEGImages/{name}.jpg")
        objects = read_mask(folder / f"SegmentationObject/{name}.png")
        labels = read_mask(folder / f"SegmentationClass/{name}.png")
        assert image.shape[:2] == objects.shape == labels.shape and max(objects.shape) == 80
        ids = sorted(set(np.unique(objects)) - {0, 255})
        assert ids == list(range(1, len(ids) + 1)) and ids
        assert ((objects == 255) == (labels == 255)).all() and ((objects == 0) == (labels == 0)).all()
        assert all(len(np.unique(labels[objects == index])) == 1 for index in ids), "an object of two classes"
        classes |= set(np.unique(labels)) - {0, 255}
        check_border(objects, name)
    assert classes <= set(range(1, 11)) and len(classes) > 4
    print(f"voc: {len(lists['trainval'])} images, {len(classes)} classes seen")


def check_davis(root):
    folder = root / "davis/DAVIS"
    sequences = (folder / "ImageSets/2017/val.txt").read_text().split()
    assert len(sequences) == 6
    assert set(sequences) == set(names_of_folders(folder / "JPEGImages/480p"))
    assert set(sequences) == set(names_of_folders(folder / "Annotations/480p"))
    for sequence in sequences:
        frames = names(folder / "JPEGImages/480p" / sequence)
        assert frames == names(folder / "Annotations/480p" / sequence) == [f"{i:05d}" for i in range(4)]
        masks = [read_mask(folder / f"Annotations/480p/{sequence}/{frame}.png") for frame in frames]
        ids = set(np.unique(masks[0]))
        assert ids == set(range(len(ids))) and len(ids) >= 3, f"{sequence}: first frame holds {ids}"
        for frame, mask in zip(frames, masks):
            assert set(np.unique(mask)) <= ids
            assert pixels(folder / f"JPEGImages/480p/{sequence}/{frame}.jpg").shape == (96, 160, 3)
            assert mask.shape == (96, 160)
        moved = [(one != other).mean() for one, other in zip(masks, masks[1:])]
        assert min(moved) > 0.005, f"{sequence}: nothing moves"
    print(f"davis: {len(sequences)} sequences")


def main():
    binary = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name) / "one"
        make(binary, root, seed=4)
        check_retrieval(root)
        check_copydays(root)
        check_voc(root)
        check_davis(root)
        sheet = Image.open(root / "overview.png")
        assert sheet.mode == "RGB" and sheet.width > 800
        text = (root / "README.txt").read_text()
        for line in ("classification/ (30 .png files)", "copydays/ (171 .jpg files)", "davis/ (24 .jpg, 24 .png files)",
                     "retrieval/ (37 .jpg files)", "voc/ (9 .jpg, 18 .png files)"):
            assert line in text, f"README.txt does not say: {line}"
        before = digest(root)
        make(binary, root, seed=4)
        make(binary, root.parent / "two", seed=4)
        assert digest(root) == before == digest(root.parent / "two"), "the bytes of two runs differ"
        print(f"{len(before)} files, the same bytes in a second run")


if __name__ == "__main__":
    main()
