"""The record of `dinobench eval attention`, its pictures and those of `visualize`, against torch, Pillow, numpy and matplotlib.

Usage: attention_test.py BINARY SOURCE_DIR. Images and masks of ../shared/data (three in VOC's format, the first frames
of six DAVIS sequences laid out alike), random vit_tiny/16 weights whose last attention is sharpened. Attention agrees to
1e-5 of its value, every overlap and metric to 0.01 points. A colour of a map may be the neighbour in the table where
attention differs in its last bits; on the attention that the record holds, every pixel is equal. img.png is torchvision's.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import torch
    import torchvision
    from PIL import Image
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
try:
    import matplotlib
    from matplotlib import pyplot
except ImportError:
    matplotlib = None

import dino_model
import findings

PATCH, THRESHOLDS, SEED = 16, [0.6, 0.8], 3
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)


def make_weights(path):
    torch.manual_seed(SEED)
    model = dino_model.Vit("vit_tiny", PATCH, 224).eval()
    with torch.no_grad():
        model.blocks[-1].attn.qkv.weight *= 4
    torch.save(model.state_dict(), path)
    return model


def lay_out_davis(davis, root):
    """First frames under one name each; 255, these masks' only object, becomes 1, and a strip of it void."""
    for folder in ("JPEGImages", "SegmentationObject", "ImageSets/Segmentation"):
        (root / folder).mkdir(parents=True)
    names = sorted(p.name for p in (davis / "Annotations/480p").iterdir())
    for name in names:
        shutil.copy(davis / f"JPEGImages/480p/{name}/00000.jpg", root / f"JPEGImages/{name}.jpg")
        values = np.array(Image.open(davis / f"Annotations/480p/{name}/00000.png").convert("L"))
        values = (values > 0).astype(np.uint8)
        values[:, 300:310] = 255
        Image.fromarray(values).save(root / f"SegmentationObject/{name}.png")
    (root / "ImageSets/Segmentation/val.txt").write_text("\n".join(names) + "\n")


def to_input(image):
    """[3, H, W], cut to whole patches."""
    values = torch.from_numpy(np.array(image)).permute(2, 0, 1).float().div(255)
    values = (values - MEAN) / DEVIATION
    height, width = (side - side % PATCH for side in values.shape[1:])
    return values[:, :height, :width]


@torch.no_grad()
def cls_attention(model, values):
    """Softmax row of the cls query in the last block, [heads, rows, columns]."""
    images = values[None]
    x = torch.cat([model.cls_token, model.patch_embed.proj(images).flatten(2).mT], 1) + model.positions(*images.shape[2:])
    for block in model.blocks[:-1]:
        x = block(x)
    attention = model.blocks[-1].attn
    heads, size = attention.heads, model.width // attention.heads
    q, k, _ = attention.qkv(model.blocks[-1].norm1(x))[0].split(model.width, dim=-1)
    q, k = (part.reshape(-1, heads, size).transpose(0, 1) for part in (q, k))
    row = (q[:, :1] @ k.transpose(1, 2) / size ** 0.5).softmax(-1)[:, 0, 1:]
    return row.reshape(heads, images.shape[2] // PATCH, images.shape[3] // PATCH).numpy()


def mass_mask(attention, share):
    """Largest values until they hold the share, on one map."""
    flat = attention.ravel().astype(np.float64)
    order = np.argsort(flat, kind="stable")
    kept = np.zeros(flat.size, bool)
    kept[order] = np.cumsum(flat[order] / flat.sum()) > 1 - share
    return kept.reshape(attention.shape)


def enlarged(map_):
    return np.kron(map_, np.ones((PATCH, PATCH), map_.dtype))


def overlaps(attention, mask, object_id):
    """Percent, [thresholds, heads]."""
    seen = mask != 255
    object_ = mask == object_id
    out = np.empty((len(THRESHOLDS), len(attention)))
    for t, share in enumerate(THRESHOLDS):
        for head, map_ in enumerate(attention):
            chosen = enlarged(mass_mask(map_, share)) & seen
            out[t, head] = 100 * (chosen & object_).sum() / (chosen | object_).sum()
    return out


def expected(model, root, size, folder):
    """What the record should hold, computed again."""
    ids = (root / "ImageSets/Segmentation/val.txt").read_text().split()
    rows, attention = [], []
    for id_ in ids:
        image = Image.open(root / f"JPEGImages/{id_}.jpg").convert("RGB").resize(size[::-1], Image.BILINEAR)
        mask = Image.open(root / f"{folder}/{id_}.png")
        present = set(np.unique(np.array(mask))) - {0, 255}
        mask = np.array(mask.resize(size[::-1], Image.NEAREST))[: size[0] // PATCH * PATCH, : size[1] // PATCH * PATCH]
        maps = cls_attention(model, to_input(image))
        attention.append(maps)
        mean = np.mean(maps, 0, keepdims=True)
        for object_id in sorted(present & set(np.unique(mask))):
            rows.append((id_, int(object_id), overlaps(maps, mask, object_id), overlaps(mean, mask, object_id)[:, 0]))
    return ids, rows, np.stack(attention)


def mean_over_images(rows, values):
    by_image = {}
    for (id_, *_), value in zip(rows, values):
        by_image.setdefault(id_, []).append(value)
    return np.mean([np.mean(v) for v in by_image.values()])


def expected_metrics(rows):
    metrics = {}
    for t, share in enumerate(THRESHOLDS):
        name = f"jaccard_t{100 * share:g}"
        metrics[name] = mean_over_images(rows, [row[2][t].max() for row in rows])
        metrics["mean_head_" + name] = mean_over_images(rows, [row[3][t] for row in rows])
        for head in range(rows[0][2].shape[1]):
            metrics[f"head{head}_{name}"] = mean_over_images(rows, [row[2][t, head] for row in rows])
    return metrics


def check_record(record, rows, attention):
    with h5py.File(record) as file:
        part = file["eval/attention"]
        assert part.attrs["protocol"] == "attention-voc-v1" and part.attrs["status"] == "completed"
        raw = part["raw"]
        assert list(raw["image_ids"].asstr()[:]) == [row[0] for row in rows], "images of the objects"
        assert list(raw["object_ids"][:]) == [row[1] for row in rows], "objects"
        seen = raw["attention"][:]
        error = np.abs(seen / attention - 1).max()
        findings.count(objects=len(rows))
        findings.largest(attention_error=error)
        assert error < 1e-5, f"attention differs by {error} of its value"
        off = max(np.abs(raw["iou"][:] - np.stack([row[2] for row in rows])).max(),
                  np.abs(raw["mean_head_iou"][:] - np.stack([row[3] for row in rows])).max())
        findings.largest(overlap_difference=off)
        assert off < 0.01, f"an overlap differs by {off} points"
        assert np.array_equal(raw["best_head"][:], raw["iou"][:].argmax(2)), "best heads"
        metrics = expected_metrics(rows)
        assert set(part["metrics"]) == set(metrics), "names of the metrics"
        for name, value in metrics.items():
            stored = part["metrics"][name]
            findings.largest(metric_difference=abs(stored[()] - value))
            assert abs(stored[()] - value) < 0.01, f"{name}: {stored[()]} in the record, {value} here"
            assert stored.attrs["unit"] == "percent" and stored.attrs["n"] == len({row[0] for row in rows})
            assert stored.attrs["ci_low"] <= stored[()] <= stored.attrs["ci_high"]
        print(f"{record.stem}: {len(rows)} objects, attention to {error:.1e}, overlaps to {off:.1e} points, "
              f"Jaccard {metrics['jaccard_t60']:.2f} / {metrics['jaccard_t80']:.2f}")
        return seen


def colour_levels(path, name):
    """Index into matplotlib's table of every pixel; fails on a colour that is not in it."""
    table = matplotlib.colormaps[name](np.arange(256), bytes=True)[:, :3].astype(int)
    index = {tuple(colour): level for level, colour in enumerate(table)}
    pixels = np.array(Image.open(path))
    return np.array([[index[tuple(int(v) for v in pixel)] for pixel in row] for row in pixels[::PATCH, ::PATCH]]), pixels


def check_map(path, map_, name, work):
    """Against pyplot.imsave of `map_`: returns the largest difference in levels."""
    wanted = work / "wanted.png"
    pyplot.imsave(wanted, enlarged(map_), cmap=name)
    wanted = np.array(Image.open(wanted).convert("RGB"))
    levels, pixels = colour_levels(path, name)
    assert pixels.shape == wanted.shape, f"{path}: {pixels.shape}, expected {wanted.shape}"
    Image.fromarray(wanted).save(work / "wanted.png")
    return np.abs(levels - colour_levels(work / "wanted.png", name)[0]).max(), np.array_equal(pixels, wanted)


def check_pictures(folder, values, attention, work):
    """`attention`: the binary's own, so that pixels are equal."""
    grid = torchvision.utils.make_grid(values[None], normalize=True, scale_each=True)
    torchvision.utils.save_image(grid, work / "img.png")
    image = np.array(Image.open(folder / "img.png"))
    assert np.array_equal(image, np.array(Image.open(work / "img.png"))), f"{folder}/img.png"
    for head, map_ in enumerate(attention):
        if matplotlib:
            assert check_map(folder / f"attn-head{head}.png", map_, "viridis", work)[1], f"{folder}: head {head}"
        for share in THRESHOLDS:
            mask = enlarged(mass_mask(map_, share))
            seen = np.array(Image.open(folder / f"mask_th{share}_head{head}.png"))
            around = np.pad(mask, 1)
            inner = mask & around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:]
            half = ((image.astype(int) + [255, 0, 0]) // 2).astype(np.uint8)
            wanted = np.where(inner[..., None], half, np.where(mask[..., None], [255, 0, 0], image))
            assert np.array_equal(seen, wanted), f"{folder}: threshold {share}, head {head}"


def check_set(binary, model, weights, root, size, folder, work, name):
    record, maps = work / f"{name}.h5", work / f"maps_{name}"
    masks = "class" if folder == "SegmentationClass" else "object"
    subprocess.run([binary, "eval", "attention", "--arch", "vit_tiny", "--pretrained_weights", weights, "--data_path", root,
                    "--masks", masks, "--image_size", *map(str, size), "--save_attention", "--save_maps", maps, "--output",
                    record, "--device", "cpu", "--quiet"], check=True)
    ids, rows, attention = expected(model, root, size, folder)
    seen = check_record(record, rows, attention)
    for id_, own, other in zip(ids, seen, attention):
        image = Image.open(root / f"JPEGImages/{id_}.jpg").convert("RGB").resize(size[::-1], Image.BILINEAR)
        check_pictures(maps / id_, to_input(image), own, work)
        if matplotlib:
            for head in range(len(own)):
                levels, _ = check_map(maps / id_ / f"attn-head{head}.png", other[head], "viridis", work)
                assert levels <= 1, f"{id_}, head {head}: {levels} levels"


def check_image(binary, model, weights, path, work):
    """visualize on one image: the default size, a threshold."""
    out = work / "visualized"
    subprocess.run([binary, "visualize", "--arch", "vit_tiny", "--patch_size", str(PATCH), "--pretrained_weights", weights,
                    "--image_path", path, "--output_dir", out, "--threshold", *map(str, THRESHOLDS), "--quiet"], check=True)
    values = to_input(Image.open(path).convert("RGB").resize((480, 480), Image.BILINEAR))
    attention = cls_attention(model, values)
    names = {"img.png"} | {f"attn-head{h}.png" for h in range(3)} | {f"mask_th{t}_head{h}.png" for t in THRESHOLDS for h in range(3)}
    assert {p.name for p in out.iterdir()} == names
    if matplotlib:
        assert max(check_map(out / f"attn-head{h}.png", attention[h], "viridis", work)[0] for h in range(3)) <= 1


def check_frames(binary, model, weights, davis, work):
    """visualize on frames: own size, the tensor's resize, and the threshold that the reference forgets."""
    frames = work / "frames"
    frames.mkdir()
    for number in (0, 1):
        shutil.copy(davis / f"JPEGImages/480p/blackswan/{number:05d}.jpg", frames)
    own = [to_input(Image.open(p).convert("RGB")) for p in sorted(frames.iterdir())]
    resize = torchvision.transforms.Resize((240, 320))
    resized = []
    for path in sorted(frames.iterdir()):
        values = torch.from_numpy(np.array(Image.open(path).convert("RGB"))).permute(2, 0, 1).float().div(255)
        resized.append((resize(values) - MEAN) / DEVIATION)
    for name, inputs, options, share in (("own", own, [], None), ("resized", resized, ["--resize", "240", "320"], None),
                                         ("mass", own, ["--threshold", "0.6"], 0.6)):
        out = work / f"video_{name}"
        run = subprocess.run([binary, "visualize", "--arch", "vit_tiny", "--patch_size", str(PATCH), "--pretrained_weights",
                              weights, "--image_path", frames, "--output_dir", out, *options], check=True,
                             capture_output=True, text=True)
        made = shutil.which("ffmpeg") is not None
        assert (out / "video.mp4").exists() == made and ("ffmpeg -y" in run.stdout) != made, run.stdout
        for number, values in enumerate(inputs):
            map_ = cls_attention(model, values).mean(0)
            if share:
                map_ = np.where(mass_mask(map_, share), map_, np.float32(0))
            if matplotlib:
                levels, _ = check_map(out / f"attention/attn-{number:05d}.png", map_, "inferno", work)
                assert levels <= 1, f"frame {number}, {name}: {levels} levels"
    print("visualize: image and frames agree")


def refused(binary, words, *parts):
    """Exit code 2 and one line with all `parts` in it."""
    run = subprocess.run([binary, *words, "--quiet"], capture_output=True, text=True)
    lines = [line for line in run.stderr.splitlines() if line.startswith("dinobench: error: ")]
    assert run.returncode == 2 and len(lines) == 1 and all(part in lines[0] for part in parts), (run.returncode, run.stderr)


def check_refusals(binary, voc, work):
    bad = work / "bad"
    shutil.copytree(voc, bad)
    evaluate = ["eval", "attention", "--arch", "vit_nano", "--image_size", "64", "64", "--data_path", bad]
    list_, mask = bad / "ImageSets/Segmentation/val.txt", bad / "SegmentationObject/2011_000006.png"
    refused(binary, [*evaluate, "--split", "test"], "test.txt", "--split")
    refused(binary, [*evaluate, "--threshold", "60"], "--threshold 60")
    list_.write_text("2011_000006\n2011_999999\n")
    refused(binary, evaluate, f"{list_} line 2", "2011_999999.jpg")
    list_.write_text("2011_000006\n")
    Image.fromarray(np.ones((8, 9), np.uint8)).save(mask)
    refused(binary, evaluate, f"{mask}: the mask is 9 x 8", "500 x 375")
    Image.fromarray(np.zeros((375, 500, 3), np.uint8)).save(mask)
    refused(binary, evaluate, str(mask), "RGB")
    Image.fromarray(np.full((375, 500), 255, np.uint8)).save(mask)
    refused(binary, evaluate, str(list_), "not one object")
    mask.unlink()
    refused(binary, evaluate, str(mask))
    show = ["visualize", "--output_dir", work / "none", "--image_path"]
    refused(binary, [*show, bad / "none.jpg"], "none.jpg")
    refused(binary, [*show, list_], str(list_))
    refused(binary, [*show, bad, "--arch", "vit_nano"], "no image in this folder")
    refused(binary, [*show, bad, "--video_only"], "attn-*.png")
    refused(binary, [*show, bad / "JPEGImages", "--arch", "resnet18"], "resnet18", "no attention")
    refused(binary, [*show, bad / "JPEGImages/2011_000003.jpg", "--arch", "vit_nano", "--image_size", "4", "4"], "4 x 4")
    print("bad input is refused in one line")


def check_tables(source):
    text = (source / "data/colour_map.cpp").read_text()
    for name in ("viridis", "inferno"):
        digits = re.search(name + r'_digits =((?:\s*"[0-9a-f]+")+);', text).group(1)
        table = np.frombuffer(bytes.fromhex(re.sub(r'[^0-9a-f]', "", digits)), np.uint8).reshape(256, 3)
        assert np.array_equal(table, matplotlib.colormaps[name](np.arange(256), bytes=True)[:, :3]), name
    print("the colour tables are matplotlib's")


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    shared = source.parent / "shared/data"
    if matplotlib:
        check_tables(source)
    else:
        print("part skipped: no matplotlib to compare colours with")
    if not shared.is_dir():
        print(f"skipped: no {shared}")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        model = make_weights(work / "weights.pth")
        voc, davis = shared / "voc-format/VOC2012", shared / "davis-6/DAVIS"
        lay_out_davis(davis, work / "davis")
        arguments = (binary, model, work / "weights.pth")
        check_set(*arguments, voc, (480, 480), "SegmentationObject", work, "voc_objects")
        check_set(*arguments, voc, (300, 410), "SegmentationClass", work, "voc_classes")
        check_set(*arguments, work / "davis", (480, 480), "SegmentationObject", work, "davis_first_frames")
        check_image(*arguments, voc / "JPEGImages/2011_000003.jpg", work)
        check_frames(*arguments, davis, work)
        check_refusals(binary, voc, work)
    findings.save()


if __name__ == "__main__":
    main()
