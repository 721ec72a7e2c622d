"""Augmentation and neighbours on one GPU: beside the reference's Pillow chain on one processor core, and beside the products and
selections that PyTorch offers. RIVAL_TINY=1 tries the scripts on a CPU with small shapes; such figures mean nothing."""
import os

import rival

TINY = os.environ.get("RIVAL_TINY") == "1"
CASES = {
    "gpu_views": {"what": "DINO's ten views of decoded 500 x 375 images, upload included, an image; Pillow: on one core",
                  "rivals": {"pillow": None}, "device": "gpu", "images": 1, "rate": 150000},
    "gpu_knn": {"what": "the 20 nearest of 1,281,167 unit features of 384 for 50,000 queries, fp32", "rivals": {"torch": None},
                "device": "gpu", "seconds": 0.3},
}
BANK, QUERIES, DIMENSION, BLOCK = (5000, 100, 384, 50) if TINY else (1281167, 50000, 384, 2000)


def views():
    import main_dino
    import numpy
    from PIL import Image
    noise = numpy.random.default_rng(0).integers(0, 256, (4, 375, 500, 3), dtype=numpy.uint8)
    images = [Image.fromarray(pixels) for pixels in noise]
    augment = main_dino.DataAugmentationDINO((0.4, 1.0), (0.05, 0.4), 8)
    return rival.best_of(lambda: [augment(image) for image in images] and None) / len(images)


def neighbours(torch):
    device = "cpu" if TINY else "cuda"
    torch.manual_seed(0)
    bank, queries = (torch.nn.functional.normalize(torch.randn(rows, DIMENSION, device=device), dim=1) for rows in (BANK, QUERIES))

    def step():
        for block in queries.split(BLOCK):
            torch.topk(block @ bank.t(), 20)
        if not TINY:
            torch.cuda.synchronize()
    return {"seconds": rival.best_of(step), "gpu_bytes": 0 if TINY else torch.cuda.max_memory_allocated()}


def run(case, name):
    import torch
    if case == "gpu_views":
        torch.set_num_threads(1)
        return views()
    if not TINY and not torch.cuda.is_available():
        rival.skip("PyTorch sees no GPU")
    return neighbours(torch)


if __name__ == "__main__":
    rival.main(run)
