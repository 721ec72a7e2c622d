"""Training steps of dinobench against an independent trainer in plain torch, float64, to 1e-9.

Both start from the same weights and see the same views; the steps cross epoch edges with the last layer
frozen at first, the temperature and learning rate warming up, clipping and a moving weight decay. One
case repeats on two ranks with half the batch each; one is supervised, from the seed's own weights.
Usage: step_parity_test.py <dinobench> <source_dir>
"""
import math
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import h5py
    import numpy
    import torch
    import torchvision  # noqa: F401  (the ResNets of dino_model)
    from torch import nn
    from torch.nn import functional as F
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

import dino_model
import findings

STEPS, STEPS_PER_EPOCH, EPOCHS, BATCH = 6, 2, 5, 4
TOLERANCE = 1e-9  # relative
FLOOR = 1e-4  # sizes below are rounding noise of exact zeros (a bias before BatchNorm)
COMMON = dict(patch_size=8, global_crops_size=32, local_crops_size=16, local_crops_number=3, out_dim=48,
              head_hidden_dim=40, head_bottleneck_dim=12, momentum_teacher=0.9, warmup_teacher_temp=0.04,
              teacher_temp=0.07, warmup_teacher_temp_epochs=3, freeze_last_layer=1, weight_decay=0.04,
              weight_decay_end=0.4, warmup_epochs=1, min_lr=1e-6, drop_path_rate=0)
CASES = {
    "vit_adamw": dict(arch="vit_nano", optimizer="adamw", lr=0.05, clip_grad=0.02, norm_last_layer=False),
    "vit_sgd": dict(arch="vit_nano", optimizer="sgd", lr=5.0, clip_grad=0.3, norm_last_layer=True,
                    student_temp=0.2, center_momentum=0.8),
    "vit_lars": dict(arch="vit_nano", optimizer="lars", lr=30.0, clip_grad=0, norm_last_layer=False,
                     use_bn_in_head=True),
    "resnet_adamw": dict(arch="resnet18", optimizer="adamw", lr=0.01, clip_grad=3.0, norm_last_layer=True,
                         freeze_last_layer=2),
}
CASES["vit_adamw, --reference_math"] = {**CASES["vit_adamw"], "reference_math": True}
SUPERVISED = dict(arch="vit_nano", optimizer="adamw", lr=0.1, clip_grad=0.5, label_smoothing=0.1, warmup_epochs=1,
                  weight_decay=0.05, weight_decay_end=0.1, patch_size=8, global_crops_size=32, drop_path_rate=0,
                  min_lr=1e-6, local_crops_number=-1)
CLASSES, SEED = 3, 5
LAUNCH = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n"]


class Lars(torch.optim.Optimizer):
    def __init__(self, groups):
        super().__init__(groups, dict(lr=0.0, weight_decay=0.0))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                update = p.grad
                if p.dim() > 1:
                    update = update + group["weight_decay"] * p
                    sizes = p.norm(), update.norm()
                    if sizes[0] > 0 and sizes[1] > 0:
                        update = update * (0.001 * sizes[0] / sizes[1])
                state = self.state[p]
                state["mu"] = 0.9 * state["mu"] + update if "mu" in state else update.clone()
                p.sub_(group["lr"] * state["mu"])


def make_optimizer(kind, student):
    named = [(n, p) for n, p in student.named_parameters() if p.requires_grad]
    plain = [p for n, p in named if p.dim() == 1 or n.endswith(".bias")]
    decayed = [p for n, p in named if not (p.dim() == 1 or n.endswith(".bias"))]
    groups = [dict(params=decayed), dict(params=plain, weight_decay=0.0)]
    if kind == "adamw":
        return torch.optim.AdamW(groups)
    return torch.optim.SGD(groups, lr=0, momentum=0.9) if kind == "sgd" else Lars(groups)


def pair_loss(student_logits, targets, temperature, views):
    terms = []
    for v, logits in enumerate(student_logits.chunk(views)):
        for i, target in enumerate(targets):
            if v != i:
                terms.append(-(target * F.log_softmax(logits / temperature, -1)).sum(-1).mean())
    return sum(terms) / len(terms)


def norm(tensor):
    return tensor.double().norm().item()


class Trainer:
    """The update that all methods share; what a loss adds is in the classes below."""

    def __init__(self, options, student):
        self.o, self.student = options, student.double().train()
        self.optimizer = make_optimizer(options["optimizer"], student)
        total, warmup = EPOCHS * STEPS_PER_EPOCH, options["warmup_epochs"] * STEPS_PER_EPOCH
        self.rates = dino_model.cosine_values(options["lr"] * BATCH / 256, options["min_lr"], total, warmup)
        self.decays = dino_model.cosine_values(options["weight_decay"], options["weight_decay_end"], total)

    def step(self, index, views, labels):
        epoch = index // STEPS_PER_EPOCH
        row = dict(epoch=epoch, learning_rate=self.rates[index], weight_decay=self.decays[index])
        loss = self.loss(index, epoch, views, labels, row)
        row["loss"] = loss.item()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        for name, p in self.student.named_parameters():
            if self.frozen(name, epoch):
                p.grad = None
            size = math.nan if p.grad is None else norm(p.grad)
            row["grad_norms/" + name] = size
            if p.grad is not None and self.o["clip_grad"]:
                p.grad.mul_(min(1.0, self.o["clip_grad"] / (size + 1e-6)))
        self.optimizer.param_groups[0]["weight_decay"] = row["weight_decay"]
        for group in self.optimizer.param_groups:
            group["lr"] = row["learning_rate"]
        self.optimizer.step()
        row.update({"norms/" + name: norm(p) for name, p in self.student.named_parameters()})
        self.after_step(row)
        return row

    def frozen(self, name, epoch):
        return False

    def after_step(self, row):
        pass


class DinoTrainer(Trainer):
    def __init__(self, options, student, teacher):
        super().__init__(options, student)
        self.teacher = teacher.double().train()
        self.center = torch.zeros(1, options["out_dim"], dtype=torch.float64)
        self.momenta = dino_model.cosine_values(options["momentum_teacher"], 1.0, EPOCHS * STEPS_PER_EPOCH)
        self.temperatures = list(numpy.linspace(options["warmup_teacher_temp"], options["teacher_temp"],
                                                options["warmup_teacher_temp_epochs"]))

    def loss(self, index, epoch, views, labels, row):
        temperature = self.temperatures[epoch] if epoch < len(self.temperatures) else self.o["teacher_temp"]
        with torch.no_grad():
            teacher_logits = self.teacher(views[:2])
            scaled = (teacher_logits - self.center) / temperature
            targets = scaled.softmax(-1)
        loss = pair_loss(self.student(views), targets.chunk(2), self.o.get("student_temp", 0.1), len(views))
        entropy = -(targets * scaled.log_softmax(-1)).sum(-1).mean()
        row.update(momentum=self.momenta[index], teacher_temperature=temperature,
                   teacher_entropy=entropy.item(), kl=(loss - entropy).item())
        keep = self.o.get("center_momentum", 0.9)
        self.center = keep * self.center + (1 - keep) * teacher_logits.mean(0, keepdim=True)
        return loss

    def frozen(self, name, epoch):
        return "last_layer" in name and epoch < self.o["freeze_last_layer"]

    @torch.no_grad()
    def after_step(self, row):
        for (name, p), t in zip(self.student.named_parameters(), self.teacher.parameters()):
            t.copy_(row["momentum"] * t + (1 - row["momentum"]) * p)
            row["teacher_norms/" + name] = norm(t)
        row["center_norm"] = norm(self.center)

    def parts(self):
        return {"student": self.student, "teacher": self.teacher}


class SupervisedTrainer(Trainer):
    def loss(self, index, epoch, views, labels, row):
        logits = self.student.head(self.student.backbone(views[0]))
        row["train_top1"] = 100 * (logits.argmax(-1) == labels).double().mean().item()
        smoothing = self.o["label_smoothing"]
        wanted = F.one_hot(labels, CLASSES).double() * (1 - smoothing) + smoothing / CLASSES
        return -(wanted * logits.log_softmax(-1)).sum(-1).mean()

    def parts(self):
        return {"student": self.student}


def write_views(path, options):
    """The file that dinobench replays, and the same steps as (views, labels)."""
    generator = torch.Generator().manual_seed(123)
    locals_ = options["local_crops_number"]
    sizes = [options["global_crops_size"]] * (2 if locals_ >= 0 else 1)
    sizes += [options.get("local_crops_size")] * max(locals_, 0)
    steps = []
    with h5py.File(path, "w") as file:
        for step in range(STEPS):
            views = [torch.randn(BATCH, 3, side, side, generator=generator) for side in sizes]
            labels = torch.arange(step, step + BATCH) % CLASSES
            for index, view in enumerate(views):
                file[f"/step/{step}/view/{index}"] = view.numpy()
            file[f"/step/{step}/labels"] = labels.numpy()
            steps.append(([view.double() for view in views], labels))
    return steps


def run_dinobench(binary, work, method, options, ranks=1):
    output = work / f"out{ranks}"
    command = [*LAUNCH, ranks] if ranks > 1 else []
    command += [binary, "train", "--method", method, "--replay_views", work / "views.h5", "--steps_per_epoch",
                STEPS_PER_EPOCH, "--epochs", EPOCHS, "--max_steps", STEPS, "--batch_size_per_gpu", BATCH // ranks,
                "--seed", SEED, "--log_norms", "--precision", "fp64", "--device", "cpu", "--threads", 1,
                "--output_dir", output, "--quiet"]
    if (work / "init.pth").exists():
        command += ["--init_from", work / "init.pth"]
    for name, value in options.items():
        if value != -1:
            command += ["--" + name, value]
    subprocess.run([str(word) for word in command], check=True)
    return output


def compare(rows, output, trainer):
    worst, problems = 0.0, []
    def check(what, wanted, seen):
        nonlocal worst
        if math.isnan(wanted) or math.isnan(seen):
            error = 0.0 if math.isnan(wanted) and math.isnan(seen) else math.inf
        else:
            error = abs(wanted - seen) / max(abs(wanted), FLOOR)
        worst = max(worst, error)
        if error > TOLERANCE:
            problems.append(f"{what}: expected {wanted!r}, got {seen!r}")
    with h5py.File(output / "run.h5") as file:
        for name in rows[0]:
            if name not in file["train"]:
                problems.append(f"/train/{name} is missing")
                continue
            series = file["train"][name][()]
            if len(series) != STEPS:
                problems.append(f"/train/{name} has {len(series)} entries, expected {STEPS}")
                continue
            for index, row in enumerate(rows):
                check(f"step {index} {name}", row[name], float(series[index]))
    checkpoint = torch.load(output / "checkpoint.pth", weights_only=True)
    for key, network in trainer.parts().items():
        prefix = "module." if key == "student" else ""
        for name, tensor in network.state_dict().items():
            seen = checkpoint[key][prefix + name]
            check(f"{key} {name}", 1.0, 1.0 + norm(tensor - seen) / max(norm(tensor), FLOOR))
    return worst, problems


def report(case, rows, output, trainer):
    worst, problems = compare(rows, output, trainer)
    findings.count(cases=1)
    findings.largest(relative_error=worst)
    print(f"{case}: loss {rows[0]['loss']:.6f} to {rows[-1]['loss']:.6f}, largest relative error {worst:.1e}")
    print("".join(f"  {line}\n" for line in problems[:10]), end="")
    return not problems


def dino_case(binary, work, case, options):
    torch.manual_seed(SEED)
    head = dict(outputs=options["out_dim"], hidden=options["head_hidden_dim"],
                bottleneck=options["head_bottleneck_dim"], norm_last_layer=options["norm_last_layer"],
                use_bn=options.get("use_bn_in_head", False))
    student, teacher = dino_model.make_pair(options["arch"], 8, 32, head)
    torch.save({"student": {"module." + n: t for n, t in student.state_dict().items()},
                "teacher": teacher.state_dict()}, work / "init.pth")
    steps = write_views(work / "views.h5", options)
    trainer = DinoTrainer(options, student, teacher)
    rows = [trainer.step(index, *steps[index]) for index in range(STEPS)]
    good = report(case, rows, run_dinobench(binary, work, "dino", options), trainer)
    if case == "vit_adamw" and shutil.which("mpirun"):
        good &= report(case + " on 2 ranks", rows, run_dinobench(binary, work, "dino", options, 2), trainer)
    return good


def supervised_case(binary, work, case, options):
    steps = write_views(work / "views.h5", options)
    torch.manual_seed(SEED)
    network = nn.Module()
    network.backbone = dino_model.make_backbone(options["arch"], 8, 32)
    network.head = nn.Linear(network.backbone.width, CLASSES)
    dino_model.redraw_linears(network.head)
    trainer = SupervisedTrainer(options, network)
    rows = [trainer.step(index, *steps[index]) for index in range(STEPS)]
    return report(case, rows, run_dinobench(binary, work, "supervised", options), trainer)


def main(binary):
    good = True
    for case, own in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            good &= dino_case(binary, Path(folder), case, {**COMMON, **own})
    with tempfile.TemporaryDirectory() as folder:
        good &= supervised_case(binary, Path(folder), "supervised", SUPERVISED)
    if good:
        findings.keep(steps=STEPS)
        findings.save()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main(sys.argv[1])
