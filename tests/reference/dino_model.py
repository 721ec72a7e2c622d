"""DINO's networks, loss and training step in plain torch, written from the parity specification.

An independent restatement that the tests of this folder compare dinobench with. Tensor names and the
order of construction are the official ones, so that state dicts and random numbers line up.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

SHAPES = {"vit_tiny": (192, 12, 3), "vit_micro": (192, 6, 3), "vit_nano": (128, 4, 2)}


def redraw_linears(module):
    for child in module.modules():
        if isinstance(child, nn.Linear):
            nn.init.trunc_normal_(child.weight, std=0.02)
            if child.bias is not None:
                nn.init.zeros_(child.bias)


class SelfAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        batch, tokens, dim = x.shape
        head_dim = dim // self.heads
        q, k, v = (part.reshape(batch, tokens, self.heads, head_dim).transpose(1, 2)
                   for part in self.qkv(x).split(dim, dim=-1))
        scores = torch.einsum("bhid,bhjd->bhij", q, k) / math.sqrt(head_dim)
        mixed = torch.einsum("bhij,bhjd->bihd", scores.softmax(-1), v)
        return self.proj(mixed.reshape(batch, tokens, dim))


class Perceptron(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc1 = nn.Linear(dim, 4 * dim)
        self.fc2 = nn.Linear(4 * dim, dim)

    def forward(self, x):
        h = self.fc1(x)
        return self.fc2(0.5 * h * (1 + torch.erf(h / math.sqrt(2))))


class Layer(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = SelfAttention(dim, heads)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = Perceptron(dim)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Vit(nn.Module):
    def __init__(self, arch, patch, image_size):
        super().__init__()
        self.width, depth, heads = SHAPES[arch]
        self.patch, self.grid = patch, image_size // patch
        self.cls_token = nn.Parameter(torch.zeros(1, 1, self.width))
        self.pos_embed = nn.Parameter(torch.zeros(1, self.grid ** 2 + 1, self.width))
        self.patch_embed = nn.Module()
        self.patch_embed.proj = nn.Conv2d(3, self.width, patch, stride=patch)
        self.blocks = nn.ModuleList(Layer(self.width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(self.width, eps=1e-6)
        nn.init.trunc_normal_(self.pos_embed, std=0.02)
        nn.init.trunc_normal_(self.cls_token, std=0.02)
        redraw_linears(self)

    def positions(self, height, width):
        if height == width and (height // self.patch) == self.grid:
            return self.pos_embed
        grid = self.pos_embed[0, 1:].T.reshape(1, self.width, self.grid, self.grid)
        scale = [(side // self.patch + 0.1) / self.grid for side in (height, width)]
        resized = F.interpolate(grid, scale_factor=scale, mode="bicubic")
        return torch.cat([self.pos_embed[:, :1], resized.flatten(2).mT], dim=1)

    def forward(self, images):
        patches = self.patch_embed.proj(images).flatten(2).mT
        cls = self.cls_token.expand(len(images), 1, self.width)
        x = torch.cat([cls, patches], dim=1) + self.positions(*images.shape[2:])
        for block in self.blocks:
            x = block(x)
        return self.norm(x)[:, 0]


class Trunk(nn.Module):
    """A torchvision ResNet whose classifier was drawn and thrown away."""

    def __new__(cls, arch):
        import torchvision
        network = getattr(torchvision.models, arch)()
        network.width = network.fc.in_features
        network.fc = nn.Identity()
        return network


class LastLayer(nn.Module):
    def __init__(self, width, outputs, trainable_g):
        super().__init__()
        rows = nn.Linear(width, outputs, bias=False).weight.detach()
        self.weight_g = nn.Parameter(torch.ones(outputs, 1), requires_grad=trainable_g)
        self.weight_v = nn.Parameter(rows)

    def forward(self, x):
        lengths = self.weight_v.square().sum(1, keepdim=True).sqrt()
        return x @ (self.weight_g * self.weight_v / lengths).T


class Head(nn.Module):
    def __init__(self, width, outputs, hidden=2048, bottleneck=256, norm_last_layer=True, use_bn=False):
        super().__init__()
        layers = []
        for size_in in (width, hidden):
            layers.append(nn.Linear(size_in, hidden))
            if use_bn:
                layers.append(nn.BatchNorm1d(hidden))
            layers.append(nn.GELU())
        self.mlp = nn.Sequential(*layers, nn.Linear(hidden, bottleneck))
        redraw_linears(self)
        self.last_layer = LastLayer(bottleneck, outputs, not norm_last_layer)

    def forward(self, x):
        x = self.mlp(x)
        return self.last_layer(x / x.norm(dim=-1, keepdim=True).clamp_min(1e-12))


class Network(nn.Module):
    """Backbone and head; consecutive views of one width share a pass."""

    def __init__(self, backbone, head):
        super().__init__()
        self.backbone, self.head = backbone, head

    def forward(self, views):
        features, group = [], []
        for view in views:
            if group and group[-1].shape[-1] != view.shape[-1]:
                features.append(self.backbone(torch.cat(group)))
                group = []
            group.append(view)
        features.append(self.backbone(torch.cat(group)))
        return self.head(torch.cat(features))


def make_backbone(arch, patch, image_size):
    return Vit(arch, patch, image_size) if arch in SHAPES else Trunk(arch)


def make_pair(arch, patch, image_size, head_options):
    """Student and teacher in the reference's order of construction, the teacher a copy."""
    backbones = [make_backbone(arch, patch, image_size) for _ in range(2)]
    student = Network(backbones[0], Head(backbones[0].width, **head_options))
    teacher = Network(backbones[1], Head(backbones[1].width, **{**head_options, "norm_last_layer": True}))
    teacher.load_state_dict(student.state_dict())
    for parameter in teacher.parameters():
        parameter.requires_grad_(False)
    return student, teacher


def cosine_values(first, last, steps, warmup_steps=0):
    """Linear from 0 to `first`, both ends included, then a half cosine that stops short of `last`."""
    line = [first * i / max(warmup_steps - 1, 1) for i in range(warmup_steps)]
    count = steps - warmup_steps
    return line + [last + (first - last) * (1 + math.cos(math.pi * t / count)) / 2 for t in range(count)]
