r"""Resolves the numbers of the paper: scans paper/*.tex and writes results/values.tex.

    .venv/bin/python paper/values.py [ROOT]

  \val{KEY}                  a number or a word, from what results/ holds (paper/sources.py has the keys)
  \holds{KEY < KEY}          nothing in print: the sentence beside it is true only while this is
  \either{KEY < KEY}{A}{B}   A while it holds, else B
Signs are <, >, =, with blanks around. A key without a source and a claim that does not hold are errors that name it; then no
file is written.
"""
import pathlib
import re
import sys

from sources import Sources, Unresolved

MACRO = re.compile(r"\\(val|holds|either)\{([^{}]*)\}")


def without_comments(text):
    return re.sub(r"(?<!\\)%.*", "", text)


def keys_of(files):
    """(macro, key) in order of appearance -> the file that has it first. Blanks count as TeX counts them."""
    found = {}
    for file in files:
        for macro, key in MACRO.findall(without_comments(file.read_text(encoding="utf-8"))):
            found.setdefault((macro, " ".join(key.split())), file.name)
    return found


def definition(sources, macro, key):
    if macro == "val":
        return rf"\expandafter\def\csname val:{key}\endcsname{{{sources.text(key)}}}"
    true = sources.holds(key)
    if macro == "holds" and not true:
        raise Unresolved("the claim does not hold")
    return rf"\expandafter\def\csname holds:{key}\endcsname{{\{'first' if true else 'second'}choice}}"


def resolve(root):
    """Lines of definitions, and what is wrong."""
    sources, lines, wrong = Sources(root), [], []
    for (macro, key), name in keys_of(sorted((root / "paper").glob("*.tex"))).items():
        try:
            lines.append(definition(sources, macro, key))
        except Unresolved as problem:
            wrong.append(f"paper/{name}: \\{macro}{{{key}}}: {problem}")
    return sorted(set(lines)), wrong


def main(root):
    lines, wrong = resolve(root)
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        print(f"values: {len(wrong)} of the paper's numbers and claims cannot stand", file=sys.stderr)
        return 1
    text = "\n".join(["% Written by paper/values.py from results/ alone.", *lines, ""])
    (root / "results" / "values.tex").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
