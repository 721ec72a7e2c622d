"""The Python side of safetensors_test.cpp: writes and checks files with the safetensors package."""
import sys

import safetensors
import safetensors.torch
import torch

TYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
         torch.int8, torch.uint8, torch.bool]


def sample():
    tensors = {str(t): torch.tensor([0, 1, 100]).to(t) for t in TYPES}
    return tensors | {"scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3), "\u00e4 \"q\"\\": torch.randn(2, 3, 4),
                      "a": torch.ones(1, dtype=torch.uint8), "z": torch.ones(5, dtype=torch.float64)}


def check_ours(path):
    state = safetensors.torch.load_file(path)
    assert torch.equal(state["weight"], torch.tensor([[1.0, 2, 3], [4, 5, 6]]))
    assert state["scalar"].dtype == torch.float64 and state["scalar"].item() == 0.25
    assert state["empty"].shape == (0, 4)
    assert state["mask"].tolist() == [False, True] and state["mask"].dtype == torch.bool
    assert state["counts"].tolist() == [[-1, 1 << 40]]
    with safetensors.safe_open(path, "pt") as file:
        assert file.metadata() == {"format": "pt"}


def compare(theirs, ours):
    a, b = safetensors.torch.load_file(theirs), safetensors.torch.load_file(ours)
    assert set(a) == set(b), (set(a), set(b))
    for name, tensor in a.items():
        assert tensor.dtype == b[name].dtype and torch.equal(tensor, b[name]), name


if __name__ == "__main__":
    command, *paths = sys.argv[1:]
    if command == "write":
        torch.manual_seed(0)
        safetensors.torch.save_file(sample(), paths[0], metadata={"format": "pt", "note": "\u00e4"})
    else:
        {"check_ours": check_ours, "compare": compare}[command](*paths)
