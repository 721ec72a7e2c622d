"""What a test measured, for results/: `--json FILE` among its words. Without that nothing is written."""
import json
import sys

found = {}


def take_path(words):
    """The file after `--json`; both words leave the list."""
    if "--json" not in words:
        return None
    at = words.index("--json")
    if at + 1 == len(words):
        sys.exit("--json needs a file")
    path = words[at + 1]
    del words[at:at + 2]
    return path


path = take_path(sys.argv)


def keep(**values):
    found.update(values)


def count(**numbers):
    for name, number in numbers.items():
        found[name] = found.get(name, 0) + int(number)


def largest(**numbers):
    for name, number in numbers.items():
        found[name] = max(found.get(name, 0.0), float(number))


def save():
    """Called where the test has passed: no file speaks of a failed one."""
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1, sort_keys=True)
            file.write("\n")
