"""Speed of the data path beside Pillow and torchvision: one core each, turn by turn.

Usage: pillow_speed.py build/tests/data_tests [ROUNDS] [--json FILE]

Prints milliseconds per image of both and their ratio; each round runs the two right after one another, and the
median round counts, since only paired ratios mean anything on a shared machine.
"""
import io
import math
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
import torchvision.transforms as T
import torchvision.transforms.functional as F
from PIL import Image, ImageFilter, ImageOps

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reference"))
import findings  # noqa: E402  after its folder is known

SAMPLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "imagenet-sample"


def best(images, step):
    times = []
    for _ in range(3):
        start = time.perf_counter()
        for i in range(images):
            step(i)
        times.append(time.perf_counter() - start)
    return 1e3 * min(times) / images


def central(image, share):
    width, height = (int(n * math.sqrt(share)) for n in image.size)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return left, top, left + width, top + height


def multi_crop():
    """The reference's three pipelines, from its description."""
    def blur(p):
        return lambda image: image.filter(ImageFilter.GaussianBlur(random.uniform(0.1, 2.0))) if random.random() <= p else image

    def solarize(image):
        return ImageOps.solarize(image) if random.random() < 0.2 else image

    def pipeline(size, scale, *last):
        return T.Compose([T.RandomResizedCrop(size, scale=scale, interpolation=T.InterpolationMode.BICUBIC), T.RandomHorizontalFlip(),
                          T.RandomApply([T.ColorJitter(0.4, 0.4, 0.2, 0.1)], 0.8), T.RandomGrayscale(0.2), *map(T.Lambda, last),
                          T.ToTensor(), T.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])
    globals_ = [pipeline(224, (0.4, 1.0), blur(1.0)), pipeline(224, (0.4, 1.0), blur(0.1), solarize)]
    return globals_ + 8 * [pipeline(96, (0.05, 0.4), blur(0.5))]


def pillow_times():
    torch.set_num_threads(1)
    files = [path.read_bytes() for path in sorted(SAMPLE.glob("*.JPEG"))[:120]]
    n = len(files)

    def decode(i):
        return Image.open(io.BytesIO(files[i])).convert("RGB")

    images = [decode(i) for i in range(n)]
    def cut(i, share, side):
        return images[i].crop(central(images[i], share)).resize((side, side), Image.BICUBIC)

    large, small = [cut(i, 0.7, 224) for i in range(n)], [cut(i, 0.2, 96) for i in range(n)]
    out = {"decode": best(n, decode), "crop_resize_224": best(n, lambda i: cut(i, 0.7, 224)), "crop_resize_96": best(n, lambda i: cut(i, 0.2, 96))}
    normalize = T.Compose([T.ToTensor(), T.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])
    steps = {"flip": F.hflip, "brightness": lambda x: F.adjust_brightness(x, 1.2), "contrast": lambda x: F.adjust_contrast(x, 0.8),
             "saturation": lambda x: F.adjust_saturation(x, 1.1), "hue": lambda x: F.adjust_hue(x, 0.05),
             "grayscale": lambda x: F.to_grayscale(x, 3), "blur": lambda x: x.filter(ImageFilter.GaussianBlur(1.05)),
             "solarize": ImageOps.solarize, "normalize": normalize}
    for name, step in steps.items():
        out[f"{name}_224"] = best(n, lambda i: step(large[i]))
        out[f"{name}_96"] = best(n, lambda i: step(small[i]))
    views = multi_crop()
    out["multi_crop_with_decode"] = best(n, lambda i: [view(image) for image in [decode(i)] for view in views])
    evaluation = T.Compose([T.Resize(256, T.InterpolationMode.BICUBIC), T.CenterCrop(224), normalize])
    out["evaluation_with_decode"] = best(n, lambda i: evaluation(decode(i)))
    return out


def our_times(binary):
    run = subprocess.run([binary, "[.speed]"], capture_output=True, text=True, check=True)
    rows = (line.split("\t") for line in run.stdout.splitlines() if line.startswith("speed\t"))
    return {name: float(milliseconds) for _, name, milliseconds in rows}


def main():
    binary, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    if not SAMPLE.is_dir():
        print(f"skipped: no {SAMPLE}")
        sys.exit(77)
    core = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    pairs = [(our_times(binary), pillow_times()) for _ in range(rounds)]
    print(f"{'ms per image, one core':<26}{'ours':>9}{'Pillow':>9}{'ratio':>8}")
    steps = {}
    for name in pairs[0][0]:
        ours, theirs = (statistics.median(pair[k][name] for pair in pairs) for k in (0, 1))
        ratio = statistics.median(pair[1][name] / pair[0][name] for pair in pairs)
        steps[name] = {"ours": ours, "pillow": theirs, "ratio": ratio}
        print(f"{name:<26}{ours:>9.3f}{theirs:>9.3f}{ratio:>7.1f}x")
    findings.keep(rounds=rounds, steps=steps)
    findings.save()


main()
