"""`dinobench eval linear` against the protocol written again in torch and Pillow, on CIFAR-10 images.

Usage: linear_test.py BINARY SOURCE_DIR. The same random weights go to both sides. Compared: the trained probe (its update
from the common start, so that every feature, its layout and every batch count), the accuracy of every epoch to 0.01 points,
the answers, and that torch's own optimiser and scheduler take the checkpoint.
"""
import json
import math
import pathlib
import subprocess
import sys
import tarfile
import tempfile

import h5py
import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

import findings
from dino_model import make_backbone

MASK = 0xFFFFFFFF
SEED = 5
PER_CLASS = {"train": 30, "test": 20}
RESIZE, CROP, BATCH = 36, 32, 64


class Rng:
    """Philox4x32-10 at an address (Salmon et al. 2011)."""

    def __init__(self, seed, purpose, address):
        self.key = seed
        for what, words in ((1, [len(purpose)]), (2, purpose.encode()), (3, [len(address)]), (4, address)):
            for position, word in enumerate(words):
                mixed = self.philox([word & MASK, word >> 32, position, what])
                self.key = mixed[1] << 32 | mixed[0]
        self.block, self.ready = 0, []

    def philox(self, counter):
        key = [self.key & MASK, self.key >> 32]
        for _ in range(10):
            first, second = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
            counter = [second >> 32 ^ counter[1] ^ key[0], second & MASK, first >> 32 ^ counter[3] ^ key[1], first & MASK]
            key = [key[0] + 0x9E3779B9 & MASK, key[1] + 0xBB67AE85 & MASK]
        return counter

    def bits(self):
        if not self.ready:
            self.ready = self.philox([self.block & MASK, self.block >> 32, 0, 0])
            self.block += 1
        return self.ready.pop(0)

    def uniform(self, low=0.0, high=1.0):
        upper = self.bits() >> 5
        return low + (high - low) * ((upper << 26 | self.bits() >> 6) * 2.0 ** -53)

    def integer(self, low, high):
        count = high - low + 1
        while True:
            upper = self.bits()
            draw = upper << 32 | self.bits()
            if draw >= (2 ** 64 - count) % count:
                return low + draw % count


def random_crop(image, epoch, sample):
    rng = Rng(SEED, "view", [epoch, sample, 0])
    width, height = image.size
    for _ in range(10):
        area = width * height * rng.uniform(0.08, 1.0)
        aspect = math.exp(rng.uniform(math.log(3 / 4), math.log(4 / 3)))
        w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < w <= width and 0 < h <= height:
            top = rng.integer(0, height - h)
            left = rng.integer(0, width - w)
            break
    else:
        raise AssertionError("no crop of a square image fits")
    image = image.crop((left, top, left + w, top + h)).resize((CROP, CROP), Image.BILINEAR)
    return image.transpose(Image.FLIP_LEFT_RIGHT) if rng.uniform() < 0.5 else image


def centre_crop(image):
    image = image.resize((RESIZE, RESIZE), Image.BICUBIC)
    first = (RESIZE - CROP) // 2
    return image.crop((first, first, first + CROP, first + CROP))


def as_tensor(image):
    pixels = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).float() / 255
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return (pixels - mean[:, None, None]) / std[:, None, None]


def unpack(archive, folder):
    with tarfile.open(archive, "r|xz") as tar:
        for member in tar:
            parts = pathlib.PurePosixPath(member.name).parts
            if member.isfile() and len(parts) == 4 and int(parts[3].split(".")[0]) <= PER_CLASS[parts[1]]:
                target = folder.joinpath(*parts[1:])
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(tar.extractfile(member).read())


def read_split(folder):
    classes = sorted(p.name for p in folder.iterdir())
    files = [(path, label) for label, name in enumerate(classes) for path in sorted((folder / name).iterdir())]
    return [Image.open(path).convert("RGB") for path, _ in files], torch.tensor([label for _, label in files])


def features(network, images, blocks, average):
    """cls tokens of the last blocks, or cls and mean patch token with the numbers of both in turn."""
    if not hasattr(network, "blocks"):
        return network(images)
    patches = network.patch_embed.proj(images).flatten(2).mT
    x = torch.cat([network.cls_token.expand(len(images), 1, -1), patches], 1) + network.positions(*images.shape[2:])
    levels = []
    for block in network.blocks:
        x = block(x)
        levels.append(network.norm(x))
    if not average:
        return torch.cat([level[:, 0] for level in levels[-blocks:]], 1)
    out = torch.empty(len(images), 2 * network.width, dtype=images.dtype)
    out[:, 0::2], out[:, 1::2] = levels[-1][:, 0], levels[-1][:, 1:].mean(1)
    return out


class Protocol:
    """The reference's training of a probe: one process, torch's own SGD, scheduler and loss."""

    def __init__(self, network, data, dtype, settings):
        self.network, self.dtype, self.settings = network.to(dtype).eval(), dtype, settings
        self.train_images, self.train_labels = read_split(data / "train")
        val_images, self.val_labels = read_split(data / "test")
        self.val = self.extract([centre_crop(image) for image in val_images])
        torch.manual_seed(SEED)
        self.linear = torch.nn.Linear(self.val.shape[1], 10)
        with torch.no_grad():
            self.linear.weight.normal_(0, 0.01)
            self.linear.bias.zero_()
        self.start = self.linear.weight.detach().clone().double()
        self.linear.to(dtype)
        self.optimizer = torch.optim.SGD(self.linear.parameters(), settings["lr"] * BATCH / 256, momentum=0.9)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, settings["epochs"])
        self.accuracy = []

    @torch.no_grad()
    def extract(self, images):
        batch = torch.stack([as_tensor(image) for image in images]).to(self.dtype)
        return features(self.network, batch, self.settings["blocks"], self.settings["average"])

    def view(self, epoch, sample):
        image = self.train_images[sample]
        return random_crop(image, epoch, sample) if self.settings["crop"] == "random" else centre_crop(image)

    def run(self):
        for epoch in range(self.settings["epochs"]):
            order = torch.randperm(len(self.train_images), generator=torch.Generator().manual_seed(epoch))
            for rows in order.split(BATCH):
                loss = F.cross_entropy(self.linear(self.extract([self.view(epoch, int(i)) for i in rows])),
                                       self.train_labels[rows])
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
            self.scheduler.step()
            best = self.logits().topk(5, 1).indices == self.val_labels[:, None]
            self.accuracy.append((100 * best[:, 0].double().mean().item(), 100 * best.any(1).double().mean().item()))

    @torch.no_grad()
    def logits(self):
        return self.linear(self.val)


def compare(binary, data, folder, name, arch, settings, dtype=torch.float32):
    torch.manual_seed(17)
    network = make_backbone(arch, 8, CROP)
    with torch.no_grad():  # a fresh network hardly tells images apart
        for parameter in network.parameters():
            if parameter.dim() > 1:
                parameter.mul_(2)
    weights = {key: value for key, value in network.state_dict().items()}
    torch.save({"teacher": weights}, folder / "weights.pth")
    protocol = Protocol(network, data, dtype, settings)
    protocol.run()
    record, out = folder / f"{name}.h5", folder / name
    subprocess.run(
        [binary, "eval", "linear", "--arch", arch, "--patch_size", "8", "--pretrained_weights", folder / "weights.pth",
         "--data_path", data, "--val_split", "test", "--resize_size", str(RESIZE), "--crop_size", str(CROP),
         "--batch_size_per_gpu", str(BATCH), "--n_last_blocks", str(settings["blocks"]), "--avgpool_patchtokens",
         str(settings["average"]), "--train_crop", settings["crop"], "--lr", str(settings["lr"]), "--epochs",
         str(settings["epochs"]), "--seed", str(SEED), "--precision", "fp64" if dtype == torch.float64 else "fp32",
         "--output_dir", out, "--output", record, "--quiet"], check=True, stderr=subprocess.PIPE)
    tolerance = 1e-9 if dtype == torch.float64 else 1e-5
    checkpoint = torch.load(out / "checkpoint.pth.tar", weights_only=True)
    ours = checkpoint["state_dict"]["module.linear.weight"].double()
    theirs = protocol.linear.weight.detach().double()
    error = ((ours - theirs).norm() / (theirs - protocol.start).norm()).item()
    assert error < tolerance, f"{name}: the update of the weights differs by {error:.2e}"
    log = [json.loads(line) for line in (out / "log.txt").read_text().splitlines()]
    for line, (top1, top5) in zip(log, protocol.accuracy, strict=True):
        assert abs(line["test_acc1"] - top1) < 0.01 and abs(line["test_acc5"] - top5) < 0.01, (name, line, top1, top5)
    with h5py.File(record) as file:
        linear = file["eval/linear"]
        assert linear.attrs["protocol"] == "linear-v1"
        assert np.array_equal(linear["raw/predictions"][:], protocol.logits().argmax(1).numpy()), "answers differ"
        best = max(top1 for top1, _ in protocol.accuracy)
        for metric, value in (("top1", top1), ("top5", top5), ("best_top1", best)):
            assert abs(linear[f"metrics/{metric}"][()] - value) < 0.01, (name, metric)
    torchs_turn(checkpoint, protocol)
    findings.count(probes=1)
    findings.largest(**{"double_error" if dtype == torch.float64 else "single_error": error})
    print(f"{name}: weights agree to {error:.1e}; top-1 by epoch " + " ".join(f"{top1:.2f}" for top1, _ in protocol.accuracy))
    return out / "checkpoint.pth.tar"


def torchs_turn(checkpoint, protocol):
    """The reference resumes from such a file by load_state_dict."""
    linear = torch.nn.Linear(*reversed(protocol.linear.weight.shape)).to(protocol.dtype)
    optimizer = torch.optim.SGD(linear.parameters(), 1.0, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 1)
    optimizer.load_state_dict(checkpoint["optimizer"])
    scheduler.load_state_dict(checkpoint["scheduler"])
    assert optimizer.state_dict()["param_groups"] == protocol.optimizer.state_dict()["param_groups"] or math.isclose(
        optimizer.param_groups[0]["lr"], protocol.optimizer.param_groups[0]["lr"], abs_tol=1e-15)
    assert scheduler.last_epoch == protocol.scheduler.last_epoch and scheduler.T_max == protocol.scheduler.T_max
    assert math.isclose(scheduler.get_last_lr()[0], protocol.scheduler.get_last_lr()[0], abs_tol=1e-15)
    for mine, other in zip(optimizer.state_dict()["state"].values(), protocol.optimizer.state_dict()["state"].values(), strict=True):
        assert torch.allclose(mine["momentum_buffer"], other["momentum_buffer"], rtol=1e-3, atol=1e-6)
    assert checkpoint["epoch"] == protocol.settings["epochs"]
    assert abs(checkpoint["best_acc"] - max(top1 for top1, _ in protocol.accuracy)) < 0.01


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    archive = source.parent / "shared/data/cifar10-jpeg.tar.xz"
    if not archive.is_file():
        print(f"skipped: no {archive}")
        sys.exit(77)
    torch.set_num_threads(2)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        data = folder / "cifar"
        unpack(archive, data)
        plain = {"blocks": 4, "average": False, "crop": "center", "lr": 0.4, "epochs": 3}
        compare(binary, data, folder, "vit-4-blocks", "vit_nano", plain)
        compare(binary, data, folder, "vit-4-blocks-double", "vit_nano", plain, torch.float64)
        compare(binary, data, folder, "vit-average-double", "vit_nano", {**plain, "blocks": 1, "average": True}, torch.float64)
        compare(binary, data, folder, "vit-tiny-random-crops", "vit_tiny", {**plain, "crop": "random", "epochs": 2}, torch.float64)
        compare(binary, data, folder, "resnet18", "resnet18", {**plain, "lr": 0.02})
        compare(binary, data, folder, "random-crops", "vit_nano", {**plain, "crop": "random"})
    findings.save()


if __name__ == "__main__":
    main()
