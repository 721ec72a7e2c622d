"""The Python side of the HDF5 tests: what h5py finds in our files, and files that it writes."""
import math
import sys

import h5py
import numpy as np


def check_record(path):
    with h5py.File(path) as file:
        assert file.attrs["schema_version"] == 1 and file.attrs["status"] == "completed"
        assert file.attrs["seed"] == 3 and file.attrs["seconds"] == 1.5
        assert file["options/lr"][()].decode() == "0.0005"
        assert file["options/title"][()].decode() == ""
        assert file["train/loss"].dtype == np.float64 and file["train/loss"][:].tolist() == [3, 2, 1]
        assert "backbone.blocks.0.attn.qkv.weight" in file["train/norms"]
        metric = file["eval/knn/metrics/k20_top1"]
        assert metric.shape == () and metric.dtype == np.float64 and metric[()] == 74.5
        assert metric.attrs["unit"] == "percent" and metric.attrs["n"] == 10000
        assert metric.attrs["ci_low"] == 73 and metric.attrs["ci_high"] == 76
        assert math.isnan(file["eval/knn/metrics/k10_top1"].attrs["ci_low"])
        assert file["eval/knn/raw/labels"][:].tolist() == [1, 0]
        assert [p.decode() for p in file["eval/knn/raw/paths"][:]] == ["a.png", "b.png"]
        assert h5py.check_string_dtype(file["eval/knn/raw/paths"].dtype).encoding == "utf-8"
        assert file["eval/attention"].attrs["status"] == "not_applicable"


def write(path):
    with h5py.File(path, "w", libver=("v108", "v110")) as file:
        views = np.arange(2 * 3 * 40 * 40, dtype=np.float32).reshape(2, 3, 40, 40) / 8
        file.create_dataset("step/0/view/0", data=views, chunks=(1, 3, 40, 40), compression="gzip")
        file.create_dataset("zeros", data=np.zeros(1000000, np.float32), chunks=True, compression="gzip")
        file["half"] = np.array([0.5, -2], np.float16)
        file["flags"] = np.array([True, False])
        file["small"] = np.array([-1, 2], np.int16)
        file["big_endian"] = np.array([1.5, -3], ">f8")
        file["fixed"] = np.array([b"ab", b"c"])
        file["texts"] = ["eins", "zw\u00f6lf"]
        file["complex"] = np.array([1j])
        file.attrs["name"] = "peer"
        file.attrs["count"] = np.int32(7)
        file.attrs["array"] = [1, 2, 3]


if __name__ == "__main__":
    command, path = sys.argv[1:]
    {"check_record": check_record, "write": write}[command](path)
