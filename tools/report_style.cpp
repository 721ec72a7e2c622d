// The page's style: light and dark, and narrow screens, where tables scroll by themselves.
#include "tools/report_page.hpp"

namespace dinobench {

std::string report_style() {
  return R"(:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --faint: #d8dee4; --shade: #f4f6f8; --warn: #b3261e;
  --c0: #1f77b4; --c1: #d1620a; --c2: #2a8a2a; --c3: #b32025; --c4: #7d52a8; --c5: #7a4b3e; --c6: #c0509c; --c7: #5f6b76; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ec; --paper: #14171a; --faint: #3a4149; --shade: #1e2327; --warn: #ff8a80;
    --c0: #6cb2eb; --c1: #ffa657; --c2: #6fcf6f; --c3: #ff7b72; --c4: #c4a5ec; --c5: #d0a293; --c6: #f29bd1; --c7: #aab4be; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1, h2, h3 { line-height: 1.2; overflow-wrap: anywhere; }
nav a { margin-right: 1rem; }
a { color: var(--c0); }
.scroll { overflow-x: auto; margin: 0.75rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 0.25rem 0; }
th, td { padding: 0.25rem 0.6rem; border-bottom: 1px solid var(--faint); text-align: left; white-space: nowrap; }
th { background: var(--shade); }
td.wrap { white-space: normal; overflow-wrap: anywhere; }
p.note { font-size: 0.85rem; margin: 0.25rem 0; overflow-wrap: anywhere; }
.bad { color: var(--warn); font-weight: 600; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem; }
figure { margin: 0; }
figcaption { font-size: 0.85rem; overflow-wrap: anywhere; }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: currentColor; }
svg.bar { width: 8rem; height: 0.9rem; }
.grid { stroke: var(--faint); }
.line { fill: none; stroke-width: 1.6; }
.band { stroke: none; opacity: 0.2; }
ul.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; font-size: 0.9rem; }
ul.legend svg { width: 1rem; height: 0.6rem; margin-right: 0.4rem; }
path.c0 { stroke: var(--c0); } path.c1 { stroke: var(--c1); } path.c2 { stroke: var(--c2); } path.c3 { stroke: var(--c3); }
path.c4 { stroke: var(--c4); } path.c5 { stroke: var(--c5); } path.c6 { stroke: var(--c6); } path.c7 { stroke: var(--c7); }
.band.c0, rect.c0 { fill: var(--c0); } .band.c1, rect.c1 { fill: var(--c1); } .band.c2, rect.c2 { fill: var(--c2); } .band.c3, rect.c3 { fill: var(--c3); }
.band.c4, rect.c4 { fill: var(--c4); } .band.c5, rect.c5 { fill: var(--c5); } .band.c6, rect.c6 { fill: var(--c6); } .band.c7, rect.c7 { fill: var(--c7); }
.pictures { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.pictures img, .pictures svg { width: 8rem; height: auto; image-rendering: pixelated; }
summary { cursor: pointer; font-weight: 600; padding: 0.25rem 0; overflow-wrap: anywhere; }
)";
}

}  // namespace dinobench
