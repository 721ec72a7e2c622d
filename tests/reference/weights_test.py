"""Weights from and to PyTorch, safetensors, torchvision and timm: the features of both sides are equal to 1e-5.

Usage: weights_test.py BINARY SOURCE_DIR. Every network has random weights, running averages too.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import safetensors.torch
    import timm
    import torch
    import torchvision
    from PIL import Image
except ImportError as error:
    print(f"skipped: {error} (tools/setup.sh --dev installs it)")
    sys.exit(77)

import dino_model

TOLERANCE = 1e-5  # of the largest feature
MEAN, DEVIATION = (np.array(v).reshape(3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))


def call(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          env=dict(os.environ, OMP_NUM_THREADS="1"))


def draw(root, size):
    """A train and a val folder; the val images as the tensors that networks see."""
    random = np.random.default_rng(size)
    tensors = []
    for split in ("train", "val"):
        for label in range(2):
            (root / split / str(label)).mkdir(parents=True)
            for index in range(2):
                pixels = random.integers(0, 256, (size, size, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(root / split / str(label) / f"{index}.png")
                if split == "val":
                    tensors.append((pixels.transpose(2, 0, 1) / 255 - MEAN) / DEVIATION)
    return torch.tensor(np.stack(tensors), dtype=torch.float32)


class Bench:
    def __init__(self, binary, folder):
        self.binary, self.folder, self.data = binary, folder, {}

    def images(self, size):
        if size not in self.data:
            self.data[size] = draw(self.folder / f"images{size}", size)
        return self.data[size]

    def network(self, arch):
        return ["--arch", arch.split("/")[0]] + (["--patch_size", arch.split("/")[1]] if "/" in arch else [])

    def features(self, weights, arch, size, *more):
        """Ours, and what the program says of the weights."""
        self.images(size)
        dump = self.folder / "features.h5"
        done = call(self.binary, "eval", "knn", "--data_path", self.folder / f"images{size}", "--nb_knn", 1,
                    "--resize_size", size, "--crop_size", size, "--dump_features", dump, "--pretrained_weights", weights,
                    *self.network(arch), *more)
        assert done.returncode == 0, done.stderr
        with h5py.File(dump) as file:
            return torch.tensor(file["val/features"][:]), next(l for l in done.stdout.splitlines() if l.startswith("weights:"))

    def check(self, what, weights, arch, size, model, report, *more):
        ours, said = self.features(weights, arch, size, *more)
        with torch.no_grad():
            theirs = model(self.images(size))
        difference = ((ours - theirs).abs().max() / theirs.abs().max()).item()
        assert ours.shape == theirs.shape and theirs.std() > 1e-3, what
        assert difference <= TOLERANCE, f"{what}: features differ by {difference:.2g}"
        assert said == "weights: " + report, (what, said)
        print(f"{what}: features within {difference:.1e}; {said}")

    def export(self, weights, output, arch, *more):
        done = call(self.binary, "export", "--pretrained_weights", weights, "--output", output, *self.network(arch), *more)
        assert done.returncode == 0, done.stderr
        assert str(output) in done.stdout.splitlines()[-1]
        if output.suffix == ".safetensors":
            return safetensors.torch.load_file(output)
        return torch.load(output, weights_only=True)


def randomised(model):
    """Running averages that are not 0 and 1, by a pass over noise."""
    model.train()
    with torch.no_grad():
        model(torch.randn(4, 3, 64, 64)) if any("running_mean" in n for n in model.state_dict()) else None
    return model.eval()


def converted(model, dtype):
    return {name: tensor.to(dtype) for name, tensor in model.state_dict().items()}


def check_formats(bench):
    torch.manual_seed(1)
    model = dino_model.Vit("vit_nano", 8, 32).eval()
    state, folder, count = model.state_dict(), bench.folder, len(model.state_dict())
    head = dino_model.Head(128, 64, 32, 16).state_dict()
    both = {f"backbone.{k}": v for k, v in state.items()} | {f"head.{k}": v for k, v in head.items()}
    wrapped = {f"module.{k}": torch.zeros_like(v) for k, v in both.items()}
    full = {"student": wrapped, "teacher": both, "epoch": 3, "args": argparse.Namespace(arch="vit_nano", lr=5e-4)}
    flat = f"{count} tensors of the file (official names) match vit_nano/8"
    teacher = f"{count} tensors of 'teacher' (official names) match vit_nano/8; left out: {len(head)} of head.*"
    path = folder / "weights.bin"  # the content decides what it is
    for name, value, options, report in (
            ("zip", dict(state), {}, flat), ("OrderedDict", state, {}, flat),
            ("legacy", state, {"_use_new_zipfile_serialization": False}, flat),
            ("full, Namespace", full, {}, teacher),
            ("full, legacy", full, {"_use_new_zipfile_serialization": False}, teacher),
            ("nested", {"model": {"state_dict": state}, "epoch": 1}, {}, flat.replace("the file", "'model.state_dict'")),
            ("float64", converted(model, torch.float64), {}, flat)):
        torch.save(value, path, **options)
        bench.check(name, path, "vit_nano/8", 32, model, report)
    safetensors.torch.save_file(state, path)
    bench.check("safetensors", path, "vit_nano/8", 32, model, flat)
    for dtype in (torch.float16, torch.bfloat16):
        rounded = dino_model.Vit("vit_nano", 8, 32).eval()
        rounded.load_state_dict(converted(model, dtype))
        torch.save(converted(model, dtype), path)
        bench.check(str(dtype), path, "vit_nano/8", 32, rounded, flat)
    torch.save(full, path)
    written = bench.export(path, folder / "ours.pth", "vit_nano/8")
    assert list(written) == list(state) and all(torch.equal(written[k], state[k]) for k in state)
    for name in ("ours.pth", "ours.safetensors"):
        written = bench.export(path, folder / name, "vit_nano/8", "--with_head", "true")
        expected = dict(state) | {f"head.{k}": v for k, v in head.items()}
        assert set(written) == set(expected) and all(torch.equal(written[k], v) for k, v in expected.items())
    early = {k.replace("head.mlp", "projection_head").replace("head.last_layer", "prototypes"): v for k, v in both.items()}
    torch.save(early, path)
    again = bench.export(path, folder / "early.pth", "vit_nano/8", "--with_head", "true")
    assert all(torch.equal(again[k], v) for k, v in expected.items())


def check_torchvision(bench):
    torch.manual_seed(2)
    model = torchvision.models.vit_b_16()
    torch.nn.init.normal_(model.heads.head.weight, std=0.02)
    path = bench.folder / "vision.pth"
    torch.save(model.state_dict(), path)
    # Through official names into timm: the same logits.
    exported = bench.export(path, bench.folder / "vit.safetensors", "vit_base/16", "--with_head", "true")
    twin = timm.create_model("vit_base_patch16_224").eval()
    twin.load_state_dict(exported)
    with torch.no_grad():
        logits, expected = twin(bench.images(224)), model.eval()(bench.images(224))
    assert (logits - expected).abs().max() <= TOLERANCE * expected.abs().max()
    model.heads = torch.nn.Identity()
    bench.check("torchvision vit_b_16", path, "vit_base/16", 224, model,
                "150 tensors of the file (torchvision names) match vit_base/16; classifier of 1000 classes")
    for arch, count, norms in (("resnet18", 120, 20), ("resnet50", 318, 53)):
        model = randomised(getattr(torchvision.models, arch)(num_classes=7))
        torch.save({"model": model.state_dict(), "epoch": 1}, path)
        exported = bench.export(path, bench.folder / "resnet.pth", arch, "--with_head", "true")
        for twin in (getattr(torchvision.models, arch)(num_classes=7), timm.create_model(arch, num_classes=7)):
            twin.load_state_dict(exported)
        twin.eval()
        with torch.no_grad():
            assert (twin(bench.images(64)) - model(bench.images(64))).abs().max() <= TOLERANCE * 10
        old = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
        model.fc = torch.nn.Identity()
        bench.check(f"torchvision {arch}", path, arch, 64, model,
                    f"{count} tensors of 'model' (official names) match {arch}; classifier of 7 classes")
        torch.save(old, path, _use_new_zipfile_serialization=False)
        bench.check(f"torchvision {arch} of before 0.4.1", path, arch, 64, model, f"{count - norms} tensors of the file "
                    f"(official names) match {arch}; {norms} absent batch counts set to 0; classifier of 7 classes")


def check_timm(bench):
    torch.manual_seed(3)
    path = bench.folder / "timm.safetensors"
    for name, arch, size, more, report in (
            ("vit_small_patch16_224", "vit_small/16", 224, {}, "(official names) match vit_small/16"),
            ("vit_tiny_patch16_224", "vit_tiny/8", 64, {"img_size": 64, "patch_size": 8, "fc_norm": True},
             "(timm names) match vit_tiny/8; its fc_norm is the final norm, here of the class token"),
            ("resnet18", "resnet18", 64, {}, "(official names) match resnet18"),
            ("resnet50", "resnet50", 64, {}, "(official names) match resnet50")):
        model = randomised(timm.create_model(name, num_classes=5, **more)) if "resnet" in name else \
            timm.create_model(name, num_classes=5, **more).eval()
        safetensors.torch.save_file(model.state_dict(), path)
        exported = bench.export(path, bench.folder / "timm.pth", arch)
        twin = timm.create_model(name, num_classes=0, **dict(more, fc_norm=False) if more else {}).eval()
        twin.load_state_dict(exported)
        model.reset_classifier(0)
        bench.check(f"timm {name}", path, arch, size, model,
                    f"{len(exported)} tensors of the file {report}; classifier of 5 classes")
        bench.check(f"timm {name}, exported", bench.folder / "timm.pth", arch, size, twin,
                    f"{len(exported)} tensors of the file (official names) match {arch}")


class Evil:
    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.system, (f"touch {self.target}",)


def check_refusals(bench):
    ran, path, output = (bench.folder / name for name in ("ran", "evil.pth", "out.pth"))
    for legacy in (False, True):
        torch.save({"teacher": {"cls_token": torch.zeros(1)}, "args": Evil(ran)}, path,
                   _use_new_zipfile_serialization=not legacy)
        done = call(bench.binary, "export", "--pretrained_weights", path, "--output", output)
        assert done.returncode == 2 and "refuses to run 'posix.system'" in done.stderr, done
        assert str(path) in done.stderr and not ran.exists() and not output.exists()
    torch.load(path, weights_only=False)
    assert ran.exists(), "the pickle would not have run: the test proves nothing"
    torch.save(dino_model.Vit("vit_nano", 8, 32).state_dict(), path)
    for words, message in (
            (["--output", output], "these weights fit --arch vit_nano --patch_size 8"),
            (["--arch", "vit_nano", "--patch_size", "8", "--output", "x.bin"], "expected .pth, .pt or .safetensors"),
            (["--arch", "vit_nano", "--patch_size", "8", "--output", output, "--with_head"], "has no head"),
            (["--arch", "vit_nano", "--patch_size", "8"], "no --output was given")):
        done = call(bench.binary, "export", "--pretrained_weights", path, *words)
        assert done.returncode == 2 and message in done.stderr, done
    assert not output.exists()


def main():
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(sys.argv[1], pathlib.Path(name))
        check_refusals(bench)
        check_formats(bench)
        check_torchvision(bench)
        check_timm(bench)
    print("weights agree with PyTorch, safetensors, torchvision and timm")


main()
