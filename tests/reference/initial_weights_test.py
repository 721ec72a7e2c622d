"""With the same seed, student, teacher and heads start bit-equal to torch's own layers.

Usage: initial_weights_test.py <dinobench> <source_dir>
"""
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy
    import torch
    import torchvision  # noqa: F401  (the ResNets of dino_model)
    from PIL import Image
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

import dino_model
import findings

CASES = [("vit_tiny", 16, 224, {}), ("vit_nano", 8, 32, {"use_bn": True}), ("resnet18", 16, 64, {}),
         ("resnet50", 16, 64, {})]


def make_images(root):
    for index in range(4):
        folder = root / f"class{index % 2}"
        folder.mkdir(parents=True, exist_ok=True)
        pixels = numpy.full((40, 40, 3), 40 * index, numpy.uint8)
        Image.fromarray(pixels).save(folder / f"{index}.png")


def initial_checkpoint(binary, work, arch, patch, size, seed, use_bn):
    output = work / f"{arch}_{seed}"
    command = [binary, "train", "--method", "dino", "--arch", arch, "--patch_size", patch, "--data_path",
               work / "images", "--output_dir", output, "--seed", seed, "--max_steps", 0, "--out_dim", 4096,
               "--batch_size_per_gpu", 2, "--global_crops_size", size, "--local_crops_size", size // 2,
               "--local_crops_number", 1, "--use_bn_in_head", use_bn, "--device", "cpu", "--quiet"]
    subprocess.run([str(word) for word in command], check=True)
    return torch.load(output / "checkpoint.pth", weights_only=True)


def differing(wanted, seen, prefix):
    names = [prefix + name for name in wanted]
    if names != list(seen):
        return [f"names: {sorted(set(names) ^ set(seen))[:4] or 'order'}"]
    return [name for name, tensor in wanted.items()
            if tensor.dtype != seen[prefix + name].dtype or not torch.equal(tensor, seen[prefix + name])]


def main(binary):
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        make_images(work / "images")
        for arch, patch, size, extra in CASES:
            for seed in (0, 7):
                checkpoint = initial_checkpoint(binary, work, arch, patch, size, seed, bool(extra))
                torch.manual_seed(seed)
                student, teacher = dino_model.make_pair(arch, patch, size, {"outputs": 4096, **extra})
                bad = differing(student.state_dict(), checkpoint["student"], "module.")
                bad += differing(teacher.state_dict(), checkpoint["teacher"], "")
                count = len(checkpoint["student"]) + len(checkpoint["teacher"])
                print(f"{arch} seed {seed}: {len(bad)} of {count} tensors differ {bad[:4] or ''}")
                findings.count(networks=1, tensors=count, differ=len(bad))
                failed += len(bad)
    if not failed:
        findings.save()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1])
