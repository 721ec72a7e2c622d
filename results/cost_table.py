"""What the committed records cost, read from them alone: a table, and the page results/COST.md."""
import collections
import sys

import gate_table
import text_table


def rows_of(plot, folder, name):
    """A row for each network of a folder (runs, minutes a run, hours, memory), and the seconds of all."""
    groups = collections.defaultdict(list)
    for path in sorted(folder.glob("*.h5")):
        record = plot.Record(str(path))
        groups[record.field("method"), record.field("backbone")].append(record)
    rows, total = [], 0.0
    for (method, backbone), records in sorted(groups.items()):
        seconds = [float(record.field("seconds")) for record in records]
        total += sum(seconds)
        memory = max(int(record.field("peak_rss_bytes") or 0) for record in records) / 2**20
        rows.append([name, method, backbone, len(records), f"{sum(seconds) / len(seconds) / 60:.1f}", f"{sum(seconds) / 3600:.2f}", f"{memory:.0f}"])
    return rows, total


def make(root):
    sys.path.insert(0, str(root / "tools"))
    import plot  # after its folder is known

    results, rows, total = root / "results", [], 0.0
    for name in ("records/cifar10", "records/shapes", "baselines/statistical", "baselines/exact"):
        more, seconds = rows_of(plot, results / name, name.split("/", 1)[1])
        rows, total = rows + more, total + seconds
    if not rows:
        return
    notes = [f"all runs: {sum(row[3] for row in rows)}, {total / 3600:.2f} hours"]
    for part, seconds in gate_table.study_of(results / "gate").get("seconds", {}).items():
        notes.append(f"one night of the gate, {part} part: {seconds / 60:.1f} minutes of runs with one thread each")
    text_table.write(results / "tables" / "cost", "Cost of what stands here",
                     ["records", "method", "backbone", "runs", "minutes a run", "hours", "memory, MiB"], rows, notes, "lllrrrr")
    page = (results / "tables" / "cost.md").read_text(encoding="utf-8")
    (results / "COST.md").write_text("<!-- Written by results/make.sh from the records: wall time of whole runs, training and evaluations. -->\n" + page,
                                     encoding="utf-8")
