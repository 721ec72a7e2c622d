"""The study of the nightly gate as two tables: what it caught, and what the faults were."""
import json

import text_table


def study_of(folder):
    """All files of the folder as one tree."""
    def join(into, more):
        for name, value in more.items():
            if isinstance(value, dict) and isinstance(into.get(name), dict):
                join(into[name], value)
            else:
                into[name] = value
    tree = {}
    for path in sorted(folder.glob("*.json")):
        join(tree, json.loads(path.read_text(encoding="utf-8")))
    return tree


def share(part, hits):
    if not part["nights"]:
        return "–"
    low, high = part["interval"]
    return f"{100 * part[hits] / part['nights']:.3g} ({100 * low:.3g} to {100 * high:.3g})"


def make(folder, tables):
    study = study_of(folder)
    rows, faults = [], []
    for name, fault in study["faults"].items():
        exact, nights = fault["exact"], fault["statistical"]
        rows.append([name, "caught" if exact["caught"] else "missed", exact["alarms"], f"{nights['caught']} of {nights['nights']}",
                     share(nights, "caught")])
        faults.append([name, fault["description"], ", ".join(exact["by"][:3]) or "–"])
    clean = study["clean"]["statistical"]
    exact_clean = study["clean"]["exact"]["alarms"]
    rows.append(["no fault", "alarm" if exact_clean else "silent", exact_clean, f"{clean['alarms']} of {clean['nights']}", share(clean, "alarms")])
    text_table.write(tables / "gate", "The nightly gate", ["fault", "exact part", "alarms", "statistical part, nights", "percent (interval)"],
                     rows, [f"baseline of {study['baseline_seeds']} seeds, {study['new_seeds']} new a night; {clean['metrics']} metrics; "
                            f"designed for false alarms on {100 * clean['design_rate']:g} % of nights"], "llrrr")
    text_table.write(tables / "gate_faults", "Faults planted", ["fault", "what was changed", "exact part: first alarms"], faults, (),
                     r"lp{.5\linewidth}p{.24\linewidth}")
