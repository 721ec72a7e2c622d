"""A value as LaTeX."""
import re
import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "results"))
import text_table  # noqa: E402  after its folder is known


def text(value, form):
    """`form` as in sources.py; without one whole numbers have no decimals, and others one;
    `no` and `none` are said for 0. ValueError for what is no format."""
    if isinstance(value, str):
        if form:
            raise ValueError(f"'{value}' is no number for the format {form}")
        return text_table.tex_text(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{value!r} is no number")
    if form in ("no", "none"):
        if value == 0:
            return form
        form = ""
    if form.endswith("p"):
        value, form = 100 * value, form[:-1] + "f"
    if not form:
        form = ",.0f" if float(value).is_integer() else ".1f"
    said = format(value, form).replace("-", "\N{MINUS SIGN}") if not form.endswith("e") else format(value, form)
    power = re.fullmatch(r"(-?[\d.]+)e([+-]\d+)", said)
    if power:
        return rf"\ensuremath{{{power[1]}\cdot10^{{{int(power[2])}}}}}"
    return said.replace("\N{MINUS SIGN}", r"\ensuremath{-}").replace(",", r"{,}")
