"""Numbers that were typed into the paper instead of fetched. `typed_numbers(text)` lists them; paper/phrases.txt holds what may stand."""
import pathlib
import re

import values

FOLDER = pathlib.Path(__file__).resolve().parent
# Commands whose bracketed options and first argument are no prose; the two tables are \input (names.tex).
NO_PROSE = re.compile(r"\\(?:cite|label|ref|input|smalltable|widetable|includegraphics|val|holds|either|bibitem|documentclass|usepackage)(?:\[[^\]]*\])?\{[^{}]*\}")
IN_REFERENCES = re.compile(r"arXiv:\d{4}\.\d{4,5}\b|\b(?:19|20)\d\d\b")
WORDS = ("two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty "
         "forty fifty sixty seventy eighty ninety hundred thousand million billion dozen twice thrice").split()
NUMBER = re.compile(rf"\d[\d.,]*|\b(?:{'|'.join(WORDS)})s?\b", re.IGNORECASE)


def phrases():
    lines = (FOLDER / "phrases.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def typed_numbers(text, references=False):
    """Digits and number words of the prose, each with the words around it. `references`: arXiv numbers and years may stand."""
    text = NO_PROSE.sub(" ", values.without_comments(text))
    if references:
        text = IN_REFERENCES.sub(" ", text)
    text = " ".join(text.split())
    for phrase in phrases():
        text = text.replace(phrase, " ")
    return [text[max(0, m.start() - 30):m.end() + 30] for m in NUMBER.finditer(text)]


def smuggled(text):
    r"""Macros of names.tex that are nothing but a number."""
    return re.findall(r"\\newcommand\{(\\\w+)\}\{[$\\~ ]*\d[\d.,]*[\d.,%$\\~ ]*\}", values.without_comments(text))


def wrong_in(folder):
    found = []
    for file in sorted(folder.glob("*.tex")):
        text = file.read_text(encoding="utf-8")
        numbers = smuggled(text) if file.name == "names.tex" else typed_numbers(text, file.name == "references.tex")
        found += [f"{file.name}: {number}" for number in numbers]
    return found
