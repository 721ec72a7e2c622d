"""Pillow and torchvision on the steps and chains of tests/perf/data_perf.cpp: the first 160 images of shared/data/imagenet-sample."""
import io
import math
import random
from pathlib import Path

import rival

SAMPLE = Path(__file__).resolve().parents[4] / "shared" / "data" / "imagenet-sample"
IMAGES = 160
STEPS = {"flip": 1, "brightness": 8, "contrast": 8, "saturation": 8, "hue": 8, "grayscale": 8, "blur": 8, "solarize": 8, "normalize": 8}


def declare(what, target):
    return {"what": what, "rivals": {"pillow": target}}


CASES = {"multi_crop": declare("DINO's ten views of an ImageNet JPEG, to normalised tensors", 6),
         "multi_crop_decoded": declare("the same without decoding", 12),
         "multi_crop_32": declare("2 x 32 and 8 x 16 pixels of a 32 x 32 JPEG", 6),
         "crop_resize_224": declare("bicubic, 0.7 of the area to 224 pixels", 8),
         "crop_resize_96": declare("bicubic, 0.2 of the area to 96 pixels", 8),
         "supervised_train": declare("JPEG, bicubic random crop to 224, flip, normalise", 4),
         "linear_train": declare("the same, bilinear", 4),
         "evaluation": declare("JPEG, resize to 256, centre 224, normalise", 3),
         "decode": declare("JPEG to RGB", 1),
         **{f"{name}_{side}": declare(f"{name} of a {side} pixel view, with its copy", target) for name, target in STEPS.items() for side in (224, 96)}}


def chains():
    """The reference's pipelines, from its description."""
    import torchvision.transforms as T
    from PIL import ImageFilter, ImageOps

    cubic, linear = T.InterpolationMode.BICUBIC, T.InterpolationMode.BILINEAR
    normalize = T.Compose([T.ToTensor(), T.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])

    def blur(p):
        return lambda image: image.filter(ImageFilter.GaussianBlur(random.uniform(0.1, 2.0))) if random.random() <= p else image

    def solarize(image):
        return ImageOps.solarize(image) if random.random() < 0.2 else image

    def pipeline(size, scale, *last):
        return T.Compose([T.RandomResizedCrop(size, scale=scale, interpolation=cubic), T.RandomHorizontalFlip(),
                          T.RandomApply([T.ColorJitter(0.4, 0.4, 0.2, 0.1)], 0.8), T.RandomGrayscale(0.2), *map(T.Lambda, last), normalize])

    def train(filter_):
        return T.Compose([T.RandomResizedCrop(224, interpolation=filter_), T.RandomHorizontalFlip(), normalize])

    def views(large, small):
        return [pipeline(large, (0.4, 1.0), blur(1.0)), pipeline(large, (0.4, 1.0), blur(0.1), solarize), *8 * [pipeline(small, (0.05, 0.4), blur(0.5))]]
    return {"multi_crop": views(224, 96), "multi_crop_decoded": views(224, 96), "multi_crop_32": views(32, 16), "supervised_train": [train(cubic)],
            "linear_train": [train(linear)], "evaluation": [T.Compose([T.Resize(256, cubic), T.CenterCrop(224), normalize])], "normalize": normalize}


def single_steps():
    import torchvision.transforms.functional as F
    from PIL import ImageFilter, ImageOps
    return {"flip": F.hflip, "brightness": lambda x: F.adjust_brightness(x, 1.2), "contrast": lambda x: F.adjust_contrast(x, 0.8),
            "saturation": lambda x: F.adjust_saturation(x, 1.1), "hue": lambda x: F.adjust_hue(x, 0.05),
            "grayscale": lambda x: F.to_grayscale(x, 3), "blur": lambda x: x.filter(ImageFilter.GaussianBlur(1.05)),
            "solarize": ImageOps.solarize, "normalize": chains()["normalize"]}


def step_of(case, files):
    """What is done with image i."""
    from PIL import Image

    def decode(i):
        return Image.open(io.BytesIO(files[i])).convert("RGB")
    if case == "decode":
        return decode
    images = [decode(i) for i in range(len(files))]

    def cut(i, share, side):
        width, height = (int(n * math.sqrt(share)) for n in images[i].size)
        left, top = (images[i].width - width) // 2, (images[i].height - height) // 2
        return images[i].crop((left, top, left + width, top + height)).resize((side, side), Image.BICUBIC)
    if case.startswith("crop_resize"):
        share, side = (0.7, 224) if case.endswith("224") else (0.2, 96)
        return lambda i: cut(i, share, side)
    name, _, side = case.rpartition("_")
    if name in STEPS:
        made = [cut(i, 0.7 if side == "224" else 0.2, int(side)) for i in range(len(files))]
        step = single_steps()[name]
        return lambda i: step(made[i])
    views = chains()[case]
    if case == "multi_crop_32":
        for i, image in enumerate(images):
            out = io.BytesIO()
            image.resize((32, 32), Image.BICUBIC).save(out, format="jpeg", quality=95)
            files[i] = out.getvalue()
    if case == "multi_crop_decoded":
        return lambda i: [view(images[i]) for view in views]
    return lambda i: [view(image) for image in [decode(i)] for view in views]


def run(case, name):
    import torch
    torch.set_num_threads(1)
    if not SAMPLE.is_dir():
        rival.skip(f"no {SAMPLE}")
    files = [path.read_bytes() for path in sorted(SAMPLE.glob("*.JPEG"))[:IMAGES]]
    step = step_of(case, files)

    def all_files():
        random.seed(0), torch.manual_seed(0)  # the same draws in every call: the best of them is not the one with the smallest crops
        for i in range(len(files)):
            step(i)
    return rival.best_of(all_files) / len(files)


if __name__ == "__main__":
    rival.main(run)
