"""The Python side of torch_file_test.cpp: writes, checks and compares checkpoints with torch itself."""
import argparse
import collections
import os
import sys
import zipfile

import torch


def check_ours(path):
    value = torch.load(path, weights_only=True)
    student = value["student"]
    assert torch.equal(student["weight"], torch.tensor([[1.0, 2, 3], [4, 5, 6]]))
    assert student["scalar"].dtype == torch.float64 and student["scalar"].item() == 0.25
    assert student["empty"].shape == (0, 4)
    assert student["mask"].tolist() == [False, True] and student["mask"].dtype == torch.bool
    assert student["counts"].tolist() == [[-1, 1 << 40]]
    assert value["shared"].data_ptr() == student["weight"].data_ptr()
    assert (value["epoch"], value["lr"], value["none"], value[0]) == (3, 5e-4, None, True)
    assert value["betas"] == [0.9, 0.999]
    mapped = torch.load(path, weights_only=True, mmap=True)
    assert torch.equal(mapped["student"]["weight"], student["weight"])


def sample():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(5, 3), torch.nn.BatchNorm1d(3), torch.nn.Identity())
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    model(torch.randn(4, 5)).sum().backward()
    optimizer.step()
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    types = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32,
             torch.int16, torch.int8, torch.uint8, torch.bool]
    edges = [0, 1, 255, 256, 65535, 65536, -1, 2**31 - 1, -2**31, 2**31, 2**63 - 1, -2**63]
    return {
        "student": model.state_dict(),
        "identity": torch.nn.Identity().state_dict(),
        "optimizer": optimizer.state_dict(),
        "types": {str(t): torch.tensor([0, 1, 100]).to(t) for t in types},
        "parameter": torch.nn.Parameter(torch.randn(2, 2)),
        "frozen": torch.nn.Parameter(torch.randn(2), requires_grad=False),
        "transposed": base.t(),
        "strided": base[1:, ::2],
        "row": base[2],
        "base": base,
        "expanded": torch.tensor([7.0]).expand(3, 4),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
        "size": torch.Size([2, 3]),
        "tuple": (1, (2.5, "x"), ()),
        "ordered": collections.OrderedDict(b=1, a=2),
        "numbers": edges + [1e-300, float("inf")],
        "constants": [None, True, False, "", "\u00e4\u4e2d", "x" * 300],
        "same": ["again"] * 3,
        "milestones": collections.Counter([3, 5, 5]),
        "args": argparse.Namespace(arch="vit_small", lr=5e-4, scale=(0.4, 1.0), flag=True),
        "many": {i: i * 0.5 for i in range(1000)},
        "large": torch.randn(300, 300),
    }


def plain(value):
    """What our reader makes of a value: tuples are lists, a Namespace is a dict."""
    if isinstance(value, argparse.Namespace):
        return plain(vars(value))
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.detach() if isinstance(value, torch.Tensor) else value


def assert_equal(ours, theirs, where):
    if isinstance(theirs, torch.Tensor):
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape, where
        assert ours.is_contiguous() and torch.equal(ours, theirs), where
    elif isinstance(theirs, dict):
        assert list(ours) == list(theirs), where
        for key in theirs:
            assert_equal(ours[key], theirs[key], f"{where}/{key}")
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs), where
        for i, item in enumerate(theirs):
            assert_equal(ours[i], item, f"{where}/{i}")
    else:
        assert type(ours) is type(theirs) and ours == theirs, (where, ours, theirs)


def compare(theirs, *ours):
    # The file is sample()'s, so it may be unpickled in full: it holds a Namespace.
    for path in ours:
        assert_equal(torch.load(path, weights_only=True), plain(torch.load(theirs, weights_only=False)), path)


class Evil:
    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.system, (f"touch {self.target}",)


def write_kinds(path):
    """The same values as a zip, as streams of two pickle protocols, and as a deflated zip."""
    torch.save(sample(), path)
    torch.save(sample(), path + ".legacy", _use_new_zipfile_serialization=False)
    torch.save(sample(), path + ".legacy4", _use_new_zipfile_serialization=False, pickle_protocol=4)
    with zipfile.ZipFile(path) as stored, zipfile.ZipFile(path + ".deflated", "w", zipfile.ZIP_DEFLATED) as deflated:
        for name in stored.namelist():
            deflated.writestr(name, stored.read(name))


if __name__ == "__main__":
    command, *paths = sys.argv[1:]
    if command == "write":
        torch.save(sample(), paths[0])
    elif command == "write_kinds":
        write_kinds(paths[0])
    elif command == "write_evil":
        torch.save({"x": Evil(paths[1])}, paths[0])
        torch.save({"x": Evil(paths[1])}, paths[0] + ".legacy", _use_new_zipfile_serialization=False)
    elif command == "check_ours":
        check_ours(paths[0])
    elif command == "compare":
        compare(*paths)
    else:
        sys.exit(f"unknown command {command}")
