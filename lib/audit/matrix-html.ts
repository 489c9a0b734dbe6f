import { createHash } from 'node:crypto';
import { compare } from '../catalog';
import { type AccessGrant, type AccessMatrix, usesOf } from './access-matrix';
import { matrixScript } from './matrix-html-script';
import { matrixStyle } from './matrix-html-style';
import { overviewHtml } from './matrix-html-overview';
import { escapeHtml, markup, type Markup, raw } from './markup';
import { identityColumns } from './matrix-identity';

/** One column of the table, with what it is sorted and filtered by. */
interface Column {
  readonly heading: string;
  /** Filtered by a list of its values, or by text. */
  readonly filter: 'choice' | 'text';
  readonly text: (grant: AccessGrant) => string;
  readonly cell: (grant: AccessGrant) => Markup;
}

/** Names break nowhere; words between them may. */
const name = (text: string): Markup =>
  markup`<span class="${text.includes(' ') ? 'name' : 'name whole'}">${text}</span>`;
const named = (heading: string, filter: Column['filter'], text: Column['text']): Column => ({
  heading,
  filter,
  text,
  cell: (grant) => name(text(grant)),
});

/** Where there is no Vault, the identity columns say so. */
const inVault = (heading: string, text: Column['text']): Column => ({
  heading,
  filter: 'text',
  text,
  cell: (grant) =>
    grant.identity.type === 'vault' ? name(text(grant)) : markup`<span class="note">${text(grant)}</span>`,
});

const columns: readonly Column[] = [
  {
    heading: 'Environment',
    filter: 'choice',
    text: ({ environment }) => environment,
    cell: ({ environment }) => markup`${environment}`,
  },
  named('Workload', 'choice', ({ workload }) => workload),
  named('Secret', 'choice', ({ secret }) => secret),
  {
    heading: 'Variables and fields',
    filter: 'text',
    text: (grant) =>
      usesOf(grant)
        .map((one) => [one.name, ...one.fields].join(' '))
        .join(' '),
    cell: (grant) => markup`<ul>${usesOf(grant).map(variableItem)}</ul>`,
  },
  {
    heading: 'Service account',
    filter: 'text',
    text: (grant) => {
      const { namespace, serviceAccount, delivery } = identityColumns(grant);
      return grant.identity.type === 'vault' ? `${namespace}/${serviceAccount}` : `${serviceAccount}: ${delivery}`;
    },
    cell: (grant) => {
      const { namespace, serviceAccount, delivery } = identityColumns(grant);
      return grant.identity.type === 'vault'
        ? name(`${namespace}/${serviceAccount}`)
        : markup`<span class="note">${serviceAccount}<span class="name">${delivery}</span></span>`;
    },
  },
  inVault('Vault role', (grant) => identityColumns(grant).vaultRole),
  inVault('Vault policy', (grant) => identityColumns(grant).vaultPolicy),
];

function variableItem({ name: variable, fields }: AccessGrant['variables'][number]): Markup {
  const from = markup` <span class="from"><span class="hidden">from </span><span aria-hidden="true">← </span><code>${fields.join(', ')}</code></span>`;
  return markup`<li><code>${variable}</code>${fields.length === 0 ? '' : from}</li>`;
}

/** See {@link matrixHtml}. */
export interface MatrixPageOptions {
  /** Where the catalog comes from, for example a commit and its date. @default - not said */
  readonly source?: string;
}

/**
 * The matrix as one page that needs nothing else: no network, no script for reading it, no value of a secret. The
 * content security policy lets exactly its own style and script run and forbids every request
 * (https://developer.mozilla.org/docs/Web/HTTP/Headers/Content-Security-Policy).
 */
export function matrixHtml(matrix: AccessMatrix, { source }: MatrixPageOptions = {}): string {
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(matrixStyle)}'`,
    `script-src '${hashOf(matrixScript)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<title>Access matrix of ${escapeHtml(matrix.catalog)}</title>
<link rel="icon" href="data:,">
<style>${matrixStyle}</style>
</head>
<body>
<a class="skip" href="#grants-title">Skip to the table</a>
<div class="page">
${page(matrix, source).text}
</div>
<script>${matrixScript}</script>
</body>
</html>
`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function page(matrix: AccessMatrix, source: string | undefined): Markup {
  const { catalog, environments, grants } = matrix;
  const where =
    environments.length === 1
      ? `${catalog}, ${environments[0] ?? ''}`
      : `${catalog}, ${environments.length} environments`;
  return markup`<header class="top">
<div>
<p class="eyebrow">Access matrix of ${where}</p>
<h1>Who may read which secret</h1>
<p class="lede">Derived from the catalog${source === undefined ? '' : ` at ${source}`}. It has names, and no value. <code>nivesh-secrets verify</code> proves on a live Vault that it allows exactly this.</p>
</div>
<div class="actions" data-needs-script hidden><button type="button" class="button" id="theme">Colours: auto</button><button type="button" class="button" id="print">Print</button></div>
</header>
<main>
${facts(grants)}
<section id="overview-section" aria-labelledby="overview-title">
<h2 id="overview-title">At a glance</h2>
<p>How many fields of a secret each workload reads. A number leads to the details below.</p>
<div class="glance">
${overviewHtml(grants)}
${notes}
</div>
</section>
<section class="grants-section" aria-labelledby="grants-title">
<h2 id="grants-title" tabindex="-1">Every grant</h2>
<p class="paper" id="paper"></p>
${filters(grants)}
<div class="bar" data-needs-script hidden><output id="count" role="status" aria-live="polite" for="search"></output><button type="button" class="link" id="clear" hidden>Clear filters</button></div>
${grantsTable(grants)}
<div class="none" id="none" hidden><p>No grant matches these filters.</p><button type="button" class="link">Clear filters</button></div>
</section>
</main>`;
}

const notes = markup`<div class="notes">
<ul class="legend" aria-label="Shades"><li><i></i>one field</li><li><i data-weight="2"></i>two or three</li><li><i data-weight="3"></i>four or more</li></ul>
<div><h3>What this page does not say</h3><p>It lists what the catalog grants. Whoever may read Secrets in a namespace of the cluster, or administers Vault or the cluster, reads values as well.</p></div>
</div>`;

function facts(grants: readonly AccessGrant[]): Markup {
  const count = (of: (grant: AccessGrant) => string): number => new Set(grants.map(of)).size;
  const numbers: [string, number][] = [
    ['Environments', count(({ environment }) => environment)],
    ['Readers', count(({ workload }) => workload)],
    ['Secrets', count(({ secret }) => secret)],
    ['Grants', grants.length],
  ];
  return markup`<dl class="facts">${numbers.map(([label, number]) => markup`<div><dt>${label}</dt><dd>${String(number)}</dd></div>`)}</dl>`;
}

function filters(grants: readonly AccessGrant[]): Markup {
  const control = (column: Column, index: number): Markup => {
    const shared = raw(
      `data-filter="${index}" data-label="${escapeHtml(column.heading.toLowerCase())}" id="filter-${index}"`,
    );
    const label = markup`<label for="filter-${String(index)}">${column.heading}</label>`;
    if (column.filter === 'text') {
      return markup`<div class="field">${label}<input type="search" ${shared} autocomplete="off" spellcheck="false"></div>`;
    }
    const values = [...new Set(grants.map(column.text))].sort(compare);
    return markup`<div class="field">${label}<select ${shared}><option value="">All</option>${values.map((value) => markup`<option>${value}</option>`)}</select></div>`;
  };
  const controls = columns.map((column, index) => ({ column, control: control(column, index) }));
  const of = (filter: Column['filter']): Markup[] =>
    controls.flatMap(({ column, control: made }) => (column.filter === filter ? [made] : []));
  const orders = columns.flatMap(({ heading }, index) => [
    markup`<option value="${String(index)} ascending">${heading}, ascending</option>`,
    markup`<option value="${String(index)} descending">${heading}, descending</option>`,
  ]);
  return markup`<form class="filters" id="filters" role="search" aria-label="Filter grants" data-needs-script hidden>
<div class="field text"><label for="search">Search everything</label><input type="search" id="search" data-filter="text" data-label="text" placeholder="postgres, JWT_SECRET, nivesh-backend" autocomplete="off" spellcheck="false"></div>
${of('choice')}
<div class="field sort"><label for="sort-by">Sort by</label><select id="sort-by"><option value="">As declared</option>${orders}</select></div>
<details><summary>Filter more columns</summary><div class="columns">${of('text')}</div></details>
</form>`;
}

/** Roles are written out, because a browser drops them where the style turns rows into cards. */
function grantsTable(grants: readonly AccessGrant[]): Markup {
  const rows = grants.map((grant) => {
    const values = columns.map(({ filter, text }) => {
      const value = text(grant);
      return filter === 'choice' ? { text: value, choice: value } : { text: value };
    });
    const cells = columns.map(
      ({ heading, cell }) => markup`<td role="cell" data-label="${heading}">${cell(grant)}</td>`,
    );
    return markup`<tr role="row" data-values="${JSON.stringify(values)}">${cells}</tr>
`;
  });
  const headings = columns.map(
    ({ heading }) =>
      markup`<th role="columnheader" scope="col" aria-sort="none"><button type="button">${heading}</button></th>`,
  );
  return markup`<table class="grants" id="grants" role="table">
<caption class="hidden">Every grant: who reads which secret, under which variables, as which identity. The buttons in the headings sort.</caption>
<thead role="rowgroup"><tr role="row">${headings}</tr></thead>
<tbody role="rowgroup">
${rows}</tbody>
</table>`;
}
