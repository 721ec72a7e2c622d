"""`dinobench report` and `dinobench table`: the page's structure by html.parser, the same bytes twice, nothing from the network; in a
browser, if there is one, at the width of a phone."""
import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
from html.parser import HTMLParser

import hand_records

BINARY, SOURCE = sys.argv[1], sys.argv[2]
VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """Tags must close in order; remembers ids, links, what would be loaded, and the cells of tables."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.loaded, self.cells, self.cell = [], set(), [], [], [], None
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        self.look_at(tag, dict(attributes))
        if tag in ("td", "th"):
            self.cell = ""

    def handle_startendtag(self, tag, attributes):
        self.look_at(tag, dict(attributes))

    def look_at(self, tag, attributes):
        assert tag not in ("script", "iframe", "object", "embed", "link"), f"<{tag}> on the page"
        assert not any(name.startswith("on") for name in attributes), attributes
        self.ids.add(attributes.get("id"))
        if "src" in attributes:
            self.loaded.append(attributes["src"])
        if tag == "a":
            self.links.append(attributes["href"])

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]} at {self.getpos()}"
        self.open.pop()
        if tag in ("td", "th"):
            self.cells.append(self.cell)
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data


def dinobench(*words, code=0):
    done = subprocess.run([BINARY, *map(str, words)], capture_output=True, text=True)
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def make_records(folder):
    files = []
    for name, method, seed, hits, experiment in [
        ("a0", "dino", 0, "1" * 12, "e"), ("a1", "dino", 1, "1" * 12, "e"), ("b0", "random_init", 0, "0" * 12, hand_records.HOSTILE),
        ("b1", "random_init", 1, "0" * 12, hand_records.HOSTILE)]:
        files.append(os.path.join(folder, name + " #1.h5"))
        hand_records.write(files[-1], method=method, seed=seed, hits=hits, experiment=experiment,
                           options={hand_records.HOSTILE.replace("/", ""): hand_records.HOSTILE})
    return files


def test_page(folder, files):
    page = os.path.join(folder, "pages", "report.html")
    dinobench("report", *files, "--output", page, "--title", hand_records.HOSTILE, "--against", "random_init/vit_nano")
    with open(page, encoding="utf-8") as f:
        text = f.read()
    parsed = Page(text)
    assert {"records", "tables", "collapse", "curves", "metrics", "provenance"} <= parsed.ids, parsed.ids
    assert all(source.startswith("data:") for source in parsed.loaded), parsed.loaded
    assert not re.search(r"url\(|@import|https?:", text), "something to load from elsewhere"
    for link in parsed.links:
        assert link.startswith("#") and link[1:] in parsed.ids or link.startswith("../"), link
    assert "../a0%20%231.h5" in parsed.links
    assert parsed.cells.count("100.0000") == 2 and parsed.cells.count("10.0000 to 90.0000") == 4
    assert any(cell.endswith("**") for cell in parsed.cells), "12 of 12 images differ, and no mark"
    assert "no collapse" in parsed.cells and "a-machine" in parsed.cells and "2.11.0" in parsed.cells
    assert hand_records.HOSTILE in parsed.cells and html.escape(hand_records.HOSTILE, quote=False) not in parsed.cells
    again = os.path.join(folder, "pages", "again.html")
    dinobench("report", *files, "--output", again, "--title", hand_records.HOSTILE, "--against", "random_init/vit_nano")
    with open(again, encoding="utf-8") as f:
        assert f.read() == text, "the same records give another page"
    return page


def test_refusals(folder, files):
    assert "report needs --output" in dinobench("report", *files, code=2)
    assert "report needs records" in dinobench("report", "--output", os.path.join(folder, "x.html"), code=2)
    assert "no such folder" in dinobench("report", *files, "--output", os.path.join(folder, "x.html"), "--pictures", "nowhere", code=2)
    assert not os.path.exists(os.path.join(folder, "x.html"))


def test_tables(folder, files):
    """Every layout makes a table; --against in CSV has p-values, the same every time; protocols do not mix."""
    for layout in sorted(os.listdir(os.path.join(SOURCE, "experiments", "layouts"))):
        path = os.path.join(SOURCE, "experiments", "layouts", layout)
        tables = [dinobench("table", "--layout", path, "--format", form, *files) for form in ("tex", "html")]
        assert "\\toprule" in tables[0] and "\\bottomrule" in tables[0]
        Page(tables[1])
    words = ("table", "--layout", "knn", "--against", "random_init/vit_nano", "--format", "csv", *files)
    assert "0.00048828125" in dinobench(*words) and dinobench(*words) == dinobench(*words)
    other = os.path.join(folder, "other.h5")
    hand_records.write(other, seed=7, protocol="knn-v0")
    assert "two protocols" in dinobench("table", other, *files, code=2)


def test_browser(page):
    """At 390 pixels nothing but tables is wider than the screen."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("skipped: the page in a browser; no chromium or google-chrome here (apt-get install chromium)")
        return
    with open(page, encoding="utf-8") as f:
        text = f.read()
    probe = page.replace("report.html", "probe.html")
    script = ("<script>document.body.dataset.w = [innerWidth, document.documentElement.scrollWidth, document.querySelectorAll('svg "
              "path.line').length, getComputedStyle(document.querySelector('path.line')).stroke].join('|')</script>")
    frame = page.replace("report.html", "frame.html")
    with open(probe, "w", encoding="utf-8") as f:
        f.write(text.replace("</body>", script + "</body>"))
    with open(frame, "w", encoding="utf-8") as f:  # windows are never as narrow as a phone, frames are
        f.write('<iframe src="probe.html" width="390" height="800" onload="document.title=\'loaded\';document.body.dataset.seen='
                'this.contentDocument.body.dataset.w"></iframe>')
    profile = tempfile.mkdtemp()
    done = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
                           f"--user-data-dir={profile}", "--virtual-time-budget=5000", "--dump-dom", "file://" + frame],
                          capture_output=True, text=True, timeout=120)
    shutil.rmtree(profile, ignore_errors=True)
    seen = re.search(r'data-seen="([^"]*)"', done.stdout)
    assert seen, done.stdout[:500] + done.stderr[-500:]
    inner, scroll, lines, stroke = seen.group(1).split("|")
    assert int(scroll) <= int(inner) == 390, f"the page is {scroll} pixels wide on a screen of {inner}"
    assert int(lines) == 6 and stroke.startswith("rgb("), (lines, stroke)


with tempfile.TemporaryDirectory() as folder:
    records = make_records(folder)
    made = test_page(folder, records)
    test_refusals(folder, records)
    test_tables(folder, records)
    test_browser(made)
print("report and tables: fine")
