"""The FLOP model and the figures of a GPU case that tools/compare_reference.py prints, worked by hand."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(sys.argv[2]) / "tests" / "perf"))
from flop_model import dino_image, forward, head  # noqa: E402
from gpu_figures import figures, line, verdicts  # noqa: E402

# dim 2, one block, patches of 1 pixel, side 2: 4 patches of 2 x 3 x 2 FLOP; 5 tokens of 24 x 4 + 4 x 5 x 2.
assert forward(2, 1, 1, 2) == {"patches": 48, "blocks": 5 * (96 + 40)}
# side 1: 1 patch of 12; 2 tokens of 96 + 4 x 2 x 2.
assert forward(2, 1, 1, 1) == {"patches": 12, "blocks": 2 * 112}
# 2 x 3, 3 x 3, 3 x 256 and 256 x 5 multiply-adds.
assert head(2, 3, 256, 5) == 2 * (6 + 9 + 768 + 1280)
# Two large views and one small. Patches: 108 forward, the same for the weights' gradient. Blocks: 2 x 680 + 224 = 1584, three
# times. The teacher: 2 x 728. Head: 9 student vectors (3 views, three times) and 2 of the teacher, 4126 each.
tiny = {"dim": 2, "depth": 1, "patch": 1, "sides": (2, 1), "local": 1, "hidden": 3, "out": 5}
assert dino_image(tiny) == 2 * 108 + 3 * 1584 + 2 * 728 + 11 * 4126
# The published shapes: 113.4 and 434.8 GFLOP an image.
small = {"dim": 384, "depth": 12, "patch": 16, "sides": (224, 96), "local": 8, "hidden": 2048, "out": 65536}
assert round(dino_image(small) / 1e9, 1) == 113.4
assert round(dino_image({**small, "dim": 768}) / 1e9, 1) == 434.8
# 64 images in a tenth of a second on a card of 725.9 TFLOP a second: 64 x 113.427 GFLOP x 10 / 725.9 T is a tenth.
declared = {"shape": {**small, "batch": 64}, "utilisation": 0.49, "device": "gpu"}
found = figures(declared, 0.1, 5e9, 725.93e12)
assert found["images_per_second"] == 640 and abs(found["utilisation"] - 0.1) < 1e-5
assert line(found) == "640 images/s, utilisation 0.100 of the bf16 matmul rate, peak 5.00 GB of device memory"
assert verdicts(declared, found) == ["utilisation 0.1, target 0.49: missed"]
assert "utilisation" not in figures(declared, 0.1, 0, None) and not verdicts(declared, figures(declared, 0.1, 0, None))
assert verdicts({"seconds": 0.3}, figures({}, 0.25, 0, None)) == ["seconds 0.25, target 0.3: reached"]
assert verdicts({"rate": 150000}, figures({"images": 1}, 1e-5, 0, None)) == ["images_per_second 1e+05, target 150000: missed"]
print("flop_model: ok")
