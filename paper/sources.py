"""What a key of the paper stands for. A key has parts between bars, SOURCE | WHAT | STATISTIC | FORMAT; the last two may be left out.

  cifar10 method=dino backbone=vit_nano | knn/k20_top1 | mean | .1f
SOURCE   records:  a folder under results/ or results/records/ that holds them, then conditions field=value or field!=value
         JSON:     a file (without .json) or a folder under results/, all of its files as one tree
         tables/NAME: a table that results/make.sh wrote; published NAME: the published figures of a layout
WHAT     records:  EVALUATION/METRIC; the same with @n; train/SERIES[first|last|mean|count]; a field (seconds, lr, knn.nb_knn)
         JSON:     names and places down the tree, between slashes; * for every one
         tables/NAME, published NAME: ROW; COLUMN. tables/NAME: note PREFIX, the table's note that begins so
STATISTIC  mean, deviation (of a sample), min, max, sum, count, minutes (mean / 60), hours (sum / 3600); only (default): all agree
FORMAT   Python's, such as .1f or ,.0f; .0p: as percent; .0e: as a power of ten; no, none: said for 0
"""
import csv
import json
import pathlib
import statistics
import sys

import text_of_number

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "results")]
import gate_table  # noqa: E402  after its folder is known
import plot  # noqa: E402

STATISTICS = {"mean": statistics.fmean, "deviation": statistics.stdev, "min": min, "max": max, "sum": sum, "count": len,
              "minutes": lambda values: statistics.fmean(values) / 60, "hours": lambda values: sum(values) / 3600}
OF_SERIES = {"first": lambda s: s[0], "last": lambda s: s[-1], "mean": statistics.fmean, "count": len}


class Unresolved(Exception):
    """Why a key has no value."""


def fitting(records, conditions):
    for condition in conditions:
        name, equal, value = condition.partition("=")
        if not equal:
            raise Unresolved(f"'{condition}' is not field=value")
        other = name.endswith("!")
        records = [r for r in records if (r.field(name.rstrip("!")) == value) != other]
    records = [r for r in records if r.field("status") == "completed"]
    if not records:
        raise Unresolved("no completed record fits")
    return records


def of_record(record, what):
    if what.startswith("train/"):
        name, _, kind = what.removeprefix("train/").rstrip("]").partition("[")
        if name not in record.series or kind not in OF_SERIES:
            raise Unresolved(f"{record.path}: no {what}; expected train/SERIES[{'|'.join(OF_SERIES)}]")
        return float(OF_SERIES[kind](record.series[name]))
    metric, _, count = what.partition("@")
    table = record.counts if count else record.metrics
    if metric in table:
        return table[metric]
    if what not in record.fields:
        raise Unresolved(f"{record.path}: no metric, series or field {what}")
    value = plot.number(record.field(what))
    return record.field(what) if value is None else value


def walk(tree, path):
    """All values at the end of the path."""
    if not path:
        return [tree]
    if path[0] == "*" and isinstance(tree, (dict, list)):
        parts = tree.values() if isinstance(tree, dict) else tree
        return [value for part in parts for value in walk(part, path[1:])]
    name = int(path[0]) if isinstance(tree, list) and path[0].isdigit() else path[0]
    try:
        return walk(tree[name], path[1:])
    except (KeyError, IndexError, TypeError):
        raise Unresolved(f"nothing at '{path[0]}'") from None


class Sources:
    def __init__(self, root):
        self.root, self.results, self.read = root, root / "results", {}

    def once(self, key, make):
        if key not in self.read:
            self.read[key] = make()
        return self.read[key]

    def values(self, source, what):
        """Everything that the first two parts of a key name."""
        words = source.split()
        if words[0] == "published":
            return [self.published(words[1], what)]
        if words[0].startswith("tables/"):
            return [self.cell(words[0], what)]
        for folder in (self.results / "records" / words[0], self.results / words[0]):
            files = sorted(map(str, folder.glob("*.h5")))
            if files:
                return [of_record(r, what) for r in fitting(self.once(folder, lambda: [plot.Record(f) for f in files]), words[1:])]
        file = self.results / f"{words[0]}.json"
        if file.exists():
            return walk(self.once(file, lambda: json.loads(file.read_text(encoding="utf-8"))), what.split("/"))
        if any((self.results / words[0]).glob("*.json")):
            return walk(self.once(words[0], lambda: gate_table.study_of(self.results / words[0])), what.split("/"))
        raise Unresolved(f"results/ holds no {words[0]}")

    def cell(self, name, what):
        row, _, column = (part.strip() for part in what.partition(";"))
        file = self.results / f"{name}.csv"
        if row.startswith("note "):
            return self.note(file.with_suffix(".md"), row.removeprefix("note "))
        if not file.exists():
            raise Unresolved(f"no {file.name}")
        with open(file, encoding="utf-8", newline="") as text:
            header, *rows = csv.reader(text)
        labels = header.index("seeds") if "seeds" in header else 1
        for cells in rows:
            if "/".join(cells[:labels]) == row and column in header and cells[header.index(column)]:
                value = cells[header.index(column)]
                return value if plot.number(value) is None else plot.number(value)
        raise Unresolved(f"{file.name} has nothing at row '{row}', column '{column}'")

    def note(self, file, prefix):
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        for line in lines:
            if line.startswith(prefix):
                return line.rstrip(".")
        raise Unresolved(f"{file.name} has no note that begins with '{prefix}'")

    def published(self, layout, what):
        row, _, column = (part.strip() for part in what.partition(";"))
        for line in (self.root / "experiments" / "layouts" / f"{layout}.layout").read_text(encoding="utf-8").splitlines():
            parts = [part.strip() for part in line.partition("=")[2].split("|")]
            if line.startswith("published") and parts[:2] == [row, column]:
                return float(parts[2])
        raise Unresolved(f"{layout}.layout publishes nothing for '{row}', '{column}'")

    def number(self, key):
        """Value and format of a key."""
        source, what, statistic, form = (*(part.strip() for part in key.split("|")), "", "", "")[:4]
        if statistic and statistic not in STATISTICS and statistic != "only":
            statistic, form = "only", statistic
        if not source or not what:
            raise Unresolved("expected SOURCE | WHAT")
        values = self.values(source, what)
        if statistic in STATISTICS:
            try:
                return STATISTICS[statistic](values), form
            except (TypeError, statistics.StatisticsError) as problem:
                raise Unresolved(f"{statistic} of {len(values)} values: {problem}") from None
        if len(set(map(str, values))) != 1:
            raise Unresolved(f"{len(values)} values that differ, and no statistic")
        return values[0], form

    def text(self, key):
        try:
            return text_of_number.text(*self.number(key))
        except ValueError as problem:
            raise Unresolved(str(problem)) from None

    def holds(self, claim):
        """KEY < KEY, > or =; the right side may be a number."""
        for sign, right in ((" < ", lambda a, b: a < b), (" > ", lambda a, b: a > b), (" = ", lambda a, b: a == b)):
            left, found, other = claim.partition(sign)
            if found:
                number = plot.number(other)
                return right(self.number(left)[0], self.number(other)[0] if number is None else number)
        raise Unresolved("expected KEY < KEY, KEY > KEY or KEY = KEY")
