"""One table as Markdown, CSV and LaTeX (booktabs), in the manner of `dinobench table`."""
import csv

TEX = {"\\": r"\textbackslash{}", "_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}", "<": r"\textless{}",
       ">": r"\textgreater{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--", "±": r"$\pm$"}


def tex_text(text):
    return "".join(TEX.get(letter, letter) for letter in str(text))


def markdown(title, header, rows, notes):
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in [header, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in cells]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join([f"### {title}", "", *lines, *(f"\n{note}" for note in notes), ""])


def latex(title, header, rows, notes, columns):
    lines = [f"% {line}" for line in [title, *notes]]
    lines += [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", " & ".join(map(tex_text, header)) + r" \\", r"\midrule"]
    lines += [" & ".join(map(tex_text, row)) + r" \\" for row in rows]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def write(stem, title, header, rows, notes=(), columns=None):
    """`stem`.md, .csv and .tex; `columns`: LaTeX's, by default the first to the left and the others to the right."""
    columns = columns or "l" + "r" * (len(header) - 1)
    texts = {"md": markdown(title, header, rows, notes), "tex": latex(title, header, rows, notes, columns)}
    for kind, text in texts.items():
        with open(f"{stem}.{kind}", "w", encoding="utf-8") as file:
            file.write(text)
    with open(f"{stem}.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
