"""`dinobench eval video` against label propagation and the DAVIS measures written again with torch, OpenCV and Pillow.

Usage: video_test.py BINARY SOURCE_DIR. Two sequences of shared/data/davis-6, five frames each, one of them with a second
object and void drawn into its masks; vit_tiny/16 with random weights. Features agree to 1e-5. From the binary's own
features every pixel of its masks must follow; from this file's features, which differ by rounding, a pixel in ten
thousand may not: where the fifth and the sixth source are equal but for rounding, the cut takes one or the other. J and
F of the binary's masks agree to rounding.
"""
import hashlib
import pathlib
import shutil
import subprocess
import sys
import tempfile

try:
    import cv2
    import h5py
    import numpy as np
    import torch
    from PIL import Image
    from torch.nn import functional as F

    import findings
    from dino_model import Vit
except ImportError as missing:
    print(f"skipped: {missing} (tools/setup.sh --dev installs what this test needs)")
    sys.exit(77)

PATCH, RADIUS, TOPK, LAST = 16, 12, 5, 7
FRAMES = 5


# ---- OpenCV's resize, to the byte ----

def check_resize(binary, folder):
    random = np.random.default_rng(4)
    lines, expected = [], []
    for index in range(60):
        width, height, new_width, new_height = (int(v) for v in random.integers(1, 260, 4))
        if index % 4 == 0:
            width, height = 2 * new_width, 2 * new_height  # OpenCV averages here
        pixels = random.integers(0, 256, (height, width, 3)).astype(np.uint8)
        path = folder / f"noise_{index}.png"
        Image.fromarray(pixels).save(path)
        resized = cv2.resize(pixels, (new_width, new_height))
        lines.append(f"{path}\topencv={new_width}x{new_height}\n")
        expected.append(f"{new_width}x{new_height} {hashlib.sha256(resized.tobytes()).hexdigest()}")
    listing = folder / "list.txt"
    listing.write_text("".join(lines))
    run = subprocess.run([binary, "transform", "--digests", listing], capture_output=True, text=True, check=True)
    assert run.stdout.split("\n")[:-1] == expected, "resize_opencv differs from cv2.resize"
    print(f"resize: {len(expected)} images equal to cv2 {cv2.__version__}")


# ---- a small set with both kinds of masks ----

def make_set(source, root):
    """blackswan with its grey masks; car-shadow with palette masks, its lower half a second object, a void corner."""
    (root / "ImageSets/2017").mkdir(parents=True)
    (root / "ImageSets/2017/val.txt").write_text("blackswan\ncar-shadow\n")
    for name in ("blackswan", "car-shadow"):
        for kind in ("JPEGImages", "Annotations"):
            (root / kind / "480p" / name).mkdir(parents=True)
        for image in sorted((source / "JPEGImages/480p" / name).glob("*.jpg"))[:FRAMES]:
            shutil.copy(image, root / "JPEGImages/480p" / name)
            stored = source / "Annotations/480p" / name / f"{image.stem}.png"
            target = root / "Annotations/480p" / name / stored.name
            if name == "blackswan":
                shutil.copy(stored, target)
                continue
            mask = (np.asarray(Image.open(stored)) > 0).astype(np.uint8)
            rows = np.nonzero(mask)[0]
            middle = (rows.min() + rows.max()) // 2
            mask[middle:] *= 2
            mask[:20, :30] = 255
            out = Image.fromarray(mask)
            out.putpalette([90, 80, 70] * 256)
            out.save(target)


def labels_of(path):
    image = Image.open(path)
    values = np.asarray(image).copy()
    if image.mode == "L" and set(np.unique(values)) <= {0, 255}:
        values[values == 255] = 1
    return values


# ---- features and propagation ----

def network_input(path):
    image = cv2.imread(str(path))
    height, width = image.shape[:2]
    image = cv2.resize(image, (480 * width // height // 64 * 64, 480))[:, :, ::-1].astype(np.float32) / 255
    mean, deviation = (np.array(v, np.float32) for v in ((0.485, 0.456, 0.406), (0.228, 0.224, 0.225)))
    return torch.from_numpy(((image - mean) / deviation).transpose(2, 0, 1).copy())


@torch.no_grad()
def patch_tokens(model, pixels):
    images = pixels[None]
    patches = model.patch_embed.proj(images)
    rows, columns = patches.shape[2:]
    x = torch.cat([model.cls_token, patches.flatten(2).mT], dim=1) + model.positions(*images.shape[2:])
    for block in model.blocks:
        x = block(x)
    return model.norm(x)[0, 1:].reshape(rows, columns, -1)


def locality(rows, columns):
    """Which pairs of patches are at most RADIUS apart in both directions."""
    r, c = (axis.ravel() for axis in np.indices((rows, columns)))
    return torch.from_numpy((abs(r[:, None] - r) <= RADIUS) & (abs(c[:, None] - c) <= RADIUS))


def propagate(features, first_mask):
    """Soft label maps [C, rows, columns] of every frame; features: one [rows, columns, D] a frame."""
    rows, columns, _ = features[0].shape
    flat = [F.normalize(f.reshape(rows * columns, -1).double(), dim=1).float().double() for f in features]
    labels = [F.one_hot(torch.from_numpy(first_mask.astype(np.int64)).ravel()).double()]
    allowed = locality(rows, columns)
    for frame in range(1, len(features)):
        contexts = [0] + list(range(max(1, frame - LAST), frame))
        similarity = torch.cat([(flat[frame] @ flat[c].T).masked_fill(~allowed, -np.inf) for c in contexts], 1).float()
        least = similarity.topk(TOPK, dim=1).values[:, -1:]
        weights = torch.where(similarity >= least, torch.exp(similarity.double() / 0.1), 0)
        labels.append(weights @ torch.cat([labels[c] for c in contexts]) / weights.sum(1, keepdim=True))
    return [maps.T.reshape(-1, rows, columns) for maps in labels]


def mask_of(maps, width, height):
    maps = F.interpolate(maps[None], scale_factor=PATCH, mode="bilinear", align_corners=False)[0]
    for map_ in maps:
        if map_.max() > 0:
            map_ -= map_.min().clone()
            map_ /= map_.max().clone()
    winner = maps.argmax(0).numpy().astype(np.uint8)
    return np.asarray(Image.fromarray(winner).resize((width, height), Image.NEAREST))


def segment(features, annotation):
    height, width = annotation.shape
    known = np.where(annotation == 255, 0, annotation)
    small = Image.fromarray(known).resize(features[0].shape[1::-1], Image.NEAREST)
    return [annotation] + [mask_of(m, width, height) for m in propagate(features, np.asarray(small))[1:]]


# ---- the measures ----

def edges(mask):
    out = np.zeros(mask.shape, bool)
    out[:, :-1] |= mask[:, :-1] != mask[:, 1:]
    out[:-1] |= mask[:-1] != mask[1:]
    out[:-1, :-1] |= mask[:-1, :-1] != mask[1:, 1:]
    return out


def boundary_score(found, truth):
    radius = int(np.ceil(0.008 * np.hypot(*truth.shape)))
    y, x = np.mgrid[-radius:radius + 1, -radius:radius + 1]
    disk = (x * x + y * y <= radius * radius).astype(np.uint8)
    a, b = edges(found), edges(truth)
    if not a.any() or not b.any():
        return float(not a.any() and not b.any())
    grown_a, grown_b = (cv2.dilate(e.astype(np.uint8), disk) > 0 for e in (a, b))
    precision, recall = (a & grown_b).sum() / a.sum(), (b & grown_a).sum() / b.sum()
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def region_score(found, truth):
    union = (found | truth).sum()
    return (found & truth).sum() / union if union else 1.0


def summary(values):
    """Mean, recall, decay; four bins whose ends are shared."""
    values = np.array(values)
    ends = np.floor(np.linspace(1, len(values), 5) + 0.5).astype(int) - 1
    first, last = values[ends[0]:ends[1] + 1], values[ends[3]:ends[4] + 1]
    return values.mean(), 100 * (values > 50).mean(), first.mean() - last.mean()


# ---- the comparison ----

def compare_masks(name, written, expected, limit, what):
    differing = sum(int((a != b).sum()) for a, b in zip(written, expected))
    total = sum(a.size for a in written)
    print(f"{name}: {differing} of {total} pixels differ from the masks of {what}")
    kind = "own" if limit else "same"
    findings.count(**{f"pixels_{kind}_features": total, f"pixels_{kind}_features_differ": differing})
    assert differing <= limit * total, f"{name}: masks of {what} differ"


def compare_sequence(name, root, out, model):
    images = sorted((root / "JPEGImages/480p" / name).glob("*.jpg"))
    truths = [labels_of(root / "Annotations/480p" / name / f"{p.stem}.png") for p in images]
    written = []
    for path in images:
        mask = Image.open(out / "masks" / name / f"{path.stem}.png")
        assert mask.mode == "P" and mask.getpalette()[3:9] == [128, 0, 0, 0, 128, 0], "not VOC's palette"
        written.append(np.asarray(mask))
    assert np.array_equal(written[0], truths[0]), "the first mask is not the annotation"
    own = [patch_tokens(model, network_input(p)) for p in images]
    with h5py.File(out / "features" / f"{name}.h5") as file:
        dumped = torch.from_numpy(file["features"][:])
    error = max(float((a - b).norm() / b.norm()) for a, b in zip(dumped, own))
    print(f"{name}: features agree to {error:.1e}")
    findings.largest(feature_error=error)
    assert error < 1e-5, "features differ"
    compare_masks(name, written, segment(list(dumped), truths[0]), 0, "the same features")
    compare_masks(name, written, segment(own, truths[0]), 1e-4, "this file's features")
    objects = range(1, int(truths[0][truths[0] < 255].max()) + 1)
    return [[(100 * region_score(w == o, t == o), 100 * boundary_score(w == o, t == o))
             for w, t in zip(written[1:-1], truths[1:-1])] for o in objects]


def compare_scores(record, scores):
    with h5py.File(record) as file:
        video = file["eval/video"]
        assert video.attrs["protocol"] == "video-davis2017-v1" and video.attrs["status"] == "completed"
        flat = np.array([pair for frames in scores for pair in frames])
        for column, name in enumerate("JF"):
            assert np.abs(video[f"raw/{name}"][:] - flat[:, column]).max() < 1e-9, f"{name} of a frame differs"
            columns = np.mean([summary([pair[column] for pair in frames]) for frames in scores], axis=0)
            for kind, value in zip(("mean", "recall", "decay"), columns):
                stored = video[f"metrics/{name}_{kind}"]
                findings.largest(metric_difference=abs(stored[()] - value))
                print(f"{name}_{kind}: {stored[()]:.4f} in the record, {value:.4f} here")
                assert abs(stored[()] - value) < 0.01 and stored.attrs["n"] == len(scores)
                assert stored.attrs["unit"] == "percent" and stored.attrs["ci_low"] <= stored.attrs["ci_high"]


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2]).parent / "shared/data/davis-6/DAVIS"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_resize(binary, folder)
        if not source.is_dir():
            print(f"skipped: no {source}")
            sys.exit(77)
        root, out = folder / "set", folder / "out"
        make_set(source, root)
        torch.manual_seed(3)
        model = Vit("vit_tiny", PATCH, 224).eval()
        torch.save(model.state_dict(), folder / "weights.pth")
        command = [binary, "eval", "video", "--data_path", root, "--quiet"]
        subprocess.run(command + ["--arch", "vit_tiny", "--patch_size", str(PATCH), "--pretrained_weights",
                                  folder / "weights.pth", "--output_dir", out / "masks", "--dump_features",
                                  out / "features", "--output", out / "video.h5"], check=True)
        scores = []
        for sequence in ("blackswan", "car-shadow"):
            scores += compare_sequence(sequence, root, out, model)
        compare_scores(out / "video.h5", scores)
        subprocess.run(command + ["--score_only", out / "masks", "--output", out / "again.h5"], check=True)
        compare_scores(out / "again.h5", scores)
    findings.save()


if __name__ == "__main__":
    main()
