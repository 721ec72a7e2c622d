"""Records written by h5py for tests of what reads records: `write(path, **what differs)`."""
import h5py
import numpy as np

HOSTILE = "<script>alert('x')</script>&\"|_%"


def write(path, method="dino", backbone="vit_nano", seed=0, hits="1101", options=None, experiment="", status="completed", loss=None,
          protocol="knn-v1"):
    """`hits`: a character an image, 1 for a right answer of k-NN."""
    with h5py.File(path, "w") as f:
        for name, value in dict(schema_version=1, status=status, error="", experiment=experiment, method=method, backbone=backbone,
                                seed=seed, git_commit="0123456789abcdef", torch_version="2.11.0", host="a-machine", seconds=1.5,
                                world_size=1, command_line=f"dinobench run --seed {seed}").items():
            f.attrs[name] = value
        text = h5py.string_dtype("utf-8")
        for name, value in {"out_dim": "256", "lr": "0.01", **(options or {})}.items():
            f.create_dataset(f"options/{name}", data=value, dtype=text)
        steps = np.arange(100.0)
        f["train/step"] = steps
        f["train/loss"] = (5 - steps / 50 + seed if loss is None else np.asarray(loss, float))
        f["train/teacher_entropy"] = np.full(100, 3.0)
        f["train/kl"] = np.full(100, 0.4)
        knn = f.create_group("eval/knn")
        for name, value in dict(protocol=protocol, status="completed", seconds=0.5, temperature=0.07, dataset_fingerprint="f").items():
            knn.attrs[name] = value
        right = np.array([c == "1" for c in hits])
        top1 = knn.create_dataset("metrics/k20_top1", data=100.0 * right.mean())
        for name, value in dict(unit="percent", n=len(hits), ci_low=10.0, ci_high=90.0).items():
            top1.attrs[name] = value
        labels = np.arange(len(hits), dtype=np.int64)
        knn["raw/labels"] = labels
        knn["raw/k20_predictions"] = np.where(right, labels, labels + 1)
        knn.create_dataset("raw/paths", data=[f"class/{i}.png" for i in range(len(hits))], dtype=text)
