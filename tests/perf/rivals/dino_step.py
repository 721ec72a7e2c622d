"""A DINO training step of the reference: as it is, and tuned with what torch offers without a compiler (fused attention,
fused AdamW, foreach EMA). Its own train loop's body, networks, loss, clipping and parameter groups are called; `.cuda()` is left out."""
import contextlib
import sys
import time
import warnings
from functools import partial
from pathlib import Path

import rival

SMALL = {"reference": 1.25, "tuned": 1.2}
CASES = {
    "dino_step_small": {"what": "DINO step, vit_small/16, 2x224 + 8x96, out_dim 65536, batch 4, fp32", "rivals": SMALL},
    "dino_step_small_bf16": {"what": "the same in bf16 against the rivals in fp32", "rivals": {"reference": 1.8, "tuned": 1.8}},
    "dino_step_nano": {"what": "DINO step, vit_nano/8, 2x32 + 4x16, batch 32, data included", "rivals": {"reference": 2.0, "tuned": 1.6}},
}
SHAPES = {"dino_step_small": dict(dim=384, depth=12, heads=6, patch=16, out=65536, hidden=2048, batch=4, sides=(224, 96), local=8, steps=5),
          "dino_step_nano": dict(dim=128, depth=4, heads=2, patch=8, out=256, hidden=512, batch=32, sides=(32, 16), local=4, steps=40,
                                 scales=((0.5, 1.0), (0.25, 0.6)))}
SHAPES["dino_step_small_bf16"] = SHAPES["dino_step_small"]


def batches(shape, torch):
    """Random crops on hand for the large step; for the small one the reference's augmentation of the drawn pictures, decoded anew."""
    if "scales" not in shape:
        views = [torch.randn(shape["batch"], 3, side, side) for side, count in zip(shape["sides"], (2, shape["local"])) for _ in range(count)]
        while True:
            yield views
    import main_dino
    import torchvision
    transform = main_dino.DataAugmentationDINO(*shape["scales"], shape["local"])
    for pipeline, side in ((transform.global_transfo1, shape["sides"][0]), (transform.global_transfo2, shape["sides"][0]),
                           (transform.local_transfo, shape["sides"][1])):
        pipeline.transforms[0].size = (side, side)
    pictures = torchvision.datasets.ImageFolder(Path(__file__).resolve().parents[3] / "build" / "tests" / "perf_pictures" / "classification" / "train", transform=transform)
    while True:
        for images, _ in torch.utils.data.DataLoader(pictures, batch_size=shape["batch"], shuffle=True, drop_last=True):
            yield images


def fused_attention(vision_transformer, torch):
    def forward(self, x):
        rows, tokens, dim = x.shape
        q, k, v = self.qkv(x).reshape(rows, tokens, 3, self.num_heads, dim // self.num_heads).permute(2, 0, 3, 1, 4)
        y = torch.nn.functional.scaled_dot_product_attention(q, k, v)
        return self.proj(y.transpose(1, 2).reshape(rows, tokens, dim)), None
    vision_transformer.Attention.forward = forward


def build(shape, tuned, torch, device="cpu"):
    import main_dino
    import utils
    import vision_transformer
    if tuned:
        fused_attention(vision_transformer, torch)

    def network(drop):
        backbone = vision_transformer.VisionTransformer(patch_size=shape["patch"], embed_dim=shape["dim"], depth=shape["depth"],
                                                        num_heads=shape["heads"], mlp_ratio=4, qkv_bias=True, drop_path_rate=drop,
                                                        norm_layer=partial(torch.nn.LayerNorm, eps=1e-6))
        return utils.MultiCropWrapper(backbone, vision_transformer.DINOHead(shape["dim"], shape["out"], hidden_dim=shape["hidden"])).to(device)
    student, teacher = network(0.1), network(0.0)
    teacher.load_state_dict(student.state_dict())
    for parameter in teacher.parameters():
        parameter.requires_grad = False
    loss = main_dino.DINOLoss(shape["out"], 2 + shape["local"], 0.04, 0.04, 0, 10).to(device)
    optimizer = torch.optim.AdamW(utils.get_params_groups(student), lr=1e-4, fused=tuned or None)
    return student, teacher, loss, optimizer


def move_teacher(student, teacher, tuned, torch):
    with torch.no_grad():
        if tuned:
            torch._foreach_lerp_(list(teacher.parameters()), list(student.parameters()), 0.004)
            return
        for param_q, param_k in zip(student.parameters(), teacher.parameters()):
            param_k.data.mul_(0.996).add_((1 - 0.996) * param_q.detach().data)


def run(case, name):
    import torch
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
    import utils
    shape, tuned = SHAPES[case], name == "tuned"
    with contextlib.redirect_stdout(sys.stderr):
        student, teacher, loss_of, optimizer = build(shape, tuned, torch)
    source = batches(shape, torch)
    best = float("inf")
    for step in range(shape["steps"]):
        start = time.perf_counter()
        images = next(source)
        loss = loss_of(student(images), teacher(images[:2]), 0)
        loss.item()
        optimizer.zero_grad()
        loss.backward()
        utils.clip_gradients(student, 3.0)
        utils.cancel_gradients_last_layer(0, student, 1)
        optimizer.step()
        move_teacher(student, teacher, tuned, torch)
        if step >= 2:
            best = min(best, time.perf_counter() - start)
    return best


if __name__ == "__main__":
    rival.main(run)
