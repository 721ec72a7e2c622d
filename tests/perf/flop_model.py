"""Model FLOP of a DINO step with a vision transformer: what the mathematics asks for, whatever an implementation does. A
multiply-add is two. Products alone: patch embedding, blocks, head; element-wise work is not counted."""


def forward(dim, depth, patch, side):
    """{"patches", "blocks"} of one image of side x side: per token and block 24 dim^2 (qkv 6, projection 2, MLP 16) and
    4 tokens dim for scores and values."""
    patches = (side // patch) ** 2
    tokens = patches + 1
    return {"patches": patches * 2 * 3 * patch * patch * dim, "blocks": depth * tokens * (24 * dim * dim + 4 * tokens * dim)}


def head(dim, hidden, bottleneck, out):
    """One vector through DINO's three-layer perceptron and its last layer."""
    return 2 * (dim * hidden + hidden * hidden + hidden * bottleneck + bottleneck * out)


def dino_image(shape):
    """One image of a step: the student sees all views forward and backward (twice the forward, but nobody wants the
    gradient of the pixels), the teacher the two large ones forward. `shape`: dim, depth, patch, sides, local, hidden, out."""
    large, small = (forward(shape["dim"], shape["depth"], shape["patch"], side) for side in shape["sides"])
    patches, blocks = (2 * large[part] + shape["local"] * small[part] for part in ("patches", "blocks"))
    vector = head(shape["dim"], shape["hidden"], 256, shape["out"])
    views = 2 + shape["local"]
    return 2 * patches + 3 * blocks + 2 * (large["patches"] + large["blocks"]) + (3 * views + 2) * vector
