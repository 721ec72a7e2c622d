"""What a case for one GPU says beside its seconds: images a second, the share of the card's bf16 matmul rate, memory."""
from flop_model import dino_image

# Declared absolute targets: the figure that each is about, and whether more is better.
TARGETS = {"utilisation": ("utilisation", True), "rate": ("images_per_second", True), "seconds": ("seconds", False)}


def figures(declared, seconds, gpu_bytes, flop_rate):
    """Of one side. `flop_rate`: FLOP a second of a large bf16 product, measured in the same run; None where it was not."""
    shape = declared.get("shape")
    images = shape["batch"] if shape else declared.get("images")
    out = {"seconds": seconds}
    if images:
        out["images_per_second"] = images / seconds
    if shape:
        out["model_flop"] = dino_image(shape) * images
        if flop_rate:
            out["utilisation"] = out["model_flop"] / seconds / flop_rate
    if gpu_bytes:
        out["gpu_bytes"] = gpu_bytes
    return out


def line(found):
    """The figures as a person reads them."""
    parts = []
    if "images_per_second" in found:
        parts.append(f"{found['images_per_second']:,.0f} images/s")
    if "utilisation" in found:
        parts.append(f"utilisation {found['utilisation']:.3f} of the bf16 matmul rate")
    if "gpu_bytes" in found:
        parts.append(f"peak {found['gpu_bytes'] / 1e9:.2f} GB of device memory")
    return ", ".join(parts)


def verdicts(declared, found):
    """One text for each absolute target of the case: reached or missed."""
    out = []
    for target, (figure, more) in TARGETS.items():
        if target in declared and figure in found:
            wanted, seen = declared[target], found[figure]
            reached = seen >= wanted if more else seen <= wanted
            out.append(f"{figure} {seen:.4g}, target {wanted:g}: {'reached' if reached else 'missed'}")
    return out
