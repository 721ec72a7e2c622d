#!/usr/bin/env python3
"""Curves and points from records, for print: mean over seeds, band (or bar, where x is a word) of one sample deviation.

    .venv/bin/python tools/plot.py runs/*.h5 --y train/loss --output loss.pdf loss.png
    .venv/bin/python tools/plot.py runs/*.h5 --y knn/k20_top1 --x out_dim --log x --output outputs.pdf
    .venv/bin/python tools/plot.py runs/*.h5 --y knn/k20_top1 linear/top1 --output bars.pdf
    .venv/bin/python tools/plot.py runs/*.h5 --y train/kl --group centering --where method=dino --output kl.pdf

--y: a series (train/NAME) or a metric (EVALUATION/METRIC). --x: for a series another series (default step), for a metric an option
or an attribute; metrics without --x are bars, a cluster each. The same records give the same bytes, whatever the day.
"""
import argparse
import collections
import math
import sys

import h5py
import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  after the choice of a backend without a screen

STYLE = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.3, "figure.dpi": 200,
         "pdf.fonttype": 42, "svg.hashsalt": "dinobench", "legend.frameon": False}
NO_DATES = {"pdf": {"CreationDate": None, "Producer": None, "Creator": None}, "png": {"Software": None},
            "svg": {"Date": None, "Creator": None}}


class Unusable(Exception):
    """What was seen and what was expected, for the user."""


def text_of(value):
    return value.decode() if isinstance(value, bytes) else str(value)


class Record:
    """Fields and numbers of one completed record."""

    def __init__(self, path):
        self.path = path
        try:
            with h5py.File(path) as file:
                if "schema_version" not in file.attrs:
                    raise Unusable(f"{path}: not a record of dinobench (no schema_version)")
                self.fields = {name: text_of(file["options"][name][()]) for name in file.get("options", {})}
                self.fields.update({name: text_of(value) for name, value in file.attrs.items()})
                for name, evaluation in file.get("eval", {}).items():  # linear.labels, beside the options' linear.lr
                    for attribute, value in evaluation.attrs.items():
                        self.fields.setdefault(f"{name}.{attribute}", text_of(value))
                self.series = {name: series[()] for name, series in file.get("train", {}).items() if isinstance(series, h5py.Dataset)}
                self.counts = {f"{name}/{metric}": int(value.attrs.get("n", 0)) for name, evaluation in file.get("eval", {}).items()
                               for metric, value in evaluation.get("metrics", {}).items()}
                self.metrics = {f"{name}/{metric}": float(value[()]) for name, evaluation in file.get("eval", {}).items()
                                for metric, value in evaluation.get("metrics", {}).items()}
        except OSError as error:
            raise Unusable(f"{path}: {error}") from None

    def field(self, name):
        return self.fields.get(name, "")


def read_records(paths, conditions):
    records = [Record(path) for path in paths]
    for condition in conditions:
        name, equal, value = condition.partition("=")
        if not equal:
            raise Unusable(f"--where {condition}: expected field=value")
        records = [record for record in records if record.field(name) == value]
    kept = [record for record in records if record.field("status") == "completed"]
    if not kept:
        raise Unusable(f"none of the {len(paths)} records is complete and fits")
    return kept


def number(text):
    try:
        return float(text)
    except ValueError:
        return None


def group_of(record, names):
    return ", ".join(record.field(name) or f"no {name}" for name in names)


def mean_and_deviation(rows):
    """Over seeds (axis 0); the deviation is that of a sample, nan for one seed."""
    rows = np.asarray(rows, float)
    deviation = rows.std(axis=0, ddof=1) if len(rows) > 1 else np.full(rows.shape[1:], math.nan)
    return rows.mean(axis=0), deviation


def smoothed(series, width):
    """Means of `width` steps in a row, as many as there are whole ones."""
    whole = len(series) // width * width
    return np.asarray(series[:whole]).reshape(-1, width).mean(axis=1)


def curves(records, y, x, groups, smooth):
    """Group -> x, mean, deviation. Seeds of different length are cut to the shortest."""
    rows = collections.defaultdict(list)
    for record in records:
        if y in record.series and x in record.series:
            rows[group_of(record, groups)].append((smoothed(record.series[x], smooth), smoothed(record.series[y], smooth)))
    out = {}
    for group, seeds in sorted(rows.items()):
        length = min(len(values) for _, values in seeds)
        out[group] = (seeds[0][0][:length], *mean_and_deviation([values[:length] for _, values in seeds]))
    return out


def points(records, y, x, groups):
    """Group -> x, mean, deviation; and the words on the axis, None where all x are numbers."""
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for record in records:
        if y in record.metrics and record.field(x):
            found[group_of(record, groups)][record.field(x)].append(record.metrics[y])
    words = {word for at in found.values() for word in at}
    numeric = all(number(word) is not None for word in words)
    order = sorted(words, key=float) if numeric else sorted(words)
    place = {word: float(word) if numeric else order.index(word) for word in order}
    out = {}
    for group, at in sorted(found.items()):
        own = [word for word in order if word in at]
        stats = [mean_and_deviation(at[word]) for word in own]
        out[group] = ([place[word] for word in own], [mean for mean, _ in stats], [deviation for _, deviation in stats])
    return out, None if numeric else order


def bars(records, metrics, groups):
    """Group -> positions, means, deviations; a metric that no record of the group holds has no bar."""
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for record in records:
        for place, metric in enumerate(metrics):
            if metric in record.metrics:
                found[group_of(record, groups)][place].append(record.metrics[metric])
    out = {}
    for group, at in sorted(found.items()):
        stats = [mean_and_deviation(at[place]) for place in sorted(at)]
        out[group] = (sorted(at), [mean for mean, _ in stats], [deviation for _, deviation in stats])
    return out, metrics


def draw_bars(axes, data):
    width = 0.8 / len(data)
    for index, (group, (x, mean, deviation)) in enumerate(data.items()):
        places = np.asarray(x) - 0.4 + width * (index + 0.5)
        axes.bar(places, mean, width, yerr=np.nan_to_num(deviation), capsize=1.5, error_kw={"linewidth": 0.7}, label=group)


def draw_band(axes, x, mean, deviation, group, marker):
    line, = axes.plot(x, mean, linewidth=1.2, marker=marker, markersize=4, label=group)
    axes.fill_between(x, mean - deviation, mean + deviation, color=line.get_color(), alpha=0.2, linewidth=0)


def draw_groups(axes, data, words, marker):
    for group, (x, mean, deviation) in data.items():
        x, mean, deviation = np.asarray(x, float), np.asarray(mean), np.asarray(deviation)
        if words is None:
            draw_band(axes, x, mean, deviation, group, marker)
        else:
            axes.errorbar(x, mean, yerr=np.nan_to_num(deviation), fmt="o", markersize=4, capsize=3, label=group)


def draw(data, words, arguments, x_title):
    """Bands where x is a number, points where it is a word (`words`: those of the axis), bars where words are metrics."""
    with matplotlib.rc_context(STYLE):
        figure, axes = pyplot.subplots(figsize=arguments.size, layout="constrained")
        if x_title is None:
            draw_bars(axes, data)
        else:
            draw_groups(axes, data, words, None if arguments.y[0].startswith("train/") else "o")
        axes.set(xlabel=x_title or "", ylabel="percent" if x_title is None else arguments.y[0], title=arguments.title or "")
        if words is not None:
            axes.set_xticks(range(len(words)), [word.replace("/", "\n") for word in words] if x_title is None else words)
        axes.set(**{f"{axis}scale": "log" for axis in arguments.log})
        if x_title is None:
            figure.legend(loc="outside upper center", ncols=3)
        elif len(data) > 1 or any(data):
            axes.legend()
        for path in arguments.output:
            kind = path.rsplit(".", 1)[-1]
            figure.savefig(path, format=kind, metadata=NO_DATES[kind])
        pyplot.close(figure)


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", nargs="+")
    parser.add_argument("--y", nargs="+", required=True, help="train/NAME, or EVALUATION/METRIC; several metrics are bars")
    parser.add_argument("--x", help="a series, or an option or attribute")
    parser.add_argument("--group", nargs="*", default=["method", "backbone"], help="a line for each combination of these fields")
    parser.add_argument("--where", nargs="*", default=[], help="field=value that records must have")
    parser.add_argument("--smooth", type=int, default=1, help="steps averaged to a point of a curve")
    parser.add_argument("--log", nargs="*", choices=["x", "y"], default=[])
    parser.add_argument("--size", nargs=2, type=float, default=[4.5, 3.0], help="inches")
    parser.add_argument("--title")
    parser.add_argument("--output", nargs="+", required=True, help=".pdf, .png, .svg")
    return parser.parse_args(words)


def gathered(records, arguments):
    """Title of x (None: bars), data by group, words on the axis."""
    y, x = arguments.y[0], arguments.x
    if len(arguments.y) > 1 and (x or any(name.startswith("train/") for name in arguments.y)):
        raise Unusable(f"--y {' '.join(arguments.y)}: several are metrics, and without --x")
    if y.startswith("train/"):
        x = (x or "step").removeprefix("train/")
        return x, curves(records, y.removeprefix("train/"), x, arguments.group, max(1, arguments.smooth)), None
    if x is None:
        return None, *bars(records, arguments.y, arguments.group)
    return x, *points(records, y, x, arguments.group)


def main(words):
    arguments = parse(words)
    for path in arguments.output:
        if path.rsplit(".", 1)[-1] not in NO_DATES:
            raise Unusable(f"--output {path}: expected a name that ends in .pdf, .png or .svg")
    records = read_records(arguments.records, arguments.where)
    x, data, ticks = gathered(records, arguments)
    if not data:
        raise Unusable(f"no record holds {' or '.join(arguments.y)}" + (f" against {x}" if x else ""))
    draw(data, ticks, arguments, x)
    print(f"{', '.join(arguments.output)}: {len(data)} lines from {len(records)} records")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Unusable as problem:
        print(f"plot: {problem}", file=sys.stderr)
        sys.exit(2)
