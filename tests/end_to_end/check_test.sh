#!/usr/bin/env bash
# dinobench check and diff on real records: exit codes, reports, and the wrapper for git bisect of CONTRIBUTING.md.
set -u
binary=$1
python=$2/.venv/bin/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
. "$(dirname "$0")/expect.sh"
tamper() { "$python" -c "import h5py, sys
with h5py.File(sys.argv[1], 'r+') as f:
    $2" "$1"; }

"$binary" data make --output "$work/set" --seed 3 --size 32 --train_per_class 12 --val_per_class 8 --parts classification --quiet || exit 1
for side in then now; do
  for seed in 0 1 2; do
    "$binary" eval knn --data_path "$work/set/classification" --resize_size 0 --crop_size 32 --arch vit_nano --patch_size 8 --seed $seed \
      --nb_knn 1 20 --experiment night --dump_features "$work/$side/features.h5" --output "$work/$side/$seed.h5" --quiet || exit 1
  done
done
gate="$binary check --baseline $work/then --new $work/now"
expect "the same records" 0 "good: 4 equal" $gate
expect "a folder's other HDF5 files are passed over" 0 "passed over: .*features.h5, not a record" $gate
expect "the same answers" 0 "good: 15 equal" $gate --exact --rtol 0
expect "files instead of folders" 0 "good: 4 equal" "$binary" check --baseline "$work"/then/[012].h5 --new "$work"/now/[012].h5
expect "a missing folder" 2 "nowhere" "$binary" check --baseline "$work/then" --new "$work/nowhere"
expect "nothing in a folder" 2 "no record" "$binary" check --baseline "$work/then" --new "$work/set/classification"
expect "one side only" 2 "both sides" "$binary" check --baseline "$work/then"

expect "diff of the same answers" 0 "^equal" "$binary" diff "$work/then/0.h5" "$work/now/0.h5"
expect "diff of two seeds" 1 "^different: 2 options and attributes, 0 series, [1-4] metrics, 4 raw arrays, [0-9]+ answers" \
  "$binary" diff "$work/then/0.h5" "$work/then/1.h5" --output "$work/diff.html" --data_path "$work/set/classification"
expect "diff needs two records" 2 "needs two records, got 1" "$binary" diff "$work/then/0.h5"
"$python" - "$work/diff.html" <<'PY' || failures=$((failures + 1))
import base64, html.parser, io, sys
from PIL import Image
class Page(html.parser.HTMLParser):
    pictures, open = 0, []
    def handle_starttag(self, tag, attributes):
        if tag == "img":
            head, data = dict(attributes)["src"].split(",", 1)
            assert head == "data:image/jpeg;base64" and Image.open(io.BytesIO(base64.b64decode(data, validate=True))).size == (32, 32)
            self.pictures += 1
        elif tag not in ("meta", "br"):
            self.open.append(tag)
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag
page = Page()
text = open(sys.argv[1], encoding="utf-8").read()
page.feed(text)
assert page.pictures > 10 and not page.open and "http" not in text and "not in --data_path" not in text, page.pictures
print("ok   the page is whole")
PY

tamper "$work/now/1.h5" "a = f['eval/knn/raw/neighbours']; a[5, 2] = (a[5, 2] + 1) % 120"
expect "one answer moved" 1 "seed 1: knn raw/neighbours: \[5, 2\]: [0-9]+ then, [0-9]+ now" $gate --exact
expect "means do not see one answer" 0 "good" $gate
for seed in 0 1 2; do tamper "$work/now/$seed.h5" "f['eval/knn/metrics/k20_top1'][()] = 0
    f.attrs['experiment'] = 'night'"; done
expect "accuracy lost" 1 "WORSE: night random_init vit_nano: knn k20_top1: fell by" $gate --false_alarm_rate 0.5 --json "$work/r.json" --junit "$work/r.xml"
"$python" - "$work/r.json" "$work/r.xml" <<'PY' || failures=$((failures + 1))
import json, sys
import xml.etree.ElementTree as tree
report = json.load(open(sys.argv[1]))
assert report["alarm"] and sum(report["counts"].values()) == len(report["findings"]) == 4, report
worse = [f for f in report["findings"] if f["alarm"]]
assert [f["what"] for f in worse] == ["k20_top1"] and worse[0]["now"]["mean"] == 0, worse
suite = tree.parse(sys.argv[2]).getroot().find("testsuite")
assert suite.get("tests") == "4" and suite.get("failures") == "1"
assert [case.get("name") for case in suite if case.find("failure") is not None] == ["knn k20_top1"]
print("ok   JSON and JUnit")
PY

# git bisect run: 0 good, 1 bad, 125 cannot be judged; check's own 2 would count as bad.
cat >"$work/step.sh" <<'STEP'
"$@"
code=$?
[ $code -ge 2 ] && exit 125
exit $code
STEP
expect "bisect: bad" 1 "ALARM" bash "$work/step.sh" $gate --false_alarm_rate 0.5
head -c 3000 "$work/then/2.h5" >"$work/now/2.h5"
expect "a damaged record" 2 "now/2.h5" $gate
expect "bisect: skip" 125 "now/2.h5" bash "$work/step.sh" $gate
exit $((failures > 0))
