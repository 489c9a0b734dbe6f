/**
 * The look of the page: paper and ink, one accent, names in a fixed width. Colours keep a contrast of 4.5 to 1 or more
 * in both schemes (WCAG 2.2, 1.4.3). Fonts are those of the reader's machine, so nothing is loaded.
 */
export const matrixStyle = `
:root {
  color-scheme: light;
  --paper: #faf9f6; --sheet: #ffffff; --ink: #1c2421; --soft: #56615c; --line: #e2e1da; --line-strong: #c6c8c0;
  --accent: #0b6152; --accent-ink: #ffffff; --tint: 11, 97, 82; --hover: #f3f4ef; --focus: #0b6152;
  --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
:root[data-theme="dark"] {
  color-scheme: dark;
  --paper: #121715; --sheet: #181f1c; --ink: #e7ece8; --soft: #a3b0aa; --line: #2a332f; --line-strong: #46524c;
  --accent: #74d3ba; --accent-ink: #0d1513; --tint: 116, 211, 186; --hover: #1e2723; --focus: #74d3ba;
}
@media (prefers-color-scheme: dark) {
  :root:not([data-theme="light"]) {
    color-scheme: dark;
    --paper: #121715; --sheet: #181f1c; --ink: #e7ece8; --soft: #a3b0aa; --line: #2a332f; --line-strong: #46524c;
    --accent: #74d3ba; --accent-ink: #0d1513; --tint: 116, 211, 186; --hover: #1e2723; --focus: #74d3ba;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 4rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 0.9375rem/1.5 var(--sans); }
.page { max-width: 90rem; margin: 0 auto; padding: 2.5rem 2rem 4rem; }
code, .name { font-family: var(--mono); font-size: 0.8125rem; }
h1, h2, p, dl, dd, ul, figure { margin: 0; padding: 0; }
h1 { font-size: 2rem; line-height: 1.15; letter-spacing: -0.022em; font-weight: 650; text-wrap: balance; }
h2 { font-size: 1.125rem; line-height: 1.3; letter-spacing: -0.01em; font-weight: 650; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 1rem; top: -4rem; z-index: 3; padding: 0.5rem 0.875rem; border-radius: 6px; background: var(--accent); color: var(--accent-ink); }
.skip:focus { top: 1rem; }

.top { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; justify-content: space-between; }
.top > div:first-child { flex: 1 1 32rem; }
.eyebrow { margin-bottom: 0.5rem; color: var(--accent); font-weight: 600; font-size: 0.8125rem; }
.lede { margin-top: 0.75rem; max-width: 44rem; color: var(--soft); text-wrap: pretty; }
.actions { display: flex; gap: 0.5rem; }
button, select, input { font: inherit; color: inherit; }
.button { min-height: 2.25rem; padding: 0.3125rem 0.875rem; border: 1px solid var(--line-strong); border-radius: 6px; background: var(--sheet); cursor: pointer; white-space: nowrap; }
.button:hover { border-color: var(--accent); color: var(--accent); }

.facts { display: flex; flex-wrap: wrap; gap: 0 3rem; margin: 2rem 0 2.5rem; padding: 1.125rem 0; border-block: 1px solid var(--line); }
.facts div { display: flex; flex-direction: column-reverse; padding: 0.125rem 0; }
.facts dt { color: var(--soft); font-size: 0.8125rem; }
.facts dd { font-size: 1.625rem; line-height: 1.2; font-weight: 600; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }

section { margin-top: 2.5rem; }
section > p { margin-top: 0.25rem; color: var(--soft); max-width: 44rem; }

.glance { display: flex; flex-wrap: wrap; gap: 1.5rem 4rem; align-items: flex-start; }
.scroll { overflow-x: auto; margin: 1rem -0.5rem 0; padding: 0.25rem 0.5rem 0.5rem; max-width: calc(100% + 1rem); }
table { border-collapse: separate; border-spacing: 0; }
.grid th, .grid td { padding: 0; font-weight: 400; }
.grid thead th { vertical-align: bottom; padding-bottom: 0.5rem; }
.grid thead th span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); max-height: 13rem; line-height: 1.2; }
.grid tbody th { position: sticky; left: 0; z-index: 1; text-align: left; padding-right: 1.25rem; background: var(--paper); white-space: nowrap; }
.grid tbody tr > * { border-top: 1px solid var(--line); height: 2.375rem; }
.grid tbody tr:hover th, .grid tbody tr:hover td { background: var(--hover); }
.grid td { width: 2.75rem; min-width: 2.75rem; text-align: center; }
.grid td button { width: 2rem; height: 1.875rem; border: 0; border-radius: 5px; cursor: pointer; font-size: 0.8125rem; font-weight: 600; font-variant-numeric: tabular-nums; color: var(--ink); background: rgba(var(--tint), 0.14); }
.grid td button[data-weight="2"] { background: rgba(var(--tint), 0.24); }
.grid td button[data-weight="3"] { background: rgba(var(--tint), 0.36); }
.grid td button:hover { background: var(--accent); color: var(--accent-ink); }
.grid .total { color: var(--soft); font-size: 0.8125rem; font-variant-numeric: tabular-nums; padding-left: 1rem; text-align: left; white-space: nowrap; }

.filters { margin-top: 1.125rem; display: grid; gap: 0.75rem; grid-template-columns: minmax(14rem, 2fr) repeat(3, minmax(9rem, 1fr)); align-items: end; }
.field { display: grid; gap: 0.25rem; min-width: 0; }
.field label { font-size: 0.8125rem; color: var(--soft); }
.filters select, .filters input { width: 100%; min-height: 2.375rem; padding: 0.3125rem 0.625rem; border: 1px solid var(--line-strong); border-radius: 6px; background: var(--sheet); color: var(--ink); font-size: 0.9375rem; }
.filters select:hover, .filters input:hover { border-color: var(--soft); }
.filters .sort { display: none; }
.filters details { grid-column: 1 / -1; }
.filters summary { width: fit-content; padding: 0.25rem 0; cursor: pointer; color: var(--accent); font-size: 0.875rem; }
.filters .columns { display: grid; gap: 0.75rem; grid-template-columns: repeat(4, minmax(0, 1fr)); padding-top: 0.5rem; }
.bar { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; min-height: 2.25rem; margin: 0.75rem 0 0.5rem; }
.bar output { color: var(--soft); font-variant-numeric: tabular-nums; }
.bar output strong { color: var(--ink); font-weight: 600; }
.link { border: 0; background: none; padding: 0.25rem 0; color: var(--accent); text-decoration: underline; text-underline-offset: 3px; cursor: pointer; }
[hidden] { display: none !important; }

.grants { width: 100%; background: var(--sheet); border: 1px solid var(--line); border-radius: 10px; }
.grants th { position: sticky; top: 0; z-index: 2; padding: 0; text-align: left; font-weight: 600; font-size: 0.8125rem; background: var(--sheet); border-bottom: 1px solid var(--line-strong); }
.grants th:first-child { border-top-left-radius: 10px; } .grants th:last-child { border-top-right-radius: 10px; }
.grants th button { display: flex; gap: 0.375rem; align-items: center; width: 100%; padding: 0.6875rem 0.875rem; border: 0; background: none; cursor: pointer; font-weight: inherit; text-align: left; white-space: nowrap; border-radius: inherit; }
.grants th button:hover { color: var(--accent); }
.grants th button::after { content: ""; width: 0.5rem; height: 0.75rem; flex: none; background: currentColor; opacity: 0.28; clip-path: polygon(50% 0, 100% 40%, 0 40%, 0 60%, 100% 60%, 50% 100%, 0 60%, 0 40%); }
.grants th[aria-sort="ascending"] button, .grants th[aria-sort="descending"] button { color: var(--accent); }
.grants th[aria-sort="ascending"] button::after { opacity: 1; clip-path: polygon(50% 15%, 100% 75%, 0 75%); }
.grants th[aria-sort="descending"] button::after { opacity: 1; clip-path: polygon(0 25%, 100% 25%, 50% 85%); }
.grants td { padding: 0.6875rem 0.875rem; vertical-align: top; border-bottom: 1px solid var(--line); font-size: 0.875rem; }
.whole { white-space: nowrap; }
.grants tbody tr:last-child td { border-bottom: 0; }
.grants tbody tr:hover td { background: var(--hover); }
.grants td:nth-child(2), .grants td:nth-child(3) { font-weight: 600; }
.grants ul { list-style: none; display: grid; gap: 0.125rem; }
.grants li { padding-left: 1.25rem; text-indent: -1.25rem; overflow-wrap: anywhere; }
.grants .from { color: var(--soft); }
.grants .note { color: var(--soft); font-weight: 400; }
.grants .note .name { display: block; }
.none { padding: 2.5rem 1rem; text-align: center; color: var(--soft); background: var(--sheet); border: 1px solid var(--line); border-radius: 10px; }
.notes { flex: 1 1 18rem; max-width: 28rem; padding-top: 1.375rem; display: grid; gap: 1rem; color: var(--soft); font-size: 0.875rem; }
.notes h3 { margin: 0 0 0.25rem; font-size: 0.875rem; font-weight: 600; color: var(--ink); }
.legend { display: flex; flex-wrap: wrap; gap: 0.375rem 1.25rem; list-style: none; }
.legend li { display: flex; gap: 0.5rem; align-items: center; }
.legend i { width: 1.125rem; height: 1.125rem; border-radius: 4px; background: rgba(var(--tint), 0.14); }
.legend i[data-weight="2"] { background: rgba(var(--tint), 0.24); } .legend i[data-weight="3"] { background: rgba(var(--tint), 0.36); }
.paper { display: none; }

@media screen and (max-width: 72rem) {
  .filters { grid-template-columns: 1fr 1fr; }
  .filters .text { grid-column: 1 / -1; }
  .filters .columns { grid-template-columns: 1fr 1fr; }
}
@media screen and (max-width: 72rem) {
  .page { padding: 1.5rem 1.25rem 3rem; }
  .filters .sort { display: grid; }
  .grants, .grants tbody { display: block; border: 0; background: none; }
  .grants thead { display: none; }
  .grants tr { display: grid; gap: 0.625rem 1rem; grid-template-columns: repeat(3, minmax(0, 1fr)); margin-bottom: 0.75rem; padding: 0.875rem 1rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 10px; }
  .grants td { display: block; padding: 0; border: 0; min-width: 0; }
  .grants .whole { white-space: normal; overflow-wrap: anywhere; }
  .grants tbody tr:hover td { background: none; }
  .grants td::before { content: attr(data-label); display: block; color: var(--soft); font: 400 0.75rem/1.5 var(--sans); }
  .grants td:nth-child(2), .grants td:nth-child(3) { order: -1; }
  .grants td:nth-child(4) { grid-column: 1 / -1; }
}
@media screen and (max-width: 34rem) {
  h1 { font-size: 1.5rem; }
  .page { padding: 1.25rem 1rem 3rem; }
  .facts { display: grid; grid-template-columns: 1fr 1fr; gap: 0.75rem 1rem; margin: 1.5rem 0; }
  .facts dd { font-size: 1.375rem; }
  .grants tr { gap: 0.625rem 0.75rem; grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .grants td:nth-child(1) { order: 1; } .grants td:nth-child(n + 5) { order: 2; }
  .grid thead th span { max-height: 11rem; } .grid tbody th { padding-right: 0.75rem; } .grid .name { font-size: 0.75rem; }
  .notes { max-width: none; }
  .filters { grid-template-columns: 1fr 1fr; gap: 0.625rem; }
  .filters .columns { grid-template-columns: 1fr; }
}
@media (prefers-reduced-motion: no-preference) {
  html { scroll-behavior: smooth; }
  .button, .grid td button, .filters select, .filters input { transition: border-color 0.12s, background-color 0.12s, color 0.12s; }
}
@media print {
  @page { size: A4 landscape; margin: 14mm; }
  :root, :root[data-theme="dark"], :root:not([data-theme="light"]) {
    color-scheme: light;
    --paper: #fff; --sheet: #fff; --ink: #000; --soft: #3c423f; --line: #c9cbc6; --line-strong: #70756f; --accent: #0b4c41; --tint: 11, 97, 82;
  }
  body { font-size: 8.5pt; }
  code, .name { font-size: 8pt; }
  .page { max-width: none; padding: 0; }
  .actions, .filters, .bar, .skip, .grid .total:empty { display: none; }
  .paper { display: block; margin: 0.5rem 0; }
  .facts { margin: 0.75rem 0 1rem; padding: 0.5rem 0; } .facts dd { font-size: 13pt; }
  .scroll { overflow: visible; } .grid td button { height: 1.25rem; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .grid tbody tr > * { height: 1.5rem; }
  .grants-section { break-before: page; margin-top: 0; } .notes { flex-basis: 14rem; font-size: 8.5pt; }
  .legend i { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .grants { border-radius: 0; border: 0; }
  .grants thead { display: table-header-group; } .grants th { position: static; }
  .grants th button { padding: 0.25rem 0.375rem; } .grants th button::after { display: none; }
  .grants td { padding: 0.25rem 0.375rem; } .grants tr { break-inside: avoid; }
}
`;
